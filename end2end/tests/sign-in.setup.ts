// The first start: the one-time link makes the admin.
import { expect, test } from './support';
import { PASSWORD, SESSION, open, ready } from './support';

test('the one-time link makes the admin, once', async ({ strictPage: page, browser }, testInfo) => {
  const link = process.env.ADMIN_LINK!;
  await page.goto(link);
  await ready(page);
  if (testInfo.retry > 0 && (await page.getByText('This link is used up').isVisible())) {
    // The first try came as far as that; all other tests need the session.
    await open(page, '/login');
    await page.getByLabel('Login').fill('ada');
  } else {
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Login').fill('ada');
    await page.getByLabel(/^Password/).fill('short');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByText('must have at least 10 characters')).toBeVisible();
  }
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByTestId('hub-switcher')).toBeVisible();
  await page.context().storageState({ path: SESSION });

  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await expect(other.getByText('This link is used up')).toBeVisible();
  await other.context().close();
});
