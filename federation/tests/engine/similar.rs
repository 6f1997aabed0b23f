//! Likely duplicates: found by the index, among many, whatever the text is.

use crate::common::TestStore;
use federation::{Store, store::Db};
use model::{CandidateId, HubId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

both_engines!(
    a_reworded_duplicate_is_found_among_ten_thousand,
    hostile_texts_are_texts,
    the_index_follows_the_candidates,
    another_hub_is_not_searched,
    the_index_is_used
);

async fn execute(store: &Store, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    match store.db() {
        Db::Sqlite { write, .. } => drop(sqlx::raw_sql(sql).execute(write).await.unwrap()),
        Db::Postgres(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.unwrap()),
    }
}

fn literal(store: &TestStore, id: Uuid) -> String {
    if store.is_postgres() {
        format!("'{id}'")
    } else {
        format!("x'{}'", id.simple())
    }
}

const AT: &str = "'2026-01-02T03:04:05.000006+00:00'";

async fn hub(store: &TestStore) -> HubId {
    let id: Uuid = store.clock().id();
    let slug = id.simple().to_string();
    let id_sql = literal(store, id);
    execute(
        store,
        &format!("INSERT INTO hubs (id, slug, name, created_at, updated_at) VALUES ({id_sql}, '{slug}', 'Shop', {AT}, {AT})"),
    )
    .await;
    HubId(id)
}

fn row(store: &TestStore, hub: HubId, id: CandidateId, title: &str, body: &str) -> String {
    format!(
        "({}, {}, '{title}', '{body}', 'open', {AT}, {AT})",
        literal(store, id.0),
        literal(store, hub.0)
    )
}

async fn insert(store: &TestStore, rows: &[String]) {
    execute(
        store,
        &format!(
            "INSERT INTO requirement_candidates (id, hub_id, title, body, status, created_at, updated_at) VALUES {}",
            rows.join(", ")
        ),
    )
    .await;
}

async fn candidate(store: &TestStore, hub: HubId, title: &str, body: &str) -> CandidateId {
    let id: CandidateId = store.clock().id();
    insert(store, &[row(store, hub, id, title, body)]).await;
    id
}

async fn found(store: &TestStore, hub: HubId, not: CandidateId, text: &str) -> Vec<CandidateId> {
    let rows = store.similar_candidates(hub, not, text, 20).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

const SUBJECTS: [&str; 10] = [
    "checkout",
    "search",
    "basket",
    "invoice",
    "profile",
    "delivery",
    "voucher",
    "wishlist",
    "returns",
    "newsletter",
];
const WISHES: [&str; 10] = [
    "shows the total price before payment",
    "remembers the last address of the customer",
    "loads in less than a second on a phone",
    "explains each error in plain words",
    "can be used with the keyboard alone",
    "sends a message when the state changes",
    "offers a larger font for people who want it",
    "keeps what was typed when the session ends",
    "sorts the entries by date and by name",
    "can be printed on one sheet of paper",
];

async fn fill(store: &TestStore, hub: HubId, count: usize) {
    for start in (0..count).step_by(500) {
        let rows: Vec<String> = (start..(start + 500).min(count))
            .map(|n| {
                let (subject, wish) = (SUBJECTS[n % 10], WISHES[(n / 10) % 10]);
                let title = format!("The {subject} {wish}");
                let body = format!("Customers asked that the {subject} {wish}. Seen {n} times in the shop, with the mobile app too.");
                row(store, hub, store.clock().id(), &title, &body)
            })
            .collect();
        insert(store, &rows).await;
    }
}

const DUPLICATE: (&str, &str) = (
    "Gift wrapping can be chosen for single articles",
    "People who order several presents want wrapping paper and a greeting card for some of the articles only, not for the whole parcel.",
);
const REWORDED: &str = "Choose for each article whether it is a gift. Whoever orders presents for several people in the shop \
     wants to pick wrapping paper with the mobile app, and to write a greeting for every single one.";

async fn a_reworded_duplicate_is_found_among_ten_thousand(store: TestStore) {
    let hub = hub(&store).await;
    fill(&store, hub, 5_000).await;
    let duplicate = candidate(&store, hub, DUPLICATE.0, DUPLICATE.1).await;
    fill(&store, hub, 5_000).await;
    let mine = candidate(&store, hub, "A gift for each", REWORDED).await;
    let likely = found(&store, hub, mine, &format!("A gift for each\n{REWORDED}")).await;
    assert_eq!(likely.len(), 20);
    assert_eq!(likely[0], duplicate);
    assert!(!likely.contains(&mine));
    // One of those that say nearly the same: its own kind comes first.
    let text = format!("The voucher {}", WISHES[3]);
    let rows = store
        .similar_candidates(hub, mine, &text, 20)
        .await
        .unwrap();
    assert!(rows.iter().all(|c| c.title == text), "{:?}", rows[0]);
}

async fn hostile_texts_are_texts(store: TestStore) {
    let hub = hub(&store).await;
    let one = candidate(&store, hub, "Near the title", "and not or body").await;
    let nobody: CandidateId = store.clock().id();
    let long = "quite NEAR \" ' ) ( * ^ : - + & | ! <-> \0 🙂 ".repeat(25_000);
    assert!(long.len() > 1_000_000);
    for text in [
        "\"",
        "'",
        "near\" OR \"title",
        "title: NEAR(a b, 3)",
        "* ^ - + { } near",
        "hub : 1 AND NOT near",
        "near\0title",
        "🙂 near 👩\u{200d}🔬",
        "near & | ! ( ) <-> :*",
        "İSTANBUL ǅ ﬁ near",
        "%_\\ near",
        long.as_str(),
    ] {
        let likely = found(&store, hub, nobody, text).await;
        let expected: &[CandidateId] = if text.to_lowercase().contains("near") {
            &[one]
        } else {
            &[]
        };
        assert_eq!(likely, expected, "{}", &text[..text.len().min(40)]);
    }
    for text in ["", " \n\t", "\0", "a b c", &"x".repeat(1_000_000)] {
        assert!(found(&store, hub, nobody, text).await.is_empty());
    }
    let none = store.similar_candidates(hub, nobody, "near", 0).await;
    assert!(none.unwrap().is_empty());
}

async fn the_index_follows_the_candidates(store: TestStore) {
    let hub = hub(&store).await;
    let nobody: CandidateId = store.clock().id();
    let one = candidate(&store, hub, "Lantern", "Brighter at night").await;
    let id = literal(&store, one.0);
    let set = async |what: &str| {
        let sql = format!("UPDATE requirement_candidates SET {what} WHERE id = {id}");
        execute(&store, &sql).await;
    };
    assert_eq!(found(&store, hub, nobody, "lantern").await, [one]);
    set("title = 'Torch', body = 'Dimmer by day'").await;
    assert!(found(&store, hub, nobody, "lantern night").await.is_empty());
    assert_eq!(found(&store, hub, nobody, "dimmer").await, [one]);
    for status in ["duplicate", "archived"] {
        set(&format!("status = '{status}'")).await;
        assert!(found(&store, hub, nobody, "torch").await.is_empty());
    }
    set("status = 'rejected'").await;
    assert_eq!(found(&store, hub, nobody, "torch").await, [one]);
    assert!(found(&store, hub, one, "torch").await.is_empty());
    let delete = format!("DELETE FROM requirement_candidates WHERE id = {id}");
    execute(&store, &delete).await;
    assert!(found(&store, hub, nobody, "torch").await.is_empty());
}

async fn another_hub_is_not_searched(store: TestStore) {
    let (here, there) = (hub(&store).await, hub(&store).await);
    let nobody: CandidateId = store.clock().id();
    let one = candidate(&store, here, "Lantern", "here").await;
    candidate(&store, there, "Lantern", "there").await;
    assert_eq!(found(&store, here, nobody, "lantern").await, [one]);
}

async fn the_index_is_used(store: TestStore) {
    let hub = hub(&store).await;
    fill(&store, hub, 2_000).await;
    let source = include_str!("../../src/store/candidates/similar.rs");
    let sql = |function: &str| -> Vec<String> {
        let body = source.split_once(&format!("fn {function}(")).unwrap().1;
        let body = body.split("\n}\n").next().unwrap();
        body.split('"')
            .skip(1)
            .step_by(2)
            .filter(|text| text.starts_with("SELECT ") || text.starts_with("WITH "))
            .map(|text| text.split("\\\n").map(str::trim_start).collect())
            .collect()
    };
    match store.db() {
        Db::Sqlite { read, .. } => {
            for sql in sql("similar_sqlite") {
                let steps: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                        .fetch_all(read)
                        .await
                        .unwrap();
                let plan: Vec<String> = steps.into_iter().map(|step| step.3).collect();
                assert!(
                    plan.iter().any(|step| step.contains("VIRTUAL TABLE INDEX")
                        && step.contains("candidate_search")
                        || step.contains("SCAN v VIRTUAL")),
                    "{plan:#?}"
                );
                let walks = |step: &&String| step.starts_with("SCAN ") && !step.contains("VIRTUAL");
                assert_eq!(plan.iter().find(walks), None, "{plan:#?}");
            }
        }
        Db::Postgres(pool) => {
            sqlx::raw_sql("ANALYZE").execute(pool).await.unwrap();
            let [sql] = sql("similar_postgres").try_into().unwrap();
            let bound = sql
                .replace("$1::text[]", "ARRAY['voucher', 'printed', 'sheet']")
                .replace("$2", "24")
                .replace("$3", &literal(&store, hub.0))
                .replace("$4", &literal(&store, Uuid::nil()))
                .replace("$5", "20");
            let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {bound}")))
                .fetch_all(pool)
                .await
                .unwrap();
            let uses = plan
                .iter()
                .filter(|step| step.contains("Bitmap Index Scan on candidate_search_words"));
            assert_eq!(uses.count(), 2, "{plan:#?}");
        }
    }
}
