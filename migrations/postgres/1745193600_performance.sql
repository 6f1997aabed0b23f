-- How well agents do, and what their records suggest.

-- Of each agent and period there is one snapshot, counted anew until the
-- period is over.
ALTER TABLE agent_performance_records ADD COLUMN measures JSONB;
CREATE UNIQUE INDEX agent_performance_records_period ON agent_performance_records (agent_registration_id, period_end, period_start) WHERE measures IS NOT NULL;

-- From answer to decision; NULL where no person decided, or before this was
-- kept.
ALTER TABLE agent_proposals ADD COLUMN decision_ms BIGINT CHECK (decision_ms >= 0);
CREATE INDEX agent_proposals_decision_time ON agent_proposals (agent_registration_id, decision_ms, created_at) WHERE decision_ms IS NOT NULL;
-- Counts are taken from this index alone, in its order.
CREATE INDEX agent_proposals_measured ON agent_proposals (agent_registration_id, agent_version, task_type, artifact_type, status, auto_applied, confidence, created_at);
CREATE INDEX agent_invocations_measured ON agent_invocations (agent_registration_id, agent_version, task_type, artifact_type, purpose, outcome, started_at, tokens_in, tokens_out, cost_microusd);
CREATE INDEX confidence_annotations_people ON confidence_annotations (proposal_id, id) WHERE source = 'person';

ALTER TABLE hubs ADD COLUMN trust_threshold DOUBLE PRECISION CHECK (trust_threshold > 0 AND trust_threshold < 1);
ALTER TABLE hubs ADD COLUMN trust_decisions INTEGER CHECK (trust_decisions BETWEEN 5 AND 10000);

-- What a record suggests; a steward decides.
CREATE TABLE performance_suggestions (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  agent_registration_id UUID NOT NULL REFERENCES agent_registrations (id),
  kind TEXT NOT NULL CHECK (kind IN ('promotion', 'demotion', 'routing')),
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'confirmed', 'dismissed', 'withdrawn')),
  record_id UUID NOT NULL REFERENCES agent_performance_records (id),
  agent_version INTEGER NOT NULL CHECK (agent_version >= 1),
  from_level TEXT CHECK (from_level IN ('advisory', 'elevated', 'autonomous')),
  to_level TEXT CHECK (to_level IN ('advisory', 'elevated', 'autonomous')),
  task_type TEXT CHECK (length(task_type) BETWEEN 1 AND 64),
  over_agent_id UUID REFERENCES agent_registrations (id),
  evidence JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  decided_by TEXT,
  decided_at TIMESTAMPTZ,
  CHECK (CASE WHEN kind = 'routing' THEN task_type IS NOT NULL AND over_agent_id IS NOT NULL ELSE from_level IS NOT NULL AND to_level IS NOT NULL END)
);
CREATE INDEX performance_suggestions_hub ON performance_suggestions (hub_id, id);
CREATE INDEX performance_suggestions_agent ON performance_suggestions (agent_registration_id, id);
CREATE INDEX performance_suggestions_record ON performance_suggestions (record_id);
CREATE INDEX performance_suggestions_over ON performance_suggestions (over_agent_id);
CREATE INDEX performance_suggestions_waiting ON performance_suggestions (id) WHERE status = 'open';
-- One of trust and one for each task may be open.
CREATE UNIQUE INDEX performance_suggestions_open ON performance_suggestions (agent_registration_id, coalesce(task_type, '')) WHERE status = 'open';
