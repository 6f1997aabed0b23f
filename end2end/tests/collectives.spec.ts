// The heart: several agents answer at once, live, and a person decides.
import { expect, test } from './support';
import { Api, ask, open, ready, runEnded, start, token } from './support';

test('agreement is shown; accepting stays', async ({ strictPage: page, request }) => {
  await ask(page, { title: 'What next?', prompt: 'What should we improve first?', task: 'requirement_draft' });
  await expect(page.getByTestId('asked-agents')).toContainText('Careful Analyst');
  const id = await start(page);

  const columns = page.getByTestId('agent-column');
  await expect(columns).toHaveCount(3);
  await runEnded(page);
  await expect(page.getByTestId('consensus-status')).toHaveAttribute('data-status', 'consensus');
  await expect(page.getByTestId('synthesis-text')).not.toBeEmpty();
  for (const status of await columns.evaluateAll(all => all.map(c => (c as HTMLElement).dataset.status))) {
    expect(status).toBe('completed');
  }
  // The page has read what came of the run.
  await expect(page.getByTestId('accept-synthesis')).toBeVisible();
  // As a page shows it that opens on a finished run.
  await page.getByTestId('align').click();
  const live = await columns.allInnerTexts();
  await page.getByTestId('accept-synthesis').click();
  await expect(page.getByTestId('decision')).toHaveAttribute('data-decision', 'accepted');
  await expect(page.getByTestId('decision')).toContainText('Ada');

  await page.reload();
  await ready(page);
  await expect(page.getByTestId('decision')).toHaveAttribute('data-decision', 'accepted');
  await expect(page.getByTestId('consensus-status')).toHaveAttribute('data-status', 'consensus');
  // The reloaded page says what the live one said; only the buttons have gone.
  const after = await columns.allInnerTexts();
  const words = (text: string) => text.replace(/Accept this one/g, '').split(/\s+/).filter(Boolean).join(' ');
  expect(after.map(words)).toEqual(live.map(words));

  const api = new Api(request, token('viewer'));
  const stored = await api.get(`/collective-proposals/${id}`);
  expect(stored.decision).toBe('accepted');
  expect(stored.contributions.map((c: any) => c.status)).toEqual(['completed', 'completed', 'completed']);
  for (const one of stored.contributions) {
    await expect(page.locator(`[data-agent="${one.agent_name}"]`)).toContainText(one.content.recommendation);
  }

  await page.getByTestId('undo').click();
  await expect(page.getByTestId('decision')).toHaveAttribute('data-decision', 'pending');
});

test('disagreement is shown; one contribution is accepted in place of the synthesis', async ({ strictPage: page, request }) => {
  await ask(page, { title: 'Or?', prompt: 'Should we rewrite the calendar, or repair it?', task: 'requirement_draft' });
  const id = await start(page);
  await runEnded(page);
  await expect(page.getByTestId('consensus-status')).toHaveAttribute('data-status', 'divergent');
  const chosen = page.getByTestId('agent-column').nth(1);
  const name = await chosen.getAttribute('data-agent');
  await chosen.getByTestId('accept-contribution').click();
  await expect(page.getByTestId('decision')).toHaveAttribute('data-decision', 'accepted');
  await expect(page.getByTestId('decision')).toContainText(name!);
  const stored = await new Api(request, token('viewer')).get(`/collective-proposals/${id}`);
  const one = stored.contributions.find((c: any) => c.agent_name === name);
  expect(stored.final_content).toEqual(one.content);
});

test('a revision becomes the final text', async ({ strictPage: page, request }) => {
  await ask(page, { title: 'To revise', prompt: 'What about the reminder mails?', task: 'requirement_draft' });
  const id = await start(page);
  await runEnded(page);
  // At once, while the page still reads the finished run again.
  await page.getByTestId('revise').click();
  await page.getByTestId('revise-form').getByLabel('Recommendation').fill('Send one reminder, the day before');
  await page.getByTestId('save-revision').click();
  await expect(page.getByTestId('decision')).toHaveAttribute('data-decision', 'revised');
  const stored = await new Api(request, token('viewer')).get(`/collective-proposals/${id}`);
  expect(stored.final_content.recommendation).toBe('Send one reminder, the day before');
});

test('a blocked agent is shown with its policy, and its receipt says why', async ({ strictPage: page }) => {
  await ask(page, { title: 'Triage', prompt: 'Which of these complaints come first?', task: 'triage' });
  await start(page);
  await runEnded(page);
  const blocked = page.locator('[data-testid=agent-column][data-status=blocked]');
  await expect(blocked).toHaveCount(1);
  await expect(blocked).toContainText('governance policy');
  await blocked.getByTestId('receipt-toggle').click();
  await expect(blocked.getByTestId('receipt')).toContainText(/blocked/i);
  const answered = page.locator('[data-testid=agent-column][data-status=completed]').first();
  await answered.getByTestId('receipt-toggle').click();
  await expect(answered.getByTestId('receipt')).toContainText(/200/);
  await expect(answered.getByTestId('receipt')).toContainText(/tokens/);
});

test('two clicks on Start make one run', async ({ strictPage: page, request }) => {
  const title = `Clicked twice ${Date.now()}`;
  await ask(page, { title, prompt: 'Is one run enough?', task: 'requirement_draft' });
  await page.getByTestId('start-run').dblclick();
  await page.waitForURL(/\/collectives\/[0-9a-f-]{36}/);
  await runEnded(page);
  const { items } = await new Api(request, token('viewer')).get('/collective-proposals?limit=50');
  expect(items.filter((c: any) => c.title === title)).toHaveLength(1);
});

test('bad input is said at its field, and nothing is lost', async ({ page }) => {
  await ask(page, { title: '   ', prompt: 'A question that must not be lost.' });
  await page.getByTestId('start-run').click();
  await expect(page.getByText('must not be empty')).toBeVisible();
  await expect(page.getByLabel(/^Question/)).toHaveValue('A question that must not be lost.');
  expect(page.url()).toContain('/collectives/new');
});

test('the list leads to runs, filters by URL and pages back and forward', async ({ strictPage: page }) => {
  await open(page, '/collectives');
  await expect(page.getByTestId('run-row').first()).toBeVisible();
  await page.getByTestId('run-row').first().getByRole('link').first().click();
  await page.waitForURL(/\/collectives\/[0-9a-f-]{36}/);
  await expect(page.getByTestId('run-state')).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId('run-row').first()).toBeVisible();
  await open(page, '/collectives?consensus=divergent');
  for (const row of await page.getByTestId('run-row').all()) await expect(row).toContainText(/divergent/i);
});
