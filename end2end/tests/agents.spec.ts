// Agents: tried, edited, deactivated; lists by address. How one is made is part of steward.spec.ts.
import { expect, test } from './support';
import { Api, hubWith, open, ready, routeTo, token } from './support';

/** A hub of its own, with agents of these models. */
async function hubOf(api: Api, slug: string, models: string[]): Promise<{ hub: any; agents: any[] }> {
  const agents = models.map((model_name, n) => ({
    name: `${slug} ${n}`, model_name, capabilities: ['summaries'], system_prompt: 'Be brief.',
  }));
  return hubWith(api, slug, agents);
}

async function unique(word: string): Promise<string> {
  return `${word}-${Date.now().toString(36)}`;
}

test('a wrong or taken slug is said at its field, and what was typed stays', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = await unique('taken');
  await hubOf(api, slug, ['scripted/careful']);
  await open(page, `/agents/new?hub=${slug}`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Again');
  await page.getByLabel('Slug').fill('Not A Slug');
  await page.getByLabel('Model').fill('m');
  await page.getByTestId('save-agent').click();
  await expect(page.locator('#slug-error')).toContainText('lower-case letters');
  await page.getByLabel('Slug').fill(`${slug}-0`);
  await page.getByTestId('save-agent').click();
  await expect(page.getByText('there is an agent with the slug', { exact: false })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Again');
});

test('blocked, failed and cancelled trials say why and what to do', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = await unique('trouble');
  const { hub, agents } = await hubOf(api, slug, ['scripted/careful', 'scripted/fail-401', 'scripted/fail-hang']);
  await api.post('/governance-policies', {
    hub_id: hub.id,
    agent_registration_id: agents[0].id,
    artifact_type: 'widget_summary',
    allowed_actions: ['read'],
  });
  const ask = async (n: number) => {
    await open(page, `/agents/${agents[n].id}?tab=try`);
    await page.getByLabel('Sample prompt').fill('Anyone?');
    await page.getByLabel('Artifact').selectOption('widget_summary');
    await page.getByTestId('try-agent').click();
  };
  await ask(0);
  await expect(page.getByTestId('trial-ended')).toHaveAttribute('data-outcome', 'blocked');
  await expect(page.getByText('No model was called. A steward')).toBeVisible();
  await expect(page.getByTestId('receipt')).toContainText('Blocked.');
  await ask(1);
  await expect(page.getByTestId('trial-ended')).toHaveAttribute('data-outcome', 'failed');
  await expect(page.getByText("Check the provider's key")).toBeVisible();
  await ask(2);
  await page.getByTestId('cancel-trial').click();
  await expect(page.getByTestId('trial-ended')).toHaveAttribute('data-outcome', 'cancelled');
  await expect(page.getByTestId('receipt')).toContainText('Cancelled by Ada.');
  // Who leaves the page cancels, too.
  const outcomes = async () =>
    (await api.get(`/invocations?agent_registration_id=${agents[2].id}`)).items.map((i: any) => i.outcome);
  await ask(2);
  await expect.poll(outcomes).toEqual(['started', 'cancelled']);
  await page.getByRole('link', { name: 'Profile' }).click();
  await expect.poll(outcomes).toEqual(['cancelled', 'cancelled']);
});

