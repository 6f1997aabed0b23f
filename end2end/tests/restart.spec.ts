// The server is killed in the middle of a run: the run ends by itself after a
// new start, and a browser that watched ends with what the database holds.
import { rmSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { newDatabase, freePort, Server, signIn, test } from './server';
import { ready, runEnded, start } from './support';

test.use({ storageState: { cookies: [], origins: [] } });

test('a killed server loses nothing', async ({ page, server }) => {
  test.setTimeout(240_000);
  await signIn(page, await server.start('0.5'));
  await page.goto(`${server.url}/collectives/new`);
  await ready(page);
  await page.getByLabel('Title').fill('Survives?');
  await page.getByLabel(/^Question/).fill('What should we improve first?');
  await page.getByLabel(/^Task/).selectOption('requirement_draft');
  const id = await start(page);
  // Text is coming in at least two columns, and nobody has finished.
  await expect
    .poll(() => page.getByTestId('column-text').evaluateAll(all => all.filter(c => (c.textContent ?? '').length > 60).length))
    .toBeGreaterThanOrEqual(2);
  await server.kill('SIGKILL');
  await server.start('4');
  await runEnded(page);

  const detail = await (await page.request.get(`${server.url}/api/v2/collective-proposals/${id}/events`)).text();
  const completed = detail.split('\n').filter(line => line === 'event: contribution.completed');
  expect(completed).toHaveLength(3);
  // What the watching page shows is what a fresh one shows.
  const words = async (p: Page) =>
    (await p.getByTestId('agent-column').allInnerTexts()).map(t => t.split(/\s+/).join(' '));
  const fresh = await page.context().newPage();
  await fresh.goto(`${server.url}/collectives/${id}`);
  await ready(fresh);
  // The watching page reads what came of the run a moment after its end.
  const stands = await words(fresh);
  await page.getByTestId('align').click();
  await expect.poll(() => words(page)).toEqual(stands);
  await expect(fresh.getByTestId('consensus-status')).toHaveAttribute('data-status', 'consensus');
  await expect(fresh.locator('[data-testid=agent-column][data-status=completed]')).toHaveCount(3);
  await fresh.locator('[data-testid=agent-column]').first().getByTestId('receipt-toggle').click();
  await expect(fresh.getByTestId('receipt').first()).toContainText(/succeeded/i);
});

test('a page on one server follows a run that another works on, and that outlives it', async ({ page }) => {
  test.skip(!process.env.DATABASE_URL?.startsWith('postgres'), 'two servers need a PostgreSQL');
  test.setTimeout(240_000);
  const database = newDatabase(`two_servers_${Date.now().toString(36)}`);
  const worker = new Server(await freePort(), database);
  const other = new Server(await freePort(), database);
  try {
    // Alone, so that it takes the run; slow, so that there is much to come.
    await signIn(page, await worker.start('0.1'));
    await page.goto(`${worker.url}/collectives/new`);
    await ready(page);
    await page.getByLabel('Title').fill('Moves?');
    await page.getByLabel(/^Question/).fill('What should we improve first?');
    await page.getByLabel(/^Task/).selectOption('requirement_draft');
    const id = await start(page);
    await expect.poll(() => page.getByTestId('column-text').first().textContent()).not.toBe('');
    await other.start('4');

    await page.goto(`${other.url}/collectives/${id}`);
    await ready(page);
    const length = async () => (await page.getByTestId('column-text').allTextContents()).join('').length;
    const before = await length();
    await expect.poll(length).toBeGreaterThan(before);
    await worker.kill('SIGKILL');
    await runEnded(page);
    await expect(page.locator('[data-testid=agent-column][data-status=completed]')).toHaveCount(3);
    await expect(page.getByTestId('consensus-status')).toHaveAttribute('data-status', 'consensus');
    const events = await (await page.request.get(`${other.url}/api/v2/collective-proposals/${id}/events`)).text();
    expect(events.split('\n').filter(line => line === 'event: contribution.completed')).toHaveLength(3);
  } finally {
    await worker.kill('SIGKILL');
    await other.kill('SIGKILL');
    rmSync(worker.folder, { recursive: true, force: true });
    rmSync(other.folder, { recursive: true, force: true });
  }
});
