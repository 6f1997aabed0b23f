//! Each point, each way in which the work can end.

use std::sync::{Arc, atomic::Ordering};

use federation::{
    Error, Idempotency, bridge::BridgeErrorKind, governance, hubs, invocations, proposals, routing,
};
use model::*;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::{common::TestStore, point::*, support::*};

both_engines!(
    an_answer_is_kept_with_agent_tokens_and_receipt,
    a_blocked_call_says_why_and_reaches_no_model,
    nobody_routed_is_refused_before_anything_is_stored,
    a_failing_provider_is_told,
    a_cancelled_call_stays_cancelled,
    an_answer_without_json_is_asked_for_again_then_kept_as_text,
    a_second_answer_with_json_is_taken,
    a_proposal_tells_what_all_calls_of_its_round_used,
    the_next_candidate_answers_where_the_hub_allows_it,
    two_clicks_start_one,
    only_reviewers_ask_and_cancel,
    what_is_not_there_is_said,
    a_confidence_out_of_range_is_none,
    a_budget_that_is_too_small_refuses_before_the_call,
    a_route_that_goes_meanwhile_ends_the_work,
    a_condition_that_nobody_meets_is_no_route,
    lists_are_filtered,
);

async fn an_answer_is_kept_with_agent_tokens_and_receipt(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    for point in POINTS {
        let started = place.start(&engine, point).await;
        assert_eq!(started.status, ProposalStatus::Queued);
        assert_eq!(started.content, None);
        assert_eq!(started.updated_at, started.created_at);
        let done = answered(&engine, started.id).await;
        assert_eq!(done.status, ProposalStatus::Pending, "{done:?}");
        assert_eq!(done.task_type, point.task_type());
        assert_eq!(done.artifact_type, point.artifact_type());
        assert_eq!((done.round, done.readable), (1, true));
        assert_eq!(done.agent_registration_id, Some(place.agent.id));
        assert_eq!(done.agent_version, Some(1));
        assert_eq!(done.agent_name.as_deref(), Some("The one"));
        assert_eq!(done.model_used.as_deref(), Some("m-answered"));
        assert_eq!((done.tokens_in, done.tokens_out), (Some(100), Some(20)));
        assert_eq!(done.confidence, Some(0.75));
        assert_eq!(done.started_by, "Ada");
        assert!(done.started_at.is_some() && done.ended_at.is_some());
        assert!(!done.auto_applied);
        let content = done.content.as_ref().unwrap();
        assert_eq!(content["recommendation"], "Show free slots first");
        assert_eq!(
            done.content_hash.as_deref(),
            Some(federation::canonical::hash(content).as_str())
        );
        let sources = [
            done.source_widget_id.map(|id| id.0),
            done.source_decision_id.map(|id| id.0),
            done.source_candidate_id.map(|id| id.0),
        ];
        let named: Vec<_> = sources.into_iter().flatten().collect();
        assert_eq!(named, [place.source(point)]);
        receipt_fits(&engine, &done, point).await;
    }
    engine.shutdown().await;
}

async fn receipt_fits(engine: &federation::Engine, done: &Proposal, point: InvocationPoint) {
    let receipt = invocations::get(engine, &admin(), done.invocation_id.unwrap())
        .await
        .unwrap();
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    assert_eq!(receipt.purpose, "proposal");
    assert_eq!(receipt.task_type, point.task_type());
    assert_eq!(receipt.artifact_type, point.artifact_type());
    assert_eq!(receipt.action, Action::Propose);
    assert_eq!(receipt.asked_by, "Ada");
    assert_eq!(receipt.allowed, Some(true));
    assert!(receipt.prompt_template.unwrap().ends_with("/1"));
    assert_eq!(receipt.duration_ms, done.duration_ms);
    let noted = engine.store().annotations(done.id).await.unwrap();
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0].source, ConfidenceSource::Agent);
    assert!((noted[0].score - 0.75).abs() < 1e-9);
    assert_eq!(noted[0].invocation_id, done.invocation_id);
    assert_eq!(noted[0].annotated_by.as_deref(), Some("The one"));
    let answers = proposals::answers(engine, &admin(), done.id).await.unwrap();
    assert_eq!(answers.len(), 1);
    assert_eq!(Some(&answers[0].content), done.content.as_ref());
    assert_eq!(answers[0].agent_name.as_deref(), Some("The one"));
    let account = engine
        .store()
        .account("proposal", done.id.0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((account.reserved_tokens, account.spent_tokens), (0, 120));
}

