-- The run and the decision of a collective proposal, and its members.

ALTER TABLE collective_proposals ADD COLUMN hub_id UUID REFERENCES hubs (id);
ALTER TABLE collective_proposals ADD COLUMN prompt TEXT NOT NULL DEFAULT '';
ALTER TABLE collective_proposals ADD COLUMN run_state TEXT NOT NULL DEFAULT 'queued' CHECK (run_state IN ('queued', 'running', 'finished', 'failed', 'cancelled'));
ALTER TABLE collective_proposals ADD COLUMN run_error_type TEXT;
ALTER TABLE collective_proposals ADD COLUMN run_error TEXT;
ALTER TABLE collective_proposals ADD COLUMN consensus JSONB;
ALTER TABLE collective_proposals ADD COLUMN content_hash TEXT;
ALTER TABLE collective_proposals ADD COLUMN synthesis_state TEXT NOT NULL DEFAULT 'pending' CHECK (synthesis_state IN ('pending', 'running', 'completed', 'failed', 'none'));
ALTER TABLE collective_proposals ADD COLUMN synthesis_attempt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collective_proposals ADD COLUMN synthesis_content JSONB;
ALTER TABLE collective_proposals ADD COLUMN synthesis_agent_id UUID REFERENCES agent_registrations (id);
ALTER TABLE collective_proposals ADD COLUMN synthesis_invocation_id UUID REFERENCES agent_invocations (id);
ALTER TABLE collective_proposals ADD COLUMN synthesis_error_type TEXT;
ALTER TABLE collective_proposals ADD COLUMN synthesis_error TEXT;
ALTER TABLE collective_proposals ADD COLUMN decision TEXT NOT NULL DEFAULT 'pending' CHECK (decision IN ('pending', 'accepted', 'rejected', 'revised'));
ALTER TABLE collective_proposals ADD COLUMN decided_by TEXT;
ALTER TABLE collective_proposals ADD COLUMN decided_at TIMESTAMPTZ;
ALTER TABLE collective_proposals ADD COLUMN started_by TEXT NOT NULL DEFAULT '';
ALTER TABLE collective_proposals ADD COLUMN started_at TIMESTAMPTZ;
ALTER TABLE collective_proposals ADD COLUMN finished_at TIMESTAMPTZ;
ALTER TABLE collective_proposals ADD COLUMN seed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX collective_proposals_hub ON collective_proposals (hub_id, id);
CREATE INDEX collective_proposals_waiting ON collective_proposals (hub_id, decision, run_state, id);
CREATE INDEX collective_proposals_synthesis_agent ON collective_proposals (synthesis_agent_id);
CREATE INDEX collective_proposals_synthesis_invocation ON collective_proposals (synthesis_invocation_id);

ALTER TABLE collective_proposal_contributions ADD COLUMN agent_version INTEGER;
ALTER TABLE collective_proposal_contributions ADD COLUMN invocation_id UUID REFERENCES agent_invocations (id);
ALTER TABLE collective_proposal_contributions ADD COLUMN readable BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE collective_proposal_contributions ADD COLUMN cost_microusd BIGINT;
CREATE INDEX collective_proposal_contributions_invocation ON collective_proposal_contributions (invocation_id);

CREATE TABLE collective_members (
  -- The id that the contribution gets when the agent has answered.
  contribution_id UUID NOT NULL PRIMARY KEY,
  collective_proposal_id UUID NOT NULL REFERENCES collective_proposals (id),
  agent_registration_id UUID NOT NULL REFERENCES agent_registrations (id),
  agent_version INTEGER NOT NULL,
  place INTEGER NOT NULL CHECK (place >= 0),
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'completed', 'failed', 'blocked', 'cancelled', 'unknown')),
  attempt INTEGER NOT NULL DEFAULT 0,
  invocation_id UUID REFERENCES agent_invocations (id),
  policy_id UUID REFERENCES ai_governance_policies (id),
  error_type TEXT,
  error TEXT,
  started_at TIMESTAMPTZ,
  ended_at TIMESTAMPTZ,
  UNIQUE (collective_proposal_id, agent_registration_id),
  UNIQUE (collective_proposal_id, place)
);
CREATE INDEX collective_members_agent ON collective_members (agent_registration_id);
CREATE INDEX collective_members_invocation ON collective_members (invocation_id);
CREATE INDEX collective_members_policy ON collective_members (policy_id);

ALTER TABLE agent_review_records ADD COLUMN collective_proposal_id UUID REFERENCES collective_proposals (id) CHECK ((proposal_id IS NULL) <> (collective_proposal_id IS NULL));
ALTER TABLE agent_review_records ADD COLUMN contribution_id UUID REFERENCES collective_proposal_contributions (id);
ALTER TABLE agent_review_records ADD COLUMN reviewer_id UUID;
ALTER TABLE agent_review_records ADD COLUMN reviewer_kind TEXT CHECK (reviewer_kind IN ('person', 'token', 'command', 'system'));
ALTER TABLE agent_review_records ADD COLUMN content_hash TEXT;
ALTER TABLE agent_review_records ADD COLUMN content JSONB;
CREATE INDEX agent_review_records_collective ON agent_review_records (collective_proposal_id, id);
CREATE INDEX agent_review_records_contribution ON agent_review_records (contribution_id);
-- For the last verdict of a reviewer, who has no id where a command decides.
CREATE INDEX agent_review_records_reviewer ON agent_review_records (reviewer_kind, id);
