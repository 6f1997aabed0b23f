-- What an agent has made names the version that made it, and is found by agent.

ALTER TABLE agent_proposals ADD COLUMN agent_version INTEGER CHECK (agent_version >= 1);

-- Decisions on an agent's proposals, counted for each row of a list.
CREATE INDEX agent_proposals_agent_status ON agent_proposals (agent_registration_id, status, id);
-- An agent's latest contributions, without sorting all of them.
CREATE INDEX collective_members_agent_work ON collective_members (agent_registration_id, contribution_id);
-- When an agent was last asked, and what it used lately.
CREATE INDEX agent_invocations_agent_time ON agent_invocations (agent_registration_id, started_at);
-- Calls that belong to no work item: nobody takes them up when their server dies.
CREATE INDEX agent_invocations_adrift ON agent_invocations (started_at) WHERE outcome = 'started' AND work_item_id IS NULL;
