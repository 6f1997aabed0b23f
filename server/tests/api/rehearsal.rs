//! The rehearsal: a told story, scripted models, the real path.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use crate::common::{Wish, on_each_with, setup};
use serde_json::Value;
use setup::text;

fn story() -> Wish {
    Wish {
        story: true,
        ..Wish::default()
    }
}

async fn lantern(client: &crate::common::Client) -> String {
    let hubs = client.get("/hubs").await.expect(200);
    let hubs = hubs["items"].as_array().unwrap();
    assert_eq!(hubs.len(), 2);
    assert_eq!(hubs[0]["slug"], "lantern", "the main hub is the newest");
    text(&hubs[0]["id"])
}

#[tokio::test]
async fn the_story_is_told_once() {
    on_each_with(story(), |server| async move {
        let admin = server.admin().await;
        let hub_id = lantern(&admin).await;
        server::rehearsal::story::tell(&server.engine)
            .await
            .unwrap();
        lantern(&admin).await;
        let agents = admin
            .get(&format!("/agents?hub_id={hub_id}"))
            .await
            .expect(200);
        assert_eq!(agents["items"].as_array().unwrap().len(), 5);
        for task in [
            "requirement_draft",
            "triage",
            "synthesis",
            "policy_check",
            "implementation",
        ] {
            let path = format!("/routing-policies/resolve?hub_id={hub_id}&task_type={task}");
            let agents = admin.get(&path).await.expect(200);
            assert!(agents["agents"].as_array().unwrap().len() >= 3, "{task}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_of_the_story_agrees_and_shows_who_was_blocked() {
    on_each_with(story(), |server| async move {
        let admin = server.admin().await;
        let hub_id = lantern(&admin).await;
        let run = setup::run(&admin, &hub_id, "How do we stop double requests?").await;
        assert_eq!(run["consensus_status"], "consensus");
        let states: Vec<_> = run["contributions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| text(&c["status"]))
            .collect();
        assert_eq!(states, ["completed", "completed", "completed", "blocked"]);
        let divergent = setup::run(&admin, &hub_id, "Mail or text message?").await;
        assert_eq!(divergent["consensus_status"], "divergent");

        // Every call that the models saw has its receipt.
        let receipts = admin
            .get(&format!("/invocations?hub_id={hub_id}"))
            .await
            .expect(200);
        let attempts: usize = receipts["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|receipt| receipt["attempts"].as_array().map_or(0, Vec::len))
            .sum();
        let served = server.models.served();
        assert_eq!(attempts as u64, served.calls);
        let tokens: i64 = receipts["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|receipt| receipt["tokens_out"].as_i64())
            .sum();
        assert_eq!(tokens as u64, served.tokens_out);
        assert!(receipts["next_cursor"] == Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_model_with_a_fixed_time_keeps_it() {
    on_each_with(Wish::default(), |server| async move {
        let admin = server.admin().await;
        let hub_id = setup::team(&admin, "t", &["scripted/ms-700", "scripted/ms-700"]).await;
        let run = setup::run(&admin, &hub_id, "What first?").await;
        for one in run["contributions"].as_array().unwrap() {
            let receipt = format!("/invocations/{}", text(&one["invocation_id"]));
            let took = admin.get(&receipt).await.expect(200)["attempts"][0]["duration_ms"].clone();
            let took = took.as_i64().unwrap();
            assert!(took >= 680, "{took}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_rehearsal_refuses_a_database_with_real_hubs() {
    let folder = tempfile::tempdir().unwrap();
    let given = || server::settings::Given {
        database_url: Some(format!(
            "sqlite://{}",
            folder.path().join("hub.db").display()
        )),
        ..server::settings::Given::default()
    };
    let settings = server::settings::Settings::resolve(given(), false).unwrap();
    let real = server::prepare(settings).await.unwrap();
    let new = model::NewHub {
        slug: "earnest".to_owned(),
        name: "Earnest".to_owned(),
        description: None,
        governance_default: None,
    };
    let engine = real.state.engine.clone();
    federation::hubs::create(&engine, &model::Caller::command(), new)
        .await
        .unwrap();
    engine.shutdown().await;
    let settings = server::settings::Settings::resolve(given(), true).unwrap();
    let refused = server::prepare(settings).await.err().expect("refused");
    assert!(
        format!("{refused:#}").contains("no rehearsal's"),
        "{refused:#}"
    );
    let hubs = federation::hubs::list(
        &engine,
        &model::Caller::command(),
        model::PageRequest::default(),
    )
    .await
    .unwrap();
    assert_eq!(hubs.items.len(), 1);
}
