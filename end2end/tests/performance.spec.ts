// Performance: decided, counted, shown, compared; a suggestion confirmed.
import { Api, expect, hubWith, open, ready, test, token } from './support';

/** A hub of its own whose first agent drafts requirements, and a widget for each title. */
async function hubOf(api: Api, slug: string, titles: string[]) {
  const { hub, agents } = await hubWith(api, slug, [
    { name: `Drafter of ${slug}`, model_name: 'scripted/careful' },
    { name: `Idle of ${slug}`, model_name: 'scripted/bold' },
  ]);
  await api.post('/routing-policies', { hub_id: hub.id, task_type: 'requirement_draft', agent_registration_id: agents[0].id });
  const widgets = [];
  for (const title of titles) {
    widgets.push(await api.post('/widgets', { hub_id: hub.id, slug: title.toLowerCase(), title }));
  }
  return { hub, agent: agents[0], idle: agents[1], widgets };
}

const draft = (api: Api, widget: any) => api.post(`/widgets/${widget.id}/draft-requirement?wait=true`, {});
const decide = (api: Api, proposal: any, verdict: string) => api.post(`/proposals/${proposal.id}/reviews`, { verdict });

const TITLES = ['Calendar', 'Mail', 'Search', 'Invoice', 'Map', 'Chat', 'Report', 'Login', 'Menu'];

test('proposals are decided and counted, and a suggested promotion is confirmed', async ({ strictPage: page, request }) => {
  test.slow();
  const api = new Api(request, token('admin'));
  const slug = `earned-${Date.now().toString(36)}`;
  const { hub, agent, widgets } = await hubOf(api, slug, TITLES);
  const path = `/agents/${agent.id}/performance`;

  // Nothing was counted; then two are decided, one of them on its page.
  await open(page, `/agents/${agent.id}`);
  await page.getByTestId('performance-glance').getByRole('link', { name: 'All numbers' }).click();
  await page.waitForURL(`**${path}`);
  await expect(page.getByTestId('nothing-counted')).toBeVisible();
  const first = await draft(api, widgets[0]);
  await decide(api, await draft(api, widgets[1]), 'rejected');
  await open(page, `/proposals/${first.id}`);
  await page.getByTestId('accept').click();
  await expect(page.getByTestId('review-panel')).toHaveAttribute('data-status', 'accepted');

  await open(page, path);
  await page.getByTestId('count-now').first().click();
  await expect(page.getByTestId('period')).toContainText(/^30 days up to and with .* UTC$/);
  await expect(page.getByTestId('calibration')).toHaveAttribute('data-defined', 'false');
  await expect(page.getByTestId('calibration')).toContainText(
    'Not enough yet: 2 decided proposals with a confidence, 3 are needed.',
  );
  await expect(page.getByTestId('earned-trust')).toContainText('Nothing is suggested.');

  // The hub asks for less; what it cannot ask for is said at the field.
  await open(page, `/hubs/${hub.id}`);
  await page.getByLabel('Acceptance for more trust').fill('50');
  await page.getByLabel('Decisions for a suggestion').fill('5');
  await page.getByTestId('save-hub').click();
  await expect(page.locator('#trust_threshold-error')).toContainText('Must be above 0 and below 1.');
  await page.getByLabel('Acceptance for more trust').fill('0.5');
  await page.getByTestId('save-hub').click();
  await expect.poll(async () => (await api.get(`/hubs/${hub.id}`)).trust_threshold).toBe(0.5);

  // Seven more are accepted: 8 of 9.
  for (const widget of widgets.slice(2)) await decide(api, await draft(api, widget), 'accepted');
  await open(page, path);
  await page.getByTestId('count-now').click();
  const numbers = page.getByTestId('key-numbers');
  await expect(numbers.locator('.tile', { hasText: 'Generated' }).locator('.tile-number')).toHaveText('9');
  await expect(numbers.locator('.tile').filter({ has: page.getByText('Accepted', { exact: true }) }).locator('.tile-number')).toHaveText('8');
  await expect(page.getByTestId('rates')).toHaveAttribute('aria-label', /^Of 9 decided: 88\.9 % accepted, 11\.1 % rejected, 0 % revised$/);
  await expect(page.getByTestId('calibration')).toHaveAttribute('data-defined', 'true');
  await expect(page.getByTestId('brier')).toContainText('The Brier score is 0.');
  await expect(page.getByTestId('people')).toContainText('No person has said');

  // The diagram's numbers are a table and a file, and say the same.
  const reliability = page.locator('section', { has: page.getByTestId('reliability') }).last();
  await reliability.getByText('Numbers as a table').click();
  const decided = await reliability.locator('.numbers-table tbody tr td:nth-child(3)').allTextContents();
  expect(decided.map(Number).reduce((sum, n) => sum + n, 0)).toBe(9);
  const csv = await page.request.get((await reliability.getByRole('link', { name: 'CSV' }).getAttribute('href'))!);
  expect(csv.headers()['content-type']).toBe('text/csv; charset=utf-8');
  expect((await csv.text()).trim().split('\r\n')).toHaveLength(decided.length + 1);

  // It is suggested, and changes nothing before it is confirmed.
  const suggestion = page.getByTestId('suggestion');
  await expect(suggestion).toHaveAttribute('data-kind', 'promotion');
  await expect(suggestion.getByTestId('evidence')).toHaveText(
    '8 of 9 decisions accepted, 88.9 %, 95 % interval 56.5 to 98 %. The hub asks for more than 50 % of at least 5 decisions.',
  );
  expect((await api.get(`/agents/${agent.id}`)).trust_level).toBe('advisory');
  await open(page, `/?hub=${slug}`);
  await page.getByTestId('suggestions-wait').getByRole('link').click();
  await page.waitForURL(`**/performance?hub=${slug}`);
  await page.getByTestId('suggestion').getByTestId('confirm').click();
  await page.getByTestId('confirm-send').click();
  await expect(page.getByTestId('suggestion-done')).toContainText('is Elevated now');
  await expect(page.getByTestId('suggestion')).toHaveCount(0);
  await page.getByTestId('suggestion-done').getByRole('link', { name: 'See the agent' }).click();
  await page.waitForURL(`**/agents/${agent.id}`);
  await expect(page.locator('.page-head')).toContainText('Elevated');
  const audit = (await api.get(`/audit?hub_id=${hub.id}&limit=200`)).items;
  const confirmed = audit.find((entry: any) => entry.action === 'suggestion.confirmed');
  expect(confirmed.detail).toMatchObject({ to_level: 'elevated', evidence: { acceptance: { part: 8, of: 9 } } });
});

