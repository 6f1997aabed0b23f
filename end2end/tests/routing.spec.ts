// Routing: order, conditions, prices, who would answer, what follows where a provider fails.
import { expect, test } from './support';
import { Api, addRoute as add, hubWith, open, ready, route, routeGroup as group, routed as names, token } from './support';

/** A hub of its own with agents, none of them routed. */
async function hubOf(api: Api, slug: string, agents: Record<string, any>): Promise<any> {
  const all = Object.entries(agents).map(([name, more]) => ({ name, model_name: `${slug}/${name.toLowerCase()}`, ...more }));
  return (await hubWith(api, slug, all)).hub;
}

test('agents are added in place and put into order by keyboard, drag and button', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = `order-${Date.now()}`;
  const hub = await hubOf(api, slug, { Ann: {}, Bob: {}, Cid: {} });
  await open(page, `/routing?hub=${slug}&task=triage`);
  await expect(group(page)).toContainText('Nobody answers this task');
  for (const agent of ['Ann', 'Bob', 'Cid']) await add(page, agent);
  expect(await names(page)).toEqual(['Ann', 'Bob', 'Cid']);
  await expect(page.getByTestId('who-chosen')).toContainText('Ann');

  // Alt and an arrow: the row moves, keeps the focus, is read out and stored.
  const handle = route(page, 'Cid').getByTestId('route-handle');
  await handle.focus();
  await page.keyboard.press('Alt+ArrowUp');
  await expect(page.getByTestId('said')).toHaveText('Cid is at place 2 of 3.');
  await expect(handle).toBeFocused();
  await page.keyboard.press('Alt+ArrowUp');
  await expect.poll(() => names(page)).toEqual(['Cid', 'Ann', 'Bob']);
  await expect(page.getByTestId('who-chosen')).toContainText('Cid');
  await page.reload();
  await ready(page);
  expect(await names(page)).toEqual(['Cid', 'Ann', 'Bob']);

  // Space takes hold, arrows move, Escape puts back.
  await handle.focus();
  await page.keyboard.press('Space');
  await expect(handle).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('ArrowDown');
  expect(await names(page)).toEqual(['Ann', 'Cid', 'Bob']);
  await page.keyboard.press('Escape');
  expect(await names(page)).toEqual(['Cid', 'Ann', 'Bob']);
  await expect(handle).toBeFocused();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  const stored = async () => {
    const { agents } = await api.get(`/routing-policies/resolve?hub_id=${hub.id}&task_type=triage`);
    return agents.map((agent: any) => agent.name);
  };
  await expect.poll(stored).toEqual(['Ann', 'Bob', 'Cid']);

  // By mouse.
  await route(page, 'Cid').getByTestId('route-handle').dragTo(route(page, 'Ann'));
  await expect.poll(stored).toEqual(['Cid', 'Ann', 'Bob']);
  // By button.
  await page.getByRole('button', { name: 'Move Bob up' }).click();
  await expect.poll(stored).toEqual(['Cid', 'Bob', 'Ann']);
  await page.reload();
  await ready(page);
  expect(await names(page)).toEqual(['Cid', 'Bob', 'Ann']);
});

test('an order that has changed meanwhile is loaded and told', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = `stale-${Date.now()}`;
  const hub = await hubOf(api, slug, { Ann: {}, Bob: {}, Cid: {} });
  await open(page, `/routing?hub=${slug}&task=triage`);
  await add(page, 'Ann');
  await add(page, 'Bob');
  // Somebody else adds one.
  const { items } = await api.get(`/agents?hub_id=${hub.id}`);
  const cid = items.find((agent: any) => agent.name === 'Cid');
  await api.post('/routing-policies', { hub_id: hub.id, task_type: 'triage', agent_registration_id: cid.id });
  await route(page, 'Bob').getByTestId('route-handle').focus();
  await page.keyboard.press('Alt+ArrowUp');
  await expect(group(page)).toContainText('order on the server is another one');
  expect(await names(page)).toEqual(['Ann', 'Bob', 'Cid']);
});

