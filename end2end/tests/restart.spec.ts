// The server is killed in the middle of a run: the run ends by itself after a
// new start, and a browser that watched ends with what the database holds.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import { binary, ready, runEnded, start } from './support';

class Server {
  private child?: ChildProcess;
  readonly folder = mkdtempSync(join(tmpdir(), 'inter-hub-restart-'));

  /** Without a database, on one of its own. */
  constructor(
    readonly port: number,
    private readonly database?: string,
  ) {}

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it and gives the one-time link. */
  async start(speed: string): Promise<string> {
    const child = spawn(binary(), ['serve', '--rehearsal'], {
      cwd: this.folder,
      env: {
        ...process.env,
        DATABASE_URL: this.database ?? `sqlite://${join(this.folder, 'hub.db')}`,
        INTER_HUB_ADDR: `127.0.0.1:${this.port}`,
        INTER_HUB_REHEARSAL_SPEED: speed,
        INTER_HUB_LEASE_SECONDS: '3',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.child = child;
    let link = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (link += text));
    await expect
      .poll(async () => link.includes('\n') && (await fetch(`${this.url}/readyz`).then(r => r.ok, () => false)), { timeout: 30_000 })
      .toBe(true);
    return link.trim().split('\n')[0];
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise(done => child.once('exit', done));
    child.kill(signal);
    await gone;
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

const test = base.extend<{ server: Server }>({
  server: async ({}, use) => {
    const server = new Server(await freePort());
    await use(server);
    await server.kill('SIGKILL');
    rmSync(server.folder, { recursive: true, force: true });
  },
});

test.use({ storageState: { cookies: [], origins: [] } });

async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await ready(page);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByTestId('hub-switcher')).toBeVisible();
}

test('a killed server loses nothing', async ({ page, server }) => {
  test.setTimeout(120_000);
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

/** A new database on the PostgreSQL that the tests run on. */
function newDatabase(name: string): string {
  const script = join(__dirname, '..', '..', 'scripts', 'pg');
  return execFileSync(script, ['createdb', process.env.DATABASE_URL!, name], { encoding: 'utf8' }).trim();
}

test('a page on one server follows a run that another works on, and that outlives it', async ({ page }) => {
  test.skip(!process.env.DATABASE_URL?.startsWith('postgres'), 'two servers need a PostgreSQL');
  test.setTimeout(120_000);
  const database = newDatabase(`two_servers_${Date.now().toString(36)}`);
  const worker = new Server(await freePort(), database);
  const other = new Server(await freePort(), database);
  try {
    // Alone, so that it takes the run; slow, so that there is much to come.
    await signIn(page, await worker.start('0.5'));
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
