// Providers that fail: each column says what happened, and the run goes on.
import { expect, test } from './support';
import { Api, ask, runEnded, start, token } from './support';

const FAILURES: Record<string, RegExp> = {
  'scripted/fail-401': /key|sign/i,
  'scripted/fail-402': /credit/i,
  'scripted/fail-500': /500|unavailable|fault/i,
  'scripted/fail-cut': /cut|broke|end/i,
  'scripted/fail-html': /HTML|protocol|not/i,
};

async function hubWith(api: Api, slug: string, models: string[]): Promise<void> {
  const hub = await api.post('/hubs', { slug, name: `Hub ${slug}` });
  for (const [n, model] of models.entries()) {
    const agent = await api.post('/agents', {
      hub_id: hub.id,
      name: `${slug} ${model}`,
      slug: `${slug}-${n}`,
      provider: 'openai',
      model_name: model,
    });
    await api.post('/routing-policies', {
      hub_id: hub.id,
      task_type: 'requirement_draft',
      agent_registration_id: agent.id,
      priority: 100 - n,
    });
  }
}

test('failing members are named with their reason; the others make the synthesis', async ({ strictPage: page, request }) => {
  const api = new Api(request, token('admin'));
  const slug = `fails-${Date.now()}`;
  await hubWith(api, slug, [...Object.keys(FAILURES), 'scripted/careful', 'scripted/bold', 'scripted/fail-no-json']);
  await ask(page, { title: 'Who fails?', prompt: 'What should we improve first?', task: 'requirement_draft', hub: slug });
  await start(page);
  await runEnded(page);
  for (const [model, message] of Object.entries(FAILURES)) {
    const failed = page.locator(`[data-testid=agent-column][data-agent="${slug} ${model}"]`);
    await expect(failed).toHaveAttribute('data-status', 'failed');
    await expect(failed.getByTestId('column-text')).toContainText(message);
  }
  const prose = page.locator(`[data-agent="${slug} scripted/fail-no-json"]`);
  await expect(prose).toHaveAttribute('data-status', 'completed');
  await expect(prose).toContainText('No recommendation could be read');
  await expect(page.getByTestId('consensus-status')).toHaveAttribute('data-status', 'consensus');
  await expect(page.getByTestId('synthesis-text')).not.toBeEmpty();
});

test('where all fail the run says so and offers nothing to accept', async ({ strictPage: page, request }) => {
  const slug = `all-fail-${Date.now()}`;
  await hubWith(new Api(request, token('admin')), slug, ['scripted/fail-401', 'scripted/fail-402']);
  await ask(page, { title: 'All fail', prompt: 'Anyone?', task: 'requirement_draft', hub: slug });
  await start(page);
  await runEnded(page, 'failed');
  await expect(page.getByTestId('accept-synthesis')).toHaveCount(0);
  await expect(page.getByTestId('accept-contribution')).toHaveCount(0);
  await expect(page.getByText('No agent gave an answer')).toBeVisible();
});

test('one readable answer is no quorum', async ({ strictPage: page, request }) => {
  const slug = `no-quorum-${Date.now()}`;
  await hubWith(new Api(request, token('admin')), slug, ['scripted/careful', 'scripted/fail-402']);
  await ask(page, { title: 'Alone', prompt: 'Anyone else?', task: 'requirement_draft', hub: slug });
  await start(page);
  await runEnded(page);
  await expect(page.getByTestId('consensus-status')).toHaveAttribute('data-status', 'pending');
  await expect(page.getByText(/No quorum/).first()).toBeVisible();
  await expect(page.getByTestId('accept-synthesis')).toHaveCount(0);
});

test('a hub without routes says so before anything is started', async ({ strictPage: page, request }) => {
  const slug = `no-route-${Date.now()}`;
  await hubWith(new Api(request, token('admin')), slug, []);
  await ask(page, { title: 'Nobody', prompt: 'Anyone?', task: 'requirement_draft', hub: slug });
  await expect(page.getByTestId('asked-agents')).toContainText(/no active agent|nobody|no agent/i);
});
