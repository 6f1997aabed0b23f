//! Hubs, agents, routing, governance, people: rules on both engines.

use crate::common::TestStore;
use crate::support::*;
use federation::{Error, agents, audit, governance, hubs, people, routing};
use model::*;

both_engines!(
    an_edit_makes_a_version,
    a_stale_edit_is_refused,
    slugs_and_priorities_are_unique,
    bad_input_names_the_field,
    routing_prefers_the_highest_active_priority,
    policies_name_registered_types_only,
    governance_answers_with_its_reason,
    a_link_works_once,
    passwords_and_sessions,
    tokens_can_be_revoked,
    lists_come_in_pages,
    roles_are_checked_by_the_engine,
);

fn nothing() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|_, _| Plan::hang())
}

async fn an_edit_makes_a_version(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, all) = hub_with(&engine, &["a"]).await;
    let patch = AgentPatch {
        model_name: Some("better".to_owned()),
        description: Some(Some("Grew up.".to_owned())),
        ..AgentPatch::default()
    };
    let second = agents::update(&engine, &admin(), all[0].id, patch.clone(), Some(1))
        .await
        .unwrap();
    assert_eq!((second.version, second.model_name.as_str()), (2, "better"));
    // A change of nothing is no version.
    let same = agents::update(&engine, &admin(), all[0].id, patch, None)
        .await
        .unwrap();
    assert_eq!(same.version, 2);
    let emptied = AgentPatch {
        description: Some(None),
        ..AgentPatch::default()
    };
    assert_eq!(
        agents::update(&engine, &admin(), all[0].id, emptied, None)
            .await
            .unwrap()
            .description,
        None
    );
    let versions = agents::versions(&engine, &admin(), all[0].id)
        .await
        .unwrap();
    let names: Vec<_> = versions
        .iter()
        .map(|v| (v.version, v.model_name.as_str(), v.created_by.as_str()))
        .collect();
    assert_eq!(
        names,
        [(3, "better", "Ada"), (2, "better", "Ada"), (1, "a", "Ada")]
    );
    let off = agents::set_active(&engine, &admin(), all[0].id, false)
        .await
        .unwrap();
    assert_eq!((off.is_active, off.version), (false, 3));
}

async fn a_stale_edit_is_refused(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, all) = hub_with(&engine, &["a"]).await;
    let caller = admin();
    let edits = (0..6).map(|n| {
        let patch = AgentPatch {
            name: Some(format!("Name {n}")),
            ..AgentPatch::default()
        };
        agents::update(&engine, &caller, all[0].id, patch, Some(1))
    });
    let results = futures::future::join_all(edits).await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    assert!(
        results
            .into_iter()
            .filter_map(Result::err)
            .all(|e| e.code() == "stale_version")
    );
    assert_eq!(
        agents::versions(&engine, &admin(), all[0].id)
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn slugs_and_priorities_are_unique(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a"]).await;
    let taken = agents::create(&engine, &admin(), new_agent(hub.id, "agent-0", "x"))
        .await
        .unwrap_err();
    assert_eq!(taken.code(), "slug_taken");
    let policy = NewRoutingPolicy {
        priority: Some(100),
        ..NewRoutingPolicy::last(hub.id, "requirement_draft", all[0].id)
    };
    let taken = routing::create(&engine, &admin(), policy.clone())
        .await
        .unwrap_err();
    assert_eq!(taken.code(), "priority_taken");
    let other_task = NewRoutingPolicy {
        task_type: "triage".to_owned(),
        ..policy
    };
    let made = routing::create(&engine, &admin(), other_task)
        .await
        .unwrap();
    routing::delete(&engine, &admin(), made.id, None)
        .await
        .unwrap();
    assert_eq!(
        routing::delete(&engine, &admin(), made.id, None)
            .await
            .unwrap_err()
            .code(),
        "not_found"
    );
}

async fn bad_input_names_the_field(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &[]).await;
    let good = new_agent(hub.id, "fine", "m");
    let cases = [
        (
            NewAgent {
                name: "  ".to_owned(),
                ..good.clone()
            },
            "name",
        ),
        (
            NewAgent {
                name: "x".repeat(201),
                ..good.clone()
            },
            "name",
        ),
        (
            NewAgent {
                name: "a\0b".to_owned(),
                ..good.clone()
            },
            "name",
        ),
        (
            NewAgent {
                slug: "Not A Slug".to_owned(),
                ..good.clone()
            },
            "slug",
        ),
        (
            NewAgent {
                model_name: String::new(),
                ..good.clone()
            },
            "model_name",
        ),
        (
            NewAgent {
                capabilities: vec![" ".to_owned()],
                ..good.clone()
            },
            "capabilities",
        ),
        (
            NewAgent {
                hub_id: HubId(hub.id.0.as_u128().wrapping_add(1).to_be_bytes().into_uuid()),
                ..good.clone()
            },
            "hub_id",
        ),
    ];
    for (form, field) in cases {
        let refused = agents::create(&engine, &admin(), form).await.unwrap_err();
        assert_eq!(refused.refusal().errors[0].field, field, "{refused}");
    }
    agents::create(&engine, &admin(), good).await.unwrap();
}

