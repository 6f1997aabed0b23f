//! The gate where a provider is down or out of credit: who is asked next, and
//! what the one receipt says.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::common::TestStore;
use crate::support::*;
use async_trait::async_trait;
use federation::{
    Engine,
    bridge::BridgeErrorKind,
    governance, hubs,
    invocation::{self, Ended, Order, Record, Route},
    invocations, routing,
    store::Tx,
};
use model::*;

both_engines!(
    the_next_candidate_answers_and_the_receipt_names_all,
    nobody_else_is_asked_where_the_hub_does_not_allow_it,
    only_a_provider_that_is_down_or_out_of_credit_leads_on,
    a_blocked_next_one_ends_the_call,
    each_call_has_its_own_reservation,
    a_budget_that_is_used_up_ends_the_call,
    five_are_asked_at_the_most,
    a_named_agent_answers_for_itself,
    who_does_not_fit_is_not_asked,
    text_that_has_come_is_not_followed_by_another_answer,
);

const TASK: &str = "requirement_draft";

/// Counts what the gate tells.
#[derive(Default)]
struct Told {
    started: AtomicUsize,
    handed_over: AtomicUsize,
    ended: AtomicUsize,
}

#[async_trait]
impl Record for Told {
    async fn started(&self, _: &mut Tx, _: &Invocation) -> federation::Result<()> {
        self.started.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
    async fn handed_over(&self, _: &mut Tx, _: &Invocation) -> federation::Result<()> {
        self.handed_over.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
    async fn ended(&self, _: &mut Tx, _: &Ended) -> federation::Result<()> {
        self.ended.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

impl Told {
    fn counts(&self) -> (usize, usize, usize) {
        let read = |n: &AtomicUsize| n.load(Ordering::SeqCst);
        (
            read(&self.started),
            read(&self.handed_over),
            read(&self.ended),
        )
    }
}

/// Each model does what its name says.
fn by_name() -> Arc<ScriptBridge> {
    ScriptBridge::new(|request, _| match request.model.as_str() {
        "poor" => Plan::fail(BridgeErrorKind::OutOfCredit),
        "down" => Plan::fail(BridgeErrorKind::Unavailable),
        "away" => Plan::fail(BridgeErrorKind::Connection),
        "slow" => Plan::fail(BridgeErrorKind::Timeout),
        "keyless" => Plan::fail(BridgeErrorKind::MissingKey),
        "locked" => Plan::fail(BridgeErrorKind::Authentication),
        "busy" => Plan::fail(BridgeErrorKind::RateLimited),
        "stranger" => Plan::fail(BridgeErrorKind::ModelUnknown),
        "prim" => Plan::fail(BridgeErrorKind::Refused),
        "stutter" => Plan {
            pieces: vec!["{\"recommend".to_owned()],
            ..Plan::fail(BridgeErrorKind::Connection)
        },
        _ => Plan::recommend("Mend the search"),
    })
}

async fn hub_that_leads_on(engine: &Engine, models: &[&str]) -> (Hub, Vec<Agent>) {
    let (hub, all) = hub_with(engine, models).await;
    let patch = HubPatch {
        routing_fallback: Some(true),
        ..HubPatch::default()
    };
    let hub = hubs::update(engine, &admin(), hub.id, patch).await.unwrap();
    (hub, all)
}

fn order<'a>(
    hub: &'a Hub,
    caller: &'a Caller,
    route: Route,
    account: Option<BudgetAccountId>,
) -> Order<'a> {
    Order {
        asked_by: caller,
        hub,
        route,
        purpose: "trial",
        task_type: TASK,
        artifact_type: "requirement_candidate",
        action: Action::Propose,
        prompt: "What first?".to_owned(),
        prompt_template: "test/1",
        schema: None,
        max_tokens: 100,
        may_shorten: false,
        delegated_by: None,
        account,
        lease: None,
    }
}

async fn call(engine: &Engine, hub: &Hub, told: &Told) -> Invocation {
    call_with(engine, hub, told, Route::ByTask, None).await
}

async fn call_with(
    engine: &Engine,
    hub: &Hub,
    told: &Told,
    route: Route,
    account: Option<BudgetAccountId>,
) -> Invocation {
    let caller = admin();
    let ended = invocation::invoke(
        engine,
        order(hub, &caller, route, account),
        told,
        &mut |_| {},
    )
    .await
    .unwrap();
    let stored = invocations::get(engine, &admin(), ended.receipt.id)
        .await
        .unwrap();
    assert_eq!(
        stored, ended.receipt,
        "the receipt is stored as it was given"
    );
    let all = invocations::list(
        engine,
        &admin(),
        InvocationFilter::default(),
        PageRequest::default(),
    )
    .await
    .unwrap();
    assert_eq!(all.items.len(), 1, "one call, one receipt");
    stored
}

async fn the_next_candidate_answers_and_the_receipt_names_all(store: TestStore) {
    let bridge = by_name();
    let engine = engine(&store, bridge.clone());
    let (hub, all) = hub_that_leads_on(&engine, &["poor", "down", "fine", "other"]).await;
    let told = Told::default();
    let receipt = call(&engine, &hub, &told).await;
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    assert_eq!(receipt.agent_registration_id, Some(all[2].id));
    assert_eq!(receipt.model_name.as_deref(), Some("fine"));
    assert_eq!(
        (receipt.error_type.as_deref(), receipt.error.as_deref()),
        (None, None)
    );
    assert_eq!(told.counts(), (1, 2, 1));
    // Out of credit is not tried again; what may pass is, as ever.
    assert_eq!((bridge.calls_of("poor"), bridge.calls_of("down")), (1, 3));
    assert_eq!(bridge.calls_of("other"), 0);
    let models: Vec<_> = receipt.attempts.iter().map(|a| a.model.as_str()).collect();
    assert_eq!(models, ["poor", "down", "down", "down", "fine"]);
    let candidates: Vec<_> = receipt
        .candidates
        .iter()
        .map(|c| (c.agent_registration_id, c.chosen, c.error_type.as_deref()))
        .collect();
    assert_eq!(
        candidates,
        [
            (all[0].id, false, Some("out_of_credit")),
            (all[1].id, false, Some("unavailable")),
            (all[2].id, true, None),
            (all[3].id, false, None),
        ]
    );
    assert!(
        receipt.candidates[0]
            .reason
            .contains("scripted out_of_credit")
    );
    assert!(receipt.candidates[2].reason.contains("next that fits"));
    assert!(receipt.candidates[3].reason.contains("lower priority"));
}

async fn nobody_else_is_asked_where_the_hub_does_not_allow_it(store: TestStore) {
    let bridge = by_name();
    let engine = engine(&store, bridge.clone());
    let (hub, all) = hub_with(&engine, &["poor", "fine"]).await;
    let told = Told::default();
    let receipt = call(&engine, &hub, &told).await;
    assert_eq!(receipt.outcome, Outcome::Failed);
    assert_eq!(receipt.error_type.as_deref(), Some("out_of_credit"));
    assert_eq!(receipt.agent_registration_id, Some(all[0].id));
    assert_eq!(bridge.calls_of("fine"), 0);
    assert_eq!(told.counts(), (1, 0, 1));
}

async fn only_a_provider_that_is_down_or_out_of_credit_leads_on(store: TestStore) {
    let bridge = by_name();
    let engine = engine(&store, bridge.clone());
    let cases = [
        ("poor", true),
        ("down", true),
        ("away", true),
        ("slow", true),
        ("keyless", false),
        ("locked", false),
        ("busy", false),
        ("stranger", false),
        ("prim", false),
    ];
    let models: Vec<&str> = cases
        .iter()
        .map(|(model, _)| *model)
        .chain(["fine"])
        .collect();
    let (hub, all) = hub_that_leads_on(&engine, &models).await;
    for (n, (model, leads_on)) in cases.into_iter().enumerate() {
        // The one agent first, the one that answers behind it.
        let table = routing::table(&engine, &admin(), hub.id, TASK)
            .await
            .unwrap();
        for route in &table {
            let agent = route.policy.agent_registration_id;
            let patch = RoutingPolicyPatch {
                is_active: Some(agent == all[n].id || agent == all[cases.len()].id),
                ..RoutingPolicyPatch::default()
            };
            routing::update(&engine, &admin(), route.policy.id, patch, None)
                .await
                .unwrap();
        }
        let caller = admin();
        let told = Told::default();
        let asked = order(&hub, &caller, Route::ByTask, None);
        let ended = invocation::invoke(&engine, asked, &told, &mut |_| {})
            .await
            .unwrap();
        let outcome = if leads_on {
            Outcome::Succeeded
        } else {
            Outcome::Failed
        };
        assert_eq!(ended.receipt.outcome, outcome, "{model}");
    }
    assert_eq!(bridge.calls_of("fine"), 4);
}

async fn a_blocked_next_one_ends_the_call(store: TestStore) {
    let bridge = by_name();
    let engine = engine(&store, bridge.clone());
    let (hub, all) = hub_that_leads_on(&engine, &["poor", "barred", "fine"]).await;
    let rule = NewGovernancePolicy {
        hub_id: hub.id,
        agent_registration_id: all[1].id,
        artifact_type: "requirement_candidate".to_owned(),
        allowed_actions: vec![Action::Read],
    };
    let rule = governance::create(&engine, &admin(), rule).await.unwrap();
    let account = account(&store, &hub, 100_000).await;
    let told = Told::default();
    let receipt = call_with(&engine, &hub, &told, Route::ByTask, Some(account)).await;
    assert_eq!(receipt.outcome, Outcome::Blocked);
    assert_eq!(receipt.error_type.as_deref(), Some("blocked_by_policy"));
    assert_eq!(receipt.agent_registration_id, Some(all[1].id));
    assert_eq!(
        (receipt.allowed, receipt.policy_id),
        (Some(false), Some(rule.id))
    );
    assert_eq!(
        receipt.candidates[0].error_type.as_deref(),
        Some("out_of_credit")
    );
    assert!(receipt.candidates[1].chosen);
    assert_eq!(receipt.attempts.len(), 1);
    assert_eq!((bridge.calls_of("barred"), bridge.calls_of("fine")), (0, 0));
    assert_eq!(told.counts(), (1, 0, 1));
    let left = store.account("proposal", hub.id.0).await.unwrap().unwrap();
    assert_eq!((left.reserved_tokens, left.spent_tokens), (0, 0));
}

async fn account(store: &TestStore, hub: &Hub, tokens: i64) -> BudgetAccountId {
    let mut tx = store.begin().await.unwrap();
    let id = tx
        .insert_account(hub.id, "proposal", hub.id.0, tokens)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn each_call_has_its_own_reservation(store: TestStore) {
    let engine = engine(&store, by_name());
    // What timed out may have been read: its prompt counts as spent.
    let (hub, _) = hub_that_leads_on(&engine, &["poor", "slow", "fine"]).await;
    let account = account(&store, &hub, 100_000).await;
    let receipt = call_with(
        &engine,
        &hub,
        &Told::default(),
        Route::ByTask,
        Some(account),
    )
    .await;
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    let prompt = receipt.tokens_reserved - 100;
    let left = store.account("proposal", hub.id.0).await.unwrap().unwrap();
    assert_eq!(left.reserved_tokens, 0);
    assert_eq!(left.spent_tokens, prompt + 120, "{receipt:#?}");
}

async fn a_budget_that_is_used_up_ends_the_call(store: TestStore) {
    let bridge = by_name();
    let engine = engine(&store, bridge.clone());
    let (hub, all) = hub_that_leads_on(&engine, &["slow", "fine"]).await;
    // Enough for one call, not for a second one beside the prompt of the first.
    let one = account(&store, &hub, 0).await;
    let probe = call_need(&engine, &hub).await;
    raise(&store, one, probe).await;
    let told = Told::default();
    let caller = admin();
    let asked = order(&hub, &caller, Route::ByTask, Some(one));
    let ended = invocation::invoke(&engine, asked, &told, &mut |_| {})
        .await
        .unwrap();
    let receipt = ended.receipt;
    assert_eq!(receipt.outcome, Outcome::Failed);
    assert_eq!(receipt.error_type.as_deref(), Some("budget_exceeded"));
    assert_eq!(receipt.agent_registration_id, Some(all[1].id));
    assert_eq!(receipt.tokens_reserved, 0);
    assert_eq!(bridge.calls_of("fine"), 0);
    assert_eq!(receipt.candidates[0].error_type.as_deref(), Some("timeout"));
    assert_eq!(told.counts(), (1, 0, 1));
}

/// What one call holds: seen on the receipt of a named call without a budget.
async fn call_need(engine: &Engine, hub: &Hub) -> i64 {
    let agent = routing::resolve_agent(engine, &admin(), hub.id, TASK)
        .await
        .unwrap()
        .unwrap();
    let caller = admin();
    let route = named(engine, agent).await;
    let asked = order(hub, &caller, route, None);
    let ended = invocation::invoke(engine, asked, &Told::default(), &mut |_| {})
        .await
        .unwrap();
    ended.receipt.tokens_reserved
}

async fn raise(store: &TestStore, account: BudgetAccountId, tokens: i64) {
    use federation::store::Db;
    const SQL: &str = "UPDATE budget_accounts SET limit_tokens = $2 WHERE id = $1";
    match store.db() {
        Db::Sqlite { write, .. } => {
            let done = sqlx::query(SQL)
                .bind(account)
                .bind(tokens)
                .execute(write)
                .await;
            assert_eq!(done.unwrap().rows_affected(), 1);
        }
        Db::Postgres(pool) => {
            let done = sqlx::query(SQL)
                .bind(account)
                .bind(tokens)
                .execute(pool)
                .await;
            assert_eq!(done.unwrap().rows_affected(), 1);
        }
    }
}

async fn five_are_asked_at_the_most(store: TestStore) {
    let bridge = by_name();
    let engine = engine(&store, bridge.clone());
    let models = ["poor", "poor", "poor", "poor", "poor", "fine"];
    let (hub, all) = hub_that_leads_on(&engine, &models).await;
    let receipt = call(&engine, &hub, &Told::default()).await;
    assert_eq!(receipt.outcome, Outcome::Failed);
    assert_eq!(receipt.error_type.as_deref(), Some("out_of_credit"));
    assert_eq!(receipt.agent_registration_id, Some(all[4].id));
    assert_eq!((bridge.calls_of("poor"), bridge.calls_of("fine")), (5, 0));
}

async fn named(engine: &Engine, agent: Agent) -> Route {
    let version = engine
        .store()
        .agent_version(agent.id, agent.version)
        .await
        .unwrap()
        .unwrap();
    Route::Named {
        candidates: vec![],
        agent: Box::new(agent),
        version: Box::new(version),
    }
}

async fn a_named_agent_answers_for_itself(store: TestStore) {
    let bridge = by_name();
    let engine = engine(&store, bridge.clone());
    let (hub, all) = hub_that_leads_on(&engine, &["poor", "fine"]).await;
    let route = named(&engine, all[0].clone()).await;
    let receipt = call_with(&engine, &hub, &Told::default(), route, None).await;
    assert_eq!(receipt.outcome, Outcome::Failed);
    assert_eq!(bridge.calls_of("fine"), 0);
}

async fn who_does_not_fit_is_not_asked(store: TestStore) {
    let bridge = by_name();
    let engine = engine(&store, bridge.clone());
    let (hub, all) = hub_that_leads_on(&engine, &["poor", "dear", "fine"]).await;
    let table = routing::table(&engine, &admin(), hub.id, TASK)
        .await
        .unwrap();
    let patch = RoutingPolicyPatch {
        max_cost_microusd_per_1k: Some(Some(1)),
        ..RoutingPolicyPatch::default()
    };
    routing::update(&engine, &admin(), table[1].policy.id, patch, None)
        .await
        .unwrap();
    let receipt = call(&engine, &hub, &Told::default()).await;
    assert_eq!(receipt.agent_registration_id, Some(all[2].id));
    assert_eq!(bridge.calls_of("dear"), 0);
    assert!(receipt.candidates[1].reason.contains("No price is known"));
    assert!(!receipt.candidates[1].chosen);
}

async fn text_that_has_come_is_not_followed_by_another_answer(store: TestStore) {
    let bridge = by_name();
    let engine = engine(&store, bridge.clone());
    let (hub, _) = hub_that_leads_on(&engine, &["stutter", "fine"]).await;
    let receipt = call(&engine, &hub, &Told::default()).await;
    assert_eq!(receipt.outcome, Outcome::Failed);
    assert_eq!(receipt.error_type.as_deref(), Some("connection"));
    assert_eq!(bridge.calls_of("fine"), 0);
}
