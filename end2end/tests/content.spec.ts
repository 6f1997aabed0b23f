// The hub's content: a widget and what comes in about it, a candidate, a decision.
import { Api, expect, open, openLive, ready, test, token } from './support';

test('a widget, a live timeline, a candidate changed by two, and the decision on it', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = `content-${Date.now().toString(36)}`;
  const hub = await api.post('/hubs', { slug, name: `Hub ${slug}` });

  await open(page, `/?hub=${slug}`);
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await expect(page.getByText('No widget yet')).toBeVisible();
  await page.getByRole('link', { name: 'New widget' }).click();
  await page.waitForURL(/\/widgets\/new/);
  await page.getByLabel('Title').fill('Confirmation mail');
  await expect(page.getByLabel('Slug')).toHaveValue('confirmation-mail');
  await page.getByLabel('Slug').fill('No Slug');
  await page.getByLabel('Slug').press('Control+Enter');
  await expect(page.locator('#slug-error')).toContainText('lower-case letters');
  await page.getByLabel('Slug').fill('confirmation-mail');
  await page.getByLabel('Slug').press('Control+Enter');
  await page.waitForURL(/\/widgets\/[0-9a-f-]{36}$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Confirmation mail');
  const widget = page.url().match(/[0-9a-f-]{36}/)![0];

  // What the API takes in appears while the page is open.
  await expect(page.getByTestId('timeline')).toContainText('Nothing has come in yet');
  await openLive(page, page.url());
  const event = { hub_id: hub.id, widget_id: widget, kind: 'comment', payload: { author: 'Zoë', text: 'Is it booked?' } };
  await api.post('/interaction-events', event);
  await expect(page.getByTestId('timeline-row')).toHaveCount(1, { timeout: 15_000 });
  await api.post('/outcome-signals', { hub_id: hub.id, widget_id: widget, kind: 'desk_calls', value: 41.5 });
  await expect(page.getByTestId('timeline-row').first()).toContainText('41.5', { timeout: 15_000 });
  await page.getByLabel('Kind').selectOption('comment');
  await page.waitForURL(/kind=comment/);
  await expect(page.getByTestId('timeline-row')).toHaveCount(1);
  await page.reload();
  await ready(page);
  await expect(page.getByTestId('timeline-row')).toContainText('Is it booked?');

  await page.getByRole('link', { name: 'New candidate' }).click();
  await page.waitForURL(/\/candidates\/new/);
  await expect(page.getByLabel('Widget')).toHaveValue(widget);
  await page.getByLabel('Title').fill('Say BOOKED');
  await page.getByLabel('Text').fill('In the subject line.');
  await page.getByTestId('save').click();
  await page.waitForURL(/\/candidates\/[0-9a-f-]{36}$/);
  const candidate = page.url().match(/[0-9a-f-]{36}/)![0];

  // Somebody saves another text first: both are shown, and nothing is lost.
  await page.getByTestId('edit').click();
  await page.waitForURL(/\/edit$/);
  await page.getByLabel('Text').fill('In the subject line, in capitals.');
  await patch(candidate, { body: 'In the first line.', status: 'under_review' });
  await page.getByTestId('save').click();
  const conflict = page.getByTestId('conflict');
  await expect(conflict).toContainText('In the first line.');
  await expect(conflict).toContainText('In the subject line, in capitals.');
  await expect(page.getByLabel('Text')).toHaveValue('In the subject line, in capitals.');
  await expect(page.getByLabel('Status')).toHaveValue('under_review');
  await page.getByTestId('save').click();
  await page.waitForURL(/\/candidates\/[0-9a-f-]{36}$/);
  await expect(page.getByText('Version 3')).toBeVisible();
  expect(await api.get(`/requirement-candidates/${candidate}`)).toMatchObject({
    version: 3,
    body: 'In the subject line, in capitals.',
    status: 'under_review',
    source_widget_id: widget,
  });

  await page.getByTestId('record-decision').click();
  await page.waitForURL(/\/decisions\/new/);
  await expect(page.getByTestId('decides-on')).toContainText('Say BOOKED');
  await page.getByLabel('Decision', { exact: true }).fill('The word stands first in the subject.');
  await page.getByTestId('save').click();
  await page.waitForURL(/\/decisions\/[0-9a-f-]{36}$/);
  await expect(page.getByTestId('decides-on')).toHaveText('Say BOOKED');
  await page.getByTestId('decides-on').click();
  await expect(page.getByTestId('decisions')).toContainText('Say BOOKED');

  // Lists by address.
  await open(page, `/candidates?hub=${slug}&status=under_review`);
  await expect(page.getByTestId('candidate-row')).toHaveCount(1);
  await page.getByLabel('Status').selectOption('rejected');
  await expect(page.getByText('No candidate fits these filters')).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId('candidate-row')).toHaveCount(1);
  await page.getByRole('searchbox').fill('nothing like it');
  await page.getByRole('searchbox').press('Enter');
  await expect(page.getByText('No candidate fits these filters')).toBeVisible();

  async function patch(id: string, data: unknown): Promise<void> {
    const answer = await request.patch(`/api/v2/requirement-candidates/${id}`, {
      headers: { authorization: `Bearer ${token('reviewer')}` },
      data,
    });
    expect(answer.ok()).toBeTruthy();
  }
});
