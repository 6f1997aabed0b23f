-- Collective proposals of several rounds, and how their agreement was judged.

ALTER TABLE hubs ADD COLUMN quorum INTEGER CHECK (quorum BETWEEN 2 AND 50);

ALTER TABLE collective_proposals ADD COLUMN rounds_planned TEXT NOT NULL DEFAULT 'answer' CHECK (rounds_planned IN ('answer', 'answer_then_review', 'answer_then_revise'));
-- The round that is under way, or the last one.
ALTER TABLE collective_proposals ADD COLUMN round INTEGER NOT NULL DEFAULT 1 CHECK (round >= 1);
ALTER TABLE collective_proposals ADD COLUMN token_limit BIGINT CHECK (token_limit BETWEEN 1 AND 1000000);

CREATE TABLE collective_rounds (
  collective_proposal_id UUID NOT NULL REFERENCES collective_proposals (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('answer', 'review', 'revise')),
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'finished', 'skipped')),
  asked_by TEXT NOT NULL,
  note TEXT,
  started_at TIMESTAMPTZ,
  ended_at TIMESTAMPTZ,
  -- What another round has replaced, to come back where it is abandoned.
  synthesis_content JSONB,
  consensus JSONB,
  consensus_status TEXT CHECK (consensus_status IN ('pending', 'consensus', 'divergent')),
  content_hash TEXT,
  synthesis_state TEXT CHECK (synthesis_state IN ('pending', 'running', 'completed', 'failed', 'none')),
  synthesis_agent_id UUID REFERENCES agent_registrations (id),
  synthesis_invocation_id UUID REFERENCES agent_invocations (id),
  PRIMARY KEY (collective_proposal_id, number)
);
CREATE INDEX collective_rounds_agent ON collective_rounds (synthesis_agent_id);
CREATE INDEX collective_rounds_invocation ON collective_rounds (synthesis_invocation_id);
INSERT INTO collective_rounds (collective_proposal_id, number, kind, state, asked_by, started_at, ended_at)
  SELECT id, 1, 'answer', CASE WHEN run_state = 'queued' THEN 'pending' WHEN run_state = 'running' THEN 'running' ELSE 'finished' END, started_by, started_at, finished_at
  FROM collective_proposals;

-- A member answers once in each round.
ALTER TABLE collective_members ADD COLUMN round INTEGER NOT NULL DEFAULT 1 CHECK (round >= 1);
ALTER TABLE collective_members DROP CONSTRAINT collective_members_collective_proposal_id_agent_registratio_key;
ALTER TABLE collective_members DROP CONSTRAINT collective_members_collective_proposal_id_place_key;
ALTER TABLE collective_members ADD UNIQUE (collective_proposal_id, round, agent_registration_id);
ALTER TABLE collective_members ADD UNIQUE (collective_proposal_id, round, place);

-- Its id is the member's: one contribution for each member and round.
ALTER TABLE collective_proposal_contributions ADD COLUMN round INTEGER NOT NULL DEFAULT 1 CHECK (round >= 1);

-- Pairs of recommendations about which the normaliser is not sure: one call of
-- a judging agent each.
CREATE TABLE collective_pairs (
  id UUID NOT NULL PRIMARY KEY,
  collective_proposal_id UUID NOT NULL REFERENCES collective_proposals (id),
  round INTEGER NOT NULL CHECK (round >= 1),
  -- The first contributions with the one text and with the other.
  left_id UUID NOT NULL REFERENCES collective_members (contribution_id),
  right_id UUID NOT NULL REFERENCES collective_members (contribution_id),
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'completed', 'failed', 'blocked', 'cancelled', 'unknown')),
  attempt INTEGER NOT NULL DEFAULT 0,
  same BOOLEAN,
  reason TEXT,
  invocation_id UUID REFERENCES agent_invocations (id),
  error_type TEXT,
  error TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ,
  UNIQUE (collective_proposal_id, round, left_id, right_id),
  CHECK ((state = 'completed') = (same IS NOT NULL))
);
CREATE INDEX collective_pairs_left ON collective_pairs (left_id);
CREATE INDEX collective_pairs_right ON collective_pairs (right_id);
CREATE INDEX collective_pairs_invocation ON collective_pairs (invocation_id);

-- Whose words each field got, where a proposal was accepted field by field.
ALTER TABLE agent_review_records ADD COLUMN fields JSONB;
