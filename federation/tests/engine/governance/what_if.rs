//! "What if" counted by the database equals a look at every receipt.

use chrono::{DateTime, Duration, Utc};
use federation::{Engine, Error, governance, invocations};
use model::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::policies::{nothing, policy};
use super::receipts::{receipt, write};
use crate::common::TestStore;
use crate::support::*;

both_engines!(
    it_equals_a_look_at_every_receipt,
    it_names_the_newest_calls,
    it_says_what_stands_in_the_way,
    it_refuses_half_a_question,
);

/// How often the property is tried, on each engine.
const TRIES: usize = 60;
const TYPES: [&str; 2] = ["widget_summary", "duplicate_report"];

fn asked(hub: &Hub) -> WhatIf {
    WhatIf {
        hub_id: hub.id,
        agent_registration_id: None,
        artifact_type: None,
        allowed_actions: None,
        is_active: None,
        policy_id: None,
        governance_default: None,
    }
}

fn of_policy(hub: &Hub, agent: &Agent, actions: &[Action]) -> WhatIf {
    WhatIf {
        agent_registration_id: Some(agent.id),
        artifact_type: Some("widget_summary".to_owned()),
        allowed_actions: Some(actions.to_vec()),
        ..asked(hub)
    }
}

/// What one receipt is made of: agent, type, action, verdict, age in hours.
type Made = (usize, usize, usize, Option<bool>, i64);

fn receipts() -> impl Strategy<Value = Vec<Made>> {
    let one = (
        0_usize..3,
        0_usize..2,
        0_usize..4,
        proptest::option::weighted(0.9, any::<bool>()),
        // A few are older than 30 days.
        0_i64..800,
    );
    proptest::collection::vec(one, 120..160)
}

/// An agent and type, actions, whether active, and the default.
type Thought = (usize, usize, Vec<Action>, bool, bool);

fn thoughts() -> impl Strategy<Value = Thought> {
    let actions = proptest::sample::subsequence(Action::ALL.to_vec(), 0..=4);
    (
        0_usize..3,
        0_usize..2,
        actions,
        any::<bool>(),
        any::<bool>(),
    )
}

async fn all_receipts(engine: &Engine, hub: &Hub) -> Vec<Invocation> {
    let filter = InvocationFilter {
        hub_id: Some(hub.id),
        ..InvocationFilter::default()
    };
    let page = PageRequest {
        limit: 200,
        after: None,
    };
    let page = invocations::list(engine, &admin(), filter, page)
        .await
        .unwrap();
    assert_eq!(page.next_cursor, None);
    page.items
}

/// Each receipt of the last 30 days that the change speaks about, judged again
/// by hand: how many, would be blocked, would be allowed.
fn by_hand(
    all: &[Invocation],
    since: DateTime<Utc>,
    speaks: impl Fn(&Invocation) -> bool,
    allows: impl Fn(Action) -> bool,
) -> (i64, Vec<InvocationId>, Vec<InvocationId>) {
    let (mut calls, mut blocked, mut allowed) = (0, Vec::new(), Vec::new());
    let mut newest: Vec<_> = all.iter().collect();
    newest.sort_by_key(|r| std::cmp::Reverse((r.started_at, r.id)));
    for receipt in newest {
        let Some(was) = receipt.allowed else { continue };
        if receipt.started_at < since || !speaks(receipt) {
            continue;
        }
        calls += 1;
        match (was, allows(receipt.action)) {
            (true, false) => blocked.push(receipt.id),
            (false, true) => allowed.push(receipt.id),
            _ => {}
        }
    }
    (calls, blocked, allowed)
}

fn same(answer: &WhatIfAnswer, hand: (i64, Vec<InvocationId>, Vec<InvocationId>), what: &str) {
    let (calls, blocked, allowed) = hand;
    assert_eq!(answer.calls, calls, "{what}");
    assert_eq!(
        answer.would_block,
        i64::try_from(blocked.len()).unwrap(),
        "{what}"
    );
    assert_eq!(
        answer.would_allow,
        i64::try_from(allowed.len()).unwrap(),
        "{what}"
    );
    for (named, wanted) in [
        (&answer.newest_blocked, blocked),
        (&answer.newest_allowed, allowed),
    ] {
        let named: Vec<_> = named.iter().map(|call| call.invocation_id).collect();
        assert_eq!(
            named,
            wanted.into_iter().take(5).collect::<Vec<_>>(),
            "{what}"
        );
    }
}