/// What is in the log of a proposal, by action.
async fn told(store: &TestStore, id: ProposalId) -> Vec<String> {
    let events = store.events_after(id.0, 0, 100).await.unwrap();
    events.into_iter().map(|event| event.name).collect()
}

async fn a_blocked_call_says_why_and_reaches_no_model(store: TestStore) {
    let bridge = obliging();
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let place = place(&engine, "m").await;
    for point in POINTS {
        let policy = NewGovernancePolicy {
            hub_id: place.hub.id,
            agent_registration_id: place.agent.id,
            artifact_type: point.artifact_type().to_owned(),
            allowed_actions: vec![Action::Read],
        };
        let policy = governance::create(&engine, &admin(), policy).await.unwrap();
        let done = place.ask(&engine, point).await;
        assert_eq!(done.status, ProposalStatus::BlockedByPolicy);
        assert_eq!(done.policy_id, Some(policy.id));
        assert_eq!(done.error_type.as_deref(), Some("blocked_by_policy"));
        let reason = done.error.unwrap();
        assert!(reason.contains("not propose"), "{reason}");
        assert_eq!(done.content, None);
        assert_eq!(done.agent_registration_id, Some(place.agent.id));
        let receipt = invocations::get(&engine, &admin(), done.invocation_id.unwrap())
            .await
            .unwrap();
        assert_eq!(receipt.outcome, Outcome::Blocked);
        assert!(receipt.attempts.is_empty());
        assert_eq!(
            told(&store, done.id).await,
            ["run.started", "answer.blocked", "run.finished"]
        );
    }
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 0);
    engine.shutdown().await;
}

async fn nobody_routed_is_refused_before_anything_is_stored(store: TestStore) {
    let engine = engine(&store, obliging());
    let place = unrouted(&engine, "m").await;
    let before = last_audit(&engine).await;
    for point in POINTS {
        let source = place.source(point);
        let key = Some(key("once"));
        let refused = proposals::start(
            &engine,
            &admin(),
            point,
            source,
            NewInvocation::default(),
            key,
        )
        .await;
        let error = refused.unwrap_err();
        assert_eq!(error.code(), "no_route");
        assert!(error.to_string().contains(point.task_type()), "{error}");
    }
    let all = proposals::list(
        &engine,
        &admin(),
        ProposalFilter::default(),
        PageRequest::default(),
    )
    .await
    .unwrap();
    assert!(all.items.is_empty());
    assert_eq!(store.open_work().await.unwrap(), 0);
    assert_eq!(last_audit(&engine).await, before);
    // The key was not taken: routed, the same request goes through.
    route_all(&engine, place.hub.id, place.agent.id, 100).await;
    let point = InvocationPoint::SummarizeCluster;
    let new = NewInvocation::default();
    proposals::start(
        &engine,
        &admin(),
        point,
        place.source(point),
        new,
        Some(key("once")),
    )
    .await
    .unwrap();
    engine.shutdown().await;
}

fn key(key: &str) -> Idempotency {
    Idempotency {
        path: "/api/v2/widgets/x/summarize-cluster".to_owned(),
        key: key.to_owned(),
    }
}

async fn last_audit(engine: &federation::Engine) -> Option<AuditId> {
    let page = federation::audit::list(
        engine,
        &admin(),
        AuditFilter::default(),
        PageRequest::default(),
    )
    .await
    .unwrap();
    page.items.first().map(|entry| entry.id)
}

