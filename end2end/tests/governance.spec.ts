// Governance: rules, hubs, types. What a rule would have changed and what it blocked is part of steward.spec.ts.
import { expect, test } from './support';
import { Api, hubWith, open, ready, routeTo, token } from './support';
import type { Page } from '@playwright/test';

/** A word that no other try has used. */
const fresh = (word: string) => `${word}-${Date.now().toString(36)}`;

/** A hub with two agents for `triage`, of its own for each test. */
async function team(api: Api, word: string) {
  const slug = fresh(word);
  const { hub, agents } = await hubWith(api, slug, [
    { name: 'Careful Reader', model_name: 'scripted/careful' },
    { name: 'Bold Writer', model_name: 'scripted/bold' },
  ]);
  for (const agent of agents) await routeTo(api, agent);
  return { id: hub.id as string, slug, name: hub.name as string, agents: agents.map(agent => agent.id as string) };
}

const row = (page: Page, agent: string) => page.getByTestId('policy-row').filter({ hasText: agent });

test('one policy is active for an agent and a type', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const hub = await team(api, 'single');
  const body = { hub_id: hub.id, agent_registration_id: hub.agents[0], artifact_type: 'widget_summary' };
  const first = await api.post('/governance-policies', body);
  await open(page, `/governance/new?hub=${hub.slug}`);
  await page.getByLabel('Agent', { exact: true }).selectOption({ label: 'Careful Reader' });
  await page.getByLabel('Artifact type').selectOption('widget_summary');
  const warning = page.getByTestId('what-if').getByRole('link', { name: 'Change that one' });
  await expect(warning).toHaveAttribute('href', `/governance/${first.id}/edit`);
  await page.getByTestId('save-policy').click();
  await expect(page.getByText('The policy was not saved')).toBeVisible();
  await expect(page.getByText(first.id)).toBeVisible();

  // Switched off by keyboard, it makes place.
  await open(page, `/governance?hub=${hub.slug}`);
  const toggle = row(page, 'Careful Reader').getByRole('switch');
  await expect(toggle).toHaveAttribute('aria-checked', 'true');
  await toggle.focus();
  await page.keyboard.press('Enter');
  await expect(row(page, 'Careful Reader').getByRole('switch')).toHaveAttribute('aria-checked', 'false');
  // The focus stays where it was, though the list was drawn anew.
  await expect(row(page, 'Careful Reader').getByRole('switch')).toBeFocused();
  await api.post('/governance-policies', body);
  await page.reload();
  await ready(page);
  await expect(row(page, 'Careful Reader')).toHaveCount(2);
  await row(page, 'Careful Reader').locator('[role=switch][aria-checked=false]').click();
  await expect(page.getByText('The policy was not switched')).toBeVisible();
  await page.getByLabel('Active', { exact: true }).selectOption('false');
  await expect(page).toHaveURL(/active=false/);
  await expect(row(page, 'Careful Reader')).toHaveCount(1);
});

test('an edit that comes too late shows both', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const hub = await team(api, 'late');
  const policy = await api.post('/governance-policies', {
    hub_id: hub.id,
    agent_registration_id: hub.agents[0],
    artifact_type: 'widget_summary',
    allowed_actions: ['read'],
  });
  await open(page, `/governance/${policy.id}/edit`);
  // Its address names no hub; the page goes over to the policy's.
  await expect(page.getByTestId('hub-switcher')).toHaveValue(hub.slug);
  await page.getByLabel('Propose').check();
  await api.patch(`/governance-policies/${policy.id}`, { allowed_actions: ['delegate'], is_active: false });
  await page.getByTestId('save-policy').click();
  const both = page.getByTestId('conflict');
  const actions = both.locator('[data-field=allowed_actions]');
  await expect(actions).toContainText('both changed it');
  await expect(actions).toContainText('Delegate');
  await expect(actions).toContainText('Read, Propose');
  await expect(both.locator('[data-field=is_active]')).toContainText('only they changed it');
  // Theirs where only they changed it; the boxes follow the choice.
  await expect(page.getByLabel('Active', { exact: true })).not.toBeChecked();
  await page.getByTestId('all-theirs').click();
  await expect(page.getByLabel('Delegate')).toBeChecked();
  await expect(page.getByLabel('Propose')).not.toBeChecked();
  await page.getByTestId('all-yours').click();
  await page.getByTestId('save-policy').click();
  await expect(page).toHaveURL(url => url.pathname === '/governance' && url.searchParams.get('hub') === hub.slug);
  const now = await api.get(`/governance-policies/${policy.id}`);
  expect(now).toMatchObject({ allowed_actions: ['read', 'propose'], is_active: true, version: 3 });
});

