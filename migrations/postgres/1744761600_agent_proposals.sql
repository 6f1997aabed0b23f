-- Agent proposals in full, what accepting one leaves in the hub, and how a
-- person's judgement is kept.

ALTER TABLE agent_proposals ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE agent_proposals ADD COLUMN instructions TEXT;
-- How often the agent was asked for an answer that is kept: 1, and one more
-- each time a reviewer asks for another.
ALTER TABLE agent_proposals ADD COLUMN round INTEGER NOT NULL DEFAULT 1 CHECK (round >= 1);
-- Calls, those too that gave no answer.
ALTER TABLE agent_proposals ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0);
-- Those of earlier rounds.
ALTER TABLE agent_proposals ADD COLUMN earlier_attempts INTEGER NOT NULL DEFAULT 0 CHECK (earlier_attempts >= 0);
ALTER TABLE agent_proposals ADD COLUMN readable BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE agent_proposals ADD COLUMN content_hash TEXT;
-- What a person made of it; the answer stays in content.
ALTER TABLE agent_proposals ADD COLUMN final_content JSONB;
ALTER TABLE agent_proposals ADD COLUMN model_used TEXT;
ALTER TABLE agent_proposals ADD COLUMN cost_microusd BIGINT;
ALTER TABLE agent_proposals ADD COLUMN duration_ms BIGINT;
ALTER TABLE agent_proposals ADD COLUMN invocation_id UUID REFERENCES agent_invocations (id);
ALTER TABLE agent_proposals ADD COLUMN policy_id UUID REFERENCES ai_governance_policies (id);
ALTER TABLE agent_proposals ADD COLUMN error_type TEXT;
ALTER TABLE agent_proposals ADD COLUMN error TEXT;
-- The agent's own, of the answer in content; its annotation is the record.
ALTER TABLE agent_proposals ADD COLUMN confidence DOUBLE PRECISION CHECK (confidence >= 0 AND confidence <= 1);
ALTER TABLE agent_proposals ADD COLUMN auto_applied BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE agent_proposals ADD COLUMN started_by TEXT NOT NULL DEFAULT '';
ALTER TABLE agent_proposals ADD COLUMN started_at TIMESTAMPTZ;
ALTER TABLE agent_proposals ADD COLUMN ended_at TIMESTAMPTZ;
ALTER TABLE agent_proposals ADD COLUMN decided_by TEXT;
ALTER TABLE agent_proposals ADD COLUMN decided_at TIMESTAMPTZ;
CREATE INDEX agent_proposals_invocation ON agent_proposals (invocation_id);
CREATE INDEX agent_proposals_policy ON agent_proposals (policy_id);
-- The inbox, the most uncertain first.
CREATE INDEX agent_proposals_uncertain ON agent_proposals (hub_id, confidence, id) WHERE status = 'pending';
-- The inbox over all hubs.
CREATE INDEX agent_proposals_open ON agent_proposals (id) WHERE status = 'pending';
CREATE INDEX collective_proposals_open ON collective_proposals (id) WHERE decision = 'pending' AND run_state = 'finished';

-- Every answer that was kept, so that a reviewer who saw an earlier one can be
-- shown what changed.
CREATE TABLE agent_proposal_answers (
  id UUID NOT NULL PRIMARY KEY,
  proposal_id UUID NOT NULL REFERENCES agent_proposals (id),
  round INTEGER NOT NULL CHECK (round >= 1),
  content JSONB NOT NULL,
  content_hash TEXT NOT NULL,
  invocation_id UUID NOT NULL REFERENCES agent_invocations (id),
  created_at TIMESTAMPTZ NOT NULL,
  UNIQUE (proposal_id, round)
);
CREATE INDEX agent_proposal_answers_hash ON agent_proposal_answers (proposal_id, content_hash);
CREATE INDEX agent_proposal_answers_invocation ON agent_proposal_answers (invocation_id);

ALTER TABLE confidence_annotations ADD COLUMN annotated_by TEXT;
ALTER TABLE confidence_annotations ADD COLUMN annotated_by_kind TEXT CHECK (annotated_by_kind IN ('person', 'token', 'command', 'system'));
ALTER TABLE confidence_annotations ADD COLUMN annotated_by_id UUID;
ALTER TABLE confidence_annotations ADD COLUMN invocation_id UUID REFERENCES agent_invocations (id);
CREATE INDEX confidence_annotations_invocation ON confidence_annotations (invocation_id);

