// Several rounds, answers aligned by field, and the decisions on them.
import type { Page } from '@playwright/test';
import { expect, test } from './support';
import { Api, ask, hubWith, open, ready, runEnded, start, token } from './support';

const cell = (page: Page, agent: string, field: string) =>
  page.locator(`[data-testid=agent-column][data-agent="${agent}"] [data-testid=cell][data-field=${field}]`);

const rounds = (page: Page) => page.getByTestId('rounds').getByTestId('round');

test('a divergent run: aligned by field, compared word by word, decided field by field', async ({ strictPage: page, request }) => {
  await ask(page, { title: 'Rewrite?', prompt: 'Should we rewrite the calendar, or repair it?', task: 'requirement_draft' });
  const id = await start(page);
  await runEnded(page);
  await expect(page.getByTestId('consensus-status')).toHaveAttribute('data-status', 'divergent');

  // Who stands alone is named, in words, and reported beside the synthesis.
  await page.getByTestId('align').click();
  await expect(cell(page, 'Careful Analyst', 'recommendation')).toContainText('2 of 3 say so');
  await expect(cell(page, 'Bold Builder', 'recommendation')).toContainText('the odd one out');
  await expect(page.getByTestId('minority')).toContainText('Bold Builder');
  await expect(page.getByTestId('minority')).toContainText('Do it once and do it fully');
  await expect(page.getByTestId('synthesis-column')).toBeVisible();
  // A judge was asked about what is not plainly the same; its call has a receipt.
  await expect(page.getByTestId('pairs')).toContainText('A judging agent found so');
  await expect(page.getByTestId('pairs').getByRole('link', { name: 'Receipt' })).toHaveAttribute('href', /\/receipts\/[0-9a-f-]{36}/);

  await page.getByTestId('compare-with').selectOption({ label: 'Careful Analyst' });
  await expect(page).toHaveURL(/compare=[0-9a-f-]{36}/);
  const difference = cell(page, 'Bold Builder', 'recommendation').getByTestId('cell-difference');
  await expect(difference.locator('del').first()).toContainText('Change');
  await expect(difference.locator('ins').first()).toContainText('Do');
  await page.reload();
  await ready(page);
  await expect(difference.locator('ins').first()).toContainText('Do');
  await expect(page.getByTestId('compare-with')).not.toHaveValue('');
  await page.getByTestId('compare-with').selectOption('');
  await expect(difference).toHaveCount(0);

  await page.getByTestId('field-by-field').click();
  await cell(page, 'Bold Builder', 'recommendation').getByTestId('pick').check();
  await page.locator('[data-testid=assemble] [data-field=rationale]').getByTestId('take').selectOption({ label: 'Careful Analyst' });
  await page.locator('[data-testid=assemble] [data-field=risks]').getByTestId('take').selectOption('');
  await page.getByTestId('accept-fields').click();
  await expect(page.getByTestId('decision')).toHaveAttribute('data-decision', 'accepted');
  await expect(page.getByTestId('assembled')).toContainText('Recommendation from Bold Builder');
  await expect(page.getByTestId('final-text')).toContainText('Do it once and do it fully');
  const stored = await new Api(request, token('viewer')).get(`/collective-proposals/${id}`);
  const said = (name: string) => stored.contributions.find((c: any) => c.agent_name === name).content;
  expect(stored.final_content.recommendation).toBe(said('Bold Builder').recommendation);
  expect(stored.final_content.rationale).toBe(said('Careful Analyst').rationale);
  expect(stored.final_content).not.toHaveProperty('risks');
  await page.reload();
  await ready(page);
  await expect(page.getByTestId('assembled')).toContainText('Rationale from Careful Analyst');
});

test('agents review each other blind; a reload in the middle loses nothing', async ({ strictPage: page, request }) => {
  await ask(page, { title: 'Judge each other', prompt: 'Which prices, or none at all?', task: 'requirement_draft' });
  // The estimate follows what is written: a second round asks more.
  const calls = page.getByTestId('estimate').locator('dd').first();
  await expect(calls).toHaveText('4');
  await page.getByRole('radio', { name: /review each other/ }).check();
  await expect(calls).toHaveText('7');
  await page.getByLabel('Token cap').fill('60000');
  await expect(page.getByTestId('estimate')).toContainText('60,000 tokens');
  const id = await start(page);
  await expect(rounds(page)).toHaveCount(2);
  // It runs for some seconds only: looked at often.
  const state = () => rounds(page).nth(1).getAttribute('data-state');
  await expect.poll(state, { timeout: 30_000, intervals: [100] }).toBe('running');
  await page.reload();
  await runEnded(page);
  await expect(rounds(page).nth(1)).toHaveAttribute('data-state', 'finished');
  await expect(page.getByTestId('token-cap')).toContainText('of 60,000 tokens');

  const scores = page.getByTestId('scores').locator('tbody tr');
  await expect(scores).toHaveCount(3);
  // Each was reviewed by the two others, and not by itself.
  for (const row of await scores.all()) await expect(row).toContainText('own');
  await page.getByTestId('critiques').locator('summary').click();
  await expect(page.getByTestId('critiques').getByRole('listitem')).toHaveCount(6);

  // The reviews themselves, by address.
  await rounds(page).nth(1).getByRole('link').click();
  await expect(page).toHaveURL(/round=2/);
  await expect(page.getByTestId('agent-column').first()).toContainText('of 10');
  await expect(page.getByTestId('accept-contribution')).toHaveCount(0);
  await open(page, `/collectives/${id}`);
  await expect(page.getByTestId('accept-contribution')).toHaveCount(3);
  const stored = await new Api(request, token('viewer')).get(`/collective-proposals/${id}`);
  expect(stored.contributions).toHaveLength(6);
});

