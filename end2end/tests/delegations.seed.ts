// Rows of a large tree, written straight into the database of the test: to ask
// a model for each would take an hour.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export interface SeedRow {
  id: string;
  parent?: SeedRow;
  result: string;
  account: string;
  hub: string;
  root: string;
  depth: number;
  /** Who hands it on, and to whom. */
  agents: [string, string];
  scope: string;
  budget: number;
  granted: number;
}

/** How many stand on each level, and what each of them is given, in tokens. */
const LEVELS = [20, 200, 4_780];
const BUDGETS = [2_000_000, 100_000, 1_000];

let counter = 0;

/** Ids in the order in which they are made, as the server makes them. */
function newId(): string {
  const moment = (Date.now() * 0x1000 + counter++).toString(16).padStart(15, '0');
  const rest = randomBytes(8).toString('hex');
  const hex = `${moment.slice(0, 12)}7${moment.slice(12)}8${rest.slice(1)}`.slice(0, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** 5,000 delegations below a proposal: 20, 200 and 4,780. */
export function rows(hub: string, root: string, agents: { id: string }[]): SeedRow[] {
  const all: SeedRow[] = [];
  let above: SeedRow[] = [];
  LEVELS.forEach((count, level) => {
    const made: SeedRow[] = [];
    for (let place = 0; place < count; place++) {
      const parent = above.length ? above[Math.floor((place * above.length) / count)] : undefined;
      const budget = BUDGETS[level]!;
      if (parent) parent.granted += budget;
      made.push({
        id: newId(),
        parent,
        result: newId(),
        account: newId(),
        hub,
        root,
        depth: level + 1,
        agents: [agents[level]!.id, agents[level + 1]!.id],
        scope: `The part ${all.length + place} of the whole`,
        budget,
        granted: 0,
      });
    }
    all.push(...made);
    above = made;
  });
  return all;
}

function run(sql: string): void {
  const url = process.env.DATABASE_URL ?? '';
  if (url.startsWith('postgres')) {
    execFileSync('psql', ['--quiet', '--set', 'ON_ERROR_STOP=1', '--single-transaction', url], { input: sql });
  } else {
    const path = url.replace(/^sqlite:(\/\/)?/, '').split('?')[0]!;
    const whole = `.bail on\n.timeout 15000\nPRAGMA foreign_keys = ON;\nBEGIN IMMEDIATE;\n${sql}\nCOMMIT;\n`;
    execFileSync('sqlite3', [path], { input: whole, stdio: ['pipe', 'ignore', 'inherit'] });
  }
}

/** Writes a tree below a proposal whose account has room for it. */
export function seedTree(all: SeedRow[]): void {
  const postgres = (process.env.DATABASE_URL ?? '').startsWith('postgres');
  const id = (uuid: string): string => (postgres ? `'${uuid}'` : `x'${uuid.replaceAll('-', '')}'`);
  const now = `'${new Date().toISOString().replace('Z', '000+00:00')}'`;
  const { root } = all[0]!;
  const rootAccount = `(SELECT b.id FROM budget_accounts b WHERE b.subject_kind = 'proposal' AND b.subject_id = ${id(root)})`;
  const content = `'{"recommendation":"Done"}'`;
  const proposals = all.map(
    row => `(${id(row.result)}, ${id(row.hub)}, 'requirement_draft', 'requirement_candidate', 'Subtask: ${row.scope}', ${content}, TRUE,
      'pending', ${id(row.agents[1])}, 1, 'Seed', ${now}, ${now},
      (SELECT source_widget_id FROM agent_proposals WHERE id = ${id(row.root)}))`,
  );
  const subjects = all.map(row => `(${id(row.result)}, 'proposal', ${id(row.hub)}, 0, ${now})`);
  const delegations = all.map(
    row => `(${id(row.id)}, ${id(row.agents[0])}, 1, ${id(row.agents[1])}, 1, ${id(row.parent?.result ?? row.root)}, ${id(row.root)},
      ${id(row.result)}, ${row.depth}, '${row.scope}', ${row.budget}, 300, 'completed', ${content}, ${id(row.hub)}, 'Seed', ${now}, ${now})`,
  );
  const accounts = all.map(
    row => `(${id(row.account)}, ${id(row.hub)}, ${row.parent ? id(row.parent.account) : rootAccount}, ${rootAccount}, 'delegation', ${id(row.id)},
      ${row.budget}, 300, ${row.granted}, ${now}, ${now})`,
  );
  const granted = all.filter(row => !row.parent).reduce((sum, row) => sum + row.budget, 0);
  const insert = (into: string, values: string[]): string => {
    let sql = '';
    for (let at = 0; at < values.length; at += 250) sql += `INSERT INTO ${into} VALUES ${values.slice(at, at + 250).join(',\n')};\n`;
    return sql;
  };
  run(
    [
      // The root's account is widened with what it hands on.
      `UPDATE budget_accounts SET limit_tokens = limit_tokens + ${granted}, granted_tokens = granted_tokens + ${granted}
         WHERE subject_kind = 'proposal' AND subject_id = ${id(root)};`,
      insert(
        `agent_proposals (id, hub_id, task_type, artifact_type, title, content, readable, status, agent_registration_id, agent_version,
          started_by, created_at, updated_at, source_widget_id)`,
        proposals,
      ),
      insert('live_subjects (id, kind, hub_id, next_seq, created_at)', subjects),
      insert(
        `agent_delegations (id, delegating_agent_id, delegating_agent_version, receiving_agent_id, receiving_agent_version,
          parent_proposal_id, root_proposal_id, result_proposal_id, depth, scope, token_budget, tokens_used, status, result, hub_id,
          started_by, created_at, completed_at)`,
        delegations,
      ),
      insert(
        `budget_accounts (id, hub_id, parent_id, root_id, subject_kind, subject_id, limit_tokens, spent_tokens, granted_tokens, created_at, updated_at)`,
        accounts,
      ),
    ].join('\n'),
  );
}
