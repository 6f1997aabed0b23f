// The inbox: worked by keyboard, bound to what is on the screen.
import type { Page } from '@playwright/test';
import { Api, expect, hubWith, open, openLive, ready, test, token } from './support';

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
  await expect.poll(async () => (await api.get(`/requirement-candidates/${made.id}`)).status).toBe('archived');
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

test('a collective proposal is rejected and taken back by key; revising and commenting lead to its page', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const asked = { hub_id: await hub(api), title: 'Which word?', prompt: 'Which word should it be?', task_type: 'requirement_draft' };
  const run = await api.post('/collective-proposals', asked);
  const state = async () => (await api.get(`/collective-proposals/${run.id}`)).run_state;
  await expect.poll(state, { timeout: 60_000 }).toBe('finished');
  const decision = async () => (await api.get(`/collective-proposals/${run.id}`)).decision;

  await open(page, `/inbox?hub=${HUB}&kind=collective_proposal&item=${run.id}`);
  const actions = page.getByTestId('collective-actions');
  await expect(actions).toHaveAttribute('data-decision', 'pending');
  await page.keyboard.press('r');
  await expect.poll(decision).toBe('rejected');
  await expect(page.locator(`[data-testid=inbox-row][href="/collectives/${run.id}"]`).getByTestId('row-ended')).toHaveText('Rejected');
  await page.keyboard.press('u');
  await expect.poll(decision).toBe('pending');
  await expect(actions).toHaveAttribute('data-decision', 'pending');
  await expect(page.getByTestId('inbox-item').locator(`h2 a[href="/collectives/${run.id}"]`)).toBeVisible();

  await page.keyboard.press('e');
  await page.waitForURL(`**/collectives/${run.id}?act=revise`);
  await expect(page.getByTestId('revise-form').locator('textarea').first()).toBeFocused();
  await page.reload();
  await ready(page);
  await expect(page.getByTestId('revise-form')).toBeVisible();
  await page.goBack();
  await ready(page);
  await expect(actions).toHaveAttribute('data-decision', 'pending');
  await page.keyboard.press('c');
  await page.waitForURL(`**/collectives/${run.id}?act=comment`);
  await expect(page.locator('#comment')).toBeFocused();
});

test('without scripts an item is read at its address, accepted and taken back by plain forms', async ({ browser, storageState, request }) => {
  const api = new Api(request, token('admin'));
  const older = await draft(api);
  await draft(api);
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: storageState as string });
  const page = await context.newPage();
  await page.goto(`/inbox?hub=${HUB}&item=${older.id}`);
  const item = page.getByTestId('inbox-item');
  await expect(item.locator(`h2 a[href="/proposals/${older.id}"]`)).toBeVisible();
  await expect(item.getByTestId('inbox-answer')).toContainText(older.content.recommendation);
  await item.locator('.plain-decision').getByRole('button', { name: 'Accept' }).click();
  await page.waitForURL(`**/proposals/${older.id}`);
  await expect(panel(page)).toHaveAttribute('data-status', 'accepted');
  expect((await api.get(`/proposals/${older.id}`)).status).toBe('accepted');
  await page.locator('.plain-decision').getByRole('button', { name: 'Undo' }).click();
  await expect(panel(page)).toHaveAttribute('data-status', 'pending');
  // What came too late is told on the page, and nothing is decided.
  await api.post(`/proposals/${older.id}/another-round?wait=true`, { instructions: 'Shorter.' });
  await page.locator('.plain-decision').getByRole('button', { name: 'Reject' }).click();
  await expect(page.getByText('no longer the one that was shown')).toBeVisible();
  expect((await api.get(`/proposals/${older.id}`)).status).toBe('pending');
  await context.close();
});

test('what a policy accepted is marked in every list, and undone with one action', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = `auto-${Date.now().toString(36)}`;
  const made = await hubWith(api, slug, [{ name: 'Sure', model_name: 'scripted/careful', trust_level: 'autonomous' }]);
  const hub_id = made.hub.id;
  const agent_registration_id = made.agents[0].id;
  for (const [task_type, artifact_type] of [['requirement_draft', 'requirement_candidate'], ['synthesis', 'widget_summary']]) {
    await api.post('/routing-policies', { hub_id, task_type, agent_registration_id });
    await api.post('/governance-policies', { hub_id, agent_registration_id, artifact_type, allowed_actions: ['read', 'propose', 'auto_apply'] });
  }
  const widget = await api.post('/widgets', { hub_id, slug: 'form', title: 'Form' });
  const event = { hub_id, widget_id: widget.id, kind: 'comment', payload: { author: 'Zoë', text: 'Is it booked?' } };
  await api.post('/interaction-events', event);
  const drafted = await api.post(`/widgets/${widget.id}/draft-requirement?wait=true`, {});
  const summed = await api.post(`/widgets/${widget.id}/summarize-cluster?wait=true`, {});
  expect([drafted.auto_applied, summed.auto_applied]).toEqual([true, true]);

  const marks = page.getByTestId('auto-applied');
  await open(page, `/proposals?hub=${slug}`);
  await expect(page.getByTestId('proposal-row').getByTestId('auto-applied')).toHaveCount(2);
  await open(page, `/agents/${agent_registration_id}?tab=work`);
  await expect(page.getByTestId('work-row').getByTestId('auto-applied')).toHaveCount(2);
  await open(page, `/widgets/${widget.id}`);
  await expect(page.getByTestId('agents').getByTestId('auto-applied')).toHaveCount(2);
  await expect(page.getByTestId('summaries').getByTestId('auto-applied')).toHaveCount(1);
  await expect(page.getByTestId('candidates').getByTestId('auto-applied')).toHaveCount(1);
  await open(page, `/candidates?hub=${slug}`);
  await expect(marks).toHaveCount(1);

  await marks.getByTestId('undo-auto-applied').click();
  await page.waitForURL(`**/proposals/${drafted.id}`);
  await expect(panel(page)).toHaveAttribute('data-status', 'pending');
  await open(page, `/candidates?hub=${slug}`);
  await expect(page.getByTestId('candidate-row')).toHaveCount(1);
  await expect(marks).toHaveCount(0);
  await open(page, `/widgets/${widget.id}`);
  await page.getByTestId('summaries').getByTestId('undo-auto-applied').click();
  await page.waitForURL(`**/proposals/${summed.id}`);
  expect((await api.get(`/proposals?hub_id=${hub_id}`)).items.map((one: any) => [one.status, one.auto_applied]))
    .toEqual([['pending', false], ['pending', false]]);

  // The navigation counts by the stream that the page has.
  await openLive(page, `/?hub=${slug}`);
  await expect(page.getByTestId('inbox-count')).toHaveText('2');
  await api.post(`/proposals/${drafted.id}/reviews`, { verdict: 'rejected' });
  await expect(page.getByTestId('inbox-count')).toHaveText('1');

  // Where the hub decides first, the panel says why no text grows.
  await api.patch(`/hubs/${hub_id}`, { decide_first: true });
  await open(page, `/widgets/${widget.id}`);
  const point = page.locator('[data-testid=invoke][data-point=summarize_cluster]');
  await point.getByTestId('invoke-start').click();
  await expect(point).toContainText('This hub decides first: the text is held back');
  await expect(point.getByTestId('invoke-running')).toHaveAttribute('data-status', /pending|accepted/, { timeout: 30_000 });
});