async fn it_equals_a_look_at_every_receipt(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b", "c"]).await;
    let mut runner = TestRunner::deterministic();
    let now = engine.clock().now();
    let made = receipts().new_tree(&mut runner).unwrap().current();
    let rows: Vec<_> = made
        .into_iter()
        .map(|(agent, kind, action, allowed, hours)| {
            let mut row = receipt(&engine, &agents[agent], now - Duration::hours(hours));
            row.artifact_type = TYPES[kind].to_owned();
            row.action = Action::ALL[action];
            row.allowed = allowed;
            row
        })
        .collect();
    write(&engine, &rows).await;
    let all = all_receipts(&engine, &hub).await;
    assert_eq!(all.len(), rows.len());
    // One rule stands already.
    let standing = governance::create(&engine, &admin(), policy(&hub, &agents[0], &[Action::Read]))
        .await
        .unwrap();
    let ruled = |r: &Invocation| {
        r.agent_registration_id == Some(agents[0].id) && r.artifact_type == TYPES[0]
    };
    for _ in 0..TRIES {
        let thought = thoughts().new_tree(&mut runner).unwrap().current();
        let what = format!("{thought:?}");
        let (agent, kind, actions, is_active, permit) = thought;
        let of_standing = agent == 0 && kind == 0;
        let question = WhatIf {
            artifact_type: Some(TYPES[kind].to_owned()),
            is_active: Some(is_active),
            policy_id: of_standing.then_some(standing.id),
            ..of_policy(&hub, &agents[agent], &actions)
        };
        let answer = governance::what_if(&engine, &admin(), question)
            .await
            .unwrap();
        let speaks = |r: &Invocation| {
            r.agent_registration_id == Some(agents[agent].id) && r.artifact_type == TYPES[kind]
        };
        // Without an active policy the hub's default speaks, which permits.
        let allows = |action| !is_active || actions.contains(&action);
        same(&answer, by_hand(&all, answer.since, speaks, allows), &what);

        let default = if permit {
            GovernanceDefault::Permit
        } else {
            GovernanceDefault::Deny
        };
        let question = WhatIf {
            governance_default: Some(default),
            ..asked(&hub)
        };
        let answer = governance::what_if(&engine, &admin(), question)
            .await
            .unwrap();
        let hand = by_hand(&all, answer.since, |r| !ruled(r), |_| permit);
        same(&answer, hand, &what);
    }
}

async fn it_names_the_newest_calls(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    let now = engine.clock().now();
    let rows: Vec<_> = (0..9)
        .map(|n| receipt(&engine, &agents[0], now - Duration::hours(n)))
        .collect();
    write(&engine, &rows).await;
    let question = of_policy(&hub, &agents[0], &[Action::Read]);
    let answer = governance::what_if(&engine, &admin(), question)
        .await
        .unwrap();
    assert_eq!(
        (answer.calls, answer.would_block, answer.would_allow),
        (9, 9, 0)
    );
    assert_eq!(answer.newest_blocked.len(), 5);
    assert_eq!(answer.newest_blocked[0].invocation_id, rows[0].id);
    assert_eq!(answer.newest_blocked[0].agent_name, agents[0].name);
    assert_eq!(answer.conflicting_policy_id, None);
    // Nothing was recorded.
    let (filter, page) = (GovernanceFilter::default(), PageRequest::default());
    let policies = governance::list(&engine, &admin(), filter, page).await;
    assert!(policies.unwrap().items.is_empty());
}

async fn it_says_what_stands_in_the_way(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a"]).await;
    write(
        &engine,
        &[receipt(&engine, &agents[0], engine.clock().now())],
    )
    .await;
    let standing = governance::create(&engine, &admin(), policy(&hub, &agents[0], &[Action::Read]))
        .await
        .unwrap();
    let ask = async |question: WhatIf| {
        governance::what_if(&engine, &admin(), question)
            .await
            .unwrap()
    };
    let new = of_policy(&hub, &agents[0], &[Action::Propose]);
    let answer = ask(new.clone()).await;
    assert_eq!(answer.conflicting_policy_id, Some(standing.id));
    // As an inactive one it changes nothing: the standing one goes on to speak.
    let inactive = WhatIf {
        is_active: Some(false),
        ..new.clone()
    };
    let answer = ask(inactive.clone()).await;
    assert_eq!(
        (answer.conflicting_policy_id, answer.would_block),
        (None, 1)
    );
    // Without the standing one the default speaks.
    let edited = WhatIf {
        policy_id: Some(standing.id),
        ..inactive
    };
    let answer = ask(edited).await;
    assert_eq!(
        (answer.conflicting_policy_id, answer.would_block),
        (None, 0)
    );
}

async fn it_refuses_half_a_question(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, agents) = hub_with(&engine, &["a", "b"]).await;
    let field = async |question: WhatIf| match governance::what_if(&engine, &admin(), question)
        .await
        .unwrap_err()
    {
        Error::Invalid(errors) => errors[0].field.clone(),
        Error::NotFound { field, .. } => field.unwrap_or_default().to_owned(),
        other => panic!("{other}"),
    };
    assert_eq!(field(asked(&hub)).await, "agent_registration_id");
    let whole = of_policy(&hub, &agents[0], &[]);
    let mut half = whole.clone();
    half.artifact_type = None;
    assert_eq!(field(half).await, "artifact_type");
    let mut half = whole.clone();
    half.allowed_actions = None;
    assert_eq!(field(half).await, "allowed_actions");
    let mut both = whole.clone();
    both.governance_default = Some(GovernanceDefault::Deny);
    assert_eq!(field(both).await, "agent_registration_id");
    let mut twice = whole.clone();
    twice.allowed_actions = Some(vec![Action::Read, Action::Read]);
    assert_eq!(field(twice).await, "allowed_actions");
    let mut unknown = whole.clone();
    unknown.artifact_type = Some("poem".to_owned());
    assert_eq!(field(unknown).await, "artifact_type");
    let other = governance::create(&engine, &admin(), policy(&hub, &agents[1], &[]))
        .await
        .unwrap();
    let mut wrong = whole.clone();
    wrong.policy_id = Some(other.id);
    assert_eq!(field(wrong).await, "policy_id");
    let mut nowhere = whole;
    nowhere.hub_id = engine.clock().id();
    assert_eq!(field(nowhere).await, "hub_id");
}
