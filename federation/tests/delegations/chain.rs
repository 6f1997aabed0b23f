//! One subtask after another: answers, the way down and up, live events.

use std::{sync::Arc, time::Duration};

use federation::{
    Engine, agents, delegations, hubs, invocations,
    live::{Follow, subscribe_proposal},
    proposals, reviews,
};
use futures::StreamExt;
use model::*;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::{common::TestStore, point::*, support::*};

both_engines!(
    a_subtask_becomes_a_proposal_of_its_own,
    a_result_is_delegated_further,
    an_answer_that_is_cut_is_marked,
    an_answer_that_is_no_object_is_asked_for_again,
    a_failing_provider_ends_it_and_gives_the_budget_back,
    another_round_asks_the_same_agent_within_the_same_budget,
    what_is_left_goes_back_when_it_is_closed,
    those_above_hear_of_it,
    two_that_end_together_are_both_heard_of,
    a_further_round_that_fails_is_heard_of_and_leaves_the_answer,
    who_has_handed_on_answers_again,
    opinions_stay_covered,
    an_export_names_all_that_took_part,
    a_part_of_a_tree_is_read,
);

pub const POINT: InvocationPoint = InvocationPoint::DraftRequirement;

/// A place with an answered proposal, and further agents, `a` to `d`.
pub struct Desk {
    pub engine: Engine,
    pub place: Place,
    pub root: Proposal,
    pub others: Vec<Agent>,
}

impl Desk {
    pub async fn new(store: &TestStore, bridge: Arc<ScriptBridge>) -> Self {
        let engine = engine(store, bridge);
        engine.start_workers();
        let place = place(&engine, "root").await;
        let root = place.ask(&engine, POINT).await;
        assert_eq!(root.status, ProposalStatus::Pending);
        let mut others = Vec::new();
        for slug in ["a", "b", "c", "d"] {
            let new = new_agent(place.hub.id, slug, slug);
            others.push(agents::create(&engine, &admin(), new).await.unwrap());
        }
        Self {
            engine,
            place,
            root,
            others,
        }
    }

    pub async fn start(
        &self,
        parent: ProposalId,
        agent: &Agent,
        token_budget: i64,
    ) -> federation::Result<Delegation> {
        let new = NewDelegation {
            receiving_agent_id: agent.id,
            scope: "Look at what blind people need.".to_owned(),
            token_budget,
        };
        delegations::start(&self.engine, &admin(), parent, new, None).await
    }

    /// Delegates, and waits for the end.
    pub async fn ask(&self, parent: ProposalId, agent: &Agent, budget: i64) -> Delegation {
        let started = self.start(parent, agent, budget).await.unwrap();
        settled(&self.engine, started.id).await
    }

    pub async fn account(&self, proposal: ProposalId) -> federation::store::budget::Account {
        let store = self.engine.store();
        store.account_of_proposal(proposal).await.unwrap().unwrap()
    }
}

pub async fn settled(engine: &Engine, id: DelegationId) -> Delegation {
    let by = admin();
    tokio::time::timeout(Duration::from_secs(30), delegations::wait(engine, &by, id))
        .await
        .expect("the work ends")
        .unwrap()
}

async fn a_subtask_becomes_a_proposal_of_its_own(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let started = desk
        .start(desk.root.id, &desk.others[0], 20_000)
        .await
        .unwrap();
    assert_eq!(started.status, DelegationStatus::Pending);
    assert_eq!((started.depth, started.tokens_left), (1, 20_000));
    let done = settled(&desk.engine, started.id).await;
    assert_eq!(done.status, DelegationStatus::Completed);
    assert_eq!(done.tokens_used, Some(120));
    assert_eq!(done.tokens_left, 20_000 - 120);
    assert!(!done.truncated && !done.closed);
    let result = proposals::get(&desk.engine, &admin(), done.result_proposal_id)
        .await
        .unwrap();
    assert_eq!(result.status, ProposalStatus::Pending);
    assert_eq!(result.delegation_id, Some(done.id));
    assert_eq!(result.content, done.result);
    assert_eq!(result.agent_registration_id, Some(desk.others[0].id));
    assert_eq!(result.artifact_type, desk.root.artifact_type);
    assert_eq!(result.source_widget_id, Some(desk.place.widget));
    let receipt = invocations::get(&desk.engine, &admin(), result.invocation_id.unwrap())
        .await
        .unwrap();
    assert_eq!(
        (receipt.purpose.as_str(), receipt.action),
        ("delegation", Action::Propose)
    );
    assert_eq!(receipt.prompt_template.as_deref(), Some("delegation/1"));
    // What was asked: the subtask, the answer it comes from, and the sources.
    let request = bridge.requests.lock().unwrap().last().unwrap().clone();
    for part in [
        "Look at what blind people need.",
        "Free slots in the week view",
        "Where is Saturday?",
        "- \"acceptance_criteria\"",
    ] {
        assert!(request.prompt.contains(part), "{part}");
    }
    assert_eq!(request.max_tokens, 2_000);
    // It is reviewed as any other.
    let review = NewProposalReview {
        verdict: Verdict::Accepted,
        comment: None,
        revised_content: None,
        content_hash: result.content_hash,
        duplicates: None,
    };
    reviews::decide(&desk.engine, &admin(), result.id, review)
        .await
        .unwrap();
    desk.engine.shutdown().await;
}