test('an edit makes a version that says what changed; a stale one shows both texts', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = await unique('edited');
  const { agents } = await hubOf(api, slug, ['scripted/careful']);
  const id = agents[0].id;
  await open(page, `/agents/${id}`);
  await page.getByTestId('edit-agent').click();
  await page.waitForURL(/\/edit$/);
  await page.getByLabel('System prompt').fill('Be brief.\nBe kind.');
  await page.getByLabel('Capabilities').focus();
  await page.keyboard.press('Backspace');
  await page.keyboard.type('drafts');
  await page.keyboard.press('Enter');
  await page.getByTestId('save-agent').click();
  await page.waitForURL(new RegExp(`/agents/${id}$`));
  await page.getByRole('link', { name: 'Versions' }).click();
  const second = page.locator('[data-testid=version][data-version="2"]');
  await expect(second.locator('[data-field=system_prompt] [data-kind=added]')).toContainText('Be kind.');
  await expect(second.locator('[data-field=capabilities]')).toContainText('− summaries');
  await expect(second.locator('[data-field=capabilities]')).toContainText('+ drafts');
  await expect(page.locator('[data-testid=version][data-version="1"]')).toContainText('As it was registered');

  // Somebody else saves meanwhile.
  await open(page, `/agents/${id}/edit`);
  await page.getByRole('textbox', { name: 'Name' }).fill('My name');
  await page.getByRole('textbox', { name: 'Description' }).fill('Mine');
  const answer = await request.patch(`/api/v2/agents/${id}`, {
    headers: { authorization: `Bearer ${token('steward')}` },
    data: { name: 'Their name', model_name: 'scripted/bold' },
  });
  expect(answer.ok()).toBeTruthy();
  await page.getByTestId('save-agent').click();
  const conflict = page.getByTestId('conflict');
  await expect(conflict.locator('[data-field=name]')).toContainText('Their name');
  await expect(conflict.locator('[data-field=name]')).toContainText('My name');
  await expect(conflict.locator('[data-field=name]')).toContainText('both changed it');
  await expect(conflict.locator('[data-field=description]')).toContainText('only you changed it');
  await expect(conflict.locator('[data-field=model_name]')).toContainText('only they changed it');
  // What was typed stays, what only they changed is taken over.
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('My name');
  await expect(page.getByRole('textbox', { name: 'Description' })).toHaveValue('Mine');
  await expect(page.getByRole('textbox', { name: 'Model', exact: true })).toHaveValue('scripted/bold');
  await page.getByTestId('all-theirs').click();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Their name');
  await page.getByTestId('all-yours').click();
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('My name');
  await conflict.locator('[data-field=model_name]').getByRole('button', { name: 'Use theirs' }).click();
  await page.getByTestId('save-agent').click();
  await page.waitForURL(new RegExp(`/agents/${id}$`));
  const saved = await api.get(`/agents/${id}`);
  expect(saved).toMatchObject({ version: 4, name: 'My name', description: 'Mine', model_name: 'scripted/bold' });
});

test('deactivating says what the agent is routed for', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = await unique('routed');
  const { hub, agents } = await hubOf(api, slug, ['scripted/careful', 'scripted/bold']);
  for (const [n, task] of [[0, 'triage'], [1, 'triage'], [0, 'synthesis']] as const) {
    await api.post('/routing-policies', {
      hub_id: hub.id,
      task_type: task,
      agent_registration_id: agents[n].id,
      priority: 10 - n,
    });
  }
  await open(page, `/agents/${agents[0].id}`);
  await expect(page.getByTestId('agent-routes')).toContainText('asked first');
  await page.getByTestId('deactivate').click();
  const routes = page.getByTestId('deactivate-routes');
  await expect(routes).toContainText('Triage');
  await expect(routes).toContainText(`without it: ${slug} 1`);
  await expect(routes).toContainText('without it nobody answers');
  await page.getByTestId('deactivate-confirm').click();
  await expect(page.getByTestId('agent-state')).toHaveAttribute('data-active', 'false');
  expect((await api.get(`/agents/${agents[0].id}`)).is_active).toBe(false);
  await open(page, `/agents/${agents[0].id}?tab=try`);
  await expect(page.getByText('This agent is not active')).toBeVisible();
  await page.getByTestId('activate').click();
  await expect(page.getByTestId('agent-state')).toHaveAttribute('data-active', 'true');
});

