-- The seven tables of the federation, and what agent_proposals gains.

CREATE TABLE agent_registrations (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 64),
  description TEXT,
  provider TEXT NOT NULL CHECK (provider IN ('openrouter', 'gemini', 'openai', 'claude-code')),
  model_name TEXT NOT NULL CHECK (length(model_name) BETWEEN 1 AND 200),
  trust_level TEXT NOT NULL DEFAULT 'advisory' CHECK (trust_level IN ('advisory', 'elevated', 'autonomous')),
  capabilities JSONB NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(capabilities) = 'array'),
  system_prompt TEXT,
  is_active BOOLEAN NOT NULL DEFAULT TRUE,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX agent_registrations_hub ON agent_registrations (hub_id, id);

CREATE TABLE model_routing_policies (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  task_type TEXT NOT NULL CHECK (length(task_type) BETWEEN 1 AND 64),
  agent_registration_id UUID NOT NULL REFERENCES agent_registrations (id),
  priority INTEGER NOT NULL DEFAULT 0,
  is_active BOOLEAN NOT NULL DEFAULT TRUE,
  created_at TIMESTAMPTZ NOT NULL,
  UNIQUE (hub_id, task_type, priority)
);
CREATE INDEX model_routing_policies_agent ON model_routing_policies (agent_registration_id);

CREATE TABLE agent_delegations (
  id UUID NOT NULL PRIMARY KEY,
  delegating_agent_id UUID NOT NULL REFERENCES agent_registrations (id),
  receiving_agent_id UUID NOT NULL REFERENCES agent_registrations (id),
  parent_proposal_id UUID REFERENCES agent_proposals (id),
  scope TEXT NOT NULL,
  token_budget INTEGER NOT NULL DEFAULT 1000 CHECK (token_budget >= 1),
  tokens_used INTEGER,
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'completed', 'failed', 'cancelled')),
  result JSONB,
  created_at TIMESTAMPTZ NOT NULL,
  completed_at TIMESTAMPTZ
);
CREATE INDEX agent_delegations_parent ON agent_delegations (parent_proposal_id);
CREATE INDEX agent_delegations_delegating ON agent_delegations (delegating_agent_id);
CREATE INDEX agent_delegations_receiving ON agent_delegations (receiving_agent_id);

CREATE TABLE collective_proposals (
  id UUID NOT NULL PRIMARY KEY,
  title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  summary TEXT,
  task_type TEXT NOT NULL CHECK (length(task_type) BETWEEN 1 AND 64),
  consensus_status TEXT NOT NULL DEFAULT 'pending' CHECK (consensus_status IN ('pending', 'consensus', 'divergent')),
  final_content JSONB,
  source_widget_id UUID REFERENCES widgets (id),
  source_candidate_id UUID REFERENCES requirement_candidates (id),
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX collective_proposals_widget ON collective_proposals (source_widget_id);
CREATE INDEX collective_proposals_candidate ON collective_proposals (source_candidate_id);

CREATE TABLE collective_proposal_contributions (
  id UUID NOT NULL PRIMARY KEY,
  collective_proposal_id UUID NOT NULL REFERENCES collective_proposals (id),
  agent_registration_id UUID NOT NULL REFERENCES agent_registrations (id),
  content JSONB NOT NULL,
  tokens_in INTEGER,
  tokens_out INTEGER,
  model_used TEXT,
  contributed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX collective_proposal_contributions_collective ON collective_proposal_contributions (collective_proposal_id);
CREATE INDEX collective_proposal_contributions_agent ON collective_proposal_contributions (agent_registration_id);

CREATE TABLE ai_governance_policies (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  agent_registration_id UUID NOT NULL REFERENCES agent_registrations (id),
  artifact_type TEXT NOT NULL CHECK (length(artifact_type) BETWEEN 1 AND 64),
  allowed_actions JSONB NOT NULL DEFAULT '["read"]' CHECK (jsonb_typeof(allowed_actions) = 'array'),
  is_active BOOLEAN NOT NULL DEFAULT TRUE,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX ai_governance_policies_rule ON ai_governance_policies (hub_id, agent_registration_id, artifact_type);
CREATE INDEX ai_governance_policies_agent ON ai_governance_policies (agent_registration_id);

CREATE TABLE agent_performance_records (
  id UUID NOT NULL PRIMARY KEY,
  agent_registration_id UUID NOT NULL REFERENCES agent_registrations (id),
  hub_id UUID NOT NULL REFERENCES hubs (id),
  period_start TIMESTAMPTZ NOT NULL,
  period_end TIMESTAMPTZ NOT NULL,
  proposals_generated INTEGER NOT NULL DEFAULT 0,
  proposals_accepted INTEGER NOT NULL DEFAULT 0,
  proposals_rejected INTEGER NOT NULL DEFAULT 0,
  proposals_revised INTEGER NOT NULL DEFAULT 0,
  mean_confidence DOUBLE PRECISION,
  calibration_score DOUBLE PRECISION,
  computed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX agent_performance_records_agent ON agent_performance_records (agent_registration_id, period_end);
CREATE INDEX agent_performance_records_hub ON agent_performance_records (hub_id);

ALTER TABLE agent_proposals ADD COLUMN agent_registration_id UUID REFERENCES agent_registrations (id);
ALTER TABLE agent_proposals ADD COLUMN tokens_in INTEGER;
ALTER TABLE agent_proposals ADD COLUMN tokens_out INTEGER;
CREATE INDEX agent_proposals_agent ON agent_proposals (agent_registration_id, id);
