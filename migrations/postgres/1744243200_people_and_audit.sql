-- Who may sign in, what they sign in with, and the record of what they did.

ALTER TABLE hubs ADD COLUMN governance_default TEXT NOT NULL DEFAULT 'permit' CHECK (governance_default IN ('permit', 'deny'));

CREATE TABLE people (
  id UUID NOT NULL PRIMARY KEY,
  -- in lower case: what the person signs in with
  login TEXT NOT NULL UNIQUE CHECK (length(login) BETWEEN 1 AND 200 AND login = lower(login)),
  display_name TEXT NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
  role TEXT NOT NULL CHECK (role IN ('viewer', 'reviewer', 'steward', 'admin')),
  password_hash TEXT,
  is_active BOOLEAN NOT NULL DEFAULT TRUE,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);

-- Secrets are kept as SHA-256 in hex, never in clear.
CREATE TABLE sign_in_links (
  id UUID NOT NULL PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'reviewer', 'steward', 'admin')),
  person_id UUID REFERENCES people (id),
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ
);
CREATE INDEX sign_in_links_person ON sign_in_links (person_id);

CREATE TABLE sessions (
  id UUID NOT NULL PRIMARY KEY,
  person_id UUID NOT NULL REFERENCES people (id),
  token_hash TEXT NOT NULL UNIQUE,
  created_at TIMESTAMPTZ NOT NULL,
  last_seen_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
  id UUID NOT NULL PRIMARY KEY,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  role TEXT NOT NULL CHECK (role IN ('viewer', 'reviewer', 'steward', 'admin')),
  token_hash TEXT NOT NULL UNIQUE,
  created_at TIMESTAMPTZ NOT NULL,
  last_used_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ
);

CREATE TABLE audit_entries (
  id UUID NOT NULL PRIMARY KEY,
  at TIMESTAMPTZ NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'token', 'command', 'system')),
  actor_id UUID,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
  hub_id UUID REFERENCES hubs (id),
  subject_kind TEXT NOT NULL CHECK (length(subject_kind) BETWEEN 1 AND 64),
  subject_id UUID,
  detail JSONB NOT NULL
);
CREATE INDEX audit_entries_hub ON audit_entries (hub_id, id);
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, id);
CREATE INDEX audit_entries_subject ON audit_entries (subject_id, id);

-- append-only
CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
