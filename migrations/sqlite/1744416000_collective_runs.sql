-- The run and the decision of a collective proposal, and its members.

ALTER TABLE collective_proposals ADD COLUMN hub_id BLOB REFERENCES hubs (id);
ALTER TABLE collective_proposals ADD COLUMN prompt TEXT NOT NULL DEFAULT '';
ALTER TABLE collective_proposals ADD COLUMN run_state TEXT NOT NULL DEFAULT 'queued' CHECK (run_state IN ('queued', 'running', 'finished', 'failed', 'cancelled'));
ALTER TABLE collective_proposals ADD COLUMN run_error_type TEXT;
ALTER TABLE collective_proposals ADD COLUMN run_error TEXT;
ALTER TABLE collective_proposals ADD COLUMN consensus TEXT CHECK (consensus IS NULL OR json_valid(consensus));
ALTER TABLE collective_proposals ADD COLUMN content_hash TEXT;
ALTER TABLE collective_proposals ADD COLUMN synthesis_state TEXT NOT NULL DEFAULT 'pending' CHECK (synthesis_state IN ('pending', 'running', 'completed', 'failed', 'none'));
ALTER TABLE collective_proposals ADD COLUMN synthesis_attempt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collective_proposals ADD COLUMN synthesis_content TEXT CHECK (synthesis_content IS NULL OR json_valid(synthesis_content));
ALTER TABLE collective_proposals ADD COLUMN synthesis_agent_id BLOB REFERENCES agent_registrations (id);
ALTER TABLE collective_proposals ADD COLUMN synthesis_invocation_id BLOB REFERENCES agent_invocations (id);
ALTER TABLE collective_proposals ADD COLUMN synthesis_error_type TEXT;
ALTER TABLE collective_proposals ADD COLUMN synthesis_error TEXT;
ALTER TABLE collective_proposals ADD COLUMN decision TEXT NOT NULL DEFAULT 'pending' CHECK (decision IN ('pending', 'accepted', 'rejected', 'revised'));
ALTER TABLE collective_proposals ADD COLUMN decided_by TEXT;
ALTER TABLE collective_proposals ADD COLUMN decided_at TEXT;
ALTER TABLE collective_proposals ADD COLUMN started_by TEXT NOT NULL DEFAULT '';
ALTER TABLE collective_proposals ADD COLUMN started_at TEXT;
ALTER TABLE collective_proposals ADD COLUMN finished_at TEXT;
ALTER TABLE collective_proposals ADD COLUMN seed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX collective_proposals_hub ON collective_proposals (hub_id, id);
CREATE INDEX collective_proposals_waiting ON collective_proposals (hub_id, decision, run_state, id);
CREATE INDEX collective_proposals_synthesis_agent ON collective_proposals (synthesis_agent_id);
CREATE INDEX collective_proposals_synthesis_invocation ON collective_proposals (synthesis_invocation_id);

ALTER TABLE collective_proposal_contributions ADD COLUMN agent_version INTEGER;
ALTER TABLE collective_proposal_contributions ADD COLUMN invocation_id BLOB REFERENCES agent_invocations (id);
ALTER TABLE collective_proposal_contributions ADD COLUMN readable INTEGER NOT NULL DEFAULT FALSE CHECK (readable IN (FALSE, TRUE));
ALTER TABLE collective_proposal_contributions ADD COLUMN cost_microusd INTEGER;
CREATE INDEX collective_proposal_contributions_invocation ON collective_proposal_contributions (invocation_id);

CREATE TABLE collective_members (
  -- The id that the contribution gets when the agent has answered.
  contribution_id BLOB NOT NULL PRIMARY KEY,
  collective_proposal_id BLOB NOT NULL REFERENCES collective_proposals (id),
  agent_registration_id BLOB NOT NULL REFERENCES agent_registrations (id),
  agent_version INTEGER NOT NULL,
  place INTEGER NOT NULL CHECK (place >= 0),
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'completed', 'failed', 'blocked', 'cancelled', 'unknown')),
  attempt INTEGER NOT NULL DEFAULT 0,
  invocation_id BLOB REFERENCES agent_invocations (id),
  policy_id BLOB REFERENCES ai_governance_policies (id),
  error_type TEXT,
  error TEXT,
  started_at TEXT,
  ended_at TEXT,
  UNIQUE (collective_proposal_id, agent_registration_id),
  UNIQUE (collective_proposal_id, place)
) STRICT;
CREATE INDEX collective_members_agent ON collective_members (agent_registration_id);
CREATE INDEX collective_members_invocation ON collective_members (invocation_id);
CREATE INDEX collective_members_policy ON collective_members (policy_id);

ALTER TABLE agent_review_records ADD COLUMN collective_proposal_id BLOB REFERENCES collective_proposals (id) CHECK ((proposal_id IS NULL) <> (collective_proposal_id IS NULL));
ALTER TABLE agent_review_records ADD COLUMN contribution_id BLOB REFERENCES collective_proposal_contributions (id);
ALTER TABLE agent_review_records ADD COLUMN reviewer_id BLOB;
ALTER TABLE agent_review_records ADD COLUMN reviewer_kind TEXT CHECK (reviewer_kind IN ('person', 'token', 'command', 'system'));
ALTER TABLE agent_review_records ADD COLUMN content_hash TEXT;
ALTER TABLE agent_review_records ADD COLUMN content TEXT CHECK (content IS NULL OR json_valid(content));
CREATE INDEX agent_review_records_collective ON agent_review_records (collective_proposal_id, id);
CREATE INDEX agent_review_records_contribution ON agent_review_records (contribution_id);
-- For the last verdict of a reviewer, who has no id where a command decides.
CREATE INDEX agent_review_records_reviewer ON agent_review_records (reviewer_kind, id);
