// A steward's day: an agent is made, tried, routed, preferred, then blocked; the dashboard tells.
import { expect, test } from './support';
import { Api, addRoute, hubWith, open, ready, route, routeTo, routed, token } from './support';
import type { Page } from '@playwright/test';

/** Sends the sample prompt of the page *Try it*. */
async function attempt(page: Page): Promise<void> {
  await page.getByLabel('Sample prompt').fill('Are these two the same?');
  await page.getByLabel('Task').selectOption('triage');
  await page.getByLabel('Artifact').selectOption('duplicate_report');
  await page.getByLabel('Sample prompt').press('Control+Enter');
}

test('a steward makes an agent, tries it, prefers it, blocks it, and sees the count rise', async ({ strictPage: page, context, request }) => {
  test.setTimeout(180_000);
  const api = new Api(request, token('admin'));
  const slug = `day-${Date.now().toString(36)}`;
  const { hub, agents } = await hubWith(api, slug, [{ name: 'Old Hand', model_name: 'scripted/bold' }]);
  await routeTo(api, agents[0]);

  await test.step('an agent is made by keyboard, tags too', async () => {
    await open(page, `/agents?hub=${slug}`);
    await page.getByRole('link', { name: 'New agent' }).first().click();
    await page.waitForURL(/\/agents\/new/);
    await page.getByRole('textbox', { name: 'Name' }).focus();
    await page.keyboard.type('Careful Écrivain');
    await expect(page.getByLabel('Slug')).toHaveValue('careful-crivain');
    await page.getByLabel('Slug').fill(`${slug}-careful`);
    await page.getByLabel('Model').fill('scripted/careful');
    await page.getByRole('radio', { name: 'Elevated' }).focus();
    await page.keyboard.press('Space');
    await page.getByLabel('Capabilities').focus();
    for (const word of ['summaries', 'triage,drafts', 'summaries']) {
      await page.keyboard.type(word);
      await page.keyboard.press('Enter');
    }
    const tags = page.locator('.tag-word');
    await expect(tags).toHaveText(['summaries', 'triage', 'drafts']);
    await page.keyboard.press('Backspace');
    await expect(tags).toHaveText(['summaries', 'triage']);
    await page.keyboard.type('prose');
    await page.getByLabel('System prompt').fill('You write carefully.');
    await expect(page.getByText('20 of 100,000 characters')).toBeVisible();
    await page.getByLabel('System prompt').press('Control+Enter');
    await page.waitForURL(/\/agents\/[0-9a-f-]{36}$/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Careful Écrivain');
  });
  const id = page.url().match(/[0-9a-f-]{36}/)![0];
  expect(await api.get(`/agents/${id}`)).toMatchObject({
    hub_id: hub.id, slug: `${slug}-careful`, model_name: 'scripted/careful', trust_level: 'elevated',
    capabilities: ['summaries', 'triage', 'prose'], system_prompt: 'You write carefully.',
    version: 1,
  });
  const calls = async () => (await api.get(`/invocations?agent_registration_id=${id}`)).items;

  await test.step('it is tried: the answer grows, the receipt says what it took', async () => {
    await open(page, `/agents/${id}?tab=try`);
    await page.getByTestId('try-agent').click();
    await expect(page.locator('#prompt-error')).toContainText('Must not be empty');
    await attempt(page);
    // The text is there before the end.
    const growing = page.locator('[data-testid=trial-text][aria-busy=true] .answer-recommendation');
    const begun = async () => (await growing.allTextContents()).join('').length;
    await expect.poll(begun, { timeout: 30_000, intervals: [50] }).toBeGreaterThan(0);
    const ended = page.getByTestId('trial-ended');
    await expect(ended).toHaveAttribute('data-outcome', 'succeeded', { timeout: 30_000 });
    await expect(ended).toContainText(/tokens in .* 1 attempt/);
    const receipt = page.getByTestId('receipt');
    await expect(receipt).toContainText('Trial, Triage');
    await expect(receipt).toContainText('Allowed.');
    await expect(receipt).toContainText('named by the person who tries it');
    // A trial is no work, and the same form makes another one.
    expect((await api.get(`/agents/${id}/work`)).items).toEqual([]);
    await page.getByTestId('try-agent').click();
    await expect(ended).toHaveCount(0);
    await expect(ended).toBeVisible({ timeout: 30_000 });
    expect((await calls()).map((call: any) => call.purpose)).toEqual(['trial', 'trial']);
    await page.getByRole('link', { name: 'Profile' }).click();
    await expect(page.getByTestId('lately')).toContainText('2 succeeded');
  });

  await test.step('it is routed and preferred by keyboard', async () => {
    await open(page, `/routing?hub=${slug}&task=triage&artifact=duplicate_report`);
    await addRoute(page, 'Careful Écrivain');
    await expect(page.getByTestId('who-chosen')).toContainText('Old Hand');
    await route(page, 'Careful Écrivain').getByTestId('route-handle').focus();
    await page.keyboard.press('Alt+ArrowUp');
    await expect(page.getByTestId('said')).toHaveText('Careful Écrivain is at place 1 of 2.');
    expect(await routed(page)).toEqual(['Careful Écrivain', 'Old Hand']);
    await expect(page.getByTestId('who-chosen')).toContainText('Careful Écrivain');
    await expect(page.getByTestId('who-chosen')).toHaveAttribute('data-allowed', 'true');
  });

  await test.step('a policy says before it is saved what it would have blocked', async () => {
    await open(page, `/governance?hub=${slug}`);
    await expect(page.getByText('No policy yet')).toBeVisible();
    await page.getByRole('link', { name: 'New policy' }).first().click();
    await page.getByLabel('Agent', { exact: true }).selectOption({ label: 'Careful Écrivain' });
    await page.getByLabel('Artifact type').selectOption('duplicate_report');
    // Only reading is allowed at first.
    const foretold = page.getByTestId('would-block');
    await expect(foretold).toContainText('2');
    await page.getByLabel('Propose').check();
    await expect(page.getByTestId('what-if')).toContainText('none would have ended differently');
    await page.getByLabel('Propose').uncheck();
    await expect(foretold).toContainText('2');
    const call = page.getByTestId('what-if').getByRole('link', { name: /Careful Écrivain/ }).first();
    await expect(call).toHaveAttribute('href', /\/receipts\/[0-9a-f-]{36}/);
    await page.getByTestId('save-policy').click();
    await expect(page).toHaveURL(new RegExp(`/governance\\?hub=${slug}`));
    const row = page.getByTestId('policy-row').filter({ hasText: 'Careful Écrivain' });
    await expect(row.locator('[data-label="Propose"]')).toHaveAttribute('data-allowed', 'false');
  });

  await test.step('check and routing say that it is blocked, not skipped', async () => {
    await page.getByLabel('May').selectOption({ label: 'Careful Écrivain' });
    await page.getByLabel('do', { exact: true }).selectOption('propose');
    await page.getByLabel('with', { exact: true }).selectOption('duplicate_report');
    const verdict = page.getByTestId('verdict');
    await expect(verdict).toContainText('Blocked');
    await expect(verdict).toContainText('not propose');
    // The answer stands at its address.
    await page.reload();
    await ready(page);
    await expect(verdict).toContainText('Blocked');
    await page.getByLabel('do', { exact: true }).selectOption('read');
    await expect(verdict).toContainText('Allowed');
    await open(page, `/routing?hub=${slug}&task=triage&artifact=duplicate_report`);
    await expect(page.getByTestId('who-chosen')).toContainText('Careful Écrivain');
    await expect(page.getByTestId('who-chosen')).toHaveAttribute('data-allowed', 'false');
  });

  await test.step('a blocked call is counted while one looks, and leads to its receipt', async () => {
    const watcher = await context.newPage();
    await open(watcher, `/governance/dashboard?hub=${slug}`);
    const card = watcher.locator(`[data-testid=blocked-hub][data-hub="${slug}"]`);
    const number = card.getByTestId('blocked-number');
    await expect(number).toHaveText('0');
    await open(page, `/agents/${id}?tab=try`);
    await attempt(page);
    await expect(page.getByTestId('trial-ended')).toHaveAttribute('data-outcome', 'blocked');
    await expect(number).toHaveText('1', { timeout: 30_000 });
    await expect(card.locator('.day-number').last()).toContainText('1');
    await card.getByRole('link', { name: 'Careful Écrivain' }).click();
    await expect(watcher).toHaveURL(new RegExp(`/receipts\\?hub=${slug}&outcome=blocked&agent=`));
    await expect(watcher.getByTestId('receipt-row')).toHaveCount(1);
    await watcher.getByTestId('receipt-row').getByRole('link').click();
    const receipt = watcher.getByTestId('receipt');
    await expect(receipt).toContainText('Blocked.');
    await expect(receipt).toContainText('No model was called');
    await receipt.getByRole('link', { name: /^Policy/ }).click();
    await expect(watcher.getByRole('heading', { level: 1 })).toContainText('Careful Écrivain');
    await watcher.close();
  });
});