test('the list filters, sorts and pages by its address', async ({ strictPage: page, request }) => {
  test.setTimeout(180_000);
  const api = new Api(request, token('admin'));
  const slug = await unique('many');
  const { agents } = await hubOf(api, slug, Array.from({ length: 53 }, (_, n) => (n % 2 ? 'scripted/bold' : 'scripted/careful')));
  await api.post(`/agents/${agents[7].id}/deactivate`, {});
  const rows = page.getByTestId('agent-row');
  await open(page, `/agents?hub=${slug}`);
  await expect(rows).toHaveCount(50);
  await expect(rows.first()).toContainText(`${slug} 52`);
  await page.getByRole('link', { name: 'Next page' }).click();
  await expect(rows).toHaveCount(3);
  await expect(rows.last()).toContainText(`${slug} 0`);
  await page.goBack();
  await expect(rows).toHaveCount(50);
  await page.getByRole('columnheader', { name: 'Model' }).getByRole('link').click();
  await expect(page).toHaveURL(/sort=model/);
  await expect(rows.first()).toContainText('scripted/bold');
  await page.getByRole('columnheader', { name: 'Model' }).getByRole('link').click();
  await expect(page).toHaveURL(/order=desc/);
  await expect(rows.first()).toContainText('scripted/careful');
  await page.reload();
  await ready(page);
  await expect(rows.first()).toContainText('scripted/careful');
  await page.getByLabel('State').selectOption('inactive');
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/state=inactive/);
  await open(page, `/agents?hub=${slug}&q=${slug}-1`);
  await expect(rows).toHaveCount(11);
  await page.getByLabel('Search').fill('no such agent');
  await page.getByLabel('Search').press('Enter');
  await expect(page.getByText('No agent fits these filters')).toBeVisible();
  await page.getByRole('link', { name: 'Show all agents' }).click();
  await expect(rows).toHaveCount(50);
  // Words that no filter knows filter nothing.
  await open(page, `/agents?hub=${slug}&sort=sideways&state=odd&cursor=%00x`);
  await expect(rows).toHaveCount(50);
});

test('work names the version that made it', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = await unique('worked');
  const { hub, agents } = await hubOf(api, slug, ['scripted/careful', 'scripted/bold']);
  for (const agent of agents) await routeTo(api, agent);
  const run = await api.post('/collective-proposals?wait=true', {
    hub_id: hub.id,
    title: 'Which first?',
    task_type: 'triage',
    prompt: 'Which of these comes first?',
  });
  await open(page, `/agents/${agents[0].id}?tab=work`);
  await expect(page.getByTestId('work-row')).toHaveCount(1);
  await expect(page.getByTestId('work-row')).toContainText('Which first?');
  await page.getByTestId('work-row').getByRole('link', { name: 'version 1' }).click();
  await expect(page.locator('[data-testid=version][data-version="1"]')).toBeVisible();
  await open(page, `/collectives/${run.id}`);
  const column = page.locator(`[data-agent="${slug} 0"]`);
  await expect(column.getByRole('link', { name: 'version 1' })).toHaveAttribute('href', new RegExp(`/agents/${agents[0].id}\\?tab=versions`));
});

test('pages are whole without scripts and fit a phone', async ({ browser, storageState, request, strictPage }) => {
  const api = new Api(request, token('admin'));
  const slug = await unique('plain');
  const { agents } = await hubOf(api, slug, ['scripted/careful']);
  const id = agents[0].id;
  const paths = [`/agents?hub=${slug}`, `/agents/new?hub=${slug}`, `/agents/${id}`, `/agents/${id}?tab=work`, `/agents/${id}?tab=versions`, `/agents/${id}?tab=try`, `/agents/${id}/edit`];
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: storageState as string });
  const page = await context.newPage();
  for (const path of paths) {
    await page.goto(path);
    await expect(page.locator('h1'), path).toBeVisible();
  }
  // Without scripts capabilities are one text, and saving works.
  await page.goto(`/agents/${id}/edit`);
  await expect(page.locator('input[name=capabilities]')).toHaveValue('summaries');
  await page.locator('input[name=capabilities]').fill('one, two,, one');
  await page.getByRole('button', { name: 'Save as version 2' }).click();
  await expect(page).toHaveURL(new RegExp(`/agents/${id}$`));
  expect((await api.get(`/agents/${id}`)).capabilities).toEqual(['one', 'two']);
  await context.close();
  await strictPage.setViewportSize({ width: 360, height: 740 });
  for (const path of paths) {
    await open(strictPage, path);
    const over = await strictPage.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over, path).toBeLessThanOrEqual(0);
  }
});
