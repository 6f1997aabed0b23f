// A subtask is handed on, again from its result; the tree grows, is walked by
// keyboard, and a branch is cancelled. A large tree stays usable.
import type { Locator, Page } from '@playwright/test';
import { rows, seedTree } from './delegations.seed';
import { Api, expect, hubWith, open, openLive, ready, test, token } from './support';

const node = (page: Page, agent: string): Locator => page.locator(`[data-testid=tree-node][aria-label^="${agent}:"]`);
const chosen = (page: Page): Locator => page.locator('[data-testid=tree-node][aria-selected=true]');
const detail = (page: Page): Locator => page.getByTestId('tree-detail');

/** A proposal with an answer, in a hub of its own with these agents; the first one answers. */
async function proposal(api: Api, slug: string, agents: Record<string, unknown>[]) {
  const made = await hubWith(api, slug, agents);
  const routed = { hub_id: made.hub.id, task_type: 'requirement_draft', agent_registration_id: made.agents[0].id };
  await api.post('/routing-policies', routed);
  const widget = await api.post('/widgets', { hub_id: made.hub.id, slug: 'calendar', title: 'Calendar' });
  const root = await api.post(`/widgets/${widget.id}/draft-requirement?wait=true`, {});
  return { ...made, widget, root };
}

async function fill(page: Page, agent: string, scope: string, budget: string): Promise<void> {
  await page.getByTestId('delegate-open').click();
  const form = page.getByTestId('delegate-form');
  await form.getByLabel(agent, { exact: true }).check();
  await form.getByLabel('Subtask').fill(scope);
  await form.getByLabel('Token budget').fill(budget);
}

/** How many different lengths the growing text has had, until the delegation has ended. */
const growth = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const lengths = new Set<number>();
    const deadline = Date.now() + 40_000;
    while (Date.now() < deadline) {
      const place = document.querySelector<HTMLElement>('[data-testid=tree-detail]');
      if (place?.querySelector('[data-testid=detail-status][data-status=completed]')) break;
      const text = place?.querySelector('[data-testid=detail-text]')?.textContent ?? '';
      if (text) lengths.add(text.length);
      await new Promise(done => requestAnimationFrame(done));
    }
    return lengths.size;
  });