async fn a_failing_provider_is_told(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::fail(BridgeErrorKind::Authentication));
    let engine = engine(&store, bridge);
    engine.start_workers();
    let place = place(&engine, "m").await;
    for point in POINTS {
        let done = place.ask(&engine, point).await;
        assert_eq!(done.status, ProposalStatus::Failed);
        assert_eq!(done.error_type.as_deref(), Some("authentication"));
        assert!(done.error.unwrap().contains("scripted"));
        assert_eq!((done.content, done.content_hash), (None, None));
        let receipt = invocations::get(&engine, &admin(), done.invocation_id.unwrap())
            .await
            .unwrap();
        assert_eq!(receipt.outcome, Outcome::Failed);
        assert_eq!(
            told(&store, done.id).await,
            [
                "run.started",
                "answer.started",
                "answer.failed",
                "run.finished"
            ]
        );
    }
    engine.shutdown().await;
}

async fn a_cancelled_call_stays_cancelled(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::hang());
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let place = place(&engine, "m").await;
    for point in POINTS {
        let id = place.start(&engine, point).await.id;
        let call = until(|| async {
            let now = proposals::get(&engine, &admin(), id).await.unwrap();
            now.invocation_id
                .filter(|_| now.status == ProposalStatus::Running)
        })
        .await;
        let cancelled = proposals::cancel(&engine, &admin(), id).await.unwrap();
        assert_eq!(cancelled.status, ProposalStatus::Cancelled);
        assert_eq!(cancelled.error_type.as_deref(), Some("cancelled"));
        assert!(cancelled.error.unwrap().contains("Ada"));
        let receipt = invocations::get(&engine, &admin(), call).await.unwrap();
        assert_eq!(receipt.outcome, Outcome::Cancelled);
        let account = store.account("proposal", id.0).await.unwrap().unwrap();
        assert_eq!(
            (account.reserved_tokens, account.spent_tokens),
            (0, receipt.tokens_reserved)
        );
        let again = proposals::cancel(&engine, &admin(), id).await;
        assert_eq!(again.unwrap_err().code(), "run_ended");
        assert_eq!(
            answered(&engine, id).await.status,
            ProposalStatus::Cancelled
        );
    }
    engine.shutdown().await;
}

async fn an_answer_without_json_is_asked_for_again_then_kept_as_text(store: TestStore) {
    let bridge = ScriptBridge::new(|_, _| Plan::text("I would rather not say, \u{0}really."));
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let place = place(&engine, "m").await;
    for point in POINTS {
        let done = place.ask(&engine, point).await;
        assert_eq!(done.status, ProposalStatus::Pending);
        assert!(!done.readable);
        let content = done.content.unwrap();
        assert_eq!(
            content,
            json!({ "text": "I would rather not say, really." })
        );
        assert_eq!(done.confidence, None);
        assert!(store.annotations(done.id).await.unwrap().is_empty());
    }
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 8);
    {
        let requests = bridge.requests.lock().unwrap();
        assert!(requests[1].prompt.starts_with(&requests[0].prompt));
        assert!(requests[1].prompt.contains("could not be read"));
    }
    engine.shutdown().await;
}