test('a policy can be made without scripts', async ({ browser, request, storageState }) => {
  const api = new Api(request, token('admin'));
  const hub = await team(api, 'plain');
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: storageState as string });
  const page = await context.newPage();
  await page.goto(`/governance/new?hub=${hub.slug}`);
  await page.getByLabel('Agent', { exact: true }).selectOption({ label: 'Bold Writer' });
  await page.getByLabel('Artifact type').selectOption('duplicate_report');
  await page.getByLabel('Read').uncheck();
  await page.getByLabel('Delegate').check();
  await page.getByRole('button', { name: 'What if' }).click();
  await expect(page.getByTestId('what-if')).toContainText('there was no call');
  await expect(page.getByLabel('Delegate')).toBeChecked();
  await expect(page.getByLabel('Read')).not.toBeChecked();
  await page.getByTestId('save-policy').click();
  await expect(page).toHaveURL(url => url.pathname === '/governance' && url.searchParams.get('hub') === hub.slug);
  await expect(page.getByTestId('policy-row')).toHaveCount(1);
  const list = await api.get(`/governance-policies?hub_id=${hub.id}`);
  expect(list.items[0].allowed_actions).toEqual(['delegate']);
  // The same once more is refused, and the page says so.
  await page.goto(`/governance/new?hub=${hub.slug}&agent_registration_id=${hub.agents[1]}&artifact_type=duplicate_report`);
  await page.getByTestId('save-policy').click();
  await expect(page.getByText('The policy was not saved')).toBeVisible();
  await page.goto(`/governance?hub=${hub.slug}`);
  await page.getByRole('switch').click();
  await expect(page.getByRole('switch')).toHaveAttribute('aria-checked', 'false');
  await context.close();
});

test('a hub is made, its default changed, its manifest written in versions', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = fresh('harbour-desk');
  await open(page, '/hubs');
  await page.getByRole('link', { name: 'New hub' }).click();
  await page.getByLabel('Name').fill('Harbour desk');
  await page.getByLabel('Slug').fill('Harbour Desk');
  await page.getByTestId('save-hub').click();
  await expect(page.getByText(/lower-case letters and digits/)).toBeVisible();
  await page.getByLabel('Slug').fill(slug);
  await page.getByTestId('save-hub').click();
  await expect(page.getByRole('heading', { name: 'Harbour desk' })).toBeVisible();
  const id = page.url().match(/[0-9a-f-]{36}/)![0];

  // Somebody else is faster.
  await page.getByLabel('Description').fill('Mine');
  const theirs = await request.patch(`/api/v2/hubs/${id}`, {
    headers: { authorization: `Bearer ${token('admin')}` },
    data: { description: 'Theirs' },
  });
  expect(theirs.ok()).toBeTruthy();
  await page.getByTestId('save-hub').click();
  await expect(page.getByTestId('stale-theirs')).toContainText('Theirs');
  await expect(page.getByLabel('Description')).toHaveValue('Mine');
  await page.getByRole('button', { name: 'Keep mine' }).click();

  await page.getByLabel('Deny').check();
  await expect(page.getByTestId('what-if')).toContainText('there was no call');
  await page.getByTestId('save-hub').click();
  await expect.poll(async () => (await api.get(`/hubs/${id}`)).governance_default).toBe('deny');
  expect((await api.get(`/hubs/${id}`)).description).toBe('Mine');
  await open(page, `/governance?hub=${slug}`);
  await expect(page.getByTestId('hub-default')).toHaveAttribute('data-default', 'deny');
  await expect(page.getByTestId('hub-default')).toContainText('the agent is blocked');
  await page.getByTestId('hub-default').getByRole('link', { name: 'Change' }).click();

  const text = page.getByLabel('What this hub can do');
  await text.fill('{\n  "languages": ["de"\n}');
  await page.getByTestId('save-manifest').click();
  await expect(page.getByText(/line 3, column 1/)).toBeVisible();
  await text.fill('{\n  "languages": ["de"]\n}');
  await page.getByTestId('save-manifest').click();
  await expect(page.getByTestId('manifest-version')).toHaveText('version 1');
  await text.fill('{"languages": ["de", "fr"]}');
  await page.getByTestId('save-manifest').click();
  await expect(page.getByTestId('manifest-version')).toHaveText('version 2');
  await page.getByRole('link', { name: 'Version 1' }).click();
  await expect(page.getByTestId('earlier-manifest')).toHaveText(/"de"\s*\]/);
  await page.getByRole('link', { name: 'Back to the newest' }).click();

  // Somebody else is faster.
  await text.fill('{"languages": ["it"]}');
  const put = await request.put(`/api/v2/hubs/${id}/capability-manifest`, {
    headers: { authorization: `Bearer ${token('admin')}` },
    data: { manifest: { languages: ['pl'] } },
  });
  expect(put.ok()).toBeTruthy();
  await page.getByTestId('save-manifest').click();
  await expect(page.getByTestId('stale-manifest')).toContainText('pl');
  await expect(text).toHaveValue('{"languages": ["it"]}');
  await page.getByRole('button', { name: 'Keep mine' }).click();
  await page.getByTestId('save-manifest').click();
  await expect(page.getByTestId('manifest-version')).toHaveText('version 4');
});

