-- Versions of agents, work that survives a crash, receipts, budgets and live events.

CREATE TABLE agent_versions (
  agent_registration_id BLOB NOT NULL REFERENCES agent_registrations (id),
  version INTEGER NOT NULL CHECK (version >= 1),
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  description TEXT,
  provider TEXT NOT NULL CHECK (provider IN ('openrouter', 'gemini', 'openai', 'claude-code')),
  model_name TEXT NOT NULL,
  trust_level TEXT NOT NULL CHECK (trust_level IN ('advisory', 'elevated', 'autonomous')),
  capabilities TEXT NOT NULL CHECK (json_valid(capabilities)),
  system_prompt TEXT,
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (agent_registration_id, version)
) STRICT;

CREATE TABLE work_items (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('collective_run', 'invocation', 'delegation')),
  subject_id BLOB NOT NULL,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'cancelled')),
  -- who started it, and is asked for on each receipt
  asked_by_kind TEXT NOT NULL CHECK (asked_by_kind IN ('person', 'token', 'command', 'system')),
  asked_by_id BLOB,
  asked_by TEXT NOT NULL,
  lease_owner BLOB,
  lease_expires_at TEXT,
  -- how often it was claimed; every write of the work compares the token
  attempt INTEGER NOT NULL DEFAULT 0,
  fencing_token INTEGER NOT NULL DEFAULT 0,
  cancel_requested_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (kind, subject_id)
) STRICT;
-- SQLite answers "queued, or running and out of lease" from such an index, and
-- not from a partial one over both states.
CREATE INDEX work_items_open ON work_items (state, lease_expires_at);
CREATE INDEX work_items_hub ON work_items (hub_id);

CREATE TABLE idempotency_keys (
  caller TEXT NOT NULL,
  path TEXT NOT NULL,
  key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  body_hash TEXT NOT NULL,
  subject_id BLOB NOT NULL,
  answer TEXT NOT NULL CHECK (json_valid(answer)),
  created_at TEXT NOT NULL,
  PRIMARY KEY (caller, path, key)
) STRICT;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- One ledger per chain of work. reserved + spent never exceeds the limit,
-- but for an overdraft that a provider reported after the fact.
CREATE TABLE budget_accounts (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  parent_id BLOB REFERENCES budget_accounts (id),
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('collective_proposal', 'proposal', 'delegation')),
  subject_id BLOB NOT NULL,
  limit_tokens INTEGER NOT NULL CHECK (limit_tokens >= 0),
  reserved_tokens INTEGER NOT NULL DEFAULT 0 CHECK (reserved_tokens >= 0),
  spent_tokens INTEGER NOT NULL DEFAULT 0 CHECK (spent_tokens >= 0),
  overdraft_tokens INTEGER NOT NULL DEFAULT 0 CHECK (overdraft_tokens >= 0),
  closed_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  CHECK (reserved_tokens + spent_tokens <= limit_tokens + overdraft_tokens),
  UNIQUE (subject_kind, subject_id)
) STRICT;
CREATE INDEX budget_accounts_parent ON budget_accounts (parent_id);
CREATE INDEX budget_accounts_hub ON budget_accounts (hub_id);

-- US dollars per million tokens, as micro dollars per token: 1 means 1 USD.
CREATE TABLE model_prices (
  provider TEXT NOT NULL CHECK (provider IN ('openrouter', 'gemini', 'openai', 'claude-code')),
  model_name TEXT NOT NULL,
  input_usd_per_million REAL NOT NULL CHECK (input_usd_per_million >= 0),
  output_usd_per_million REAL NOT NULL CHECK (output_usd_per_million >= 0),
  updated_at TEXT NOT NULL,
  PRIMARY KEY (provider, model_name)
) STRICT;

-- The receipt of a model call.
CREATE TABLE agent_invocations (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  asked_by_kind TEXT NOT NULL CHECK (asked_by_kind IN ('person', 'token', 'command', 'system')),
  asked_by_id BLOB,
  asked_by TEXT NOT NULL,
  work_item_id BLOB REFERENCES work_items (id),
  fencing_token INTEGER,
  purpose TEXT NOT NULL CHECK (purpose IN ('contribution', 'synthesis', 'review', 'judgement', 'proposal', 'delegation', 'trial')),
  task_type TEXT NOT NULL,
  artifact_type TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('read', 'propose', 'delegate', 'auto_apply')),
  agent_registration_id BLOB REFERENCES agent_registrations (id),
  agent_version INTEGER,
  provider TEXT CHECK (provider IN ('openrouter', 'gemini', 'openai', 'claude-code')),
  model_name TEXT,
  candidates TEXT NOT NULL CHECK (json_valid(candidates)),
  policy_id BLOB REFERENCES ai_governance_policies (id),
  allowed INTEGER CHECK (allowed IN (FALSE, TRUE)),
  reason TEXT,
  prompt_template TEXT,
  budget_account_id BLOB REFERENCES budget_accounts (id),
  tokens_reserved INTEGER NOT NULL DEFAULT 0,
  attempts TEXT NOT NULL CHECK (json_valid(attempts)),
  outcome TEXT NOT NULL CHECK (outcome IN ('started', 'succeeded', 'failed', 'blocked', 'cancelled', 'unknown')),
  error_type TEXT,
  error TEXT,
  model_used TEXT,
  finish_reason TEXT,
  tokens_in INTEGER,
  tokens_out INTEGER,
  cost_microusd INTEGER,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  duration_ms INTEGER
) STRICT;
CREATE INDEX agent_invocations_hub ON agent_invocations (hub_id, id);
CREATE INDEX agent_invocations_outcome ON agent_invocations (hub_id, outcome, started_at);
CREATE INDEX agent_invocations_agent ON agent_invocations (agent_registration_id, id);
CREATE INDEX agent_invocations_work ON agent_invocations (work_item_id);
CREATE INDEX agent_invocations_budget ON agent_invocations (budget_account_id);
CREATE INDEX agent_invocations_policy ON agent_invocations (policy_id);

-- The row whose next_seq numbers a subject's events, in the order of commit.
CREATE TABLE live_subjects (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('collective_proposal', 'proposal', 'hub')),
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  next_seq INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX live_subjects_hub ON live_subjects (hub_id);

CREATE TABLE run_events (
  subject_id BLOB NOT NULL REFERENCES live_subjects (id),
  seq INTEGER NOT NULL CHECK (seq >= 1),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
  data TEXT NOT NULL CHECK (json_valid(data)),
  at TEXT NOT NULL,
  PRIMARY KEY (subject_id, seq)
) STRICT;

-- append-only; REPLACE is refused too where recursive_triggers is on
CREATE TRIGGER run_events_no_update BEFORE UPDATE ON run_events BEGIN SELECT RAISE(ABORT, 'run_events is append-only: UPDATE is refused'); END;
CREATE TRIGGER run_events_no_delete BEFORE DELETE ON run_events BEGIN SELECT RAISE(ABORT, 'run_events is append-only: DELETE is refused'); END;
CREATE TRIGGER agent_versions_no_update BEFORE UPDATE ON agent_versions BEGIN SELECT RAISE(ABORT, 'agent_versions is append-only: UPDATE is refused'); END;
CREATE TRIGGER agent_versions_no_delete BEFORE DELETE ON agent_versions BEGIN SELECT RAISE(ABORT, 'agent_versions is append-only: DELETE is refused'); END;
