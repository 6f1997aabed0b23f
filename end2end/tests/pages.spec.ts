// Every page: without scripts, in both themes, by keyboard, on a phone.
import { expect, test } from './support';
import { PASSWORD, open, ready } from './support';

const PAGES = ['/', '/collectives', '/collectives/new'];

test('pages are whole without scripts', async ({ browser, storageState }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: storageState as string });
  const page = await context.newPage();
  for (const path of PAGES) {
    await page.goto(path);
    await expect(page.getByTestId('rehearsal-banner')).toContainText('Rehearsal: no model is called');
    await expect(page.locator('h1')).toBeVisible();
  }
  await context.close();
});

test('signing in by password works without scripts and leads on', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await page.goto('/collectives');
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel('Login').fill('ada');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('do not fit')).toBeVisible();
  await page.getByLabel('Login').fill('ada');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/collectives$/);
  const cookie = (await context.cookies()).find(c => c.name === 'inter_hub_session')!;
  expect(cookie.httpOnly).toBe(true);
  expect(cookie.sameSite).toBe('Lax');
  await context.close();
});

test('no page is wider than a phone', async ({ strictPage: page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of PAGES) {
    await open(page, path);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over, path).toBeLessThanOrEqual(0);
  }
});

test('the theme is kept and drawn by the server', async ({ strictPage: page }) => {
  await open(page, '/');
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const before = await theme();
  await page.getByTestId('theme-switch').click();
  await expect.poll(theme).not.toBe(before);
  const chosen = await theme();
  const html = await (await page.request.get('/')).text();
  if (chosen) expect(html).toContain(`data-theme="${chosen}"`);
  await page.reload();
  await ready(page);
  expect(await theme()).toBe(chosen);
});

test('keys lead through the pages', async ({ strictPage: page }) => {
  await open(page, '/');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await expect(page).toHaveURL(/\/collectives/);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('a page whose code cannot be loaded says so, and can be loaded again', async ({ page }) => {
  const part = '**/pkg/split_collectives*';
  await page.route(part, route => route.abort());
  await open(page, '/');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Collective proposals' }).click();
  await expect(page.getByText('This page could not be loaded')).toBeVisible();
  await page.unroute(part);
  await page.getByRole('link', { name: 'Load it again' }).click();
  await ready(page);
  await expect(page.getByRole('heading', { name: 'Collective proposals' })).toBeVisible();
});

test('headers close the page to others', async ({ request }) => {
  const page = await request.get('/login');
  const policy = page.headers()['content-security-policy'];
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toMatch(/script-src[^;]*'nonce-[^']+'/);
  expect(policy).not.toContain('unsafe-inline');
  expect(page.headers()['x-content-type-options']).toBe('nosniff');
  expect(page.headers()['referrer-policy']).toBe('same-origin');
  const forged = await request.post('/rpc/sign_out', {
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  });
  expect(forged.status()).toBe(403);
});