trait IntoUuid {
    fn into_uuid(self) -> uuid::Uuid;
}

impl IntoUuid for [u8; 16] {
    fn into_uuid(self) -> uuid::Uuid {
        uuid::Uuid::from_bytes(self)
    }
}

async fn routing_prefers_the_highest_active_priority(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a", "b", "c"]).await;
    // A second, lower policy for the first agent changes nothing.
    route(&engine, hub.id, &all[0], 1).await;
    let task = "requirement_draft";
    let order = routing::resolve_all_agents(&engine, &admin(), hub.id, task)
        .await
        .unwrap();
    assert_eq!(
        order.iter().map(|a| a.id).collect::<Vec<_>>(),
        all.iter().map(|a| a.id).collect::<Vec<_>>()
    );
    agents::set_active(&engine, &admin(), all[0].id, false)
        .await
        .unwrap();
    let next = routing::resolve_agent(&engine, &admin(), hub.id, task)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(next.id, all[1].id);
    assert!(
        routing::resolve_agent(&engine, &admin(), hub.id, "triage")
            .await
            .unwrap()
            .is_none()
    );
}

async fn policies_name_registered_types_only(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a"]).await;
    let types = hubs::types(&engine, &admin()).await.unwrap();
    let keys: Vec<_> = types.task_types.iter().map(|t| t.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "requirement_draft",
            "triage",
            "synthesis",
            "policy_check",
            "implementation"
        ]
    );
    let route = NewRoutingPolicy::last(hub.id, "poetry", all[0].id);
    let refused = routing::create(&engine, &admin(), route).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Invalid(e) if e[0].field == "task_type" && e[0].message.contains("triage"))
    );
    let rule = NewGovernancePolicy {
        hub_id: hub.id,
        agent_registration_id: all[0].id,
        artifact_type: "poem".to_owned(),
        allowed_actions: vec![],
    };
    let refused = governance::create(&engine, &admin(), rule)
        .await
        .unwrap_err();
    assert!(matches!(&refused, Error::Invalid(e) if e[0].field == "artifact_type"));
}

async fn governance_answers_with_its_reason(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a"]).await;
    let ask = |action| GovernanceCheck {
        hub_id: hub.id,
        agent_registration_id: all[0].id,
        artifact_type: "widget_summary".to_owned(),
        action,
    };
    let open = governance::check(&engine, &admin(), ask(Action::Propose))
        .await
        .unwrap();
    assert_eq!((open.allowed, open.policy_id), (true, None));
    let rule = NewGovernancePolicy {
        hub_id: hub.id,
        agent_registration_id: all[0].id,
        artifact_type: "widget_summary".to_owned(),
        allowed_actions: vec![Action::Propose, Action::Read],
    };
    let rule = governance::create(&engine, &admin(), rule).await.unwrap();
    assert_eq!(rule.allowed_actions, [Action::Read, Action::Propose]);
    let no = governance::check(&engine, &admin(), ask(Action::Delegate))
        .await
        .unwrap();
    assert_eq!((no.allowed, no.policy_id), (false, Some(rule.id)));
    assert!(
        no.reason.contains("The agent-0") && no.reason.contains("not delegate"),
        "{}",
        no.reason
    );
    assert!(
        governance::check(&engine, &admin(), ask(Action::Propose))
            .await
            .unwrap()
            .allowed
    );
    governance::toggle(&engine, &admin(), rule.id)
        .await
        .unwrap();
    assert!(
        governance::check(&engine, &admin(), ask(Action::Delegate))
            .await
            .unwrap()
            .allowed
    );
    let deny = HubPatch {
        governance_default: Some(GovernanceDefault::Deny),
        ..HubPatch::default()
    };
    hubs::update(&engine, &admin(), hub.id, deny).await.unwrap();
    let denied = governance::check(&engine, &admin(), ask(Action::Read))
        .await
        .unwrap();
    assert!(
        !denied.allowed && denied.reason.contains("by default"),
        "{}",
        denied.reason
    );
}

fn form(token: &str, password: Option<&str>) -> Welcome {
    Welcome {
        token: token.to_owned(),
        display_name: "Grace".to_owned(),
        login: "Grace@Example.org".to_owned(),
        password: password.map(ToOwned::to_owned),
    }
}

async fn a_link_works_once(store: TestStore) {
    let engine = engine(&store, nothing());
    let link = people::first_link(&engine).await.unwrap().unwrap();
    assert!(people::link_valid(&engine, &link).await.unwrap());
    let short = people::welcome(&engine, form(&link, Some("short")))
        .await
        .unwrap_err();
    assert_eq!(short.refusal().errors[0].field, "password");
    let tries = (0..4).map(|_| people::welcome(&engine, form(&link, Some("long enough now"))));
    let results = futures::future::join_all(tries).await;
    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    assert!(!people::link_valid(&engine, &link).await.unwrap());
    let used = people::welcome(&engine, form(&link, None))
        .await
        .unwrap_err();
    assert_eq!(used.code(), "sign_in");
    assert_eq!(
        people::first_link(&engine).await.unwrap(),
        None,
        "an admin can sign in by password"
    );
    assert_eq!(
        people::list_people(&engine, &admin()).await.unwrap().len(),
        1
    );
}