async fn a_result_is_delegated_further(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let first = desk.ask(desk.root.id, &desk.others[0], 20_000).await;
    let second = desk
        .ask(first.result_proposal_id, &desk.others[1], 5_000)
        .await;
    let third = desk
        .ask(second.result_proposal_id, &desk.others[2], 2_000)
        .await;
    assert_eq!(third.depth, 3);
    assert_eq!(third.root_proposal_id, desk.root.id);
    let up = delegations::way_up(&desk.engine, &admin(), third.result_proposal_id)
        .await
        .unwrap();
    let steps: Vec<_> = up
        .steps
        .iter()
        .map(|step| (step.delegation_id, step.proposal_id))
        .collect();
    assert_eq!(
        steps,
        [
            (third.id, second.result_proposal_id),
            (second.id, first.result_proposal_id),
            (first.id, desk.root.id),
        ]
    );
    let tree = delegations::tree(&desk.engine, &admin(), desk.root.id)
        .await
        .unwrap();
    let one = &tree.delegations[0];
    let two = &one.result.delegations[0];
    let three = &two.result.delegations[0];
    assert_eq!(
        (one.delegation.id, two.delegation.id, three.delegation.id),
        (first.id, second.id, third.id)
    );
    assert_eq!(three.result.proposal.id, third.result_proposal_id);
    assert!(three.result.delegations.is_empty());
    // Each took from what the one above had left.
    assert_eq!(desk.account(desk.root.id).await.granted_tokens, 20_000);
    let below = desk.account(first.result_proposal_id).await;
    assert_eq!((below.granted_tokens, below.spent_tokens), (5_000, 120));
    desk.engine.shutdown().await;
}

async fn an_answer_that_is_cut_is_marked(store: TestStore) {
    let bridge = ScriptBridge::new(|request, _| {
        if request.model == "a" {
            Plan::text("{\"recommendation\": \"Half an ans").cut()
        } else {
            Plan::text(&answer_of(POINT).to_string())
        }
    });
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let done = desk.ask(desk.root.id, &desk.others[0], 1_500).await;
    assert_eq!(done.status, DelegationStatus::Completed);
    assert!(done.truncated);
    assert_eq!(bridge.calls_of("a"), 1);
    let request = bridge.requests.lock().unwrap().last().unwrap().clone();
    assert!((1..1_500).contains(&request.max_tokens));
    let result = proposals::get(&desk.engine, &admin(), done.result_proposal_id)
        .await
        .unwrap();
    let receipt = invocations::get(&desk.engine, &admin(), result.invocation_id.unwrap())
        .await
        .unwrap();
    // No more was held than it was given.
    assert_eq!(receipt.tokens_reserved, 1_500);
    desk.engine.shutdown().await;
}