test('a subtask is delegated twice in depth, and the tree grows under the eye', async ({ strictPage: page, request }) => {
  test.setTimeout(300_000);
  const api = new Api(request, token('admin'));
  const slug = `chain-${Date.now().toString(36)}`;
  const { agents, widget, root } = await proposal(api, slug, [
    { name: 'Lead', model_name: 'scripted/careful' },
    { name: 'Second', model_name: 'scripted/ms-8000' },
    { name: 'Third', model_name: 'scripted/thrifty' },
    { name: 'Stuck', model_name: 'scripted/fail-hang' },
    { name: 'Trusted', model_name: 'scripted/advocate', trust_level: 'autonomous' },
  ]);
  await open(page, `/proposals/${root.id}`);
  await expect(page.getByTestId('no-delegations')).toBeVisible();
  await page.evaluate(() => Object.assign(window, { stayed: true }));

  // Who may not be asked is grey, and says why.
  await fill(page, 'Second', 'Count the comments that name phones.', '900000');
  const refused = page.locator('[data-testid=receiver][data-agent=Trusted]');
  await expect(refused.getByRole('radio')).toBeDisabled();
  await expect(refused).toContainText('nobody who is trusted more');
  await expect(page.locator('[data-testid=receiver][data-agent=Lead]')).toContainText('never works below itself');
  // More than is left is said at its field; nothing that was written is lost.
  await page.getByTestId('delegate-send').click();
  await expect(page.locator('#token_budget-error')).toContainText('tokens left');
  await expect(page.getByLabel('Subtask')).toHaveValue('Count the comments that name phones.');
  await page.getByLabel('Token budget').fill('20000');
  await page.getByTestId('delegate-send').click();

  await expect(node(page, 'Second')).toBeVisible();
  await expect(chosen(page)).toHaveAttribute('aria-label', /^Second:/);
  expect(await growth(page)).toBeGreaterThanOrEqual(3);
  await expect(detail(page).getByTestId('detail-status')).toHaveAttribute('data-status', 'completed');
  await expect(node(page, 'Second')).toHaveAttribute('aria-label', /^Second: To review\./);
  await expect(detail(page).getByTestId('detail-text')).toContainText('Count the comments that name phones');
  expect(await page.evaluate(() => 'stayed' in window)).toBe(true);

  // The result is a proposal of its own, and says where it came from.
  await detail(page).getByTestId('open-result').click();
  await page.waitForURL(url => /\/proposals\/[0-9a-f-]{36}$/.test(url.pathname) && !url.pathname.endsWith(root.id));
  await ready(page);
  const second = page.url().match(/[0-9a-f-]{36}/)![0];
  const way = page.getByTestId('way-up');
  await expect(way.getByRole('link', { name: 'Widget Calendar' })).toHaveAttribute('href', `/widgets/${widget.id}`);
  await expect(way.getByRole('link', { name: root.title })).toHaveAttribute('href', `/proposals/${root.id}`);
  await fill(page, 'Third', 'Only the comments of this week.', '6000');
  await page.getByTestId('delegate-send').click();
  await expect(node(page, 'Third')).toHaveAttribute('aria-label', /^Third: To review\./, { timeout: 40_000 });

  // From above, both are there; somebody else hands on a third one, and it is seen at once.
  await openLive(page, `/proposals/${root.id}`);
  await expect(page.getByTestId('tree-node')).toHaveCount(3);
  const stuck = await api.post(`/proposals/${second}/delegations`, {
    receiving_agent_id: agents[3].id,
    scope: 'Wait for an answer that never comes.',
    token_budget: 4000,
  });
  await expect(node(page, 'Stuck')).toHaveAttribute('aria-label', /^Stuck: Running\./, { timeout: 20_000 });
  await expect(page.getByTestId('delegations-sum')).toContainText('3 delegations, 1 at work');

  // By keyboard: down, across, fold, unfold.
  await page.getByTestId('tree').focus();
  await page.keyboard.press('Home');
  await expect(chosen(page)).toHaveAttribute('aria-level', '1');
  await page.keyboard.press('ArrowRight');
  await expect(chosen(page)).toHaveAttribute('aria-label', /^Second:/);
  await page.keyboard.press('ArrowRight');
  await expect(chosen(page)).toHaveAttribute('aria-label', /^Third:/);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press(' ');
  await expect(node(page, 'Second')).toHaveAttribute('aria-expanded', 'false');
  await expect(page.getByTestId('tree-node')).toHaveCount(2);
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('tree-node')).toHaveCount(4);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await expect(chosen(page)).toHaveAttribute('aria-label', /^Stuck:/);
  await page.keyboard.press('Enter');
  await expect(detail(page)).toBeFocused();

  // The running branch is cancelled; what it held goes back.
  await detail(page).getByTestId('cancel-delegation').click();
  await expect(detail(page).getByTestId('detail-status')).toHaveAttribute('data-status', 'cancelled', { timeout: 20_000 });
  await expect(node(page, 'Stuck')).toHaveAttribute('aria-label', /^Stuck: Cancelled\./);
  expect((await api.get(`/delegations/${stuck.id}`)).closed).toBe(true);

  // Search goes to what it finds.
  await page.getByTestId('tree').focus();
  await page.keyboard.press('/');
  await page.keyboard.type('this week');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('tree-found')).toHaveText('1 of 1');
  await expect(chosen(page)).toHaveAttribute('aria-label', /^Third:/);

  // The list and the page of one; what is unused goes back.
  await open(page, `/delegations?hub=${slug}`);
  await expect(page.getByTestId('delegation-row')).toHaveCount(3);
  await page.getByLabel('Status').selectOption('cancelled');
  await page.waitForURL(/status=cancelled/);
  await expect(page.getByTestId('delegation-row')).toHaveCount(1);
  await page.getByLabel('Status').selectOption('completed');
  await page.waitForURL(/status=completed/);
  await page.getByRole('link', { name: 'Only the comments of this week.' }).click();
  await page.waitForURL(/\/delegations\/[0-9a-f-]{36}/);
  await expect(page.getByTestId('delegation-scope')).toHaveText('Only the comments of this week.');
  await expect(page.getByTestId('delegation-receipt')).toBeVisible();
  await page.getByTestId('close-delegation').click();
  await expect(page.getByTestId('delegation-budget')).toContainText('went back up the chain');
  await expect(page.getByTestId('close-delegation')).toHaveCount(0);
});

