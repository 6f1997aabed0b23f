// A server of a test's own, for tests that kill it or that need another pace.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import { binary, ready } from './support';

export class Server {
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

  private get env() {
    return { ...process.env, DATABASE_URL: this.database ?? `sqlite://${join(this.folder, 'hub.db')}` };
  }

  /** An API token of this server. */
  token(role: string): string {
    const made = ['token', 'create', '--name', 'end-to-end', '--role', role];
    return execFileSync(binary(), made, { cwd: this.folder, env: this.env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  }

  /** Starts a rehearsal at this pace, and gives the one-time link. */
  start(speed: string): Promise<string> {
    return this.serve(['--rehearsal'], { INTER_HUB_REHEARSAL_SPEED: speed });
  }

  /** Starts it with flags and settings of its own, and gives the one-time link. */
  async serve(flags: string[], settings: Record<string, string>): Promise<string> {
    const child = spawn(binary(), ['serve', ...flags], {
      cwd: this.folder,
      env: {
        ...this.env,
        INTER_HUB_ADDR: `127.0.0.1:${this.port}`,
        INTER_HUB_LEASE_SECONDS: '3',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.child = child;
    let link = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (link += text));
    await expect
      .poll(async () => link.includes('\n') && (await fetch(`${this.url}/readyz`).then(r => r.ok, () => false)), { timeout: 120_000 })
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

export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await ready(page);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByTestId('hub-switcher')).toBeVisible();
}

/** A new database on the PostgreSQL that the tests run on. */
export function newDatabase(name: string): string {
  const script = join(__dirname, '..', '..', 'scripts', 'pg');
  return execFileSync(script, ['createdb', process.env.DATABASE_URL!, name], { encoding: 'utf8' }).trim();
}

/** The engine that the tests run on: a new database there, or none to name. */
export function databaseHere(name: string): string | undefined {
  return process.env.DATABASE_URL?.startsWith('postgres') ? newDatabase(`${name}_${Date.now().toString(36)}`) : undefined;
}

/** Gives each test a server of its own, nobody signed in. */
export const test = base.extend<{ server: Server }>({
  server: async ({}, use, info) => {
    const name = info.titlePath[0].replace(/\W+/g, '_');
    const server = new Server(await freePort(), databaseHere(name));
    await use(server);
    await server.kill('SIGKILL');
    rmSync(server.folder, { recursive: true, force: true });
  },
});