async fn an_answer_that_is_no_object_is_asked_for_again(store: TestStore) {
    let bridge = ScriptBridge::new(|request, nth| {
        if request.model == "a" && nth == 0 {
            Plan::text("I would rather not.")
        } else {
            Plan::text(&answer_of(POINT).to_string())
        }
    });
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let done = desk.ask(desk.root.id, &desk.others[0], 10_000).await;
    assert_eq!(bridge.calls_of("a"), 2);
    assert_eq!(done.tokens_used, Some(240));
    assert!(done.result.unwrap().get("recommendation").is_some());
    let result = proposals::get(&desk.engine, &admin(), done.result_proposal_id)
        .await
        .unwrap();
    assert_eq!((result.tokens_in, result.tokens_out), (Some(200), Some(40)));
    // Where nothing is left to ask with, the text stands as it came.
    let bridge = ScriptBridge::new(|_, _| Plan::text("I would rather not.").using(700, 750));
    let poor = engine(&store, Arc::clone(&bridge));
    desk.engine.shutdown().await;
    poor.start_workers();
    let new = NewDelegation {
        receiving_agent_id: desk.others[1].id,
        scope: "Look again.".to_owned(),
        token_budget: 1_500,
    };
    let started = delegations::start(&poor, &admin(), desk.root.id, new, None)
        .await
        .unwrap();
    let done = settled(&poor, started.id).await;
    assert_eq!(bridge.calls_of("b"), 1);
    assert_eq!(done.status, DelegationStatus::Completed);
    assert_eq!(done.result, Some(json!({ "text": "I would rather not." })));
    poor.shutdown().await;
}

async fn a_failing_provider_ends_it_and_gives_the_budget_back(store: TestStore) {
    use federation::bridge::BridgeErrorKind;
    let bridge = ScriptBridge::new(|request, _| {
        if request.model == "a" {
            Plan::fail(BridgeErrorKind::Authentication)
        } else {
            Plan::text(&answer_of(POINT).to_string())
        }
    });
    let desk = Desk::new(&store, bridge).await;
    let before = desk.account(desk.root.id).await;
    let done = desk.ask(desk.root.id, &desk.others[0], 10_000).await;
    assert_eq!(done.status, DelegationStatus::Failed);
    assert_eq!(done.error_type.as_deref(), Some("authentication"));
    assert_eq!(done.result_status, ProposalStatus::Failed);
    assert!(done.closed);
    assert_eq!(desk.account(desk.root.id).await.left(), before.left());
    // Nothing can be delegated from a result that is not there.
    let refused = desk
        .start(done.result_proposal_id, &desk.others[1], 100)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "not_delegable");
    desk.engine.shutdown().await;
}

async fn another_round_asks_the_same_agent_within_the_same_budget(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let done = desk.ask(desk.root.id, &desk.others[0], 10_000).await;
    let new = NewInvocation {
        instructions: Some("Name the risk for deaf people too.".to_owned()),
    };
    let id = done.result_proposal_id;
    proposals::another_round(&desk.engine, &admin(), id, new, None)
        .await
        .unwrap();
    let again = answered(&desk.engine, id).await;
    assert_eq!((again.round, again.status), (2, ProposalStatus::Pending));
    assert_eq!(bridge.calls_of("a"), 2);
    let request = bridge.requests.lock().unwrap().last().unwrap().clone();
    assert!(request.prompt.contains("deaf people"));
    assert!(request.prompt.contains("blind people"));
    let now = delegations::get(&desk.engine, &admin(), done.id)
        .await
        .unwrap();
    assert_eq!(now.tokens_used, Some(240));
    assert_eq!(now.tokens_left, 10_000 - 240);
    assert_eq!(now.status, DelegationStatus::Completed);
    desk.engine.shutdown().await;
}

async fn what_is_left_goes_back_when_it_is_closed(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let whole = desk.account(desk.root.id).await.left();
    let first = desk.ask(desk.root.id, &desk.others[0], 10_000).await;
    let second = desk
        .ask(first.result_proposal_id, &desk.others[1], 4_000)
        .await;
    let closed = delegations::close(&desk.engine, &admin(), first.id)
        .await
        .unwrap();
    assert_eq!((closed.closed, closed.tokens_left), (true, 0));
    // The one below keeps its own.
    assert_eq!(desk.account(desk.root.id).await.left(), whole - 120 - 4_000);
    let refused = desk
        .start(first.result_proposal_id, &desk.others[2], 100)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "budget_exceeded");
    let twice = delegations::close(&desk.engine, &admin(), first.id).await;
    assert_eq!(twice.unwrap_err().code(), "already_closed");
    // Past a closed one, it goes on to the next open account above.
    delegations::close(&desk.engine, &admin(), second.id)
        .await
        .unwrap();
    assert_eq!(desk.account(desk.root.id).await.left(), whole - 240);
    desk.engine.shutdown().await;
}

