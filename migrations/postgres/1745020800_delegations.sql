-- Delegations in a tree, and the ledger of their chain.

ALTER TABLE hubs ADD COLUMN tokens_per_proposal BIGINT CHECK (tokens_per_proposal BETWEEN 1 AND 100000000);
ALTER TABLE hubs ADD COLUMN delegation_depth INTEGER CHECK (delegation_depth BETWEEN 0 AND 32);

ALTER TABLE agent_delegations ADD COLUMN hub_id UUID REFERENCES hubs (id);
-- The proposal that the whole chain began with.
ALTER TABLE agent_delegations ADD COLUMN root_proposal_id UUID REFERENCES agent_proposals (id);
-- What the receiving agent makes of it: a proposal from the first moment on.
ALTER TABLE agent_delegations ADD COLUMN result_proposal_id UUID REFERENCES agent_proposals (id);
-- 1 below the root.
ALTER TABLE agent_delegations ADD COLUMN depth INTEGER NOT NULL DEFAULT 1 CHECK (depth >= 1);
-- The versions that were checked, and are asked.
ALTER TABLE agent_delegations ADD COLUMN delegating_agent_version INTEGER;
ALTER TABLE agent_delegations ADD COLUMN receiving_agent_version INTEGER;
-- The answer was cut at its limit.
ALTER TABLE agent_delegations ADD COLUMN truncated BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE agent_delegations ADD COLUMN error_type TEXT;
ALTER TABLE agent_delegations ADD COLUMN error TEXT;
ALTER TABLE agent_delegations ADD COLUMN started_by TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX agent_delegations_result ON agent_delegations (result_proposal_id);
-- The way down, from the index alone.
CREATE INDEX agent_delegations_below ON agent_delegations (parent_proposal_id, result_proposal_id, id, status);
CREATE INDEX agent_delegations_root ON agent_delegations (root_proposal_id, id);
CREATE INDEX agent_delegations_hub ON agent_delegations (hub_id, id);
CREATE INDEX agent_delegations_hub_status ON agent_delegations (hub_id, status, id);

-- The account that the chain began with; NULL for that one itself.
ALTER TABLE budget_accounts ADD COLUMN root_id UUID REFERENCES budget_accounts (id);
-- What was handed to accounts below: always the sum of their limits.
ALTER TABLE budget_accounts ADD COLUMN granted_tokens BIGINT NOT NULL DEFAULT 0 CHECK (granted_tokens >= 0);
ALTER TABLE budget_accounts ADD CHECK (reserved_tokens + spent_tokens + granted_tokens <= limit_tokens + overdraft_tokens);
CREATE INDEX budget_accounts_root ON budget_accounts (root_id);
