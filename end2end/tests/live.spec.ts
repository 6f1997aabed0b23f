// What is seen while agents are at work. The models speak slowly here, so that
// there is something to see on a slow machine too.
import { expect } from '@playwright/test';
import { signIn, test } from './server';
import { ready, runEnded, start } from './support';

test.use({ storageState: { cookies: [], origins: [] } });

test('text grows in several columns at once; a run can be cancelled while it runs', async ({ page, server }) => {
  test.setTimeout(180_000);
  await signIn(page, await server.start('0.25'));
  const ask = async (title: string) => {
    await page.goto(`${server.url}/collectives/new`);
    await ready(page);
    await page.getByLabel('Title').fill(title);
    await page.getByLabel(/^Question/).fill('What should we improve first?');
    await page.getByLabel(/^Task/).selectOption('requirement_draft');
    await start(page);
  };
  await ask('What next?');
  const columns = page.getByTestId('agent-column');
  await expect(columns).toHaveCount(3);
  // Watches the columns: how long each text is, while nobody has finished.
  const grew = await page.evaluate(async () => {
    const read = () =>
      [...document.querySelectorAll<HTMLElement>('[data-testid=agent-column]')].map(c => ({
        status: c.dataset.status,
        text: (c.querySelector('[data-testid=column-text]')?.textContent ?? '').length,
      }));
    const seen = new Map<number, Set<number>>();
    const grown = () => [...seen.values()].filter(lengths => lengths.size >= 3).length;
    const deadline = Date.now() + 30_000;
    while (Date.now() < deadline) {
      const now = read();
      if (now.some(c => c.status === 'completed')) break;
      now.forEach((c, n) => {
        if (c.status === 'running') seen.set(n, (seen.get(n) ?? new Set()).add(c.text));
      });
      if (grown() >= 2) break;
      await new Promise(done => requestAnimationFrame(done));
    }
    return grown();
  });
  expect(grew).toBeGreaterThanOrEqual(2);

  await page.getByTestId('cancel-run').click();
  await page.getByTestId('cancel-run-confirm').click();
  await runEnded(page, 'cancelled');
  await expect(page.getByTestId('accept-synthesis')).toHaveCount(0);
  for (const status of await columns.evaluateAll(all => all.map(c => (c as HTMLElement).dataset.status))) {
    expect(['cancelled', 'completed']).toContain(status);
  }
});