test('conditions and prices saved too late show both texts', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('steward'));
  const slug = `late-${Date.now()}`;
  const hub = await hubOf(new Api(request, token('admin')), slug, { Ann: {}, Bob: {} });
  await open(page, `/routing?hub=${slug}&task=triage`);
  await add(page, 'Ann');
  await add(page, 'Bob');
  const { items } = await api.get(`/routing-policies?hub_id=${hub.id}`);
  const policy = items.find((one: any) => one.priority === 0);
  const ann = route(page, 'Ann');
  await ann.getByTestId('route-conditions').click();
  await ann.getByLabel('Cost ceiling').fill('0.5');
  await ann.getByLabel('Capabilities').fill('maps');
  // Own changes of the same policy are no stranger's: nothing typed is lost.
  await ann.getByTestId('route-switch').click();
  await expect(ann).toHaveAttribute('data-verdict', 'inactive_policy');
  await page.getByRole('button', { name: 'Move Ann down' }).click();
  await expect.poll(() => names(page)).toEqual(['Bob', 'Ann']);
  await expect(ann.getByLabel('Cost ceiling')).toHaveValue('0.5');
  // Somebody else is faster.
  await expect.poll(async () => (await api.get(`/routing-policies/${policy.id}`)).version).toBe(3);
  await api.patch(`/routing-policies/${policy.id}`, { max_cost_microusd_per_1k: 250_000, min_trust_level: 'advisory' });
  await ann.getByRole('button', { name: 'Save the conditions' }).click();
  const both = ann.getByTestId('conflict');
  const ceiling = both.locator('[data-field=max_cost_microusd_per_1k]');
  await expect(ceiling).toContainText('both changed it');
  await expect(ceiling).toContainText('0.25 USD');
  await expect(ceiling).toContainText('0.5 USD');
  await expect(both.locator('[data-field=required_capabilities]')).toContainText('only you changed it');
  await expect(both.locator('[data-field=min_trust_level]')).toContainText('only they changed it');
  // What was typed stays, what only they changed is taken over.
  await expect(ann.getByLabel('Trust')).toHaveValue('advisory');
  await expect(ann.getByLabel('Cost ceiling')).toHaveValue('0.5');
  await ceiling.getByRole('button', { name: 'Use theirs' }).click();
  await expect(ann.getByLabel('Cost ceiling')).toHaveValue('0.25');
  await ann.getByRole('button', { name: 'Save the conditions' }).click();
  await expect(both).toHaveCount(0);
  const saved = await api.get(`/routing-policies/${policy.id}`);
  expect(saved).toMatchObject({
    version: 5, max_cost_microusd_per_1k: 250_000, required_capabilities: ['maps'], min_trust_level: 'advisory', is_active: false,
  });
  // A button on what no longer stands does nothing, and says so.
  await api.patch(`/routing-policies/${policy.id}`, { max_cost_microusd_per_1k: 1 });
  await ann.getByTestId('route-delete').click();
  await ann.getByTestId('route-delete-confirm').click();
  await expect(group(page)).toContainText('Somebody changed this policy meanwhile');
  await expect(ann).toContainText('$0.000001');

  const model = `${slug}/ann`;
  const price = await api.post('/model-prices', {
    provider: 'openai', model_name: model, input_usd_per_million: 1, output_usd_per_million: 2,
  });
  await open(page, '/routing/prices');
  const row = page.locator(`[data-testid=price][data-model="${model}"]`);
  await row.getByLabel(/^Input price/).fill('a lot');
  await row.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('Must be an amount such as 2.5');
  await row.getByLabel(/^Input price/).fill('3');
  await api.patch(`/model-prices/${price.id}`, { input_usd_per_million: 4, output_usd_per_million: 5 });
  await row.getByRole('button', { name: 'Save' }).click();
  const amount = row.locator('[data-field=input_usd_per_million]');
  await expect(amount).toContainText('4 USD');
  await expect(amount).toContainText('3 USD');
  await expect(row.getByLabel(/^Output price/)).toHaveValue('5');
  await row.getByRole('button', { name: 'Save' }).click();
  await expect(row.getByTestId('conflict')).toHaveCount(0);
  expect(await api.get(`/model-prices/${price.id}`)).toMatchObject({ version: 3, input_usd_per_million: 3, output_usd_per_million: 5 });
  await api.patch(`/model-prices/${price.id}`, { input_usd_per_million: 7 });
  await row.getByText('Delete', { exact: true }).click();
  await row.getByRole('button', { name: 'Delete the price' }).click();
  await expect(row).toContainText('Somebody changed this price meanwhile');
  await expect(row.getByLabel(/^Input price/)).toHaveValue('7');
});

