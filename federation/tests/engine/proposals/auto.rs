//! Without a person: only where a policy grants it and the agent is
//! autonomous.

use federation::{Engine, agents, governance, invocations, proposals, reviews};
use model::*;
use serde_json::json;

use crate::{common::TestStore, point::*, support::*};

both_engines!(
    an_autonomous_agent_with_a_grant_applies_its_answer,
    what_was_applied_is_marked_wherever_it_is_listed,
    neither_trust_nor_a_grant_alone_applies_anything,
    a_hub_that_permits_by_default_grants_nothing,
    what_stays_is_a_persons_choice,
    an_answer_that_cannot_be_read_waits,
);

const POINT: InvocationPoint = InvocationPoint::DraftRequirement;

async fn trust(engine: &Engine, place: &Place, trust_level: TrustLevel) {
    let patch = AgentPatch {
        trust_level: Some(trust_level),
        ..AgentPatch::default()
    };
    agents::update(engine, &admin(), place.agent.id, patch, None)
        .await
        .unwrap();
}

async fn grant(engine: &Engine, place: &Place, artifact_type: &str, actions: &[Action]) {
    let policy = NewGovernancePolicy {
        hub_id: place.hub.id,
        agent_registration_id: place.agent.id,
        artifact_type: artifact_type.to_owned(),
        allowed_actions: actions.to_vec(),
    };
    governance::create(engine, &admin(), policy).await.unwrap();
}

const ALL: &[Action] = &[Action::Read, Action::Propose, Action::AutoApply];

async fn an_autonomous_agent_with_a_grant_applies_its_answer(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    trust(&engine, &place, TrustLevel::Autonomous).await;
    grant(&engine, &place, POINT.artifact_type(), ALL).await;
    let done = place.ask(&engine, POINT).await;
    assert_eq!(done.status, ProposalStatus::Accepted);
    assert!(done.auto_applied);
    assert!(done.decided_at.is_some());
    let made = federation::candidates::list(
        &engine,
        &admin(),
        CandidateFilter {
            hub_id: Some(place.hub.id),
            ..CandidateFilter::default()
        },
        PageRequest::default(),
    )
    .await
    .unwrap()
    .items;
    let drafted: Vec<_> = made
        .iter()
        .filter(|candidate| candidate.source_proposal_id == Some(done.id))
        .collect();
    assert_eq!(drafted.len(), 1);
    assert_eq!(drafted[0].title, "Free slots in the week view");
    assert!(drafted[0].auto_applied);
    let marked = made.iter().filter(|candidate| candidate.auto_applied);
    assert_eq!(marked.count(), 1);
    let events = store.events_after(done.id.0, 0, 100).await.unwrap();
    let last = events.last().unwrap();
    assert_eq!(
        (last.name.as_str(), &last.data["status"]),
        ("run.finished", &json!("accepted"))
    );
    // One action takes it back.
    let undo = verdict(Verdict::Undone);
    reviews::decide(&engine, &person("Rae", Role::Reviewer), done.id, undo)
        .await
        .unwrap();
    let now = proposals::get(&engine, &admin(), done.id).await.unwrap();
    assert_eq!(
        (now.status, now.auto_applied),
        (ProposalStatus::Pending, false)
    );
    let candidate = federation::candidates::get(&engine, &admin(), drafted[0].id)
        .await
        .unwrap();
    assert_eq!(
        (candidate.status, candidate.auto_applied),
        (CandidateStatus::Archived, false)
    );
    engine.shutdown().await;
}

