//! Agents: the sorted list, what changed, what routes to them, what they made.

use std::collections::BTreeSet;

use crate::common::TestStore;
use crate::support::*;
use chrono::{DateTime, Duration, Utc};
use federation::{Engine, Error, agents, collectives, governance, performance, store::Db};
use model::*;
use uuid::Uuid;

both_engines!(
    every_sort_shows_each_agent_once,
    who_changes_between_two_pages_disturbs_nobody_else,
    decisions_of_the_last_thirty_days_count,
    what_a_policy_applied_is_no_decision,
    text_is_found_as_it_is,
    filters_fit_together,
    versions_say_what_changed,
    capabilities_are_kept_tidy,
    routes_say_who_comes_next,
    work_names_the_version_that_made_it,
    a_summary_adds_up_what_was_used,
    roles_are_checked,
);

macro_rules! write_row {
    ($store:expr, $sql:literal $(, $value:expr)*) => {
        match $store.db() {
            Db::Sqlite { write, .. } => drop(sqlx::query($sql)$(.bind($value))*.execute(write).await.unwrap()),
            Db::Postgres(pool) => drop(sqlx::query($sql)$(.bind($value))*.execute(pool).await.unwrap()),
        }
    };
}

fn nothing() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|_, _| Plan::hang())
}

/// A receipt of a call that succeeded.
async fn used(store: &TestStore, agent: &Agent, at: DateTime<Utc>) -> Invocation {
    let call = Invocation {
        id: store.clock().id(),
        hub_id: agent.hub_id,
        asked_by_kind: ActorKind::System,
        asked_by_id: None,
        asked_by: "a test".to_owned(),
        work_item_id: None,
        purpose: "trial".to_owned(),
        task_type: "triage".to_owned(),
        artifact_type: "widget_summary".to_owned(),
        action: Action::Propose,
        agent_registration_id: Some(agent.id),
        agent_version: Some(1),
        provider: Some(agent.provider),
        model_name: Some(agent.model_name.clone()),
        candidates: Vec::new(),
        policy_id: None,
        allowed: Some(true),
        reason: None,
        prompt_template: None,
        budget_account_id: None,
        tokens_reserved: 0,
        attempts: Vec::new(),
        outcome: Outcome::Succeeded,
        error_type: None,
        error: None,
        model_used: None,
        finish_reason: None,
        tokens_in: Some(100),
        tokens_out: Some(20),
        cost_microusd: Some(7),
        started_at: at,
        ended_at: Some(at),
        duration_ms: Some(300),
    };
    let mut tx = store.begin().await.unwrap();
    tx.insert_invocation(&call, None).await.unwrap();
    tx.commit().await.unwrap();
    call
}

/// A proposal of an agent; where `verdict` is given, reviewed with it at `at`.
async fn proposal(
    store: &TestStore,
    agent: &Agent,
    status: &str,
    verdict: Option<&str>,
    at: DateTime<Utc>,
) -> Uuid {
    let id: Uuid = store.clock().id();
    write_row!(
        store,
        "INSERT INTO agent_proposals (id, hub_id, task_type, artifact_type, status, agent_registration_id, \
         agent_version, tokens_in, tokens_out, created_at, updated_at) \
         VALUES ($1, $2, 'triage', 'duplicate_report', $3, $4, 1, 5, 6, $5, $5)",
        id,
        agent.hub_id,
        status,
        agent.id,
        at
    );
    if let Some(verdict) = verdict {
        let review: Uuid = store.clock().id();
        write_row!(
            store,
            "INSERT INTO agent_review_records (id, proposal_id, reviewer, verdict, created_at) \
             VALUES ($1, $2, 'Ada', $3, $4)",
            review,
            id,
            verdict,
            at
        );
    }
    id
}

async fn page(engine: &Engine, search: AgentSearch) -> Page<AgentRow> {
    agents::search(engine, &admin(), search).await.unwrap()
}

/// All pages, one after the other.
async fn all_pages(engine: &Engine, mut search: AgentSearch) -> Vec<AgentRow> {
    let mut all = Vec::new();
    loop {
        let got = page(engine, search.clone()).await;
        assert!(i64::try_from(got.items.len()).unwrap() <= search.limit);
        all.extend(got.items);
        match got.next_cursor {
            None => return all,
            Some(cursor) => {
                search.after = Some(AgentCursor::parse(search.sort, &cursor).unwrap());
            }
        }
    }
}