test('a policy is switched off and deleted; the next one answers', async ({ strictPage: page, request }) => {
  const slug = `off-${Date.now()}`;
  await hubOf(new Api(request, token('admin')), slug, { Ann: {}, Bob: {} });
  await open(page, `/routing?hub=${slug}&task=triage`);
  await add(page, 'Ann');
  await add(page, 'Bob');
  await route(page, 'Ann').getByTestId('route-switch').click();
  await expect(route(page, 'Ann')).toHaveAttribute('data-verdict', 'inactive_policy');
  await expect(page.getByTestId('who-chosen')).toContainText('Bob');
  await expect(page.getByTestId('who-other').filter({ hasText: 'Ann' })).toContainText('switched off');
  await route(page, 'Bob').getByTestId('route-delete').click();
  await expect(route(page, 'Bob')).toContainText('Delete this policy?');
  await route(page, 'Bob').getByTestId('route-delete-confirm').click();
  await expect(route(page, 'Bob')).toHaveCount(0);
  await expect(page.getByText('Nobody would answer')).toBeVisible();
  await route(page, 'Ann').getByTestId('route-switch').click();
  await expect(page.getByTestId('who-chosen')).toContainText('Ann');
});

test('a price decides whether a ceiling is met', async ({ strictPage: page, request }) => {
  const slug = `price-${Date.now()}`;
  await hubOf(new Api(request, token('admin')), slug, { Ann: {}, Bob: {} });
  await open(page, `/routing?hub=${slug}&task=triage`);
  await add(page, 'Ann');
  await add(page, 'Bob');
  const ann = route(page, 'Ann');
  await ann.getByTestId('route-conditions').click();
  await ann.getByLabel('Cost ceiling').fill('a lot');
  await ann.getByRole('button', { name: 'Save the conditions' }).click();
  await expect(ann).toContainText('Must be an amount');
  await ann.getByLabel('Cost ceiling').fill('0.002');
  await ann.getByRole('button', { name: 'Save the conditions' }).click();
  await expect(ann).toHaveAttribute('data-verdict', 'price_unknown');
  await expect(page.getByTestId('who-chosen')).toContainText('Bob');

  await open(page, '/routing/prices');
  const model = `${slug}/ann`;
  const missing = page.locator(`[data-testid=missing-price][data-model="${model}"]`);
  await missing.getByLabel(/^Input price/).fill('1');
  await missing.getByLabel(/^Output price/).fill('5');
  await missing.getByRole('button', { name: 'Add' }).click();
  const price = page.locator(`[data-testid=price][data-model="${model}"]`);
  await expect(price).toBeVisible();
  await open(page, `/routing?hub=${slug}&task=triage`);
  await expect(ann).toHaveAttribute('data-verdict', 'over_ceiling');
  await expect(ann).toContainText('0.005 USD');

  await open(page, '/routing/prices');
  await price.getByLabel(/^Output price/).fill('2');
  const saved = page.waitForResponse(response => response.url().includes('/rpc/') && response.request().method() === 'POST');
  await price.getByRole('button', { name: 'Save' }).click();
  expect((await saved).ok()).toBeTruthy();
  await page.reload();
  await ready(page);
  await expect(price.getByLabel(/^Output price/)).toHaveValue('2');
  await open(page, `/routing?hub=${slug}&task=triage`);
  await expect(ann).toHaveAttribute('data-verdict', 'chosen');
  await expect(page.getByTestId('who-chosen')).toContainText('Ann');
});