async fn a_second_answer_with_json_is_taken(store: TestStore) {
    let bridge = ScriptBridge::new(|request, nth| {
        if nth == 0 {
            Plan::text("Well …")
        } else {
            Plan::text(&answer_of(point_of(&request.prompt)).to_string())
        }
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let place = place(&engine, "m").await;
    let done = place.ask(&engine, InvocationPoint::DraftRequirement).await;
    assert!(done.readable);
    assert_eq!(
        told(&store, done.id).await,
        [
            "run.started",
            "answer.started",
            "answer.started",
            "answer.completed",
            "run.finished"
        ]
    );
    // One answer is kept; each call has its own receipt.
    let answers = proposals::answers(&engine, &admin(), done.id)
        .await
        .unwrap();
    assert_eq!(answers.len(), 1);
    let receipts = invocations::list(
        &engine,
        &admin(),
        InvocationFilter::default(),
        PageRequest::default(),
    )
    .await
    .unwrap();
    assert_eq!(receipts.items.len(), 2);
    engine.shutdown().await;
}

async fn a_proposal_tells_what_all_calls_of_its_round_used(store: TestStore) {
    // Asked twice in the first round and in the third, and then cancelled.
    let bridge = ScriptBridge::new(|_, nth| match nth {
        0 | 3 | 5 => Plan::text("Well …"),
        6 => Plan::hang(),
        _ => Plan::text(&answer_of(InvocationPoint::DraftRequirement).to_string()),
    });
    let engine = engine(&store, Arc::clone(&bridge));
    engine.start_workers();
    let place = place(&engine, "m").await;
    let price = NewModelPrice {
        provider: Provider::Openai,
        model_name: "m".to_owned(),
        input_usd_per_million: 1.0,
        output_usd_per_million: 10.0,
    };
    federation::prices::create(&engine, &admin(), price)
        .await
        .unwrap();
    let first = place.ask(&engine, InvocationPoint::DraftRequirement).await;
    let receipts = receipts(&engine).await;
    assert_eq!(receipts.len(), 2);
    for receipt in &receipts {
        assert_eq!(
            (receipt.tokens_in, receipt.tokens_out),
            (Some(100), Some(20))
        );
        assert_eq!(receipt.cost_microusd, Some(300));
    }
    let lasted = receipts.iter().filter_map(|one| one.duration_ms).sum();
    assert_eq!(used(&first), (Some(200), Some(40), Some(600)));
    assert_eq!(first.duration_ms, Some(lasted));
    assert_eq!(first.invocation_id, Some(receipts[0].id));
    for calls in [1, 2] {
        let new = NewInvocation::default();
        proposals::another_round(&engine, &admin(), first.id, new, None)
            .await
            .unwrap();
        let now = answered(&engine, first.id).await;
        let wanted = (Some(100 * calls), Some(20 * calls), Some(300 * calls));
        assert_eq!(used(&now), wanted, "what was used before is not counted");
    }
    let hangs = place
        .start(&engine, InvocationPoint::DraftRequirement)
        .await;
    until(|| async { (bridge.calls_of("m") == 7).then_some(()) }).await;
    let cancelled = proposals::cancel(&engine, &admin(), hangs.id)
        .await
        .unwrap();
    assert_eq!(used(&cancelled), (Some(100), Some(20), Some(300)));
    engine.shutdown().await;
}

fn used(of: &Proposal) -> (Option<i64>, Option<i64>, Option<i64>) {
    (of.tokens_in, of.tokens_out, of.cost_microusd)
}

/// Newest first.
async fn receipts(engine: &federation::Engine) -> Vec<Invocation> {
    let filter = InvocationFilter::default();
    let page = PageRequest::default();
    invocations::list(engine, &admin(), filter, page)
        .await
        .unwrap()
        .items
}

async fn the_next_candidate_answers_where_the_hub_allows_it(store: TestStore) {
    let bridge = ScriptBridge::new(|request, _| {
        if request.model == "down" {
            Plan::fail(BridgeErrorKind::Unavailable)
        } else {
            Plan::text(&answer_of(point_of(&request.prompt)).to_string())
        }
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let place = place(&engine, "down").await;
    let second =
        federation::agents::create(&engine, &admin(), new_agent(place.hub.id, "second", "up"))
            .await
            .unwrap();
    route_all(&engine, place.hub.id, second.id, 50).await;
    let alone = place.ask(&engine, InvocationPoint::DraftRequirement).await;
    assert_eq!(alone.status, ProposalStatus::Failed);
    let patch = HubPatch {
        routing_fallback: Some(true),
        ..HubPatch::default()
    };
    hubs::update(&engine, &admin(), place.hub.id, patch)
        .await
        .unwrap();
    let done = place.ask(&engine, InvocationPoint::DraftRequirement).await;
    assert_eq!(done.status, ProposalStatus::Pending);
    assert_eq!(done.agent_registration_id, Some(second.id));
    assert_eq!(done.model_used.as_deref(), Some("up-answered"));
    let receipt = invocations::get(&engine, &admin(), done.invocation_id.unwrap())
        .await
        .unwrap();
    assert_eq!(
        receipt.candidates[0].error_type.as_deref(),
        Some("unavailable")
    );
    assert!(receipt.candidates[1].chosen);
    let noted = store.annotations(done.id).await.unwrap();
    assert_eq!(noted[0].annotated_by.as_deref(), Some("The second"));
    let asked: Vec<_> = store
        .events_after(done.id.0, 0, 100)
        .await
        .unwrap()
        .into_iter()
        .filter(|event| event.name == "answer.started")
        .map(|event| event.data["agent_registration_id"].clone())
        .collect();
    assert_eq!(asked, [json!(place.agent.id), json!(second.id)]);
    engine.shutdown().await;
}

async fn two_clicks_start_one(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    let point = InvocationPoint::SummarizeCluster;
    let start = |instructions: &str| {
        let new = NewInvocation {
            instructions: Some(instructions.to_owned()),
        };
        let engine = engine.clone();
        async move {
            proposals::start(
                &engine,
                &admin(),
                point,
                place.widget.0,
                new,
                Some(key("k")),
            )
            .await
        }
    };
    let (one, two) = tokio::join!(start("a"), start("a"));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.id, two.id);
    answered(&engine, one.id).await;
    // The first answer again, also after the end.
    let again = start("a").await.unwrap();
    assert_eq!((again.id, again.status), (one.id, ProposalStatus::Queued));
    let other = start("b").await.unwrap_err();
    assert_eq!(other.code(), "idempotency_key_reused");
    let all = proposals::list(
        &engine,
        &admin(),
        ProposalFilter::default(),
        PageRequest::default(),
    )
    .await
    .unwrap();
    assert_eq!(all.items.len(), 1);
    engine.shutdown().await;
}

async fn only_reviewers_ask_and_cancel(store: TestStore) {
    let engine = engine(&store, obliging());
    let place = place(&engine, "m").await;
    let viewer = person("Vera", Role::Viewer);
    let point = InvocationPoint::DraftRequirement;
    let id = place.start(&engine, point).await.id;
    let new = NewInvocation::default;
    let source = place.source(point);
    for refused in [
        proposals::start(&engine, &viewer, point, source, new(), None).await,
        proposals::cancel(&engine, &viewer, id).await,
        proposals::another_round(&engine, &viewer, id, new(), None).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), "not_allowed");
    }
    proposals::get(&engine, &viewer, id).await.unwrap();
    proposals::answers(&engine, &viewer, id).await.unwrap();
    engine.shutdown().await;
}

async fn what_is_not_there_is_said(store: TestStore) {
    let engine = engine(&store, obliging());
    let place = place(&engine, "m").await;
    let nowhere: ProposalId = engine.clock().id();
    for (point, what) in [
        (InvocationPoint::SummarizeCluster, "widget"),
        (InvocationPoint::DraftRequirement, "widget"),
        (InvocationPoint::ProposeImplementation, "decision record"),
        (InvocationPoint::DetectDuplicates, "requirement candidate"),
    ] {
        let new = NewInvocation::default();
        let refused = proposals::start(&engine, &admin(), point, nowhere.0, new, None).await;
        match refused {
            Err(Error::NotFound { what: said, .. }) => assert_eq!(said, what),
            other => panic!("{other:?}"),
        }
    }
    let long = NewInvocation {
        instructions: Some("x".repeat(20_001)),
    };
    let point = InvocationPoint::SummarizeCluster;
    let refused = proposals::start(&engine, &admin(), point, place.widget.0, long, None).await;
    let Err(Error::Invalid(errors)) = refused else {
        panic!("a text that is too long was taken");
    };
    assert_eq!(errors[0].field, "instructions");
    assert!(proposals::get(&engine, &admin(), nowhere).await.is_err());
    assert!(proposals::cancel(&engine, &admin(), nowhere).await.is_err());
    engine.shutdown().await;
}

async fn a_confidence_out_of_range_is_none(store: TestStore) {
    let bridge = ScriptBridge::new(|_, nth| {
        let said = [json!(85), json!("0.9"), json!(-0.5), json!(null)][nth % 4].clone();
        Plan::text(&json!({ "recommendation": "Go", "confidence": said }).to_string())
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let place = place(&engine, "m").await;
    for _ in 0..4 {
        let done = place.ask(&engine, InvocationPoint::SummarizeCluster).await;
        assert_eq!((done.readable, done.confidence), (true, None));
        assert!(store.annotations(done.id).await.unwrap().is_empty());
    }
    engine.shutdown().await;
}

async fn a_budget_that_is_too_small_refuses_before_the_call(store: TestStore) {
    let bridge = obliging();
    let small = federation::EngineSettings {
        budget_tokens: 500,
        ..settings()
    };
    let engine = federation::Engine::builder((*store).clone(), Arc::clone(&bridge) as _)
        .settings(small)
        .build();
    engine.start_workers();
    let place = place(&engine, "m").await;
    let done = place.ask(&engine, InvocationPoint::SummarizeCluster).await;
    assert_eq!(done.status, ProposalStatus::Failed);
    assert_eq!(done.error_type.as_deref(), Some("budget_exceeded"));
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 0);
    engine.shutdown().await;
}

async fn a_route_that_goes_meanwhile_ends_the_work(store: TestStore) {
    let bridge = obliging();
    let engine = engine(&store, Arc::clone(&bridge));
    let place = place(&engine, "m").await;
    let id = place
        .start(&engine, InvocationPoint::DraftRequirement)
        .await
        .id;
    federation::agents::set_active(&engine, &admin(), place.agent.id, false)
        .await
        .unwrap();
    engine.start_workers();
    let done = answered(&engine, id).await;
    assert_eq!(done.status, ProposalStatus::Failed);
    assert_eq!(done.error_type.as_deref(), Some("no_route"));
    assert!(done.error.unwrap().contains("requirement_draft"));
    assert_eq!(bridge.calls.load(Ordering::SeqCst), 0);
    engine.shutdown().await;
}

async fn a_condition_that_nobody_meets_is_no_route(store: TestStore) {
    let engine = engine(&store, obliging());
    let place = unrouted(&engine, "m").await;
    let policy = NewRoutingPolicy {
        min_trust_level: Some(TrustLevel::Elevated),
        ..NewRoutingPolicy::last(place.hub.id, "synthesis", place.agent.id)
    };
    routing::create(&engine, &admin(), policy).await.unwrap();
    let point = InvocationPoint::SummarizeCluster;
    let new = NewInvocation::default();
    let refused = proposals::start(&engine, &admin(), point, place.widget.0, new, None).await;
    assert_eq!(refused.unwrap_err().code(), "no_route");
    engine.shutdown().await;
}

async fn lists_are_filtered(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, _| {
        let point = point_of(&request.prompt);
        let plan = Plan::text(&answer_of(point).to_string());
        if point == InvocationPoint::DetectDuplicates {
            plan.gated(&held)
        } else {
            plan
        }
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let place = place(&engine, "m").await;
    let mut ids = Vec::new();
    for point in POINTS {
        ids.push(place.start(&engine, point).await.id);
    }
    for id in &ids[..3] {
        answered(&engine, *id).await;
    }
    let found = |filter: ProposalFilter| {
        let engine = engine.clone();
        async move {
            let page = PageRequest::default();
            let list = proposals::list(&engine, &admin(), filter, page).await;
            let ids: Vec<_> = list.unwrap().items.into_iter().map(|p| p.id).collect();
            ids
        }
    };
    let none = ProposalFilter::default;
    let all: Vec<_> = ids.iter().rev().copied().collect();
    assert_eq!(found(none()).await, all);
    let pending = ProposalFilter {
        status: Some(ProposalStatus::Pending),
        ..none()
    };
    assert_eq!(found(pending).await, all[1..]);
    let task = ProposalFilter {
        task_type: Some("implementation".to_owned()),
        ..none()
    };
    assert_eq!(found(task).await, [ids[2]]);
    let of_widget = ProposalFilter {
        source_widget_id: Some(place.widget),
        hub_id: Some(place.hub.id),
        ..none()
    };
    assert_eq!(found(of_widget).await, [ids[1], ids[0]]);
    let of_agent = ProposalFilter {
        agent_registration_id: Some(place.agent.id),
        status: Some(ProposalStatus::Pending),
        ..none()
    };
    assert_eq!(found(of_agent).await.len(), 3);
    let elsewhere = ProposalFilter {
        hub_id: Some(HubId(engine.clock().id())),
        ..none()
    };
    assert!(found(elsewhere).await.is_empty());
    gate.add_permits(1_000);
    answered(&engine, ids[3]).await;
    engine.shutdown().await;
}