/// Agents that are equal in much, so that ids have to decide.
async fn crowd(store: &TestStore, engine: &Engine) -> Vec<Agent> {
    let (hub, _) = hub_with(engine, &[]).await;
    let now = store.clock().now();
    let mut all = Vec::new();
    for n in 0..17_usize {
        let mut new = new_agent(hub.id, &format!("crowd-{n}"), ["m", "M", "k"][n % 3]);
        new.name = ["Zoe", "ada", "Bob", "Ada"][n % 4].to_owned();
        new.provider = Provider::ALL[n % 3];
        new.trust_level = TrustLevel::ALL[n % 3];
        let agent = agents::create(engine, &admin(), new).await.unwrap();
        if n % 3 != 0 {
            let hours = i64::try_from(n % 4).unwrap();
            used(store, &agent, now - Duration::hours(hours)).await;
        }
        for m in 0..n % 4 {
            let word = if m % 2 == 0 { "accepted" } else { "rejected" };
            proposal(store, &agent, word, Some(word), now).await;
        }
        all.push(agent);
    }
    all
}

async fn every_sort_shows_each_agent_once(store: TestStore) {
    let engine = engine(&store, nothing());
    let all = crowd(&store, &engine).await;
    let ids: BTreeSet<AgentId> = all.iter().map(|agent| agent.id).collect();
    let hub_id = Some(all[0].hub_id);
    for sort in AgentSort::ALL.iter().copied() {
        for order in SortOrder::ALL.iter().copied() {
            for (limit, hub_id) in [(1, hub_id), (4, None), (16, hub_id), (17, None)] {
                let search = AgentSearch {
                    filter: AgentFilter {
                        hub_id,
                        ..AgentFilter::default()
                    },
                    sort,
                    order: Some(order),
                    limit,
                    ..AgentSearch::default()
                };
                let rows = all_pages(&engine, search).await;
                let seen: BTreeSet<AgentId> = rows.iter().map(|row| row.agent.id).collect();
                let what = format!("{sort} {order} by {limit}");
                assert_eq!((rows.len(), &seen), (all.len(), &ids), "{what}");
                let keys: Vec<_> = rows.iter().map(|row| sort_key(sort, row)).collect();
                let mut sorted = keys.clone();
                sorted.sort();
                if order == SortOrder::Desc {
                    sorted.reverse();
                }
                assert_eq!(keys, sorted, "{what}");
            }
        }
    }
}

/// What a sort compares, by other means than the statement's.
fn sort_key(sort: AgentSort, row: &AgentRow) -> (String, Option<DateTime<Utc>>, i64, AgentId) {
    let agent = &row.agent;
    let text = match sort {
        AgentSort::Name => agent.name.to_lowercase(),
        AgentSort::Provider => agent.provider.to_string(),
        AgentSort::Model => agent.model_name.to_lowercase(),
        _ => String::new(),
    };
    let time = row.last_used_at.filter(|_| sort == AgentSort::LastUsed);
    let number = match sort {
        AgentSort::Trust => agent.trust_level as i64,
        AgentSort::Acceptance => row
            .acceptance
            .map_or(-1, |a| (a.share * 1_000_000.0) as i64),
        _ => 0,
    };
    (text, time, number, agent.id)
}

async fn who_changes_between_two_pages_disturbs_nobody_else(store: TestStore) {
    let engine = engine(&store, nothing());
    let all = crowd(&store, &engine).await;
    let search = AgentSearch {
        sort: AgentSort::LastUsed,
        limit: 5,
        ..AgentSearch::default()
    };
    let first = page(&engine, search.clone()).await;
    let moved = first.items.last().unwrap().agent.clone();
    used(&store, &moved, store.clock().now() + Duration::hours(1)).await;
    let after = AgentCursor::parse(search.sort, &first.next_cursor.unwrap());
    let rest = all_pages(
        &engine,
        AgentSearch {
            after,
            limit: 5,
            ..search
        },
    )
    .await;
    let mut seen: Vec<AgentId> = first
        .items
        .iter()
        .chain(&rest)
        .map(|r| r.agent.id)
        .collect();
    assert_eq!(seen.len(), all.len());
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all.len());
}

