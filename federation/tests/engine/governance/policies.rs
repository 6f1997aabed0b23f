//! Policies: at most one is active, each change is a version.

use federation::{Error, audit, governance, types};
use model::*;

use crate::common::TestStore;
use crate::support::*;

both_engines!(
    one_policy_is_active,
    many_at_once_make_one,
    actions_are_named_once,
    nothing_allowed_is_a_policy,
    a_stale_change_is_refused,
    each_change_is_in_the_audit,
    lists_are_filtered_and_in_order,
    lower_roles_are_refused,
);

pub fn nothing() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|_, _| Plan::hang())
}

pub fn policy(hub: &Hub, agent: &Agent, actions: &[Action]) -> NewGovernancePolicy {
    NewGovernancePolicy {
        hub_id: hub.id,
        agent_registration_id: agent.id,
        artifact_type: "widget_summary".to_owned(),
        allowed_actions: actions.to_vec(),
    }
}

fn conflict(error: Error) -> (&'static str, String) {
    match error {
        Error::Conflict { code, message } => (code, message),
        other => panic!("{other}"),
    }
}

async fn one_policy_is_active(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b"]).await;
    let new = policy(&hub, &agents[0], &[Action::Read]);
    let first = governance::create(&engine, &admin(), new.clone())
        .await
        .unwrap();
    let refused = governance::create(&engine, &admin(), new.clone()).await;
    let (code, message) = conflict(refused.unwrap_err());
    assert_eq!(code, "policy_active");
    assert!(message.contains(&first.id.to_string()), "{message}");

    // Another type, another agent: another rule.
    let mut other = new.clone();
    other.artifact_type = "duplicate_report".to_owned();
    governance::create(&engine, &admin(), other).await.unwrap();
    let other = policy(&hub, &agents[1], &[]);
    governance::create(&engine, &admin(), other).await.unwrap();

    governance::toggle(&engine, &admin(), first.id)
        .await
        .unwrap();
    let second = governance::create(&engine, &admin(), new).await.unwrap();
    let (code, message) = conflict(
        governance::toggle(&engine, &admin(), first.id)
            .await
            .unwrap_err(),
    );
    assert_eq!(code, "policy_active");
    assert!(message.contains(&second.id.to_string()), "{message}");
    let on = GovernancePolicyPatch {
        is_active: Some(true),
        ..GovernancePolicyPatch::default()
    };
    let refused = governance::update(&engine, &admin(), first.id, on, None).await;
    assert_eq!(conflict(refused.unwrap_err()).0, "policy_active");
    // What was refused changed nothing.
    let still = governance::get(&engine, &admin(), first.id).await.unwrap();
    assert_eq!((still.is_active, still.version), (false, 2));
}

async fn many_at_once_make_one(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let caller = admin();
    let made = (0..8).map(|_| {
        let new = policy(&hub, &agents[0], &[Action::Propose]);
        governance::create(&engine, &caller, new)
    });
    let results = futures::future::join_all(made).await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    for refused in results.into_iter().filter_map(Result::err) {
        assert_eq!(conflict(refused).0, "policy_active");
    }
}

async fn actions_are_named_once(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let twice = vec![Action::Read, Action::Read];
    let field = |error: Error| match error {
        Error::Invalid(errors) => errors[0].field.clone(),
        other => panic!("{other}"),
    };
    let new = policy(&hub, &agents[0], &twice);
    let refused = governance::create(&engine, &admin(), new).await;
    assert_eq!(field(refused.unwrap_err()), "allowed_actions");
    let new = policy(&hub, &agents[0], &[Action::Delegate, Action::Read]);
    let made = governance::create(&engine, &admin(), new).await.unwrap();
    assert_eq!(made.allowed_actions, [Action::Read, Action::Delegate]);
    let patch = GovernancePolicyPatch {
        allowed_actions: Some(twice),
        ..GovernancePolicyPatch::default()
    };
    let refused = governance::update(&engine, &admin(), made.id, patch, None).await;
    assert_eq!(field(refused.unwrap_err()), "allowed_actions");
}

async fn nothing_allowed_is_a_policy(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let made = governance::create(&engine, &admin(), policy(&hub, &agents[0], &[]))
        .await
        .unwrap();
    for action in Action::ALL {
        let ask = GovernanceCheck {
            hub_id: hub.id,
            agent_registration_id: agents[0].id,
            artifact_type: "widget_summary".to_owned(),
            action: *action,
        };
        let verdict = governance::check(&engine, &admin(), ask).await.unwrap();
        assert!(!verdict.allowed);
        assert_eq!(verdict.policy_id, Some(made.id));
        assert!(
            verdict.reason.contains("do nothing with"),
            "{}",
            verdict.reason
        );
    }
}

async fn a_stale_change_is_refused(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let made = governance::create(&engine, &admin(), policy(&hub, &agents[0], &[]))
        .await
        .unwrap();
    let patch = |actions: &[Action]| GovernancePolicyPatch {
        allowed_actions: Some(actions.to_vec()),
        ..GovernancePolicyPatch::default()
    };
    let caller = admin();
    let sets: [&[Action]; 4] = [
        &[Action::Read],
        &[Action::Propose],
        &[Action::Delegate],
        &[Action::AutoApply],
    ];
    let saves = sets
        .iter()
        .map(|set| governance::update(&engine, &caller, made.id, patch(set), Some(1)));
    let results = futures::future::join_all(saves).await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    for refused in results.into_iter().filter_map(Result::err) {
        assert_eq!(conflict(refused).0, "stale_version");
    }
    let now = governance::get(&engine, &caller, made.id).await.unwrap();
    assert_eq!(now.version, 2);
    // A change of nothing is no version.
    let same = patch(&now.allowed_actions.clone());
    let same = governance::update(&engine, &caller, made.id, same, Some(2)).await;
    assert_eq!(same.unwrap().version, 2);
    let toggled = governance::toggle(&engine, &caller, made.id).await.unwrap();
    assert_eq!((toggled.version, toggled.is_active), (3, false));
}