-- Decide first: a reviewer's own judgement, before the agent's is uncovered.
ALTER TABLE hubs ADD COLUMN decide_first BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE own_judgements (
  id UUID NOT NULL PRIMARY KEY,
  proposal_id UUID NOT NULL REFERENCES agent_proposals (id),
  round INTEGER NOT NULL CHECK (round >= 1),
  reviewer TEXT NOT NULL CHECK (length(reviewer) BETWEEN 1 AND 200),
  reviewer_kind TEXT NOT NULL CHECK (reviewer_kind IN ('person', 'token', 'command', 'system')),
  reviewer_id UUID NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'rejected', 'revised')),
  score DOUBLE PRECISION CHECK (score >= 0 AND score <= 1),
  rationale TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  UNIQUE (proposal_id, round, reviewer_kind, reviewer_id)
);

-- Summaries that people accepted; withdrawn where the acceptance was undone.
CREATE TABLE widget_summaries (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  widget_id UUID NOT NULL REFERENCES widgets (id),
  proposal_id UUID NOT NULL REFERENCES agent_proposals (id),
  content JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  withdrawn_at TIMESTAMPTZ
);
CREATE INDEX widget_summaries_widget ON widget_summaries (widget_id, id);
CREATE INDEX widget_summaries_hub ON widget_summaries (hub_id);
CREATE UNIQUE INDEX widget_summaries_standing ON widget_summaries (proposal_id) WHERE withdrawn_at IS NULL;
CREATE INDEX widget_summaries_proposal ON widget_summaries (proposal_id);

-- Implementations attached to a decision record.
CREATE TABLE decision_implementations (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  decision_record_id UUID NOT NULL REFERENCES decision_records (id),
  proposal_id UUID NOT NULL REFERENCES agent_proposals (id),
  content JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  withdrawn_at TIMESTAMPTZ
);
CREATE INDEX decision_implementations_decision ON decision_implementations (decision_record_id, id);
CREATE INDEX decision_implementations_hub ON decision_implementations (hub_id);
CREATE UNIQUE INDEX decision_implementations_standing ON decision_implementations (proposal_id) WHERE withdrawn_at IS NULL;
CREATE INDEX decision_implementations_proposal ON decision_implementations (proposal_id);

-- Which candidate stays, and which one says the same.
CREATE TABLE candidate_duplicates (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  proposal_id UUID NOT NULL REFERENCES agent_proposals (id),
  kept_candidate_id UUID NOT NULL REFERENCES requirement_candidates (id),
  duplicate_candidate_id UUID NOT NULL REFERENCES requirement_candidates (id),
  -- The duplicate's status before, for undoing.
  status_before TEXT NOT NULL CHECK (status_before IN ('draft', 'open', 'under_review', 'accepted', 'rejected', 'duplicate', 'superseded', 'implemented', 'archived')),
  created_at TIMESTAMPTZ NOT NULL,
  withdrawn_at TIMESTAMPTZ,
  CHECK (kept_candidate_id <> duplicate_candidate_id)
);
CREATE INDEX candidate_duplicates_hub ON candidate_duplicates (hub_id);
CREATE INDEX candidate_duplicates_proposal ON candidate_duplicates (proposal_id);
CREATE INDEX candidate_duplicates_kept ON candidate_duplicates (kept_candidate_id);
CREATE INDEX candidate_duplicates_duplicate ON candidate_duplicates (duplicate_candidate_id);
-- A candidate is the duplicate of one other at the most.
CREATE UNIQUE INDEX candidate_duplicates_standing ON candidate_duplicates (duplicate_candidate_id) WHERE withdrawn_at IS NULL;

-- A save on a stale version is refused.
ALTER TABLE widgets ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE requirement_candidates ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE requirement_candidates ADD COLUMN created_by TEXT;
-- The proposal that became this candidate when a person accepted it.
ALTER TABLE requirement_candidates ADD COLUMN source_proposal_id UUID REFERENCES agent_proposals (id);
CREATE INDEX requirement_candidates_proposal ON requirement_candidates (source_proposal_id);
ALTER TABLE decision_records ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE decision_records ADD COLUMN created_by TEXT;
ALTER TABLE interaction_events ADD COLUMN created_by TEXT;
ALTER TABLE outcome_signals ADD COLUMN created_by TEXT;
ALTER TABLE outcome_signals ADD COLUMN widget_id UUID REFERENCES widgets (id);
CREATE INDEX outcome_signals_widget ON outcome_signals (widget_id, observed_at, id);
CREATE INDEX requirement_candidates_status ON requirement_candidates (hub_id, status, id);
CREATE INDEX decision_records_status ON decision_records (hub_id, status, id);
CREATE INDEX widgets_hub ON widgets (hub_id, id);

CREATE TRIGGER agent_proposal_answers_no_change BEFORE UPDATE OR DELETE ON agent_proposal_answers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agent_proposal_answers_no_truncate BEFORE TRUNCATE ON agent_proposal_answers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER own_judgements_no_change BEFORE UPDATE OR DELETE ON own_judgements FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER own_judgements_no_truncate BEFORE TRUNCATE ON own_judgements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
