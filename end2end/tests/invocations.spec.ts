// One agent is asked where something stands: who will answer, its answer as it
// grows, and what is said where there is none.
import type { Page } from '@playwright/test';
import { Api, expect, open, ready, test, token } from './support';

async function widget(api: Api, hub: string): Promise<{ id: string; title: string }> {
  const hubs = await api.get('/hubs');
  const { id } = hubs.items.find((one: any) => one.slug === hub);
  const widgets = await api.get(`/widgets?hub_id=${id}`);
  return widgets.items[widgets.items.length - 1];
}

const point = (page: Page, name: string) => page.locator(`[data-testid=invoke][data-point=${name}]`);
const running = (page: Page, name: string) => point(page, name).getByTestId('invoke-running');

test('a requirement is drafted on a widget, its text grows, and its page tells all of it', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('viewer'));
  const { id } = await widget(api, 'lantern');
  await open(page, `/widgets/${id}`);
  const panel = point(page, 'draft_requirement');
  await expect(panel.getByTestId('who-answers')).toContainText('Careful Analyst will answer');
  await panel.getByText('Add instructions').click();
  await panel.getByLabel(/What to look at/).fill('Look at phones <b>first</b>.');
  await panel.getByTestId('invoke-start').click();

  // The text grows in place.
  const grew = await page.evaluate(async () => {
    const lengths = new Set<number>();
    const deadline = Date.now() + 30_000;
    while (Date.now() < deadline) {
      const place = document.querySelector<HTMLElement>('[data-point=draft_requirement] [data-testid=invoke-running]');
      if (place?.dataset.status === 'pending') break;
      const text = place?.querySelector('[data-testid=invoke-text]')?.textContent ?? '';
      if (text) lengths.add(text.length);
      await new Promise(done => requestAnimationFrame(done));
    }
    return lengths.size;
  });
  expect(grew).toBeGreaterThanOrEqual(3);
  await expect(running(page, 'draft_requirement')).toHaveAttribute('data-status', 'pending', { timeout: 30_000 });
  await expect(running(page, 'draft_requirement')).toContainText('Acceptance criteria');

  await panel.getByTestId('open-proposal').click();
  await page.waitForURL(/\/proposals\/[0-9a-f-]{36}/);
  await ready(page);
  const proposal = page.url().match(/[0-9a-f-]{36}/)![0];
  const stored = await api.get(`/proposals/${proposal}`);
  await expect(page.getByTestId('proposal-status')).toHaveAttribute('data-status', 'pending');
  const text = page.getByTestId('proposal-text');
  await expect(text).toContainText(stored.content.title);
  await expect(text).toContainText(stored.content.recommendation);
  await expect(page.getByTestId('used')).toContainText('tokens out');
  await expect(page.getByText('Careful Analyst, version 1').first()).toBeVisible();
  await expect(page.getByTestId('source')).toContainText('Look at phones <b>first</b>.');
  await page.getByTestId('receipt-toggle').click();
  await expect(page.getByTestId('receipt')).toContainText('Careful Analyst');

  await page.reload();
  await ready(page);
  await expect(text).toContainText(stored.content.title);

  // Another answer takes its place; this one is kept.
  await page.getByTestId('another-round').click();
  await page.getByLabel(/What should be different/).fill('Shorter, please.');
  await page.getByTestId('another-round-send').click();
  await expect(page.getByTestId('earlier-answers')).toContainText('Answer 1', { timeout: 30_000 });
  await expect(page.getByTestId('proposal-status')).toHaveAttribute('data-status', 'pending', { timeout: 30_000 });
  await expect(text).toContainText('as the reviewer asked');

  await open(page, '/proposals?hub=lantern&status=pending&task=requirement_draft');
  await expect(page.getByTestId('proposal-row').filter({ hasText: stored.title }).first()).toBeVisible();
});

test('a call is cancelled where it was started', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const { id } = await widget(api, 'lantern');
  await open(page, `/widgets/${id}`);
  const panel = point(page, 'summarize_cluster');
  await panel.getByTestId('invoke-start').click();
  await panel.getByTestId('cancel-proposal').click();
  await expect(running(page, 'summarize_cluster')).toHaveAttribute('data-status', 'cancelled');
  await expect(panel.getByTestId('trouble')).toContainText('Cancelled by Ada');
  await panel.getByRole('button', { name: 'Ask again' }).click();
  await expect(panel.getByTestId('who-answers')).toBeVisible();
});

test('a blocked call says why, and where nobody is routed the page says what lacks', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('viewer'));
  const { id } = await widget(api, 'rounds');
  await open(page, `/widgets/${id}`);
  // This hub routes nobody for summaries.
  const nobody = point(page, 'summarize_cluster');
  await expect(nobody.getByTestId('no-route')).toContainText('synthesis');
  await expect(nobody.getByTestId('invoke-start')).toHaveCount(0);
  await expect(nobody.getByRole('link', { name: /Route an agent/ })).toHaveAttribute('href', '/routing?hub=rounds');
  // And denies by default.
  const denied = point(page, 'draft_requirement');
  await expect(denied).toContainText('denies by default');
  await denied.getByTestId('invoke-start').click();
  await expect(running(page, 'draft_requirement')).toHaveAttribute('data-status', 'blocked_by_policy', { timeout: 30_000 });
  await expect(denied.getByTestId('trouble')).toContainText('denies by default');
  await denied.getByTestId('open-proposal').click();
  await page.waitForURL(/\/proposals\//);
  await ready(page);
  await expect(page.getByTestId('trouble')).toContainText('No model was called');
  const stored = await api.get(`/proposals/${page.url().match(/[0-9a-f-]{36}/)![0]}`);
  expect(stored.status).toBe('blocked_by_policy');
});

test('a form without scripts goes on to the page of its proposal', async ({ browser, request }) => {
  const api = new Api(request, token('viewer'));
  const { id } = await widget(api, 'lantern');
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`/widgets/${id}`);
  await page.locator('[data-point=summarize_cluster]').getByTestId('invoke-start').click();
  await page.waitForURL(/\/proposals\/[0-9a-f-]{36}/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Summary:');
  await context.close();
});
