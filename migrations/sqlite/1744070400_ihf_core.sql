-- The core: frozen. A later migration may add columns, never change or drop any.
-- contracts/core/*.json states these tables; a test holds the live schema against them.
-- STRICT: a column takes values of its type only, as on PostgreSQL. Ids are the
-- 16 bytes of a UUID, times RFC 3339 text, JSON is text, booleans are 0 and 1.

CREATE TABLE hubs (
  id BLOB NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 64),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  description TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE hub_capability_manifests (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  version INTEGER NOT NULL CHECK (version >= 1),
  manifest TEXT NOT NULL CHECK (json_valid(manifest)),
  created_at TEXT NOT NULL,
  UNIQUE (hub_id, version)
) STRICT;

CREATE TABLE type_registries (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('task_type', 'artifact_type')),
  key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
  label TEXT NOT NULL CHECK (length(label) BETWEEN 1 AND 200),
  created_at TEXT NOT NULL,
  UNIQUE (kind, key)
) STRICT;

CREATE TABLE widgets (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  slug TEXT NOT NULL CHECK (length(slug) BETWEEN 1 AND 64),
  title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  description TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (hub_id, slug)
) STRICT;

-- The kinds of events and signals are the product's own words: their form is
-- checked, their set is open.
CREATE TABLE interaction_events (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  widget_id BLOB NOT NULL REFERENCES widgets (id),
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64 AND kind = lower(kind)),
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  occurred_at TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX interaction_events_widget ON interaction_events (widget_id, occurred_at, id);
CREATE INDEX interaction_events_hub ON interaction_events (hub_id, occurred_at, id);

CREATE TABLE requirement_candidates (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  source_widget_id BLOB REFERENCES widgets (id),
  title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  body TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('draft', 'open', 'under_review', 'accepted', 'rejected', 'duplicate', 'superseded', 'implemented', 'archived')),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX requirement_candidates_hub ON requirement_candidates (hub_id, id);
CREATE INDEX requirement_candidates_widget ON requirement_candidates (source_widget_id);

CREATE TABLE decision_records (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  requirement_candidate_id BLOB REFERENCES requirement_candidates (id),
  title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  context TEXT NOT NULL,
  decision TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'proposed' CHECK (status IN ('draft', 'proposed', 'accepted', 'rejected', 'superseded', 'deprecated', 'implemented', 'archived')),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX decision_records_hub ON decision_records (hub_id, id);
CREATE INDEX decision_records_candidate ON decision_records (requirement_candidate_id);

CREATE TABLE agent_proposals (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  task_type TEXT NOT NULL CHECK (length(task_type) BETWEEN 1 AND 64),
  artifact_type TEXT NOT NULL CHECK (length(artifact_type) BETWEEN 1 AND 64),
  source_widget_id BLOB REFERENCES widgets (id),
  source_candidate_id BLOB REFERENCES requirement_candidates (id),
  source_decision_id BLOB REFERENCES decision_records (id),
  content TEXT CHECK (content IS NULL OR json_valid(content)),
  status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'pending', 'accepted', 'rejected', 'revised', 'blocked_by_policy', 'failed', 'cancelled', 'unknown')),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX agent_proposals_hub ON agent_proposals (hub_id, id);
CREATE INDEX agent_proposals_status ON agent_proposals (hub_id, status, id);
CREATE INDEX agent_proposals_widget ON agent_proposals (source_widget_id);
CREATE INDEX agent_proposals_candidate ON agent_proposals (source_candidate_id);
CREATE INDEX agent_proposals_decision ON agent_proposals (source_decision_id);

CREATE TABLE outcome_signals (
  id BLOB NOT NULL PRIMARY KEY,
  hub_id BLOB NOT NULL REFERENCES hubs (id),
  proposal_id BLOB REFERENCES agent_proposals (id),
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64 AND kind = lower(kind)),
  value REAL,
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  observed_at TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX outcome_signals_hub ON outcome_signals (hub_id, observed_at, id);
CREATE INDEX outcome_signals_proposal ON outcome_signals (proposal_id);

-- What was reviewed is a proposal here; later kinds of subjects add a column.
CREATE TABLE agent_review_records (
  id BLOB NOT NULL PRIMARY KEY,
  proposal_id BLOB REFERENCES agent_proposals (id),
  reviewer TEXT NOT NULL CHECK (length(reviewer) BETWEEN 1 AND 200),
  verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'rejected', 'revised', 'undone', 'commented', 'another_round')),
  comment TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX agent_review_records_proposal ON agent_review_records (proposal_id, id);

CREATE TABLE confidence_annotations (
  id BLOB NOT NULL PRIMARY KEY,
  proposal_id BLOB NOT NULL REFERENCES agent_proposals (id),
  score REAL NOT NULL CHECK (score >= 0 AND score <= 1),
  source TEXT NOT NULL CHECK (source IN ('agent', 'person', 'system')),
  rationale TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX confidence_annotations_proposal ON confidence_annotations (proposal_id, id);

-- append-only; REPLACE is refused too where recursive_triggers is on
CREATE TRIGGER interaction_events_no_update BEFORE UPDATE ON interaction_events BEGIN SELECT RAISE(ABORT, 'interaction_events is append-only: UPDATE is refused'); END;
CREATE TRIGGER interaction_events_no_delete BEFORE DELETE ON interaction_events BEGIN SELECT RAISE(ABORT, 'interaction_events is append-only: DELETE is refused'); END;
CREATE TRIGGER outcome_signals_no_update BEFORE UPDATE ON outcome_signals BEGIN SELECT RAISE(ABORT, 'outcome_signals is append-only: UPDATE is refused'); END;
CREATE TRIGGER outcome_signals_no_delete BEFORE DELETE ON outcome_signals BEGIN SELECT RAISE(ABORT, 'outcome_signals is append-only: DELETE is refused'); END;
CREATE TRIGGER agent_review_records_no_update BEFORE UPDATE ON agent_review_records BEGIN SELECT RAISE(ABORT, 'agent_review_records is append-only: UPDATE is refused'); END;
CREATE TRIGGER agent_review_records_no_delete BEFORE DELETE ON agent_review_records BEGIN SELECT RAISE(ABORT, 'agent_review_records is append-only: DELETE is refused'); END;
