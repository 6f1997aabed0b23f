//! What a record suggests, and what a steward makes of it.

use federation::{agents, hubs, performance, routing};
use model::*;
use serde_json::json;

use super::*;
use crate::{common::TestStore, support::*};

both_engines!(
    a_promotion_is_suggested_and_confirmed,
    a_changed_agent_is_not_promoted,
    a_demotion_is_suggested,
    a_dismissed_suggestion_rests,
    a_record_that_changes_withdraws_it,
    a_better_agent_is_suggested_for_an_earlier_place,
    the_hub_sets_the_threshold,
    a_steward_decides,
    what_is_set_aside_keeps_nothing_else_open,
    an_inactive_agent_has_nothing_open,
    a_change_and_a_confirmation_at_once_do_one,
);

pub fn steward() -> Caller {
    person("Stef", Role::Steward)
}

pub async fn open(engine: &Engine, agent: &Agent) -> Vec<Suggestion> {
    performance::report(engine, &person("Vi", Role::Viewer), agent.id)
        .await
        .unwrap()
        .suggestions
}

async fn a_promotion_is_suggested_and_confirmed(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    let agent = &agents[0];
    // 19 of 20: the interval reaches from 0.76 to 0.99, below 0.8.
    record(&store, agent, 19, 1).await;
    compute(&engine, agent).await;
    assert_eq!(open(&engine, agent).await, []);
    record(&store, agent, 20, 0).await;
    let snapshot = compute(&engine, agent).await;
    let suggested = open(&engine, agent).await;
    assert_eq!(suggested.len(), 1);
    let one = &suggested[0];
    assert_eq!(
        (one.kind, one.status),
        (SuggestionKind::Promotion, SuggestionStatus::Open)
    );
    assert_eq!(
        (one.from_level, one.to_level),
        (Some(TrustLevel::Advisory), Some(TrustLevel::Elevated))
    );
    assert_eq!((one.record_id, one.agent_version), (snapshot.id, 1));
    assert_eq!(
        (one.evidence.acceptance.part, one.evidence.acceptance.of),
        (39, 40)
    );
    assert!(one.evidence.acceptance.low > 0.8);
    // Nothing is promoted by itself.
    let still = agents::get(&engine, &admin(), agent.id).await.unwrap();
    assert_eq!(
        (still.trust_level, still.version),
        (TrustLevel::Advisory, 1)
    );

    let confirmed = performance::confirm(&engine, &steward(), one.id)
        .await
        .unwrap();
    assert_eq!(confirmed.status, SuggestionStatus::Confirmed);
    assert_eq!(confirmed.decided_by.as_deref(), Some("Stef"));
    let promoted = agents::get(&engine, &admin(), agent.id).await.unwrap();
    assert_eq!(
        (promoted.trust_level, promoted.version),
        (TrustLevel::Elevated, 2)
    );
    let entries = audited(&engine, one.id.0).await;
    let actions: Vec<_> = entries.iter().map(|e| e.action.as_str()).collect();
    assert_eq!(actions, ["suggestion.confirmed", "suggestion.made"]);
    assert_eq!(
        entries[0].detail["evidence"]["acceptance"]["part"],
        json!(39)
    );
    assert_eq!(entries[0].actor_name, "Stef");
    let changed = audited(&engine, agent.id.0).await;
    assert_eq!(changed[0].action, "agent.updated");

    let again = performance::confirm(&engine, &steward(), one.id)
        .await
        .unwrap_err();
    assert_eq!(again.code(), "already_decided");
    // What the agent did on its old level supports no second step.
    compute(&engine, &promoted).await;
    assert_eq!(open(&engine, agent).await, []);
}

async fn a_changed_agent_is_not_promoted(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    record(&store, &agents[0], 40, 0).await;
    compute(&engine, &agents[0]).await;
    let one = open(&engine, &agents[0]).await.remove(0);
    let patch = AgentPatch {
        system_prompt: Some(Some("You are wordy.".to_owned())),
        ..AgentPatch::default()
    };
    let changed = agents::update(&engine, &admin(), agents[0].id, patch, None)
        .await
        .unwrap();
    let refused = performance::confirm(&engine, &steward(), one.id)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "stale_version");
    // Nothing of it was kept.
    assert_eq!(
        open(&engine, &changed).await[0].status,
        SuggestionStatus::Open
    );
    assert_eq!(audited(&engine, one.id.0).await.len(), 1);
    // The next count sees another agent, without a record of its own.
    compute(&engine, &changed).await;
    assert_eq!(open(&engine, &changed).await, []);
    // A change that makes it no other agent keeps the record.
    let patch = AgentPatch {
        system_prompt: Some(agents[0].system_prompt.clone()),
        ..AgentPatch::default()
    };
    let back = agents::update(&engine, &admin(), agents[0].id, patch, None)
        .await
        .unwrap();
    let patch = AgentPatch {
        description: Some(Some("Writes drafts.".to_owned())),
        ..AgentPatch::default()
    };
    record(&store, &back, 40, 0).await;
    let described = agents::update(&engine, &admin(), agents[0].id, patch, None)
        .await
        .unwrap();
    compute(&engine, &described).await;
    let one = open(&engine, &described).await.remove(0);
    assert_eq!(
        (one.agent_version, one.evidence.since_version),
        (4, Some(3))
    );
}

