import { defineConfig } from '@playwright/test';

// The server is started by scripts/test, which passes:
//   BASE_URL       where it listens
//   ADMIN_LINK     the one-time link that makes the admin
//   DATABASE_URL   the database it runs on
//   INTER_HUB_BIN  the binary, for its other commands
//   SERVER_LOG     the file that holds its log
// How pages look and forms behave does not depend on the engine: that is tried
// on SQLite. On PostgreSQL the journeys through all layers are.
const ON_SQLITE_ONLY = ['accessibility', 'agents', 'governance', 'inbox-large', 'pages', 'routing'];
const onPostgres = process.env.DATABASE_URL?.startsWith('postgres') ?? false;

export default defineConfig({
  testDir: './tests',
  testIgnore: onPostgres ? ON_SQLITE_ONLY.map(name => `**/${name}.spec.ts`) : [],
  outputDir: process.env.RESULTS_DIR ?? './test-results',
  timeout: 180_000,
  // A slow machine is given its time: nothing is asserted about it.
  expect: { timeout: 30_000 },
  globalTimeout: (onPostgres ? 25 : 45) * 60_000,
  // One server and one database are shared by all tests.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // Once more, where a machine was too slow: scripts/test names such a test.
  retries: 1,
  reporter: 'list',
  use: {
    baseURL: process.env.BASE_URL ?? 'http://127.0.0.1:3000',
    browserName: 'chromium',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      // The sandbox does not start for root; the pages are our own.
      chromiumSandbox: false,
      args: [
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-quic',
      ],
    },
    screenshot: 'only-on-failure',
    // A trace of each action costs more than the action.
    trace: 'on-first-retry',
  },
  projects: [
    { name: 'sign-in', testMatch: /.*\.setup\.ts/ },
    {
      name: 'pages',
      dependencies: ['sign-in'],
      use: { storageState: process.env.SESSION_FILE ?? 'test-results/.session.json' },
    },
  ],
});