async fn those_above_hear_of_it(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, _| {
        let plan = Plan::text(&answer_of(POINT).to_string());
        if request.model == "b" {
            plan.gated(&held)
        } else {
            plan
        }
    });
    let desk = Desk::new(&store, bridge).await;
    let first = desk.ask(desk.root.id, &desk.others[0], 20_000).await;
    let last = store.last_event("proposal", desk.root.id.0).await.unwrap();
    let seen = last.unwrap().seq;
    // Nothing works there or below: nothing can follow.
    let follow = |after| subscribe_proposal(&desk.engine, &VIEWER, desk.root.id, after);
    assert!(matches!(
        follow(Some(seen)).await.unwrap(),
        Follow::NothingMore
    ));
    let second = desk
        .start(first.result_proposal_id, &desk.others[1], 5_000)
        .await
        .unwrap();
    let Follow::Stream(events) = follow(Some(seen)).await.unwrap() else {
        panic!("somebody works below");
    };
    let mut events = events;
    let mut seen = Vec::new();
    gate.add_permits(1);
    while !seen
        .iter()
        .any(|e: &LiveEvent| e.name == "delegation.delta")
    {
        let next = tokio::time::timeout(Duration::from_secs(30), events.next()).await;
        seen.push(next.expect("text comes").expect("the stream goes on"));
    }
    gate.add_permits(10_000);
    let rest = tokio::time::timeout(Duration::from_secs(30), events.collect::<Vec<_>>()).await;
    seen.extend(rest.expect("the stream ends"));
    let events = seen;
    let stored: Vec<_> = events
        .iter()
        .filter(|event| event.seq.is_some())
        .map(|event| event.name.as_str())
        .collect();
    assert_eq!(
        stored,
        [
            "delegation.queued",
            "delegation.started",
            "delegation.completed"
        ]
    );
    let text: String = events
        .iter()
        .filter(|event| event.name == "delegation.delta")
        .inspect(|event| assert_eq!(event.data["delegation_id"], json!(second.id)))
        .map(|event| event.data["text"].as_str().unwrap().to_owned())
        .collect();
    // What is in memory when the answer is stored is not sent any more.
    assert!(answer_of(POINT).to_string().starts_with(&text));
    assert!(!text.is_empty());
    desk.engine.shutdown().await;
}

async fn two_that_end_together_are_both_heard_of(store: TestStore) {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let bridge = ScriptBridge::new(move |request, _| {
        let plan = Plan::text(&answer_of(POINT).to_string());
        if request.model == "root" {
            plan
        } else {
            plan.gated(&held)
        }
    });
    let desk = Desk::new(&store, bridge).await;
    for _ in 0..5 {
        let last = store.last_event("proposal", desk.root.id.0).await.unwrap();
        let mut both = Vec::new();
        for agent in &desk.others[..2] {
            both.push(desk.start(desk.root.id, agent, 5_000).await.unwrap().id);
        }
        let seen = Some(last.unwrap().seq);
        let follow = subscribe_proposal(&desk.engine, &VIEWER, desk.root.id, seen).await;
        let Follow::Stream(events) = follow.unwrap() else {
            panic!("two work below");
        };
        gate.add_permits(500);
        let events: Vec<LiveEvent> =
            tokio::time::timeout(Duration::from_secs(30), events.collect())
                .await
                .expect("the stream ends");
        let ended = events
            .iter()
            .filter(|event| event.name == "delegation.completed")
            .count();
        assert_eq!(ended, 2, "{events:?}");
        for id in both {
            settled(&desk.engine, id).await;
        }
    }
    desk.engine.shutdown().await;
}