async fn each_change_is_in_the_audit(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let made = governance::create(&engine, &admin(), policy(&hub, &agents[0], &[]))
        .await
        .unwrap();
    let patch = GovernancePolicyPatch {
        allowed_actions: Some(vec![Action::Read]),
        ..GovernancePolicyPatch::default()
    };
    governance::update(&engine, &admin(), made.id, patch, None)
        .await
        .unwrap();
    governance::toggle(&engine, &admin(), made.id)
        .await
        .unwrap();
    let filter = AuditFilter {
        subject_id: Some(made.id.0),
        ..AuditFilter::default()
    };
    let entries = audit::list(&engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap();
    let actions: Vec<_> = entries.items.iter().map(|e| e.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "governance_policy.toggled",
            "governance_policy.updated",
            "governance_policy.created"
        ]
    );
    let updated = &entries.items[1].detail;
    assert_eq!(updated["before"]["allowed_actions"], serde_json::json!([]));
    assert_eq!(
        updated["after"]["allowed_actions"],
        serde_json::json!(["read"])
    );
}

async fn lists_are_filtered_and_in_order(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b", "c"]).await;
    let mut made = Vec::new();
    for agent in agents.iter().rev() {
        for artifact_type in ["widget_summary", "duplicate_report"] {
            let mut new = policy(&hub, agent, &[]);
            new.artifact_type = artifact_type.to_owned();
            made.push(governance::create(&engine, &admin(), new).await.unwrap());
        }
    }
    governance::toggle(&engine, &admin(), made[0].id)
        .await
        .unwrap();
    let read = async |filter: GovernanceFilter, newest: bool, limit: i64| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { limit, after };
            let rows = governance::rows(&engine, &admin(), hub.id, filter.clone(), newest, page)
                .await
                .unwrap();
            all.extend(rows.items);
            match rows.next_cursor {
                Some(cursor) => after = cursor.parse().ok(),
                None => break all,
            }
        }
    };
    for limit in [1, 2, 4, 50] {
        let rows = read(GovernanceFilter::default(), false, limit).await;
        let keys: Vec<_> = rows
            .iter()
            .map(|r| (r.agent_name.clone(), r.policy.artifact_type.clone()))
            .collect();
        assert_eq!(keys.len(), 6);
        assert!(keys.is_sorted(), "{limit}: {keys:?}");
        let newest = read(GovernanceFilter::default(), true, limit).await;
        assert!(newest.is_sorted_by(|a, b| a.policy.id > b.policy.id));
        assert_eq!(newest.len(), 6);
    }
    let off = GovernanceFilter {
        active: Some(false),
        ..GovernanceFilter::default()
    };
    let rows = read(off, false, 50).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].policy.id, made[0].id);
    let some = GovernanceFilter {
        agent_registration_id: Some(agents[1].id),
        artifact_type: Some("duplicate_report".to_owned()),
        ..GovernanceFilter::default()
    };
    assert_eq!(read(some.clone(), true, 50).await.len(), 1);
    let listed = governance::list(&engine, &admin(), some, PageRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.items.len(), 1);
    let names = governance::agent_names(&engine, &admin(), hub.id)
        .await
        .unwrap();
    assert_eq!(names.len(), 3);
}

async fn lower_roles_are_refused(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let made = governance::create(&engine, &admin(), policy(&hub, &agents[0], &[]))
        .await
        .unwrap();
    let reviewer = person("Re", Role::Reviewer);
    let steward = person("St", Role::Steward);
    let needed = |error: Error| match error {
        Error::NotAllowed { needed } => needed,
        other => panic!("{other}"),
    };
    let create = governance::create(&engine, &reviewer, policy(&hub, &agents[0], &[])).await;
    assert_eq!(needed(create.unwrap_err()), Role::Steward);
    let toggle = governance::toggle(&engine, &reviewer, made.id).await;
    assert_eq!(needed(toggle.unwrap_err()), Role::Steward);
    let patch = GovernancePolicyPatch::default();
    let update = governance::update(&engine, &reviewer, made.id, patch, None).await;
    assert_eq!(needed(update.unwrap_err()), Role::Steward);
    let new = NewRegisteredType {
        kind: TypeKind::TaskType,
        key: "poetry".to_owned(),
        label: "Poetry".to_owned(),
    };
    let create = types::create(&engine, &steward, new).await;
    assert_eq!(needed(create.unwrap_err()), Role::Admin);
    let patch = RegisteredTypePatch::default();
    let id = engine.clock().id();
    let update = types::update(&engine, &steward, id, patch).await;
    assert_eq!(needed(update.unwrap_err()), Role::Admin);
    let manifest = NewCapabilityManifest {
        manifest: serde_json::json!({}),
    };
    let put = federation::manifests::put(&engine, &steward, hub.id, manifest, None).await;
    assert_eq!(needed(put.unwrap_err()), Role::Admin);
}
