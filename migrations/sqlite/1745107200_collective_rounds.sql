-- Collective proposals of several rounds, and how their agreement was judged.

ALTER TABLE hubs ADD COLUMN quorum INTEGER CHECK (quorum BETWEEN 2 AND 50);

ALTER TABLE collective_proposals ADD COLUMN rounds_planned TEXT NOT NULL DEFAULT 'answer' CHECK (rounds_planned IN ('answer', 'answer_then_review', 'answer_then_revise'));
-- The round that is under way, or the last one.
ALTER TABLE collective_proposals ADD COLUMN round INTEGER NOT NULL DEFAULT 1 CHECK (round >= 1);
ALTER TABLE collective_proposals ADD COLUMN token_limit INTEGER CHECK (token_limit BETWEEN 1 AND 1000000);

CREATE TABLE collective_rounds (
  collective_proposal_id BLOB NOT NULL REFERENCES collective_proposals (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('answer', 'review', 'revise')),
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'finished', 'skipped')),
  asked_by TEXT NOT NULL,
  note TEXT,
  started_at TEXT,
  ended_at TEXT,
  -- What another round has replaced, to come back where it is abandoned.
  synthesis_content TEXT CHECK (synthesis_content IS NULL OR json_valid(synthesis_content)),
  consensus TEXT CHECK (consensus IS NULL OR json_valid(consensus)),
  consensus_status TEXT CHECK (consensus_status IN ('pending', 'consensus', 'divergent')),
  content_hash TEXT,
  synthesis_state TEXT CHECK (synthesis_state IN ('pending', 'running', 'completed', 'failed', 'none')),
  synthesis_agent_id BLOB REFERENCES agent_registrations (id),
  synthesis_invocation_id BLOB REFERENCES agent_invocations (id),
  PRIMARY KEY (collective_proposal_id, number)
) STRICT;
CREATE INDEX collective_rounds_agent ON collective_rounds (synthesis_agent_id);
CREATE INDEX collective_rounds_invocation ON collective_rounds (synthesis_invocation_id);
INSERT INTO collective_rounds (collective_proposal_id, number, kind, state, asked_by, started_at, ended_at)
  SELECT id, 1, 'answer', CASE WHEN run_state = 'queued' THEN 'pending' WHEN run_state = 'running' THEN 'running' ELSE 'finished' END, started_by, started_at, finished_at
  FROM collective_proposals;

-- A member answers once in each round. SQLite cannot drop a UNIQUE: the table
-- is made anew.
CREATE TABLE collective_members_of_rounds (
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
  round INTEGER NOT NULL DEFAULT 1 CHECK (round >= 1),
  UNIQUE (collective_proposal_id, round, agent_registration_id),
  UNIQUE (collective_proposal_id, round, place)
) STRICT;
INSERT INTO collective_members_of_rounds (contribution_id, collective_proposal_id, agent_registration_id, agent_version, place, state, attempt, invocation_id, policy_id, error_type, error, started_at, ended_at)
  SELECT contribution_id, collective_proposal_id, agent_registration_id, agent_version, place, state, attempt, invocation_id, policy_id, error_type, error, started_at, ended_at
  FROM collective_members;
DROP TABLE collective_members;
ALTER TABLE collective_members_of_rounds RENAME TO collective_members;
CREATE INDEX collective_members_agent ON collective_members (agent_registration_id);
CREATE INDEX collective_members_agent_work ON collective_members (agent_registration_id, contribution_id);
CREATE INDEX collective_members_invocation ON collective_members (invocation_id);
CREATE INDEX collective_members_policy ON collective_members (policy_id);

-- Its id is the member's: one contribution for each member and round.
ALTER TABLE collective_proposal_contributions ADD COLUMN round INTEGER NOT NULL DEFAULT 1 CHECK (round >= 1);

-- Pairs of recommendations about which the normaliser is not sure: one call of
-- a judging agent each.
CREATE TABLE collective_pairs (
  id BLOB NOT NULL PRIMARY KEY,
  collective_proposal_id BLOB NOT NULL REFERENCES collective_proposals (id),
  round INTEGER NOT NULL CHECK (round >= 1),
  -- The first contributions with the one text and with the other.
  left_id BLOB NOT NULL REFERENCES collective_members (contribution_id),
  right_id BLOB NOT NULL REFERENCES collective_members (contribution_id),
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'completed', 'failed', 'blocked', 'cancelled', 'unknown')),
  attempt INTEGER NOT NULL DEFAULT 0,
  same INTEGER CHECK (same IN (FALSE, TRUE)),
  reason TEXT,
  invocation_id BLOB REFERENCES agent_invocations (id),
  error_type TEXT,
  error TEXT,
  created_at TEXT NOT NULL,
  ended_at TEXT,
  UNIQUE (collective_proposal_id, round, left_id, right_id),
  CHECK ((state = 'completed') = (same IS NOT NULL))
) STRICT;
CREATE INDEX collective_pairs_left ON collective_pairs (left_id);
CREATE INDEX collective_pairs_right ON collective_pairs (right_id);
CREATE INDEX collective_pairs_invocation ON collective_pairs (invocation_id);

-- Whose words each field got, where a proposal was accepted field by field.
ALTER TABLE agent_review_records ADD COLUMN fields TEXT CHECK (fields IS NULL OR json_valid(fields));
