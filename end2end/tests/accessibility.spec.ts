// What a machine can tell of WCAG 2.2 AA, on every page, light and dark.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Api, ask, expect, hubWith, open, runEnded, start, test, token } from './support';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PAGES = [
  '/',
  '/collectives',
  '/collectives/new',
  '/inbox',
  '/proposals',
  '/delegations',
  '/widgets',
  '/widgets/new',
  '/candidates',
  '/candidates/new',
  '/decisions',
  '/decisions/new',
  '/agents',
  '/agents/new',
  '/performance',
  '/routing',
  '/routing/prices',
  '/governance',
  '/governance/new',
  '/governance/dashboard',
  '/receipts',
  '/hubs',
  '/hubs/new',
  '/types',
  '/settings',
  '/settings/openai',
  '/no/such/page',
];

/** What is wrong on the page, one line for each place. */
async function wrong(page: Page, name: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(rule =>
    rule.nodes.map(node => `${name}: ${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`),
  );
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } });

    test(`pages are accessible in ${colorScheme}`, async ({ page }) => {
      // Many pages, each judged in full.
      test.setTimeout(900_000);
      const found: string[] = [];
      for (const path of PAGES) {
        await open(page, path);
        found.push(...(await wrong(page, path)));
      }
      expect(found).toEqual([]);
    });

    test(`the sign-in page is accessible in ${colorScheme}`, async ({ browser }) => {
      const context = await browser.newContext({ colorScheme, storageState: { cookies: [], origins: [] } });
      const page = await context.newPage();
      await open(page, '/login');
      expect(await wrong(page, '/login')).toEqual([]);
      await context.close();
    });
  });
}

test('a run is accessible when it has ended, its receipt and the form of a revision too', async ({ page }) => {
  test.slow();
  await ask(page, { title: 'For every eye', prompt: 'Which colours tell a warning from an error, or is a word better?', task: 'requirement_draft' });
  await page.getByRole('radio', { name: /review each other/ }).check();
  await expect(page.getByTestId('estimate')).toContainText('Calls');
  const asking = await wrong(page, 'form');
  await start(page);
  await runEnded(page);
  await page.getByTestId('revise').click();
  await page.getByTestId('another-round').click();
  await page.getByTestId('receipt-toggle').first().click();
  await expect(page.getByTestId('receipt').first()).toContainText(/tokens/);
  const found: string[] = asking;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    found.push(...(await wrong(page, colorScheme)));
  }
  // Fields side by side, while a text is put together and compared.
  await page.getByTestId('field-by-field').click();
  await expect(page.getByTestId('pick').first()).toBeVisible();
  await page.getByTestId('compare-with').selectOption({ index: 1 });
  await expect(page.getByTestId('cell-difference').first()).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    found.push(...(await wrong(page, `fields ${colorScheme}`)));
  }
  expect(found).toEqual([]);
});

test('a tree of delegations is accessible, on its page, in its proposal and alone', async ({ page, request }) => {
  test.slow();
  const api = new Api(request, token('admin'));
  const { hub, agents } = await hubWith(api, `eyes-${Date.now().toString(36)}`, [
    { name: 'Lead', model_name: 'scripted/ms-10' },
    { name: 'Second', model_name: 'scripted/ms-10' },
    { name: 'Trusted', model_name: 'scripted/ms-10', trust_level: 'autonomous' },
  ]);
  await api.post('/routing-policies', { hub_id: hub.id, task_type: 'requirement_draft', agent_registration_id: agents[0].id });
  const widget = await api.post('/widgets', { hub_id: hub.id, slug: 'form', title: 'Form' });
  const root = await api.post(`/widgets/${widget.id}/draft-requirement?wait=true`, {});
  const one = await api.post(`/proposals/${root.id}/delegations?wait=true`, {
    receiving_agent_id: agents[1].id,
    scope: 'One part of it.',
    token_budget: 9000,
  });
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await open(page, `/proposals/${root.id}`);
    await expect(page.getByTestId('tree-node')).toHaveCount(2);
    await page.getByTestId('delegate-open').click();
    await expect(page.getByTestId('delegate-form')).toBeVisible();
    found.push(...(await wrong(page, `proposal ${colorScheme}`)));
    await open(page, `/proposals/${root.id}/tree`);
    await expect(page.getByTestId('tree-node')).toHaveCount(2);
    found.push(...(await wrong(page, `tree ${colorScheme}`)));
    await open(page, `/delegations/${one.id}`);
    found.push(...(await wrong(page, `delegation ${colorScheme}`)));
  }
  expect(found).toEqual([]);
});

test('the performance of an agent is accessible, before it was counted and with all its charts', async ({ page, request }) => {
  test.slow();
  const api = new Api(request, token('admin'));
  const slug = `seen-${Date.now().toString(36)}`;
  const { hub, agents } = await hubWith(api, slug, [{ name: 'Counted', model_name: 'scripted/careful' }]);
  await api.post('/routing-policies', { hub_id: hub.id, task_type: 'requirement_draft', agent_registration_id: agents[0].id });
  await api.patch(`/hubs/${hub.id}`, { trust_threshold: 0.4, trust_decisions: 5 });
  const path = `/agents/${agents[0].id}/performance`;
  const found: string[] = [];
  await open(page, path);
  await expect(page.getByTestId('nothing-counted')).toBeVisible();
  found.push(...(await wrong(page, 'empty')));
  for (const [place, verdict] of ['rejected', 'accepted', 'accepted', 'accepted', 'accepted', 'accepted'].entries()) {
    const widget = await api.post('/widgets', { hub_id: hub.id, slug: `w-${place}`, title: `Part ${place} of it` });
    const asked = await api.post(`/widgets/${widget.id}/draft-requirement?wait=true`, {});
    await api.post(`/proposals/${asked.id}/reviews`, { verdict });
  }
  await page.getByTestId('count-now').first().click();
  await expect(page.getByTestId('reliability')).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await open(page, path);
    for (const numbers of await page.getByText('Numbers as a table').all()) await numbers.click();
    await page.getByTestId('dismiss').click();
    found.push(...(await wrong(page, `agent ${colorScheme}`)));
    await open(page, `/performance?hub=${slug}`);
    for (const numbers of await page.getByText('Numbers as a table').all()) await numbers.click();
    found.push(...(await wrong(page, `all agents ${colorScheme}`)));
  }
  expect(found).toEqual([]);
});
