// The settings of a server that is no rehearsal: one provider works, one fails, one has no key.
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { signIn, test } from './server';
import { ready } from './support';

test.use({ storageState: { cookies: [], origins: [] } });

/** Nowhere but in the request to the provider. */
const KEY = 'sk-end2end-7c41d09be25f';

/** A server in a provider's place. */
class Models {
  readonly keys: (string | undefined)[] = [];
  /** Nothing is answered before it. */
  open: Promise<void> = Promise.resolve();

  private constructor(readonly server: HttpServer) {}

  get base() {
    return `http://${this.place}/v1`;
  }

  get place() {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Streams an answer, or refuses with this status. */
  static async start(status: number): Promise<Models> {
    const server = createServer((request, response) => {
      request.resume().on('end', async () => {
        models.keys.push(request.headers.authorization);
        await models.open;
        if (status !== 200) {
          response.writeHead(status, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ error: { message: `the model is being moved, dear ${request.headers.authorization}` } }));
          return;
        }
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const tell = (event: object) => response.write(`data: ${JSON.stringify(event)}\n\n`);
        tell({ model: 'small-1-2026', choices: [{ index: 0, delta: { content: 'ready' } }] });
        tell({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
        tell({ choices: [], usage: { prompt_tokens: 14, completion_tokens: 3, total_tokens: 17 } });
        response.end('data: [DONE]\n\n');
      });
    });
    const models = new Models(server);
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    return models;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const card = (page: Page, provider: string): Locator => page.locator(`[data-testid=provider][data-provider=${provider}]`);
const last = (page: Page, provider: string): Locator => card(page, provider).getByTestId('last-test');
const errors = (page: Page, provider: string): Locator => card(page, provider).getByTestId('provider-error');

test('the settings show a missing key, a working provider, a failing one', async ({ page, server, browser }) => {
  test.setTimeout(180_000);
  const wrong: string[] = [];
  page.on('pageerror', error => wrong.push(error.message));
  const [good, bad] = [await Models.start(200), await Models.start(500)];
  try {
    const link = await server.serve([], {
      OPENAI_BASE_URL: good.base,
      OPENAI_API_KEY: KEY,
      GEMINI_BASE_URL: bad.base,
      GEMINI_API_KEY: KEY,
      OPENROUTER_API_KEY: '',
      OPENROUTER_BASE_URL: '',
      INTER_HUB_KEY_DIR: join(server.folder, 'keys'),
      INTER_HUB_BRIDGE: 'native',
      INTER_HUB_MAX_RETRIES: '0',
    });
    await signIn(page, link);
    const headers = { authorization: `Bearer ${server.token('admin')}` };
    const post = async (path: string, data: object) => {
      const answer = await page.request.post(`${server.url}/api/v2${path}`, { headers, data });
      expect(answer.ok(), await answer.text()).toBeTruthy();
      return answer.json();
    };
    const hub = await post('/hubs', { slug: 'shop', name: 'Shop' });
    const agent = (slug: string, provider: string, model_name: string) => post('/agents', { hub_id: hub.id, slug, name: slug, provider, model_name });
    await agent('able', 'openai', 'small-1');
    const unable = await agent('unable', 'gemini', 'flash-1');

    await page.goto(server.url);
    await ready(page);
    await page.getByRole('link', { name: 'Settings' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');

    await test.step('before any test', async () => {
      await expect(page.getByTestId('bridge')).toHaveAttribute('data-state', 'ready');
      await expect(page.getByTestId('bridge')).toContainText('Native');
      await expect(card(page, 'openrouter').getByTestId('key')).toHaveAttribute('data-key', 'missing');
      await expect(card(page, 'openrouter').getByTestId('key-says')).toContainText('OPENROUTER_API_KEY');
      await expect(card(page, 'openai').getByTestId('key')).toHaveAttribute('data-key', 'environment');
      await expect(card(page, 'openai')).toContainText(`In its place: the server at ${good.place}`);
      await expect(card(page, 'openai')).toContainText('1 active agent');
      await expect(card(page, 'openai').getByLabel('Model')).toHaveValue('small-1');
      await expect(last(page, 'openai')).toHaveAttribute('data-outcome', 'none');
      expect([...good.keys, ...bad.keys], 'nothing is asked by itself').toEqual([]);
    });

    await test.step('one works, one fails, by keyboard and in place', async () => {
      await page.evaluate(() => Object.assign(window, { stays: true }));
      await card(page, 'openai').getByLabel('Model').press('Enter');
      await expect(last(page, 'openai')).toHaveAttribute('data-outcome', 'succeeded');
      await expect(last(page, 'openai')).toContainText('Worked');
      await expect(last(page, 'openai')).toContainText('small-1-2026');
      await expect(last(page, 'openai')).toContainText('14 tokens in · 3 tokens out');
      expect(good.keys).toEqual([`Bearer ${KEY}`]);
      await card(page, 'gemini').getByRole('button', { name: 'Test Gemini' }).click();
      await expect(last(page, 'gemini')).toHaveAttribute('data-outcome', 'failed');
      await expect(last(page, 'gemini')).toContainText('Unavailable (HTTP 500)');
      await expect(last(page, 'gemini')).toContainText('the model is being moved');
      await expect(errors(page, 'gemini')).toHaveCount(1);
      await expect(errors(page, 'gemini')).toContainText('HTTP 500');
      await expect(errors(page, 'openai')).toHaveCount(0);
    });

    await test.step('without a model or a key the reason is said', async () => {
      const form = card(page, 'openrouter');
      await form.getByRole('button', { name: 'Test OpenRouter' }).click();
      await expect(form.getByRole('alert')).toContainText('Name a model');
      await form.getByLabel('Model').fill('acme/large');
      await form.getByRole('button', { name: 'Test OpenRouter' }).click();
      await expect(last(page, 'openrouter')).toHaveAttribute('data-outcome', 'failed');
      await expect(last(page, 'openrouter')).toContainText('Missing key');
      await expect(errors(page, 'openrouter')).toContainText('acme/large');
      await expect(form.locator('.field-error')).toBeEmpty();
      expect(await page.evaluate(() => 'stays' in window), 'the page was not loaded anew').toBe(true);
    });

    await test.step('what another admin tests is seen to its end', async () => {
      let answer!: () => void;
      bad.open = new Promise(done => (answer = done));
      const tested = post('/providers/gemini/tests', { model_name: 'flash-2' });
      await expect.poll(() => bad.keys.length).toBe(2);
      await page.reload();
      await ready(page);
      await expect(last(page, 'gemini')).toHaveAttribute('data-outcome', 'started');
      await expect(last(page, 'gemini')).toContainText('Under way');
      answer();
      await expect(last(page, 'gemini')).toHaveAttribute('data-outcome', 'failed');
      await expect(last(page, 'gemini')).toContainText('flash-2');
      await expect(errors(page, 'gemini')).toHaveCount(2);
      expect((await tested).outcome).toBe('failed');
    });

    await test.step('all of it stands after a reload, and a call of an agent beside it', async () => {
      await post(`/agents/${unable.id}/try`, { prompt: 'Hello?', task_type: 'triage', artifact_type: 'widget_summary' });
      await page.reload();
      await ready(page);
      await expect(last(page, 'openai')).toHaveAttribute('data-outcome', 'succeeded');
      await expect(last(page, 'gemini')).toHaveAttribute('data-outcome', 'failed');
      await expect(last(page, 'openrouter')).toHaveAttribute('data-outcome', 'failed');
      await expect(errors(page, 'gemini')).toHaveCount(3);
      const size = page.viewportSize()!;
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
      await page.setViewportSize(size);
    });

    await test.step('no key is in the page or in the API', async () => {
      const told = [await page.content()];
      for (const path of ['/bridge', '/providers', '/providers/gemini/errors', '/audit', '/invocations']) {
        told.push(await (await page.request.get(`${server.url}/api/v2${path}`, { headers })).text());
      }
      expect(told.join('\n')).toContain('the model is being moved');
      expect(told.filter(text => text.includes(KEY) || text.includes(KEY.slice(7)))).toEqual([]);
    });

    await test.step('without scripts it is a form', async () => {
      const context = await browser.newContext({ javaScriptEnabled: false, storageState: await page.context().storageState() });
      const plain = await context.newPage();
      await plain.goto(`${server.url}/settings`);
      await card(plain, 'gemini').getByRole('button').click();
      await plain.waitForURL(/\/settings#gemini$/);
      await expect(errors(plain, 'gemini')).toHaveCount(4);
      await card(plain, 'openrouter').getByRole('button').click();
      await expect(plain.getByText('The provider was not tested')).toBeVisible();
      await context.close();
    });

    await test.step('an error leads to its receipt', async () => {
      await errors(page, 'gemini').first().getByRole('link', { name: 'Receipt' }).click();
      await expect(page.getByTestId('receipt')).toContainText('the model is being moved');
    });
    expect(wrong).toEqual([]);
  } finally {
    good.stop();
    bad.stop();
  }
});