test('who would answer says what governance would block', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = `who-${Date.now()}`;
  const hub = await hubOf(api, slug, { Ann: {}, Bob: {} });
  await open(page, `/routing?hub=${slug}&task=triage`);
  await add(page, 'Ann');
  await add(page, 'Bob');
  const { items } = await api.get(`/agents?hub_id=${hub.id}`);
  await api.post('/governance-policies', {
    hub_id: hub.id, agent_registration_id: items.find((a: any) => a.name === 'Ann').id,
    artifact_type: 'widget_summary', allowed_actions: ['read'],
  });
  await expect(page.getByTestId('who-chosen')).toHaveAttribute('data-allowed', 'true');
  await page.getByTestId('who-answers').getByLabel('Artifact').selectOption('widget_summary');
  await expect(page).toHaveURL(/artifact=widget_summary/);
  const chosen = page.getByTestId('who-chosen');
  await expect(chosen).toHaveAttribute('data-allowed', 'false');
  await expect(chosen).toContainText('Ann');
  await expect(chosen).toContainText('not skipped');
  await page.reload();
  await ready(page);
  await expect(chosen).toHaveAttribute('data-allowed', 'false');
  await page.getByTestId('who-answers').getByLabel('Task').selectOption('synthesis');
  await expect(page.getByText('Nobody would answer')).toBeVisible();
  await page.goBack();
  await expect(chosen).toContainText('Ann');
});

test('the hub says whether the next one is asked', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = `next-${Date.now()}`;
  const hub = await hubOf(api, slug, { Ann: {} });
  await open(page, `/routing?hub=${slug}`);
  await expect(page.getByTestId('fallback')).toContainText('Off');
  await page.getByTestId('fallback-switch').click();
  await expect(page.getByTestId('fallback-switch')).toHaveText('Ask nobody else');
  expect((await api.get(`/hubs/${hub.id}`)).routing_fallback).toBe(true);
  await page.reload();
  await ready(page);
  await expect(page.getByTestId('fallback-switch')).toHaveText('Ask nobody else');
});

test('without scripts agents are added, moved and switched off', async ({ browser, storageState, request }) => {
  const slug = `plain-${Date.now()}`;
  await hubOf(new Api(request, token('admin')), slug, { Ann: {}, Bob: {} });
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: storageState as string });
  const page = await context.newPage();
  await page.goto(`/routing?hub=${slug}&task=triage`);
  for (const agent of ['Ann', 'Bob']) await add(page, agent);
  await page.getByRole('button', { name: 'Move Bob up' }).click();
  await expect.poll(() => names(page)).toEqual(['Bob', 'Ann']);
  await route(page, 'Bob').getByTestId('route-switch').click();
  await expect(route(page, 'Bob')).toHaveAttribute('data-verdict', 'inactive_policy');
  await expect(page.getByTestId('who-chosen')).toContainText('Ann');
  const form = group(page).locator('.route-add');
  await form.getByTestId('route-add').click();
  await form.getByLabel('Agent').selectOption({ index: 1 });
  await form.getByLabel('Cost ceiling').fill('dear');
  await form.getByTestId('route-add-send').click();
  await expect(page.getByText('must be an amount').first()).toBeVisible();
  await context.close();
});

test('routing is no wider than a phone and reached by keys', async ({ strictPage: page }) => {
  await open(page, '/');
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page).toHaveURL(/\/routing/);
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of ['/routing', '/routing/prices']) {
    await open(page, path);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over, path).toBeLessThanOrEqual(0);
  }
});
