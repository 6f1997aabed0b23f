//! The same key starts one run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{Answer, Client, on_each, setup};
use futures::future::join_all;
use model::Role;
use reqwest::Method;
use serde_json::Value;

async fn start(client: &Client, key: &str, body: &Value) -> Answer {
    let request = client
        .request(Method::POST, "/collective-proposals")
        .header("idempotency-key", key)
        .json(body);
    client.send(request).await
}

async fn count(client: &Client) -> usize {
    let list = client.get("/collective-proposals").await.expect(200);
    list["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_same_key_gives_the_first_answer_again() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", &["scripted/careful", "scripted/bold"]).await;
        let body = setup::collective_body(&hub_id, "What first?");
        let first = start(&admin, "k1", &body).await.expect(202);
        let second = start(&admin, "k1", &body).await.expect(202);
        assert_eq!(first, second);
        assert_eq!(count(&admin).await, 1);

        let other = setup::collective_body(&hub_id, "What second?");
        let problem = start(&admin, "k1", &other).await.refused(409, &[]);
        assert_eq!(problem["code"], "idempotency_key_reused");
        start(&admin, "k2", &other).await.expect(202);
        assert_eq!(count(&admin).await, 2);

        // Keys are per caller.
        let reviewer = server.client(Role::Reviewer).await;
        let own = start(&reviewer, "k1", &body).await.expect(202);
        assert_ne!(own["id"], first["id"]);
        let long = "k".repeat(256);
        let answer = start(&admin, &long, &body).await;
        answer.refused(422, &["Idempotency-Key"]);
    })
    .await;
}

#[tokio::test]
async fn many_at_once_start_one_run() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", &["scripted/careful", "scripted/bold"]).await;
        let body = setup::collective_body(&hub_id, "What first?");
        let answers = join_all((0..12).map(|_| start(&admin, "same", &body))).await;
        let mut ids: Vec<_> = answers
            .into_iter()
            .map(|answer| setup::text(&answer.expect(202)["id"]))
            .collect();
        ids.dedup();
        assert_eq!(ids.len(), 1);
        assert_eq!(count(&admin).await, 1);
    })
    .await;
}