/// Whether each is marked: as the widget, the decision and the agent's work
/// list them.
async fn what_was_applied_is_marked_wherever_it_is_listed(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    let points = [
        InvocationPoint::SummarizeCluster,
        InvocationPoint::ProposeImplementation,
    ];
    let marks = async || {
        let summaries = federation::widgets::summaries(&engine, &admin(), place.widget)
            .await
            .unwrap();
        let decision = federation::decisions::detail(&engine, &admin(), place.decision)
            .await
            .unwrap();
        let work = agents::work(&engine, &admin(), place.agent.id, PageRequest::default())
            .await
            .unwrap();
        let of_work = work.items.iter().map(|one| one.auto_applied).collect();
        let summaries = summaries.iter().map(|one| one.auto_applied).collect();
        let attached = decision.implementations.iter();
        let attached = attached.map(|one| one.auto_applied).collect();
        [summaries, attached, of_work]
    };
    let mut made = Vec::new();
    for point in points {
        // By a person.
        let done = place.ask(&engine, point).await;
        let accept = verdict(Verdict::Accepted);
        reviews::decide(&engine, &admin(), done.id, accept)
            .await
            .unwrap();
    }
    let none: [Vec<bool>; 3] = [vec![false], vec![false], vec![false, false]];
    assert_eq!(marks().await, none);
    trust(&engine, &place, TrustLevel::Autonomous).await;
    for point in points {
        grant(&engine, &place, point.artifact_type(), ALL).await;
        made.push(place.ask(&engine, point).await.id);
    }
    let of_work = vec![true, true, false, false];
    let both: [Vec<bool>; 3] = [vec![true, false], vec![true, false], of_work];
    assert_eq!(marks().await, both);
    for id in made {
        let undo = verdict(Verdict::Undone);
        reviews::decide(&engine, &person("Rae", Role::Reviewer), id, undo)
            .await
            .unwrap();
    }
    let [summaries, attached, of_work] = marks().await;
    assert_eq!((summaries, attached), (vec![false], vec![false]));
    assert!(of_work.iter().all(|marked| !marked));
    engine.shutdown().await;
}

fn verdict(verdict: Verdict) -> NewProposalReview {
    NewProposalReview {
        verdict,
        comment: None,
        revised_content: None,
        content_hash: None,
        duplicates: None,
    }
}

async fn neither_trust_nor_a_grant_alone_applies_anything(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    grant(&engine, &place, POINT.artifact_type(), ALL).await;
    // Granted, and not autonomous.
    for trusted in [TrustLevel::Advisory, TrustLevel::Elevated] {
        trust(&engine, &place, trusted).await;
        let done = place.ask(&engine, POINT).await;
        assert_eq!(
            (done.status, done.auto_applied),
            (ProposalStatus::Pending, false),
            "{trusted}"
        );
    }
    // Autonomous, and granted for something else only.
    trust(&engine, &place, TrustLevel::Autonomous).await;
    let done = place.ask(&engine, InvocationPoint::SummarizeCluster).await;
    assert_eq!(done.status, ProposalStatus::Pending);
    grant(
        &engine,
        &place,
        "widget_summary",
        &[Action::Read, Action::Propose],
    )
    .await;
    let done = place.ask(&engine, InvocationPoint::SummarizeCluster).await;
    assert_eq!(done.status, ProposalStatus::Pending);
    engine.shutdown().await;
}

async fn a_hub_that_permits_by_default_grants_nothing(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    trust(&engine, &place, TrustLevel::Autonomous).await;
    let done = place.ask(&engine, POINT).await;
    assert_eq!(done.status, ProposalStatus::Pending);
    // A policy that is switched off grants nothing either.
    grant(&engine, &place, POINT.artifact_type(), ALL).await;
    let filter = GovernanceFilter::default();
    let policies = governance::list(&engine, &admin(), filter, PageRequest::default())
        .await
        .unwrap();
    governance::toggle(&engine, &admin(), policies.items[0].id)
        .await
        .unwrap();
    let done = place.ask(&engine, POINT).await;
    assert_eq!(done.status, ProposalStatus::Pending);
    engine.shutdown().await;
}

async fn what_stays_is_a_persons_choice(store: TestStore) {
    let engine = engine(&store, obliging());
    engine.start_workers();
    let place = place(&engine, "m").await;
    trust(&engine, &place, TrustLevel::Autonomous).await;
    grant(&engine, &place, "duplicate_report", ALL).await;
    let done = place.ask(&engine, InvocationPoint::DetectDuplicates).await;
    assert_eq!(
        (done.status, done.auto_applied),
        (ProposalStatus::Pending, false)
    );
    engine.shutdown().await;
}

async fn an_answer_that_cannot_be_read_waits(store: TestStore) {
    let engine = engine(&store, ScriptBridge::new(|_, _| Plan::text("Well …")));
    engine.start_workers();
    let place = place(&engine, "m").await;
    trust(&engine, &place, TrustLevel::Autonomous).await;
    grant(&engine, &place, POINT.artifact_type(), ALL).await;
    let done = place.ask(&engine, POINT).await;
    assert_eq!(
        (done.status, done.readable, done.auto_applied),
        (ProposalStatus::Pending, false, false)
    );
    let receipt = invocations::get(&engine, &admin(), done.invocation_id.unwrap())
        .await
        .unwrap();
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    engine.shutdown().await;
}