test('a type is registered and then can be used', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const hub = await team(api, 'typed');
  const key = fresh('release_note').replace('-', '_');
  const label = `Release note ${key.split('_').pop()}`;
  await open(page, '/types');
  await page.getByLabel('Kind').selectOption('artifact_type');
  await page.getByLabel('Key', { exact: true }).fill('Release Note');
  await page.getByLabel('Label', { exact: true }).fill(label);
  await page.getByTestId('add-type').click();
  await expect(page.getByText(/lower-case words joined by _/).last()).toBeVisible();
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByTestId('add-type').click();
  const type = page.locator(`[data-testid=type-row][data-key=${key}]`);
  await expect(type).toBeVisible();

  await open(page, `/governance/new?hub=${hub.slug}`);
  await page.getByLabel('Agent', { exact: true }).selectOption({ label: 'Careful Reader' });
  await page.getByLabel('Artifact type').selectOption({ label });
  await page.getByTestId('save-policy').click();
  await expect(row(page, 'Careful Reader')).toContainText(label);

  await open(page, '/types');
  await type.getByRole('button', { name: 'Retire' }).click();
  await expect(page.getByText(`1 active governance policy names ${key}`)).toBeVisible();
  await type.getByLabel(`Label of ${key}`).fill('Notes');
  await type.getByRole('button', { name: 'Rename' }).click();
  await expect(type.getByLabel(`Label of ${key}`)).toHaveValue('Notes');
});

test('the pages are whole without scripts and fit a phone', async ({ browser, storageState, request }) => {
  const api = new Api(request, token('admin'));
  const hubs = await api.get('/hubs');
  const paths = ['/governance', '/governance/new', '/governance/dashboard', '/receipts', '/hubs', '/hubs/new', `/hubs/${hubs.items[0].id}`, '/types'];
  const context = await browser.newContext({
    javaScriptEnabled: false,
    storageState: storageState as string,
    viewport: { width: 360, height: 740 },
  });
  for (const path of paths) {
    // A page of its own: leaving one early would cut off the style that the next one shares.
    const page = await context.newPage();
    await page.goto(path);
    await expect(page.locator('h1'), path).toBeVisible();
    // A page without scripts can still be measured from outside.
    const width = await page.locator('html').evaluate(html => html.scrollWidth - html.clientWidth);
    expect(width, path).toBeLessThanOrEqual(0);
    await page.close();
  }
  await context.close();
});