test('a tree goes out as JSON and as PROV-JSON, and is a list without scripts', async ({ browser, page, request }) => {
  const api = new Api(request, token('admin'));
  const { agents, root } = await proposal(api, `files-${Date.now().toString(36)}`, [
    { name: 'Lead', model_name: 'scripted/ms-10' },
    { name: 'Second', model_name: 'scripted/ms-10' },
  ]);
  await api.post(`/proposals/${root.id}/delegations?wait=true`, {
    receiving_agent_id: agents[1].id,
    scope: 'One part of it.',
    token_budget: 9000,
  });
  await open(page, `/proposals/${root.id}/tree`);
  await expect(page.getByTestId('tree-node')).toHaveCount(2);
  for (const [link, holds] of [['tree-json', '"delegations"'], ['tree-prov', '"wasDerivedFrom"']]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId(link).click()]);
    const stream = await download.createReadStream();
    let text = '';
    for await (const piece of stream) text += piece;
    expect(text).toContain(holds);
    JSON.parse(text);
  }

  const context = await browser.newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await plain.goto(`/proposals/${root.id}`);
  await expect(plain.getByRole('link', { name: 'One part of it.' })).toBeVisible();
  // The form works as a plain form.
  await plain.getByTestId('delegate-open').click();
  await plain.getByLabel('Second', { exact: true }).check();
  await plain.getByLabel('Subtask').fill('Another part.');
  await plain.getByLabel('Token budget').fill('9000');
  await plain.getByTestId('delegate-send').click();
  await plain.waitForURL(/\/delegations\/[0-9a-f-]{36}/);
  await expect(plain.getByTestId('delegation-scope')).toHaveText('Another part.');
  await context.close();
});

test('a tree of 5,000 scrolls and folds, with no more in the page than is in view', async ({ strictPage: page, request }) => {
  test.setTimeout(120_000);
  const api = new Api(request, token('admin'));
  const { hub, agents, root } = await proposal(api, `large-tree-${Date.now().toString(36)}`, [
    { name: 'Lead', model_name: 'scripted/ms-10' },
    { name: 'First', model_name: 'scripted/ms-10' },
    { name: 'Second', model_name: 'scripted/ms-10' },
    { name: 'Third', model_name: 'scripted/ms-10' },
  ]);
  const all = rows(hub.id, root.id, agents);
  expect(all).toHaveLength(5_000);
  seedTree(all);

  await open(page, `/proposals/${root.id}/tree`);
  const tree = page.getByTestId('tree');
  const drawn = page.getByTestId('tree-node');
  await expect(drawn.first()).toBeVisible();
  const root_node = page.locator('[data-testid=tree-node][aria-level="1"]');
  await tree.focus();
  await page.keyboard.press('Home');
  await expect(root_node).toHaveAttribute('aria-label', /5,000 delegations below/);
  // Folded at first: the first level, no more than that.
  await expect(tree).toHaveAttribute('data-nodes', '21');

  // A branch is opened down to its leaves, which are read then.
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(tree).toHaveAttribute('data-nodes', '31');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect.poll(async () => Number(await tree.getAttribute('data-nodes'))).toBeGreaterThan(50);

  // All that is loaded at once: hundreds in the drawing, few in the page.
  await page.getByRole('button', { name: 'Unfold all that is loaded' }).click();
  await expect.poll(async () => Number(await tree.getAttribute('data-nodes'))).toBeGreaterThan(500);
  expect(await drawn.count()).toBeLessThan(150);
  const box = (await tree.boundingBox())!;
  await page.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
  const ids = () => drawn.evaluateAll(nodes => nodes.map(one => one.id));
  const before = await ids();
  for (let turn = 0; turn < 30; turn++) await page.mouse.wheel(0, 900);
  // What is chosen stays, for the keyboard.
  await expect.poll(async () => (await ids()).filter(id => before.includes(id)).length).toBeLessThanOrEqual(1);
  expect(await drawn.count()).toBeLessThan(150);
  await tree.focus();
  await page.keyboard.press('0');
  expect(await drawn.count()).toBeLessThan(500);

  // Search finds what is not loaded, opens the way to it and shows it.
  await page.keyboard.press('/');
  await page.keyboard.type('part 4999');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('tree-found')).toHaveText('1 of 1', { timeout: 20_000 });
  await expect(chosen(page)).toHaveAttribute('aria-label', /part 4999/);
  await expect(page.getByTestId('detail-scope')).toContainText('part 4999');

  await page.getByRole('button', { name: 'Fold all', exact: true }).click();
  await expect.poll(async () => Number(await tree.getAttribute('data-nodes'))).toBeLessThan(30);
});