test('agents revise after reading each other, and a person asks for another round', async ({ strictPage: page, request }) => {
  await ask(page, { title: 'Think again', prompt: 'Rewrite the reminders, or leave them?', task: 'requirement_draft' });
  await page.getByRole('radio', { name: /then revise/ }).check();
  const id = await start(page);
  await runEnded(page);
  // Who was not sure was convinced; the answers that count are the last ones.
  await expect(page.getByTestId('consensus-status')).toHaveAttribute('data-status', 'consensus');
  await expect(page.getByTestId('agent-column')).toHaveCount(3);
  await expect(page.locator('[data-agent="Bold Builder"]')).toContainText('Change it in small steps');
  await page.getByTestId('choose-round').selectOption('1');
  await expect(page.locator('[data-agent="Bold Builder"]')).toContainText('Do it once and do it fully');
  await page.getByTestId('choose-round').selectOption('');

  await page.getByTestId('another-round').click();
  await page.getByLabel('What they should look at').fill('Think of the busiest week.');
  await page.getByTestId('another-round-send').click();
  await expect(page.getByTestId('run-state')).not.toHaveAttribute('data-state', 'finished');
  const writing = () => page.locator('[data-testid=agent-column][data-status=running]').count();
  await expect.poll(writing, { timeout: 30_000, intervals: [100] }).toBeGreaterThan(0);
  await runEnded(page);
  await expect(rounds(page)).toHaveCount(3);
  await expect(rounds(page).nth(2)).toContainText('Think of the busiest week.');
  await page.getByTestId('accept-synthesis').click();
  await expect(page.getByTestId('decision')).toHaveAttribute('data-decision', 'accepted');
  const stored = await new Api(request, token('viewer')).get(`/collective-proposals/${id}`);
  expect(stored.rounds.map((r: any) => r.kind)).toEqual(['answer', 'revise', 'revise']);
  expect(stored.contributions).toHaveLength(9);
});

test('a run starts from a widget, with a member that fails in every round', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = `asked-${Date.now().toString(36)}`;
  const { hub, agents } = await hubWith(api, slug, [
    { name: 'Careful', model_name: 'scripted/careful' },
    { name: 'Broke', model_name: 'scripted/fail-402' },
    { name: 'Bold', model_name: 'scripted/bold' },
  ]);
  for (const [place, agent] of agents.entries()) {
    await api.post('/routing-policies', { hub_id: hub.id, task_type: 'triage', agent_registration_id: agent.id, priority: 100 - place });
  }
  const widget = await api.post('/widgets', { hub_id: hub.id, slug: 'form', title: 'Booking form' });
  await open(page, `/widgets/${widget.id}`);
  await page.getByTestId('ask-several').click();
  await page.waitForURL(/\/collectives\/new/);
  await expect(page.getByTestId('source')).toContainText('Booking form');
  await page.getByLabel('Title').fill('What about the form?');
  await page.getByLabel(/^Question/).fill('Should the form be longer, or shorter?');
  await page.getByLabel(/^Task/).selectOption('triage');
  await page.getByRole('radio', { name: /review each other/ }).check();
  const id = await start(page);
  await runEnded(page);
  await expect(page.getByTestId('source').getByRole('link')).toHaveAttribute('href', `/widgets/${widget.id}`);
  const failed = page.locator('[data-agent="Broke"]');
  await expect(failed).toHaveAttribute('data-status', 'failed');
  await expect(failed).toContainText(/credit/i);
  await expect(page.getByTestId('scores').locator('tbody tr')).toHaveCount(2);
  // Nobody is routed as a judge here: what cannot be told counts as different.
  await expect(page.getByTestId('pairs')).toContainText('count as different');
  const stored = await api.get(`/collective-proposals/${id}`);
  expect(stored.source_widget_id).toBe(widget.id);
  expect(stored.consensus_status).toBe('divergent');
});