async fn passwords_and_sessions(store: TestStore) {
    let engine = engine(&store, nothing());
    let link = people::first_link(&engine).await.unwrap().unwrap();
    let first = people::welcome(&engine, form(&link, Some("long enough now")))
        .await
        .unwrap();
    assert_eq!(first.person.role, Role::Admin);
    let who = people::by_session(&engine, &first.session_token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (who.name.as_str(), who.role, who.kind),
        ("Grace", Role::Admin, ActorKind::Person)
    );
    assert!(
        people::by_session(&engine, "nonsense")
            .await
            .unwrap()
            .is_none()
    );
    let wrong = people::sign_in(&engine, "grace@example.org", "wrong password")
        .await
        .unwrap_err();
    let unknown = people::sign_in(&engine, "nobody", "wrong password")
        .await
        .unwrap_err();
    assert_eq!(
        (wrong.code(), wrong.to_string()),
        (unknown.code(), unknown.to_string())
    );
    let second = people::sign_in(&engine, " GRACE@example.org", "long enough now")
        .await
        .unwrap();
    assert_ne!(second.session_token, first.session_token);
    people::sign_out(&engine, &first.session_token)
        .await
        .unwrap();
    assert!(
        people::by_session(&engine, &first.session_token)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        people::by_session(&engine, &second.session_token)
            .await
            .unwrap()
            .is_some()
    );
}

async fn tokens_can_be_revoked(store: TestStore) {
    let engine = engine(&store, nothing());
    let new = NewToken {
        name: "ci".to_owned(),
        role: Role::Viewer,
    };
    let (row, secret) = people::create_token(&engine, &admin(), new.clone())
        .await
        .unwrap();
    people::create_token(&engine, &admin(), new)
        .await
        .expect("names need not be unique");
    let who = people::by_api_token(&engine, &secret)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (who.kind, who.role, who.name.as_str()),
        (ActorKind::Token, Role::Viewer, "ci")
    );
    assert!(
        people::list_tokens(&engine, &admin())
            .await
            .unwrap()
            .iter()
            .any(|t| t.last_used_at.is_some())
    );
    people::revoke_token(&engine, &admin(), row.id)
        .await
        .unwrap();
    assert!(
        people::by_api_token(&engine, &secret)
            .await
            .unwrap()
            .is_none()
    );
    // Neither the secret nor its hash is in the audit.
    let all = audit::list(
        &engine,
        &admin(),
        AuditFilter::default(),
        PageRequest::default(),
    )
    .await
    .unwrap();
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains(&secret) && !text.contains(&federation::secrets::hash(&secret)));
}

async fn lists_come_in_pages(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &["a", "b", "c", "d", "e"]).await;
    let filter = AgentFilter {
        hub_id: Some(hub.id),
        active: Some(true),
        ..AgentFilter::default()
    };
    let mut page = PageRequest {
        limit: 2,
        after: None,
    };
    let mut seen = Vec::new();
    loop {
        let got = agents::list(&engine, &admin(), filter.clone(), page)
            .await
            .unwrap();
        seen.extend(got.items.into_iter().map(|a| a.slug));
        match got.next_cursor {
            Some(cursor) => page.after = Some(cursor.parse().unwrap()),
            None => break,
        }
    }
    assert_eq!(
        seen,
        ["agent-4", "agent-3", "agent-2", "agent-1", "agent-0"]
    );
    let none = AgentFilter {
        provider: Some(Provider::Gemini),
        ..filter
    };
    assert!(
        agents::list(&engine, &admin(), none, PageRequest::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

async fn roles_are_checked_by_the_engine(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a"]).await;
    let reviewer = person("Re", Role::Reviewer);
    let steward = person("St", Role::Steward);
    let needed = |e: Error| match e {
        Error::NotAllowed { needed } => needed,
        other => panic!("{other}"),
    };
    let patch = AgentPatch::default;
    assert_eq!(
        needed(
            agents::update(&engine, &reviewer, all[0].id, patch(), None)
                .await
                .unwrap_err()
        ),
        Role::Steward
    );
    assert_eq!(
        needed(
            agents::set_active(&engine, &reviewer, all[0].id, true)
                .await
                .unwrap_err()
        ),
        Role::Steward
    );
    assert_eq!(
        needed(
            hubs::update(&engine, &steward, hub.id, HubPatch::default())
                .await
                .unwrap_err()
        ),
        Role::Admin
    );
    assert_eq!(
        needed(people::list_tokens(&engine, &steward).await.unwrap_err()),
        Role::Admin
    );
    assert_eq!(
        needed(
            audit::list(
                &engine,
                &reviewer,
                AuditFilter::default(),
                PageRequest::default()
            )
            .await
            .unwrap_err()
        ),
        Role::Steward
    );
    agents::update(&engine, &steward, all[0].id, patch(), None)
        .await
        .unwrap();
}
