// What several tests need: a token, the API, a page whose errors count.
import { execFileSync } from 'node:child_process';
import { test as base, expect, type APIRequestContext, type Locator, type Page } from '@playwright/test';

export { expect };

/** A page on which an error of script or console fails the test. */
export const test = base.extend<{ strictPage: Page }>({
  strictPage: async ({ page }, use) => {
    const errors: string[] = [];
    page.on('pageerror', error => errors.push(`page error: ${error.message}`));
    page.on('console', message => {
      // The browser notes each refusal of the server; those are asked for here.
      if (/status of (409|422)/.test(message.text())) return;
      // On a busy machine the page takes longer to use what it has preloaded.
      if (/was preloaded using link preload but not used/.test(message.text())) return;
      if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
    });
    await use(page);
    expect(errors).toEqual([]);
  },
});

/** Where the first test keeps the admin's session for the others. */
export const SESSION = process.env.SESSION_FILE ?? 'test-results/.session.json';
export const PASSWORD = 'correct horse battery';

export function binary(): string {
  const path = process.env.INTER_HUB_BIN;
  if (!path) throw new Error('INTER_HUB_BIN is not set');
  return path;
}

/** An API token made on the command line, beside the running server. */
export function token(role: string): string {
  return execFileSync(binary(), ['token', 'create', '--name', 'end-to-end', '--role', role], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

export class Api {
  constructor(
    private readonly request: APIRequestContext,
    private readonly bearer: string,
  ) {}

  async get<T = any>(path: string): Promise<T> {
    const answer = await this.request.get(`/api/v2${path}`, { headers: this.headers() });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBeTruthy();
    return answer.json();
  }

  async post<T = any>(path: string, data: unknown): Promise<T> {
    const answer = await this.request.post(`/api/v2${path}`, { headers: this.headers(), data });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBeTruthy();
    return answer.json();
  }

  /** Changes what stands, whoever looks at it. */
  async patch<T = any>(path: string, data: unknown): Promise<T> {
    const answer = await this.request.patch(`/api/v2${path}`, { headers: this.headers(), data });
    expect(answer.ok(), `${path}: ${await answer.text()}`).toBeTruthy();
    return answer.json();
  }

  private headers() {
    return { authorization: `Bearer ${this.bearer}` };
  }
}

/** A hub of its own with these agents, in their order; none of them is routed. */
export async function hubWith(api: Api, slug: string, agents: Record<string, unknown>[]): Promise<{ hub: any; agents: any[] }> {
  const hub = await api.post('/hubs', { slug, name: `Hub ${slug}` });
  const made = [];
  for (const [place, agent] of agents.entries()) {
    made.push(await api.post('/agents', { hub_id: hub.id, slug: `${slug}-${place}`, provider: 'openai', ...agent }));
  }
  return { hub, agents: made };
}

/** Routes `triage` to the agent, at this priority or last. */
export async function routeTo(api: Api, agent: any, priority?: number): Promise<any> {
  return api.post('/routing-policies', { hub_id: agent.hub_id, task_type: 'triage', agent_registration_id: agent.id, priority });
}

/** The group of a task type on the page of routing. */
export const routeGroup = (page: Page, task = 'triage'): Locator => page.locator(`[data-testid=route-group][data-task=${task}]`);

/** The policy that names this agent. */
export const route = (page: Page, agent: string): Locator => routeGroup(page).locator(`[data-testid=route][data-agent="${agent}"]`);

/** The agents of the group, in their order. */
export const routed = (page: Page): Promise<string[]> =>
  routeGroup(page).getByTestId('route').evaluateAll(rows => rows.map(row => (row as HTMLElement).dataset.agent ?? ''));

/** Adds an agent at the end of the group. */
export async function addRoute(page: Page, agent: string): Promise<void> {
  const form = routeGroup(page).locator('.route-add');
  if (!(await form.evaluate(d => (d as HTMLDetailsElement).open))) await form.getByTestId('route-add').click();
  await form.getByLabel('Agent').selectOption({ label: (await form.locator('option', { hasText: agent }).first().textContent())!.trim() });
  await form.getByTestId('route-add-send').click();
  await expect(route(page, agent)).toBeVisible();
}

/** Awaits the moment from which the page reacts. */
export async function ready(page: Page): Promise<void> {
  await page.waitForSelector('html[data-hydrated]', { timeout: 60_000 });
}

export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await ready(page);
}

/** Opens a page, and awaits that it hears of what happens in its hub from now on. */
export async function openLive(page: Page, path: string): Promise<void> {
  // The page before has a stream too.
  await page.goto('about:blank');
  const live = page.waitForResponse(/\/hubs\/[^/]+\/events/);
  await open(page, path);
  await live;
}

export async function column(page: Page, agent: string): Promise<Locator> {
  return page.locator(`[data-testid=agent-column][data-agent="${agent}"]`);
}

/** Fills the form for a new collective proposal; does not start it. */
export async function ask(page: Page, question: { title: string; prompt: string; task?: string; hub?: string }): Promise<void> {
  await open(page, `/collectives/new${question.hub ? `?hub=${question.hub}` : ''}`);
  await page.getByLabel('Title').fill(question.title);
  await page.getByLabel(/^Question/).fill(question.prompt);
  if (question.task) await page.getByLabel(/^Task/).selectOption(question.task);
}

/** Starts, and awaits the page of the run. */
export async function start(page: Page): Promise<string> {
  await page.getByTestId('start-run').click();
  await page.waitForURL(/\/collectives\/[0-9a-f-]{36}/);
  return page.url().match(/[0-9a-f-]{36}/)![0];
}

/** Awaits the end of the run on the page. */
export async function runEnded(page: Page, state = 'finished'): Promise<void> {
  await expect(page.getByTestId('run-state')).toHaveAttribute('data-state', state, { timeout: 60_000 });
}
