-- Who may sign in, what they sign in with, and the record of what they did.

ALTER TABLE hubs ADD COLUMN governance_default TEXT NOT NULL DEFAULT 'permit' CHECK (governance_default IN ('permit', 'deny'));

CREATE TABLE people (
  id BLOB NOT NULL PRIMARY KEY,
  -- in lower case: what the person signs in with
  login TEXT NOT NULL UNIQUE CHECK (length(login) BETWEEN 1 AND 200 AND login = lower(login)),
  display_name TEXT NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
  role TEXT NOT NULL CHECK (role IN ('viewer', 'reviewer', 'steward', 'admin')),
  password_hash TEXT,
  is_active INTEGER NOT NULL DEFAULT TRUE CHECK (is_active IN (FALSE, TRUE)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

-- Secrets are kept as SHA-256 in hex, never in clear.
CREATE TABLE sign_in_links (
  id BLOB NOT NULL PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'reviewer', 'steward', 'admin')),
  person_id BLOB REFERENCES people (id),
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT
) STRICT;
CREATE INDEX sign_in_links_person ON sign_in_links (person_id);

CREATE TABLE sessions (
  id BLOB NOT NULL PRIMARY KEY,
  person_id BLOB NOT NULL REFERENCES people (id),
  token_hash TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_person ON sessions (person_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  role TEXT NOT NULL CHECK (role IN ('viewer', 'reviewer', 'steward', 'admin')),
  token_hash TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  last_used_at TEXT,
  revoked_at TEXT
) STRICT;

CREATE TABLE audit_entries (
  id BLOB NOT NULL PRIMARY KEY,
  at TEXT NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'token', 'command', 'system')),
  actor_id BLOB,
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
  hub_id BLOB REFERENCES hubs (id),
  subject_kind TEXT NOT NULL CHECK (length(subject_kind) BETWEEN 1 AND 64),
  subject_id BLOB,
  detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;
CREATE INDEX audit_entries_hub ON audit_entries (hub_id, id);
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, id);
CREATE INDEX audit_entries_subject ON audit_entries (subject_id, id);

-- append-only; REPLACE is refused too where recursive_triggers is on
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only: UPDATE is refused'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only: DELETE is refused'); END;