test('agents are compared by address and keyboard; without scripts one counts and sets aside', async ({ strictPage: page, browser, storageState, request }) => {
  test.slow();
  const api = new Api(request, token('admin'));
  const slug = `beside-${Date.now().toString(36)}`;
  const { hub, agent, widgets } = await hubOf(api, slug, TITLES.slice(0, 5));
  await api.patch(`/hubs/${hub.id}`, { trust_threshold: 0.5, trust_decisions: 5 });
  for (const widget of widgets) await decide(api, await draft(api, widget), 'accepted');

  const context = await browser.newContext({ javaScriptEnabled: false, storageState: storageState as string });
  const plain = await context.newPage();
  await plain.goto(`/agents/${agent.id}/performance`);
  await plain.getByTestId('count-now').first().click();
  await expect(plain.getByTestId('key-numbers')).toBeVisible();
  await expect(plain.getByTestId('calibration')).toContainText('All decided proposals ended alike: 5 decided proposals');
  await plain.getByTestId('dismiss').click();
  await plain.getByLabel('Why').fill('Too early.');
  await plain.getByTestId('dismiss-send').click();
  await expect(plain.getByTestId('earned-trust')).toContainText('Nothing is suggested.');
  await context.close();
  expect((await api.get(`/agents/${agent.id}`)).trust_level).toBe('advisory');

  // Sorted and filtered by address; what is not defined comes last.
  await open(page, `/performance?hub=${slug}`);
  const names = () => page.getByTestId('performance-row').evaluateAll(rows => rows.map(row => (row as HTMLElement).dataset.agent!.split(' ')[0]));
  expect(await names()).toEqual(['Drafter', 'Idle']);
  // The small lines are numbers too: a table, and two files that say the same.
  const lines = page.locator('section', { has: page.locator('.trends') }).last();
  await expect(lines.locator('.trend')).toHaveCount(1);
  await lines.getByText('Numbers as a table').click();
  await expect(lines.locator('.numbers-table tbody td').last()).toHaveText('1');
  const files = ['CSV', 'JSON'].map(async name => {
    const href = await lines.getByRole('link', { name }).getAttribute('href');
    return page.request.get(href!);
  });
  const [csv, json] = await Promise.all(files);
  expect(csv.headers()['content-disposition']).toContain('performance-trends.csv');
  expect((await csv.text()).trim().split('\r\n')).toHaveLength(2);
  expect((await json.json()).rows[0].slice(0, 2)).toEqual([agent.id, agent.name]);
  await page.getByRole('link', { name: 'Agent', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/order=desc/);
  await expect.poll(names).toEqual(['Idle', 'Drafter']);
  await page.getByRole('link', { name: 'Acceptance' }).click();
  await expect(page).toHaveURL(/sort=acceptance/);
  await expect(page.getByRole('columnheader', { name: 'Acceptance' })).toHaveAttribute('aria-sort', 'descending');
  await expect.poll(names).toEqual(['Drafter', 'Idle']);
  await page.reload();
  await ready(page);
  await expect(page.getByRole('columnheader', { name: 'Acceptance' })).toHaveAttribute('aria-sort', 'descending');
  await page.getByLabel('Task').selectOption('synthesis');
  await expect(page).toHaveURL(/task=synthesis/);
  await expect(page.getByTestId('performance-row').first()).toContainText('none decided');
  await page.goBack();
  await expect(page.getByTestId('performance-row').first()).toContainText('100 %');
  await page.getByTestId('performance-row').first().getByRole('link').click();
  await page.waitForURL(`**/agents/${agent.id}/performance`);
  await expect(page.getByTestId('gauge')).toHaveAttribute('aria-label', /of 5 proposals$/);
});
