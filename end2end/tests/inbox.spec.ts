// The inbox: worked by keyboard, bound to what is on the screen.
import type { Page } from '@playwright/test';
import { Api, expect, open, ready, test, token } from './support';

const HUB = 'lantern';
const chosen = (page: Page) => page.locator('[data-testid=inbox-row][aria-current=true]');
const panel = (page: Page) => page.getByTestId('review-panel');

async function hub(api: Api): Promise<string> {
  const hubs = await api.get('/hubs');
  return hubs.items.find((one: any) => one.slug === HUB).id;
}

/** A drafted requirement that waits. */
async function draft(api: Api): Promise<any> {
  const widgets = await api.get(`/widgets?hub_id=${await hub(api)}`);
  return api.post(`/widgets/${widgets.items[0].id}/draft-requirement?wait=true`, {});
}

/** Walks to the row of a proposal, and waits until it can be decided on. */
async function walkTo(page: Page, id: string): Promise<void> {
  await expect(chosen(page)).toHaveCount(1);
  for (let step = 0; step < 60; step++) {
    if ((await chosen(page).getAttribute('href')) === `/proposals/${id}`) break;
    await page.keyboard.press('j');
  }
  await expect(page.getByTestId('inbox-item').locator(`h2 a[href="/proposals/${id}"]`)).toBeVisible();
}

test('a draft is revised and accepted by keyboard, found as a candidate, and taken back', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const asked = await draft(api);
  await open(page, `/inbox?hub=${HUB}`);
  await walkTo(page, asked.id);
  await page.keyboard.press('e');
  const title = page.getByLabel('Title');
  await expect(title).toBeFocused();
  // Keys belong to the field now.
  await title.fill('A jar of keys: a r j');
  await expect(page.getByTestId('editor').getByTestId('difference').locator('ins').first()).toBeVisible();
  await page.keyboard.press('Control+Enter');
  await expect(page.locator(`[data-testid=inbox-row][href="/proposals/${asked.id}"]`).getByTestId('row-ended')).toHaveText('Revised');
  const stored = await api.get(`/proposals/${asked.id}`);
  expect(stored.status).toBe('revised');
  const candidates = await api.get(`/requirement-candidates?hub_id=${await hub(api)}`);
  const made = candidates.items.find((one: any) => one.source_proposal_id === asked.id);
  expect(made.title).toBe('A jar of keys: a r j');

  // Taken back with one key.
  await page.keyboard.press('u');
  await expect(panel(page)).toHaveAttribute('data-status', 'pending');
  expect((await api.get(`/requirement-candidates/${made.id}`)).status).toBe('archived');
  // Both texts stay to be compared on its own page.
  await walkTo(page, asked.id);
  await page.keyboard.press('a');
  await expect(page.locator(`[data-testid=inbox-row][href="/proposals/${asked.id}"]`).getByTestId('row-ended')).toHaveText('Accepted');
  await open(page, `/proposals/${asked.id}`);
  await expect(panel(page)).toHaveAttribute('data-status', 'accepted');
  await page.getByTestId('effect').click();
  await page.waitForURL(/\/candidates\//);
});

test('a proposal that changed meanwhile is refused, and the page shows what changed', async ({ page, request }) => {
  const api = new Api(request, token('admin'));
  const asked = await draft(api);
  // The page hears of nothing: it decides on what it shows.
  await page.route('**/api/v2/hubs/*/events', route => route.abort());
  await open(page, `/inbox?hub=${HUB}`);
  await walkTo(page, asked.id);
  await api.post(`/proposals/${asked.id}/another-round?wait=true`, { instructions: 'Shorter.' });
  await page.keyboard.press('a');
  await expect(panel(page)).toContainText('Another answer stands here now');
  await expect(panel(page).getByTestId('difference').locator('ins').first()).toBeVisible();
  expect((await api.get(`/proposals/${asked.id}`)).status).toBe('pending');
  await page.keyboard.press('a');
  await expect.poll(async () => (await api.get(`/proposals/${asked.id}`)).status).toBe('accepted');
});

test('where the hub decides first, the agent’s opinion is covered until one has judged', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const id = await hub(api);
  const patch = (decide_first: boolean) =>
    request.patch(`/api/v2/hubs/${id}`, { headers: { authorization: `Bearer ${token('admin')}` }, data: { decide_first } });
  const asked = await draft(api);
  const secret = asked.content.recommendation;
  try {
    expect((await patch(true)).ok()).toBeTruthy();
    await open(page, `/inbox?hub=${HUB}`);
    await walkTo(page, asked.id);
    await expect(page.getByTestId('judge')).toBeVisible();
    expect(await page.content()).not.toContain(secret);
    await page.keyboard.press('a');
    expect((await api.get(`/proposals/${asked.id}`)).status).toBe('pending');
    await page.getByRole('button', { name: 'I would accept it' }).click();
    await expect(page.getByTestId('inbox-answer')).toContainText(secret);
    await page.keyboard.press('r');
    await expect.poll(async () => (await api.get(`/proposals/${asked.id}`)).status).toBe('rejected');
  } finally {
    await patch(false);
  }
});

test('what the keys do stands in the help; the list is reached by its address', async ({ strictPage: page }) => {
  await open(page, `/inbox?hub=${HUB}&sort=uncertain`);
  await expect(page.getByLabel('Order')).toHaveValue('uncertain');
  await page.keyboard.press('?');
  await expect(page.getByText('Inbox: accept')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.reload();
  await ready(page);
  await expect(page.getByLabel('Order')).toHaveValue('uncertain');
});
