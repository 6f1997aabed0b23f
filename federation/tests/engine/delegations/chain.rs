//! One subtask after another: answers, the way down and up.

use std::sync::Arc;

use federation::{Engine, agents, delegations, invocations, proposals, reviews};
use model::*;
use serde_json::json;

use crate::{common::TestStore, point::*, support::*};

both_engines!(
    a_subtask_becomes_a_proposal_of_its_own,
    a_result_is_delegated_further,
    an_answer_that_is_cut_is_marked,
    an_answer_that_is_no_object_is_asked_for_again,
    a_failing_provider_ends_it_and_gives_the_budget_back,
    another_round_asks_the_same_agent_within_the_same_budget,
    what_is_left_goes_back_when_it_is_closed,
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
    tokio::time::timeout(PATIENCE, delegations::wait(engine, &by, id))
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