async fn a_further_round_that_fails_is_heard_of_and_leaves_the_answer(store: TestStore) {
    use federation::bridge::BridgeErrorKind;
    let bridge = ScriptBridge::new(|request, nth| match (request.model.as_str(), nth) {
        ("a", 1) => Plan::fail(BridgeErrorKind::Authentication),
        ("a", 2) => Plan::hang(),
        _ => Plan::text(&answer_of(POINT).to_string()),
    });
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let done = desk.ask(desk.root.id, &desk.others[0], 30_000).await;
    let id = done.result_proposal_id;
    let again = async || {
        let new = NewInvocation::default();
        proposals::another_round(&desk.engine, &admin(), id, new, None)
            .await
            .unwrap()
    };
    let last = store.last_event("proposal", desk.root.id.0).await.unwrap();
    again().await;
    let follow =
        subscribe_proposal(&desk.engine, &VIEWER, desk.root.id, Some(last.unwrap().seq)).await;
    let now = answered(&desk.engine, id).await;
    assert_eq!(now.status, ProposalStatus::Pending);
    assert_eq!(now.error_type.as_deref(), Some("authentication"));
    if let Follow::Stream(events) = follow.unwrap() {
        let events: Vec<LiveEvent> =
            tokio::time::timeout(Duration::from_secs(30), events.collect())
                .await
                .expect("the stream ends");
        let last = events.last().map(|event| event.name.clone());
        assert_eq!(last.as_deref(), Some("delegation.completed"));
    }
    let read = delegations::get(&desk.engine, &admin(), done.id)
        .await
        .unwrap();
    assert_eq!(
        (read.status, read.result),
        (DelegationStatus::Completed, done.result.clone())
    );
    // While a further round runs it is open: it is not closed, and is stopped.
    again().await;
    until(|| async { (bridge.calls_of("a") == 3).then_some(()) }).await;
    let open = delegations::get(&desk.engine, &admin(), done.id)
        .await
        .unwrap();
    assert_eq!(open.status, DelegationStatus::Pending);
    let refused = delegations::close(&desk.engine, &admin(), done.id).await;
    assert_eq!(refused.unwrap_err().code(), "not_closable");
    let stopped = delegations::cancel(&desk.engine, &admin(), done.id)
        .await
        .unwrap();
    assert_eq!(stopped.status, DelegationStatus::Completed);
    assert_eq!(stopped.result_status, ProposalStatus::Pending);
    assert!(!stopped.closed);
    delegations::close(&desk.engine, &admin(), done.id)
        .await
        .unwrap();
    let new = NewInvocation::default();
    let refused = proposals::another_round(&desk.engine, &admin(), id, new, None).await;
    assert_eq!(refused.unwrap_err().code(), "budget_closed");
    desk.engine.shutdown().await;
}

async fn who_has_handed_on_answers_again(store: TestStore) {
    let bridge = obliging();
    let desk = Desk::new(&store, Arc::clone(&bridge)).await;
    let other = &desk.others[0];
    desk.ask(desk.root.id, &desk.others[1], 5_000).await;
    // From now on somebody else is routed first.
    route_all(&desk.engine, desk.place.hub.id, other.id, 200).await;
    let new = NewInvocation::default();
    proposals::another_round(&desk.engine, &admin(), desk.root.id, new, None)
        .await
        .unwrap();
    let again = answered(&desk.engine, desk.root.id).await;
    assert_eq!(again.round, 2);
    assert_eq!(again.agent_registration_id, Some(desk.place.agent.id));
    assert_eq!(bridge.calls_of("a"), 0);
    desk.engine.shutdown().await;
}

static VIEWER: std::sync::LazyLock<Caller> =
    std::sync::LazyLock::new(|| person("Vi", Role::Viewer));

async fn opinions_stay_covered(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let patch = HubPatch {
        decide_first: Some(true),
        ..HubPatch::default()
    };
    hubs::update(&desk.engine, &admin(), desk.place.hub.id, patch)
        .await
        .unwrap();
    let rae = person("Rae", Role::Reviewer);
    let ask = |by: &Caller| {
        let new = NewDelegation {
            receiving_agent_id: desk.others[0].id,
            scope: "Repeat the recommendation in the body.".to_owned(),
            token_budget: 20_000,
        };
        let by = by.clone();
        let (engine, root) = (desk.engine.clone(), desk.root.id);
        async move { delegations::start(&engine, &by, root, new, None).await }
    };
    assert_eq!(ask(&rae).await.unwrap_err().code(), "judge_first");
    let judged = NewJudgement {
        verdict: Judgement::Accepted,
        score: None,
        rationale: None,
    };
    let ada = admin();
    reviews::judge(&desk.engine, &ada, desk.root.id, judged)
        .await
        .unwrap();
    let done = ask(&ada).await.unwrap();
    let done = settled(&desk.engine, done.id).await;
    let covered = |content: &serde_json::Value| {
        content.get("recommendation").is_none() && content.get("title").is_some()
    };
    let read = delegations::get(&desk.engine, &rae, done.id).await.unwrap();
    assert!(covered(read.result.as_ref().unwrap()));
    let tree = delegations::tree(&desk.engine, &rae, desk.root.id)
        .await
        .unwrap();
    let node = &tree.delegations[0];
    assert!(covered(node.delegation.result.as_ref().unwrap()));
    assert!(covered(node.result.proposal.content.as_ref().unwrap()));
    assert!(covered(tree.proposal.content.as_ref().unwrap()));
    let prov = delegations::prov(&desk.engine, &rae, desk.root.id)
        .await
        .unwrap();
    assert!(!prov.to_string().contains("Show free slots first"));
    desk.engine.shutdown().await;
}

