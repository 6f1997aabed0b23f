-- One active governance policy for a hub, an agent and a type of artifact;
-- versions of policies; what dashboards and "what if" read of the receipts.

ALTER TABLE ai_governance_policies ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);

-- Until now several active policies could speak at once, and each had to allow
-- an action. The newest of them stays and allows what all of them allowed; the
-- others are switched off. No right becomes wider. The audit says so, under
-- the ids of the policies themselves.
INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor_name, action, hub_id, subject_kind, subject_id, detail)
SELECT p.id, strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now'), 'system', NULL, 'migration', 'governance_policy.settled', p.hub_id,
       'governance_policy', p.id, json_object('before', json(p.allowed_actions))
FROM ai_governance_policies AS p
WHERE p.is_active AND EXISTS (
  SELECT 1 FROM ai_governance_policies AS other
  WHERE other.hub_id = p.hub_id AND other.agent_registration_id = p.agent_registration_id
    AND other.artifact_type = p.artifact_type AND other.is_active AND other.id <> p.id
);

UPDATE ai_governance_policies AS kept
SET version = version + 1,
    allowed_actions = (
      SELECT json_group_array(word.value)
      FROM json_each('["read","propose","delegate","auto_apply"]') AS word
      WHERE NOT EXISTS (
        SELECT 1 FROM ai_governance_policies AS other
        WHERE other.hub_id = kept.hub_id AND other.agent_registration_id = kept.agent_registration_id
          AND other.artifact_type = kept.artifact_type AND other.is_active
          AND NOT EXISTS (SELECT 1 FROM json_each(other.allowed_actions) AS allowed WHERE allowed.value = word.value)
      )
    )
WHERE kept.is_active AND EXISTS (
  SELECT 1 FROM ai_governance_policies AS older
  WHERE older.hub_id = kept.hub_id AND older.agent_registration_id = kept.agent_registration_id
    AND older.artifact_type = kept.artifact_type AND older.is_active AND older.id < kept.id
) AND NOT EXISTS (
  SELECT 1 FROM ai_governance_policies AS newer
  WHERE newer.hub_id = kept.hub_id AND newer.agent_registration_id = kept.agent_registration_id
    AND newer.artifact_type = kept.artifact_type AND newer.is_active AND newer.id > kept.id
);

UPDATE ai_governance_policies AS old
SET version = version + 1, is_active = FALSE
WHERE old.is_active AND EXISTS (
  SELECT 1 FROM ai_governance_policies AS newer
  WHERE newer.hub_id = old.hub_id AND newer.agent_registration_id = old.agent_registration_id
    AND newer.artifact_type = old.artifact_type AND newer.is_active AND newer.id > old.id
);

CREATE UNIQUE INDEX ai_governance_policies_active ON ai_governance_policies (hub_id, agent_registration_id, artifact_type) WHERE is_active;

-- "What if" asks for one agent and type, or for a whole hub; the dashboard for
-- what was blocked in any hub.
CREATE INDEX agent_invocations_rule ON agent_invocations (hub_id, agent_registration_id, artifact_type, started_at, action, allowed);
CREATE INDEX agent_invocations_time ON agent_invocations (hub_id, started_at, agent_registration_id, artifact_type, action, allowed);
CREATE INDEX agent_invocations_blocked ON agent_invocations (started_at, hub_id, agent_registration_id, artifact_type) WHERE outcome = 'blocked';

-- A retired type is named by no new policy; its key stays taken.
ALTER TABLE type_registries ADD COLUMN retired_at TEXT;
ALTER TABLE hub_capability_manifests ADD COLUMN created_by TEXT;
