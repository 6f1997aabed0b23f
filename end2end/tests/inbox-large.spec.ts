// An inbox of 500: walked from the first row to the last by keyboard.
import { Api, expect, hubWith, open, test, token } from './support';

const ALL = 500;

test('an inbox of 500 is walked by keyboard, and decided on at its end', async ({ strictPage: page, request }) => {
  test.setTimeout(600_000);
  const api = new Api(request, token('admin'));
  const slug = `large-${Date.now().toString(36)}`;
  const { hub, agents } = await hubWith(api, slug, [{ name: 'Quick', model_name: 'scripted/ms-50' }]);
  const routed = { hub_id: hub.id, task_type: 'requirement_draft', agent_registration_id: agents[0].id };
  await api.post('/routing-policies', routed);
  const widget = await api.post('/widgets', { hub_id: hub.id, slug: 'form', title: 'Form' });
  for (let begun = 0; begun < ALL; begun += 20) {
    await Promise.all(Array.from({ length: 20 }, () => api.post(`/widgets/${widget.id}/draft-requirement?wait=true`, {})));
  }
  const waiting = async () => (await api.get(`/inbox?hub_id=${hub.id}&limit=1`)).counts.proposals;
  await expect.poll(waiting, { timeout: 120_000 }).toBe(ALL);

  await open(page, `/inbox?hub=${slug}`);
  const rows = page.getByTestId('inbox-row');
  const chosen = page.locator('[data-testid=inbox-row][aria-current=true]');
  const item = page.getByTestId('inbox-item').getByRole('heading', { level: 2 }).first();
  await expect(item).toBeVisible();
  for (let place = 1; place < ALL; place++) {
    if (place % 10 === 0) await expect(rows.nth(place)).toBeAttached();
    await page.keyboard.press('j');
  }
  await expect(rows).toHaveCount(ALL);
  const last = await rows.last().getAttribute('href');
  await expect(chosen).toHaveAttribute('href', last!);
  // What is beside the list is what is chosen, and it is decided on.
  await expect(item.locator(`a[href="${last}"]`)).toBeVisible();
  await expect(page.getByTestId('review-panel')).toHaveAttribute('data-status', 'pending');
  await page.keyboard.press('r');
  await expect(rows.last().getByTestId('row-ended')).toHaveText('Rejected');
  await expect.poll(waiting).toBe(ALL - 1);
});