async fn an_export_names_all_that_took_part(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let first = desk.ask(desk.root.id, &desk.others[0], 20_000).await;
    let second = desk
        .ask(first.result_proposal_id, &desk.others[1], 5_000)
        .await;
    // From the middle: the way up is in it too.
    let id = first.result_proposal_id;
    let prov = delegations::prov(&desk.engine, &admin(), id).await.unwrap();
    for proposal in [desk.root.id, id, second.result_proposal_id] {
        let name = format!("ih:proposal/{proposal}");
        assert!(prov["entity"].get(&name).is_some(), "{name}");
    }
    let count = |kind: &str| prov[kind].as_object().map_or(0, |all| all.len());
    assert_eq!(count("activity"), 3);
    assert_eq!(count("wasGeneratedBy"), 3);
    // Two delegations, three proposals about one widget, two events behind it.
    assert_eq!(count("wasDerivedFrom"), 2 + 3 + 2);
    assert_eq!(prov["prefix"]["ih"], "urn:inter-hub:");
    // Whatever a relation names is described.
    let described = |name: &serde_json::Value| {
        let name = name.as_str().unwrap();
        ["entity", "activity", "agent"]
            .iter()
            .any(|kind| prov[kind].get(name).is_some())
    };
    for kind in [
        "used",
        "wasGeneratedBy",
        "wasDerivedFrom",
        "wasAssociatedWith",
        "actedOnBehalfOf",
    ] {
        for relation in prov[kind].as_object().unwrap().values() {
            for (key, name) in relation.as_object().unwrap() {
                if key.starts_with("prov:") {
                    assert!(described(name), "{kind} {key} {name}");
                }
            }
        }
    }
    desk.engine.shutdown().await;
}

async fn a_part_of_a_tree_is_read(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let mut tops = Vec::new();
    for agent in &desk.others[..3] {
        tops.push(desk.ask(desk.root.id, agent, 5_000).await);
    }
    let below = desk
        .ask(tops[0].result_proposal_id, &desk.others[3], 1_500)
        .await;
    let part = |view: TreeView| async {
        let caller = admin();
        delegations::part(&desk.engine, &caller, desk.root.id, view)
            .await
            .unwrap()
    };
    let ids = |part: &TreePart| part.nodes.iter().map(|n| n.id).collect::<Vec<_>>();
    let whole = part(TreeView {
        most: 100,
        ..TreeView::default()
    })
    .await;
    assert_eq!(ids(&whole), [tops[0].id, tops[1].id, tops[2].id, below.id]);
    assert_eq!((whole.root.below, whole.root.open), (4, 0));
    assert_eq!(whole.root.spent_tokens, 5 * 120);
    assert_eq!(
        (whole.nodes[0].children, whole.nodes[0].spent_tokens),
        (1, 240)
    );
    // A wide branch is read on after the last child that is known.
    let first = part(TreeView {
        most: 1,
        ..TreeView::default()
    })
    .await;
    assert_eq!(ids(&first), [tops[0].id]);
    let next = part(TreeView {
        most: 100,
        after: Some(tops[0].id),
        ..TreeView::default()
    })
    .await;
    assert_eq!(ids(&next), [tops[1].id, tops[2].id]);
    let branch = part(TreeView {
        most: 100,
        under: Some(tops[0].id),
        ..TreeView::default()
    })
    .await;
    assert_eq!(ids(&branch), [below.id]);
    let found = part(TreeView {
        most: 100,
        find: Some("THE D".to_owned()),
        ..TreeView::default()
    })
    .await;
    assert_eq!((found.found.clone(), found.matches), (vec![below.id], 1));
    assert_eq!(ids(&found), [tops[0].id, below.id]);
    desk.engine.shutdown().await;
}