async fn decisions_of_the_last_thirty_days_count(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, all) = hub_with(&engine, &["a", "b"]).await;
    let now = store.clock().now();
    let long_ago = now - Duration::days(31);
    proposal(&store, &all[0], "accepted", Some("accepted"), now).await;
    proposal(&store, &all[0], "rejected", Some("rejected"), now).await;
    proposal(&store, &all[0], "revised", Some("revised"), now).await;
    proposal(&store, &all[0], "accepted", Some("accepted"), long_ago).await;
    // Taken back, or never decided.
    proposal(&store, &all[0], "pending", Some("accepted"), now).await;
    proposal(&store, &all[0], "failed", None, now).await;
    let rows = page(&engine, AgentSearch::default()).await.items;
    let of = |id| rows.iter().find(|row| row.agent.id == id).unwrap();
    let acceptance = of(all[0].id).acceptance.unwrap();
    assert_eq!((acceptance.accepted, acceptance.decided), (1, 3));
    assert_eq!(of(all[1].id).acceptance, None);
    assert_eq!(of(all[0].id).last_used_at, None);
    let summary = agents::summary(&engine, &admin(), all[0].id).await.unwrap();
    assert_eq!(summary.acceptance, Some(acceptance));
    assert_eq!((summary.rejected, summary.revised), (1, 1));
}

async fn what_a_policy_applied_is_no_decision(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, all) = hub_with(&engine, &["a", "b"]).await;
    let now = store.clock().now();
    // `a` has one word of a person, `b` none.
    proposal(&store, &all[0], "rejected", Some("rejected"), now).await;
    for agent in [&all[0], &all[0], &all[1]] {
        let id = proposal(&store, agent, "accepted", Some("accepted"), now).await;
        write_row!(
            store,
            "UPDATE agent_proposals SET auto_applied = TRUE WHERE id = $1",
            id
        );
    }
    let rows = page(&engine, AgentSearch::default()).await.items;
    let of = |id| rows.iter().find(|row| row.agent.id == id).unwrap();
    let acceptance = of(all[0].id).acceptance.unwrap();
    assert_eq!((acceptance.accepted, acceptance.decided), (0, 1));
    assert_eq!(of(all[1].id).acceptance, None);
    for agent in &all {
        let summary = agents::summary(&engine, &admin(), agent.id).await.unwrap();
        assert_eq!(summary.acceptance, of(agent.id).acceptance);
        // The card of performance, beside it, says the same.
        let counted = performance::compute(&engine, &admin(), agent.id)
            .await
            .unwrap();
        let decided = counted.measures.unwrap().total.acceptance();
        assert_eq!(
            summary.acceptance.map(|a| (a.accepted, a.decided)),
            decided.map(|ratio| (ratio.part, ratio.of))
        );
    }
}

async fn text_is_found_as_it_is(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &[]).await;
    for (n, (name, model, capability)) in [
        ("Careful Analyst", "gpt", "summaries"),
        ("100% sure", "a_b", "größe"),
        ("Plain", "axb", "back\\slash"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut new = new_agent(hub.id, &format!("text-{n}"), model);
        new.name = name.to_owned();
        new.capabilities = vec![capability.to_owned()];
        agents::create(&engine, &admin(), new).await.unwrap();
    }
    for (text, found) in [
        ("careful", vec!["Careful Analyst"]),
        ("ANALYST", vec!["Careful Analyst"]),
        ("100%", vec!["100% sure"]),
        ("%", vec!["100% sure"]),
        ("a_b", vec!["100% sure"]),
        ("größe", vec!["100% sure"]),
        ("TEXT-2", vec!["Plain"]),
        ("summaries", vec!["Careful Analyst"]),
        ("nothing like it", vec![]),
    ] {
        let search = AgentSearch {
            text: Some(text.to_owned()),
            ..AgentSearch::default()
        };
        let rows = page(&engine, search).await.items;
        let names: Vec<_> = rows.iter().map(|row| row.agent.name.as_str()).collect();
        assert_eq!(names, found, "{text}");
    }
    for bad in ["x".repeat(201), "\0".to_owned()] {
        let search = AgentSearch {
            text: Some(bad),
            ..AgentSearch::default()
        };
        let refused = agents::search(&engine, &admin(), search).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(errors) if errors[0].field == "q"));
    }
}

async fn filters_fit_together(store: TestStore) {
    let engine = engine(&store, nothing());
    let all = crowd(&store, &engine).await;
    agents::set_active(&engine, &admin(), all[4].id, false)
        .await
        .unwrap();
    let filter = AgentFilter {
        hub_id: Some(all[0].hub_id),
        active: Some(true),
        provider: Some(Provider::ALL[1]),
        trust_level: Some(TrustLevel::ALL[1]),
    };
    let wanted: BTreeSet<AgentId> = all
        .iter()
        .enumerate()
        .filter(|(n, _)| n % 3 == 1 && *n != 4)
        .map(|(_, agent)| agent.id)
        .collect();
    for sort in AgentSort::ALL.iter().copied() {
        let search = AgentSearch {
            filter: filter.clone(),
            sort,
            limit: 2,
            ..AgentSearch::default()
        };
        let rows = all_pages(&engine, search).await;
        let found: BTreeSet<AgentId> = rows.iter().map(|row| row.agent.id).collect();
        assert_eq!(found, wanted, "{sort}");
    }
}

