//! A member that fails says why, and sinks nobody else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use std::time::Duration;

use crate::common::{Wish, on_each, on_each_with, setup};
use serde_json::Value;

/// Failing models with the type of their error.
const FAILURES: &[(&str, &str)] = &[
    ("scripted/fail-401", "authentication"),
    ("scripted/fail-402", "out_of_credit"),
    ("scripted/fail-429", "rate_limited"),
    ("scripted/fail-500", "unavailable"),
    ("scripted/fail-hang", "timeout"),
    ("scripted/fail-cut", "cut_off"),
    ("scripted/fail-html", "malformed"),
    ("scripted/fail-megabyte", "too_large"),
];

fn impatient() -> Wish {
    Wish {
        call_deadline: Some(Duration::from_secs(20)),
        ..Wish::default()
    }
}

fn member<'a>(run: &'a Value, model: &str) -> &'a Value {
    let all = run["contributions"].as_array().unwrap();
    all.iter().find(|c| c["model_name"] == model).unwrap()
}

#[tokio::test]
async fn each_failure_has_its_type_and_the_run_goes_on() {
    on_each_with(impatient(), |server| async move {
        let admin = server.admin().await;
        let mut models = vec!["scripted/careful", "scripted/advocate"];
        models.extend(FAILURES.iter().map(|(model, _)| *model));
        let hub_id = setup::team(&admin, "t", &models).await;
        let run = setup::run(&admin, &hub_id, "What first?").await;
        assert_eq!(run["run_state"], "finished", "{run:#}");
        assert_eq!(run["consensus_status"], "consensus");
        for (model, error_type) in FAILURES {
            let member = member(&run, model);
            assert_eq!(member["status"], "failed", "{model}");
            assert_eq!(member["error_type"], *error_type, "{model}: {member:#}");
            assert!(setup::text(&member["error"]).len() > 10, "{model}");
            let receipt = format!("/invocations/{}", setup::text(&member["invocation_id"]));
            let receipt = admin.get(&receipt).await.expect(200);
            assert_eq!(receipt["outcome"], "failed", "{model}");
            assert_eq!(receipt["error_type"], *error_type, "{model}");
        }
        let tried = server.models.served().by_model;
        assert_eq!(tried["scripted/fail-500"], 2, "one retry");
        assert_eq!(tried["scripted/fail-401"], 1, "nothing to retry");
    })
    .await;
}

#[tokio::test]
async fn prose_is_kept_and_counts_as_no_recommendation() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let models = &[
            "scripted/careful",
            "scripted/advocate",
            "scripted/fail-no-json",
        ];
        let hub_id = setup::team(&admin, "t", models).await;
        let run = setup::run(&admin, &hub_id, "What first?").await;
        let member = member(&run, "scripted/fail-no-json");
        assert_eq!(member["status"], "completed");
        assert_eq!(member["readable"], false);
        assert!(setup::text(&member["content"]["text"]).contains("talk this through"));
        assert_eq!(run["consensus"]["readable"], 2);
        assert_eq!(run["consensus_status"], "consensus");
    })
    .await;
}

#[tokio::test]
async fn where_all_fail_the_run_has_failed() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let models = &["scripted/fail-401", "scripted/fail-402"];
        let hub_id = setup::team(&admin, "t", models).await;
        let run = setup::run(&admin, &hub_id, "What first?").await;
        assert_eq!(run["run_state"], "failed");
        assert!(
            run["run_error_type"].is_string() && run["run_error"].is_string(),
            "{run:#}"
        );
        assert!(run["final_content"].is_null());
        assert_eq!(run["consensus_status"], "pending");
    })
    .await;
}

#[tokio::test]
async fn one_voice_is_no_quorum() {
    on_each(|server| async move {
        let admin = server.admin().await;
        let models = &["scripted/careful", "scripted/fail-401", "scripted/fail-402"];
        let hub_id = setup::team(&admin, "t", models).await;
        let run = setup::run(&admin, &hub_id, "What first?").await;
        assert_eq!(run["consensus_status"], "pending");
        assert_eq!(run["synthesis_state"], "none");
        assert!(setup::text(&run["consensus"]["reason"]).contains("quorum"));
    })
    .await;
}
