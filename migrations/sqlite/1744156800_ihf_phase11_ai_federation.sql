-- The seven tables of the federation, and what agent_proposals gains.

CREATE TABLE agent_registrations (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 64),
  description TEXT,
  provider TEXT NOT NULL CHECK (provider IN ('openrouter', 'gemini', 'openai', 'claude-code')),
  model_name TEXT NOT NULL CHECK (length(model_name) BETWEEN 1 AND 200),
  trust_level TEXT NOT NULL DEFAULT 'advisory' CHECK (trust_level IN ('advisory', 'elevated', 'autonomous')),
  capabilities TEXT NOT NULL DEFAULT '[]' CHECK (json_type(capabilities) = 'array'),
  system_prompt TEXT,
  is_active INTEGER NOT NULL DEFAULT TRUE CHECK (is_active IN (FALSE, TRUE)),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX agent_registrations_hub ON agent_registrations (hub_id, id);

CREATE TABLE model_routing_policies (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  task_type TEXT NOT NULL CHECK (length(task_type) BETWEEN 1 AND 64),
  agent_registration_id BLOB NOT NULL REFERENCES agent_registrations (id),
  priority INTEGER NOT NULL DEFAULT 0,
  is_active INTEGER NOT NULL DEFAULT TRUE CHECK (is_active IN (FALSE, TRUE)),
  created_at TEXT NOT NULL,
  UNIQUE (hub_id, task_type, priority)
) STRICT;
CREATE INDEX model_routing_policies_agent ON model_routing_policies (agent_registration_id);

CREATE TABLE agent_delegations (
  id BLOB NOT NULL PRIMARY KEY,
  delegating_agent_id BLOB NOT NULL REFERENCES agent_registrations (id),
  receiving_agent_id BLOB NOT NULL REFERENCES agent_registrations (id),
  parent_proposal_id BLOB REFERENCES agent_proposals (id),
  scope TEXT NOT NULL,
  token_budget INTEGER NOT NULL DEFAULT 1000 CHECK (token_budget >= 1),
  tokens_used INTEGER,
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'completed', 'failed', 'cancelled')),
  result TEXT CHECK (result IS NULL OR json_valid(result)),
  created_at TEXT NOT NULL,
  completed_at TEXT
) STRICT;
CREATE INDEX agent_delegations_parent ON agent_delegations (parent_proposal_id);
CREATE INDEX agent_delegations_delegating ON agent_delegations (delegating_agent_id);
CREATE INDEX agent_delegations_receiving ON agent_delegations (receiving_agent_id);

CREATE TABLE collective_proposals (
  id BLOB NOT NULL PRIMARY KEY,
  title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  summary TEXT,
  task_type TEXT NOT NULL CHECK (length(task_type) BETWEEN 1 AND 64),
  consensus_status TEXT NOT NULL DEFAULT 'pending' CHECK (consensus_status IN ('pending', 'consensus', 'divergent')),
  final_content TEXT CHECK (final_content IS NULL OR json_valid(final_content)),
  source_widget_id BLOB REFERENCES widgets (id),
  source_candidate_id BLOB REFERENCES requirement_candidates (id),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX collective_proposals_widget ON collective_proposals (source_widget_id);
CREATE INDEX collective_proposals_candidate ON collective_proposals (source_candidate_id);

CREATE TABLE collective_proposal_contributions (
  id BLOB NOT NULL PRIMARY KEY,
  collective_proposal_id BLOB NOT NULL REFERENCES collective_proposals (id),
  agent_registration_id BLOB NOT NULL REFERENCES agent_registrations (id),
  content TEXT NOT NULL CHECK (json_valid(content)),
  tokens_in INTEGER,
  tokens_out INTEGER,
  model_used TEXT,
  contributed_at TEXT NOT NULL
) STRICT;
CREATE INDEX collective_proposal_contributions_collective ON collective_proposal_contributions (collective_proposal_id);
CREATE INDEX collective_proposal_contributions_agent ON collective_proposal_contributions (agent_registration_id);

CREATE TABLE ai_governance_policies (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  agent_registration_id BLOB NOT NULL REFERENCES agent_registrations (id),
  artifact_type TEXT NOT NULL CHECK (length(artifact_type) BETWEEN 1 AND 64),
  allowed_actions TEXT NOT NULL DEFAULT '["read"]' CHECK (json_type(allowed_actions) = 'array'),
  is_active INTEGER NOT NULL DEFAULT TRUE CHECK (is_active IN (FALSE, TRUE)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX ai_governance_policies_rule ON ai_governance_policies (hub_id, agent_registration_id, artifact_type);
CREATE INDEX ai_governance_policies_agent ON ai_governance_policies (agent_registration_id);

CREATE TABLE agent_performance_records (
  id BLOB NOT NULL PRIMARY KEY,
  agent_registration_id BLOB NOT NULL REFERENCES agent_registrations (id),
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  period_start TEXT NOT NULL,
  period_end TEXT NOT NULL,
  proposals_generated INTEGER NOT NULL DEFAULT 0,
  proposals_accepted INTEGER NOT NULL DEFAULT 0,
  proposals_rejected INTEGER NOT NULL DEFAULT 0,
  proposals_revised INTEGER NOT NULL DEFAULT 0,
  mean_confidence REAL,
  calibration_score REAL,
  computed_at TEXT NOT NULL
) STRICT;
CREATE INDEX agent_performance_records_agent ON agent_performance_records (agent_registration_id, period_end);
CREATE INDEX agent_performance_records_hub ON agent_performance_records (hub_id);

ALTER TABLE agent_proposals ADD COLUMN agent_registration_id BLOB REFERENCES agent_registrations (id);
ALTER TABLE agent_proposals ADD COLUMN tokens_in INTEGER;
ALTER TABLE agent_proposals ADD COLUMN tokens_out INTEGER;
CREATE INDEX agent_proposals_agent ON agent_proposals (agent_registration_id, id);