async fn versions_say_what_changed(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, all) = hub_with(&engine, &["a"]).await;
    let id = all[0].id;
    let patches = [
        AgentPatch {
            name: Some("Better".to_owned()),
            capabilities: Some(vec!["sums".to_owned()]),
            ..AgentPatch::default()
        },
        AgentPatch {
            system_prompt: Some(Some("You are terse.\nYou are kind.".to_owned())),
            trust_level: Some(TrustLevel::Elevated),
            ..AgentPatch::default()
        },
        AgentPatch {
            description: Some(Some("New".to_owned())),
            ..AgentPatch::default()
        },
    ];
    for patch in patches {
        agents::update(&engine, &admin(), id, patch, None)
            .await
            .unwrap();
    }
    let two = PageRequest {
        limit: 2,
        after: None,
    };
    let first = agents::history(&engine, &admin(), id, two).await.unwrap();
    let after = Some(first.next_cursor.as_ref().unwrap().parse().unwrap());
    let rest = agents::history(&engine, &admin(), id, PageRequest { limit: 2, after })
        .await
        .unwrap();
    assert_eq!(rest.next_cursor, None);
    let rows: Vec<AgentVersionRow> = first.items.into_iter().chain(rest.items).collect();
    let told: Vec<(i32, Vec<&str>)> = rows
        .iter()
        .map(|row| {
            let fields = row.changes.iter().map(|change| change.field.as_str());
            (row.version.version, fields.collect())
        })
        .collect();
    let wanted = [
        (4, vec!["description"]),
        (3, vec!["trust_level", "system_prompt"]),
        (2, vec!["name", "capabilities"]),
        (1, vec![]),
    ];
    assert_eq!(told, wanted);
    let trust = &rows[1].changes[0];
    assert_eq!(trust.before.as_deref(), Some("advisory"));
    assert_eq!(trust.after.as_deref(), Some("elevated"));
    let lines: Vec<_> = rows[1].changes[1]
        .lines
        .iter()
        .map(|l| (l.kind, l.text.as_str()))
        .collect();
    let wanted = [
        (LineKind::Same, "You are terse."),
        (LineKind::Added, "You are kind."),
    ];
    assert_eq!(lines, wanted);
    let capabilities = &rows[2].changes[1];
    assert_eq!(
        (&capabilities.added[..], &capabilities.removed[..]),
        (&["sums".to_owned()][..], &["text".to_owned()][..])
    );
}

async fn capabilities_are_kept_tidy(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, _) = hub_with(&engine, &[]).await;
    let mut new = new_agent(hub.id, "tidy", "m");
    new.capabilities = vec![" sums ".to_owned(), "sums".to_owned(), "Sums".to_owned()];
    let made = agents::create(&engine, &admin(), new.clone())
        .await
        .unwrap();
    assert_eq!(made.capabilities, ["sums", "Sums"]);
    new.slug = "comma".to_owned();
    new.capabilities = vec!["one, two".to_owned()];
    let refused = agents::create(&engine, &admin(), new).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(errors) if errors[0].field == "capabilities"));
}

async fn routes_say_who_comes_next(store: TestStore) {
    let engine = engine(&store, nothing());
    let (hub, all) = hub_with(&engine, &["a", "b", "c"]).await;
    let routes = async |n: usize| agents::routes(&engine, &admin(), all[n].id).await.unwrap();
    let first = routes(0).await;
    assert_eq!(first.routing.len(), 1);
    assert_eq!(first.routing[0].task_type, "requirement_draft");
    assert!(first.routing[0].is_first);
    assert_eq!(first.routing[0].next_agent.as_deref(), Some("The agent-1"));
    assert!(!routes(1).await.routing[0].is_first);
    // Who is not active neither stands before nor comes next.
    agents::set_active(&engine, &admin(), all[0].id, false)
        .await
        .unwrap();
    agents::set_active(&engine, &admin(), all[2].id, false)
        .await
        .unwrap();
    let second = routes(1).await;
    assert!(second.routing[0].is_first);
    assert_eq!(second.routing[0].next_agent, None);
    let policy = governance::create(
        &engine,
        &admin(),
        NewGovernancePolicy {
            hub_id: hub.id,
            agent_registration_id: all[1].id,
            artifact_type: "widget_summary".to_owned(),
            allowed_actions: vec![Action::Read],
        },
    )
    .await
    .unwrap();
    assert_eq!(routes(1).await.governance, std::slice::from_ref(&policy));
    governance::toggle(&engine, &admin(), policy.id)
        .await
        .unwrap();
    assert_eq!(routes(1).await.governance, []);
    let unknown = agents::routes(&engine, &admin(), AgentId(Uuid::nil())).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
}

