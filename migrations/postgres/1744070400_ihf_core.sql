-- The core: frozen. A later migration may add columns, never change or drop any.
-- contracts/core/*.json states these tables; a test holds the live schema against them.

CREATE TABLE hubs (
  id UUID NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 64),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  description TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE hub_capability_manifests (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  version INTEGER NOT NULL CHECK (version >= 1),
  manifest JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  UNIQUE (hub_id, version)
);

CREATE TABLE type_registries (
  id UUID NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('task_type', 'artifact_type')),
  key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 64),
  label TEXT NOT NULL CHECK (length(label) BETWEEN 1 AND 200),
  created_at TIMESTAMPTZ NOT NULL,
  UNIQUE (kind, key)
);

CREATE TABLE widgets (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  slug TEXT NOT NULL CHECK (length(slug) BETWEEN 1 AND 64),
  title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  description TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  UNIQUE (hub_id, slug)
);

-- The kinds of events and signals are the product's own words: their form is
-- checked, their set is open.
CREATE TABLE interaction_events (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  widget_id UUID NOT NULL REFERENCES widgets (id),
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64 AND kind = lower(kind)),
  payload JSONB NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX interaction_events_widget ON interaction_events (widget_id, occurred_at, id);
CREATE INDEX interaction_events_hub ON interaction_events (hub_id, occurred_at, id);

CREATE TABLE requirement_candidates (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  source_widget_id UUID REFERENCES widgets (id),
  title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  body TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('draft', 'open', 'under_review', 'accepted', 'rejected', 'duplicate', 'superseded', 'implemented', 'archived')),
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX requirement_candidates_hub ON requirement_candidates (hub_id, id);
CREATE INDEX requirement_candidates_widget ON requirement_candidates (source_widget_id);

CREATE TABLE decision_records (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  requirement_candidate_id UUID REFERENCES requirement_candidates (id),
  title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  context TEXT NOT NULL,
  decision TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'proposed' CHECK (status IN ('draft', 'proposed', 'accepted', 'rejected', 'superseded', 'deprecated', 'implemented', 'archived')),
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX decision_records_hub ON decision_records (hub_id, id);
CREATE INDEX decision_records_candidate ON decision_records (requirement_candidate_id);

CREATE TABLE agent_proposals (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  task_type TEXT NOT NULL CHECK (length(task_type) BETWEEN 1 AND 64),
  artifact_type TEXT NOT NULL CHECK (length(artifact_type) BETWEEN 1 AND 64),
  source_widget_id UUID REFERENCES widgets (id),
  source_candidate_id UUID REFERENCES requirement_candidates (id),
  source_decision_id UUID REFERENCES decision_records (id),
  content JSONB,
  status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'pending', 'accepted', 'rejected', 'revised', 'blocked_by_policy', 'failed', 'cancelled', 'unknown')),
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX agent_proposals_hub ON agent_proposals (hub_id, id);
CREATE INDEX agent_proposals_status ON agent_proposals (hub_id, status, id);
CREATE INDEX agent_proposals_widget ON agent_proposals (source_widget_id);
CREATE INDEX agent_proposals_candidate ON agent_proposals (source_candidate_id);
CREATE INDEX agent_proposals_decision ON agent_proposals (source_decision_id);

CREATE TABLE outcome_signals (
  id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL REFERENCES hubs (id),
  proposal_id UUID REFERENCES agent_proposals (id),
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64 AND kind = lower(kind)),
  value DOUBLE PRECISION,
  payload JSONB NOT NULL,
  observed_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX outcome_signals_hub ON outcome_signals (hub_id, observed_at, id);
CREATE INDEX outcome_signals_proposal ON outcome_signals (proposal_id);

-- What was reviewed is a proposal here; later kinds of subjects add a column.
CREATE TABLE agent_review_records (
  id UUID NOT NULL PRIMARY KEY,
  proposal_id UUID REFERENCES agent_proposals (id),
  reviewer TEXT NOT NULL CHECK (length(reviewer) BETWEEN 1 AND 200),
  verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'rejected', 'revised', 'undone', 'commented', 'another_round')),
  comment TEXT,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX agent_review_records_proposal ON agent_review_records (proposal_id, id);

CREATE TABLE confidence_annotations (
  id UUID NOT NULL PRIMARY KEY,
  proposal_id UUID NOT NULL REFERENCES agent_proposals (id),
  score DOUBLE PRECISION NOT NULL CHECK (score >= 0 AND score <= 1),
  source TEXT NOT NULL CHECK (source IN ('agent', 'person', 'system')),
  rationale TEXT,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX confidence_annotations_proposal ON confidence_annotations (proposal_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'integrity_constraint_violation';
END
$$;

-- append-only
CREATE TRIGGER interaction_events_no_change BEFORE UPDATE OR DELETE ON interaction_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER interaction_events_no_truncate BEFORE TRUNCATE ON interaction_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER outcome_signals_no_change BEFORE UPDATE OR DELETE ON outcome_signals FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER outcome_signals_no_truncate BEFORE TRUNCATE ON outcome_signals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agent_review_records_no_change BEFORE UPDATE OR DELETE ON agent_review_records FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agent_review_records_no_truncate BEFORE TRUNCATE ON agent_review_records FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