async fn a_demotion_is_suggested(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    let patch = AgentPatch {
        trust_level: Some(TrustLevel::Autonomous),
        ..AgentPatch::default()
    };
    let agent = agents::update(&engine, &admin(), agents[0].id, patch, None)
        .await
        .unwrap();
    record(&store, &agent, 15, 5).await;
    compute(&engine, &agent).await;
    let one = open(&engine, &agent).await.remove(0);
    assert_eq!(
        (one.kind, one.to_level),
        (SuggestionKind::Demotion, Some(TrustLevel::Elevated))
    );
    performance::confirm(&engine, &steward(), one.id)
        .await
        .unwrap();
    let demoted = agents::get(&engine, &admin(), agent.id).await.unwrap();
    assert_eq!(demoted.trust_level, TrustLevel::Elevated);
}

async fn a_dismissed_suggestion_rests(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    record(&store, &agents[0], 40, 0).await;
    compute(&engine, &agents[0]).await;
    let one = open(&engine, &agents[0]).await.remove(0);
    let why = DismissSuggestion {
        comment: Some("It has seen easy tasks alone.".to_owned()),
    };
    let dismissed = performance::dismiss(&engine, &steward(), one.id, why)
        .await
        .unwrap();
    assert_eq!(dismissed.status, SuggestionStatus::Dismissed);
    assert_eq!(
        audited(&engine, one.id.0).await[0].detail["comment"],
        json!("It has seen easy tasks alone.")
    );
    compute(&engine, &agents[0]).await;
    assert_eq!(open(&engine, &agents[0]).await, []);
    let refused = performance::confirm(&engine, &steward(), one.id)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "already_decided");
}

async fn a_record_that_changes_withdraws_it(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    record(&store, &agents[0], 40, 0).await;
    compute(&engine, &agents[0]).await;
    let one = open(&engine, &agents[0]).await.remove(0);
    // The same is suggested on: one row, with the newer evidence.
    record(&store, &agents[0], 2, 0).await;
    compute(&engine, &agents[0]).await;
    let same = open(&engine, &agents[0]).await.remove(0);
    assert_eq!((same.id, same.evidence.acceptance.of), (one.id, 42));
    record(&store, &agents[0], 0, 12).await;
    compute(&engine, &agents[0]).await;
    assert_eq!(open(&engine, &agents[0]).await, []);
    let filter = SuggestionFilter {
        hub_id: Some(hub.id),
        ..SuggestionFilter::default()
    };
    let all = performance::suggestions(&engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap();
    assert_eq!(all.items.len(), 1);
    assert_eq!(all.items[0].status, SuggestionStatus::Withdrawn);
}

async fn a_better_agent_is_suggested_for_an_earlier_place(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b", "c"]).await;
    record(&store, &agents[0], 10, 20).await;
    record(&store, &agents[1], 15, 15).await;
    // 26 of 30 is better than the others, and not above the hub's threshold.
    record(&store, &agents[2], 26, 4).await;
    for agent in &agents {
        compute(&engine, agent).await;
    }
    // Half is no more than a third beyond chance.
    assert_eq!(open(&engine, &agents[1]).await, []);
    assert_eq!(open(&engine, &agents[2]).await, []);
    // Asked again behind all others, which suggests nothing.
    let behind = NewRoutingPolicy {
        priority: Some(1),
        ..NewRoutingPolicy::last(hub.id, "requirement_draft", agents[2].id)
    };
    routing::create(&engine, &admin(), behind).await.unwrap();
    record(&store, &agents[2], 60, 0).await;
    // Twice in a day: the snapshot is the same row, and so is what it suggests.
    let first = compute(&engine, &agents[2]).await;
    let again = compute(&engine, &agents[2]).await;
    assert_eq!(first.id, again.id);
    let all = open(&engine, &agents[2]).await;
    assert!(all.iter().all(|one| one.record_id == first.id));
    let promotion = all.iter().find(|one| one.kind == SuggestionKind::Promotion);
    assert_eq!(all.len(), 2);
    assert!(promotion.is_some());
    let all = open(&engine, &agents[2]).await;
    let one = all
        .iter()
        .find(|one| one.kind == SuggestionKind::Routing)
        .unwrap();
    assert_eq!(one.task_type.as_deref(), Some("requirement_draft"));
    assert_eq!(one.over_agent_id, Some(agents[0].id));
    assert_eq!(one.evidence.other.unwrap().part, 10);
    performance::confirm(&engine, &steward(), one.id)
        .await
        .unwrap();
    let order: Vec<_> = routing::resolve_all_agents(&engine, &admin(), hub.id, "requirement_draft")
        .await
        .unwrap()
        .into_iter()
        .map(|agent| agent.id)
        .collect();
    assert_eq!(order, [agents[2].id, agents[0].id, agents[1].id]);
    // It stands so now: nothing more is suggested of the route.
    compute(&engine, &agents[2]).await;
    let left = open(&engine, &agents[2]).await;
    assert!(left.iter().all(|one| one.kind == SuggestionKind::Promotion));
}

async fn the_hub_sets_the_threshold(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    record(&store, &agents[0], 6, 0).await;
    compute(&engine, &agents[0]).await;
    assert_eq!(open(&engine, &agents[0]).await, []);
    for (threshold, decisions) in [(0.0, 5), (1.0, 5), (f64::NAN, 5), (0.5, 4), (0.5, 10_001)] {
        let wrong = HubPatch {
            trust_threshold: Some(Some(threshold)),
            trust_decisions: Some(Some(decisions)),
            ..HubPatch::default()
        };
        let refused = hubs::update(&engine, &admin(), hub.id, wrong)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "invalid");
    }
    let patch = HubPatch {
        trust_threshold: Some(Some(0.5)),
        trust_decisions: Some(Some(5)),
        ..HubPatch::default()
    };
    hubs::update(&engine, &admin(), hub.id, patch)
        .await
        .unwrap();
    compute(&engine, &agents[0]).await;
    let one = open(&engine, &agents[0]).await.remove(0);
    assert_eq!(
        (one.evidence.threshold, one.evidence.min_decisions),
        (0.5, 5)
    );
}