async fn work_names_the_version_that_made_it(store: TestStore) {
    let bridge = ScriptBridge::new(|request, _| {
        if is_synthesis(request) {
            Plan::recommend("All")
        } else {
            Plan::recommend("One")
        }
    });
    let engine = engine(&store, bridge);
    engine.start_workers();
    let (hub, all) = hub_with(&engine, &["a", "b"]).await;
    run(&engine, &hub).await;
    let patch = AgentPatch {
        model_name: Some("a2".to_owned()),
        ..AgentPatch::default()
    };
    agents::update(&engine, &admin(), all[0].id, patch, None)
        .await
        .unwrap();
    let second = run(&engine, &hub).await;
    let made = proposal(&store, &all[0], "failed", None, store.clock().now()).await;
    let mut work = Vec::new();
    let mut request = PageRequest {
        limit: 1,
        after: None,
    };
    loop {
        let page = agents::work(&engine, &admin(), all[0].id, request)
            .await
            .unwrap();
        work.extend(page.items);
        match page.next_cursor {
            None => break,
            Some(cursor) => request.after = Some(cursor.parse().unwrap()),
        }
    }
    let told: Vec<_> = work
        .iter()
        .map(|w| (w.kind, w.agent_version, w.status.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (WorkKind::Proposal, Some(1), "failed"),
            (WorkKind::Contribution, Some(2), "completed"),
            (WorkKind::Contribution, Some(1), "completed"),
        ]
    );
    assert_eq!(work[0].id, made);
    assert_eq!(work[1].collective_proposal_id, Some(second.collective.id));
    assert_eq!(
        (work[1].tokens_in, work[1].tokens_out),
        (Some(100), Some(20))
    );
    // The contribution itself says the same.
    let detail = collectives::get(&engine, &admin(), second.collective.id)
        .await
        .unwrap();
    let own = detail
        .contributions
        .iter()
        .find(|c| c.agent_registration_id == all[0].id);
    assert_eq!(own.unwrap().agent_version, 2);
    engine.shutdown().await;
}

async fn a_summary_adds_up_what_was_used(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, all) = hub_with(&engine, &["a", "b"]).await;
    let now = store.clock().now();
    let empty = agents::summary(&engine, &admin(), all[1].id).await.unwrap();
    assert_eq!(
        (empty.calls, empty.last_used_at, empty.mean_duration_ms),
        (0, None, None)
    );
    used(&store, &all[0], now - Duration::days(40)).await;
    used(&store, &all[0], now - Duration::days(2)).await;
    let last = used(&store, &all[0], now - Duration::days(1)).await;
    let summary = agents::summary(&engine, &admin(), all[0].id).await.unwrap();
    assert_eq!(
        (
            summary.calls,
            summary.succeeded,
            summary.failed,
            summary.blocked
        ),
        (2, 2, 0, 0)
    );
    assert_eq!((summary.tokens_in, summary.tokens_out), (200, 40));
    assert_eq!((summary.cost_microusd, summary.unpriced), (14, 0));
    assert_eq!(summary.mean_duration_ms, Some(300));
    assert_eq!(summary.last_used_at, Some(last.started_at));
}

async fn roles_are_checked(store: TestStore) {
    let engine = engine(&store, nothing());
    let (_, all) = hub_with(&engine, &["a"]).await;
    let viewer = person("Vic", Role::Viewer);
    let id = all[0].id;
    assert!(
        agents::search(&engine, &viewer, AgentSearch::default())
            .await
            .is_ok()
    );
    assert!(agents::routes(&engine, &viewer, id).await.is_ok());
    assert!(
        agents::work(&engine, &viewer, id, PageRequest::default())
            .await
            .is_ok()
    );
    assert!(
        agents::history(&engine, &viewer, id, PageRequest::default())
            .await
            .is_ok()
    );
    assert!(agents::summary(&engine, &viewer, id).await.is_ok());
    let reviewer = person("Rita", Role::Reviewer);
    let refused = agents::update(&engine, &reviewer, id, AgentPatch::default(), None).await;
    assert!(matches!(
        refused,
        Err(Error::NotAllowed {
            needed: Role::Steward
        })
    ));
    let refused = agents::set_active(&engine, &reviewer, id, false).await;
    assert!(matches!(
        refused,
        Err(Error::NotAllowed {
            needed: Role::Steward
        })
    ));
}
