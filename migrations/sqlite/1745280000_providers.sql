-- Whether providers can be reached: tests of admins, and the last errors.

-- The receipt of a test. It belongs to no hub, so it is none of
-- agent_invocations, where each call has one.
CREATE TABLE provider_tests (
  id BLOB NOT NULL PRIMARY KEY,
  provider TEXT NOT NULL CHECK (provider IN ('openrouter', 'gemini', 'openai', 'claude-code')),
  model_name TEXT NOT NULL CHECK (length(model_name) BETWEEN 1 AND 200),
  asked_by_kind TEXT NOT NULL CHECK (asked_by_kind IN ('person', 'token', 'command', 'system')),
  asked_by_id BLOB,
  asked_by TEXT NOT NULL,
  attempts TEXT NOT NULL CHECK (json_valid(attempts)),
  outcome TEXT NOT NULL CHECK (outcome IN ('started', 'succeeded', 'failed', 'cancelled', 'unknown')),
  error_type TEXT,
  error TEXT,
  model_used TEXT,
  tokens_in INTEGER,
  tokens_out INTEGER,
  cost_microusd INTEGER,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  duration_ms INTEGER
) STRICT;
CREATE INDEX provider_tests_provider ON provider_tests (provider, id);
-- Those whose server may have died.
CREATE INDEX provider_tests_started ON provider_tests (started_at) WHERE outcome = 'started';

-- One row for each call or test and provider whose last attempt there failed,
-- also where another candidate answered in the end.
CREATE TABLE provider_errors (
  id BLOB NOT NULL PRIMARY KEY,
  provider TEXT NOT NULL CHECK (provider IN ('openrouter', 'gemini', 'openai', 'claude-code')),
  model_name TEXT NOT NULL,
  error_type TEXT NOT NULL,
  error TEXT NOT NULL,
  http_status INTEGER,
  invocation_id BLOB REFERENCES agent_invocations (id),
  provider_test_id BLOB REFERENCES provider_tests (id),
  occurred_at TEXT NOT NULL,
  CHECK ((invocation_id IS NULL) <> (provider_test_id IS NULL))
) STRICT;
CREATE INDEX provider_errors_provider ON provider_errors (provider, id);
CREATE UNIQUE INDEX provider_errors_call ON provider_errors (invocation_id, provider);
CREATE UNIQUE INDEX provider_errors_test ON provider_errors (provider_test_id);