async fn a_steward_decides(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    record(&store, &agents[0], 40, 0).await;
    let viewer = person("Vi", Role::Viewer);
    let refused = performance::compute(&engine, &viewer, agents[0].id)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "not_allowed");
    compute(&engine, &agents[0]).await;
    let one = open(&engine, &agents[0]).await.remove(0);
    let reviewer = person("Rea", Role::Reviewer);
    let refused = performance::confirm(&engine, &reviewer, one.id)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "not_allowed");
    let why = DismissSuggestion::default();
    let refused = performance::dismiss(&engine, &reviewer, one.id, why)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "not_allowed");
}

async fn what_is_set_aside_keeps_nothing_else_open(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    let patch = AgentPatch {
        trust_level: Some(TrustLevel::Elevated),
        ..AgentPatch::default()
    };
    let agent = agents::update(&engine, &admin(), agents[0].id, patch, None)
        .await
        .unwrap();
    record(&store, &agent, 40, 0).await;
    compute(&engine, &agent).await;
    let one = open(&engine, &agent).await.remove(0);
    let why = DismissSuggestion::default();
    performance::dismiss(&engine, &steward(), one.id, why)
        .await
        .unwrap();
    record(&store, &agent, 0, 40).await;
    compute(&engine, &agent).await;
    assert_eq!(
        open(&engine, &agent).await[0].kind,
        SuggestionKind::Demotion
    );
    // It recovers: the demotion is over, and the promotion was set aside.
    record(&store, &agent, 400, 0).await;
    compute(&engine, &agent).await;
    assert_eq!(open(&engine, &agent).await, []);
}

async fn an_inactive_agent_has_nothing_open(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, agents) = hub_with(&engine, &["a"]).await;
    record(&store, &agents[0], 40, 0).await;
    compute(&engine, &agents[0]).await;
    let one = open(&engine, &agents[0]).await.remove(0);
    agents::set_active(&engine, &admin(), agents[0].id, false)
        .await
        .unwrap();
    assert_eq!(open(&engine, &agents[0]).await, []);
    assert_eq!(
        audited(&engine, one.id.0).await[0].action,
        "suggestion.withdrawn"
    );
    compute(&engine, &agents[0]).await;
    assert_eq!(open(&engine, &agents[0]).await, []);
}

async fn a_change_and_a_confirmation_at_once_do_one(store: TestStore) {
    let first = engine(&store, nothing());
    let second = engine(&store.another().await, nothing());
    let (_, agents) = hub_with(&first, &["a"]).await;
    let mut agent = agents[0].clone();
    for n in 0..4 {
        record(&store, &agent, 60, 0).await;
        compute(&first, &agent).await;
        let one = open(&first, &agent).await.remove(0);
        let patch = AgentPatch {
            system_prompt: Some(Some(format!("You are terse, {n}."))),
            ..AgentPatch::default()
        };
        let (caller, steward) = (admin(), steward());
        let (edited, confirmed, counted) = tokio::join!(
            agents::update(&second, &caller, agent.id, patch, Some(agent.version)),
            performance::confirm(&first, &steward, one.id),
            performance::compute(&second, &caller, agent.id),
        );
        counted.unwrap();
        assert!(
            edited.is_ok() != confirmed.is_ok(),
            "{edited:?} {confirmed:?}"
        );
        let now = agents::get(&first, &caller, agent.id).await.unwrap();
        assert_eq!(now.version, agent.version + 1);
        if now.trust_level == TrustLevel::Autonomous {
            break;
        }
        agent = now;
    }
}
