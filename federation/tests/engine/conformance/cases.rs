//! Answers: whole, streamed, in all scripts of the world, too long, cancelled.

use std::time::Duration;

use federation::bridge::{BridgeErrorKind as Kind, BridgeResponse};
use model::BridgeKind;
use serde_json::json;

use super::{ALL, OVER_THE_SCRIPT, Terms, answering, request, runs, until};
use crate::bridge::KEY;
use crate::bridge::server::{Server, Step, completion, json_response, piece, stream_head, tail};

#[tokio::test]
async fn an_answer() {
    for kind in ALL {
        let mut server = answering(&["The ", "answer."]).await;
        let seam = Terms::at(&server.base).seam(kind);
        let mut asked = request("some-model");
        asked.system_prompt = Some("Be brief.".to_owned());
        asked.max_tokens = 321;
        asked.temperature = 0.3;
        let response = seam.bridge.answer(&asked).await.unwrap();
        assert_eq!(
            BridgeResponse {
                // What the library does not tell.
                cost_microusd: None,
                http_status: None,
                ..response
            },
            BridgeResponse {
                content: "The answer.".to_owned(),
                model: "served-model".to_owned(),
                tokens_in: Some(11),
                tokens_out: Some(7),
                finish_reason: Some("stop".to_owned()),
                cost_microusd: None,
                http_status: None,
            },
            "{kind}"
        );
        let sent = server.request().await;
        assert_eq!(sent.body["model"], "some-model");
        assert_eq!(
            sent.body["messages"],
            json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}])
        );
        assert_eq!(sent.body["max_tokens"], 321);
        let temperature = sent.body["temperature"].as_f64().unwrap();
        assert!((temperature - 0.3).abs() < 1e-6, "{kind} {temperature}");
        assert!(sent.head.contains(&format!("authorization: bearer {KEY}")));
    }
}

#[tokio::test]
async fn a_streamed_answer() {
    for kind in ALL {
        let server = answering(&["The ", "answer."]).await;
        let seam = Terms::at(&server.base).seam(kind);
        let mut pieces = Vec::new();
        let response = seam
            .bridge
            .stream(&request("m"), &mut |piece| pieces.push(piece.to_owned()))
            .await
            .unwrap();
        assert_eq!(response.content, "The answer.");
        // llm-connect has no streaming: there the text comes as one piece.
        let expected = if kind == BridgeKind::Native { 2 } else { 1 };
        assert_eq!(
            (pieces.len(), pieces.concat()),
            (expected, response.content),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn unicode_goes_both_ways() {
    const TEXT: &str = "Ünïcødé 漢字 עברית 👩‍👩‍👧 \u{2028}\u{feff}\u{7}\"\\\n\u{10ffff}";
    for kind in ALL {
        let mut server = answering(&[TEXT]).await;
        let seam = Terms::at(&server.base).seam(kind);
        let mut asked = request("modèle");
        asked.prompt = TEXT.to_owned();
        let response = seam.bridge.answer(&asked).await.unwrap();
        assert_eq!(response.content, TEXT, "{kind}");
        let sent = server.request().await.body;
        assert_eq!(
            (&sent["messages"][0]["content"], &sent["model"]),
            (&json!(TEXT), &json!("modèle"))
        );
    }
}

#[tokio::test]
async fn half_a_surrogate_pair_harms_nobody() {
    let body = completion("x")
        .to_string()
        .replace("\"x\"", "\"a \\ud83d b\"");
    for kind in OVER_THE_SCRIPT {
        let answer = body.clone();
        let server = Server::choosing(move |_| {
            vec![Step::Send(crate::bridge::server::response(
                200,
                "",
                "application/json",
                &answer,
            ))]
        })
        .await;
        let seam = Terms::at(&server.base).seam(kind);
        assert_eq!(
            seam.ask("m").await.unwrap().content,
            "a \u{fffd} b",
            "{kind}"
        );
    }
}

#[tokio::test]
async fn ten_megabytes_are_too_large() {
    for kind in ALL {
        let server = Server::choosing(|asked| {
            let text = "x".repeat(10 * 1024 * 1024);
            vec![Step::Send(match super::mode(asked) {
                crate::bridge::Mode::Answer => json_response(200, &completion(&text)),
                crate::bridge::Mode::Stream => [stream_head(), piece(&text), tail()].concat(),
            })]
        })
        .await;
        let seam = Terms::at(&server.base).seam(kind);
        let error = seam.ask("m").await.unwrap_err();
        assert_eq!(error.kind, Kind::TooLarge, "{kind} {error}");
        // The bridge goes on.
        let error = seam.ask("m").await.unwrap_err();
        assert_eq!(error.kind, Kind::TooLarge, "{kind} {error}");
    }
}

#[tokio::test]
async fn a_hang_is_a_timeout() {
    for kind in ALL {
        let mut server = Server::choosing(|_| vec![Step::Hang]).await;
        let mut terms = Terms::at(&server.base);
        terms.deadline = Duration::from_secs(15);
        let seam = terms.seam(kind);
        let error = seam.ask("m").await.unwrap_err();
        assert_eq!(error.kind, Kind::Timeout, "{kind} {error}");
        assert!(error.message.contains("OpenAI"), "{error}");
        server.request().await;
    }
}

/// A library whose own processes outlive its answer: it is no timeout, and they
/// do not outlive the process of the call.
#[tokio::test]
async fn what_a_library_leaves_running_holds_up_nothing() {
    let server = answering(&["hi"]).await;
    let seam = Terms::at(&server.base).seam(BridgeKind::Subprocess);
    assert_eq!(seam.ask("leaves a process").await.unwrap().content, "hi");
    for id in seam.noted_processes().await {
        until(|| (!runs(id)).then_some(())).await;
    }
}

/// A library that hangs in a command of its own: nothing of it is left.
#[tokio::test]
async fn a_process_that_hangs_is_ended_with_all_that_it_started() {
    let mut terms = Terms::at("http://127.0.0.1:9");
    terms.deadline = Duration::from_secs(15);
    let seam = terms.seam(BridgeKind::Subprocess);
    let error = seam.ask("hangs").await.unwrap_err();
    assert_eq!(error.kind, Kind::Timeout, "{error}");
    for id in seam.noted_processes().await {
        until(|| (!runs(id)).then_some(())).await;
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_is_cancelled() {
    for kind in ALL {
        let mut server = Server::choosing(|asked| {
            if asked["model"] == "waits" {
                vec![Step::Hang]
            } else {
                vec![Step::Send(crate::bridge::server::good(
                    super::mode(asked),
                    &["next"],
                ))]
            }
        })
        .await;
        let seam = Terms::at(&server.base).seam(kind);
        tokio::select! {
            answered = seam.ask("waits") => panic!("{kind}: {answered:?}"),
            _ = server.request() => {}
        }
        if kind == BridgeKind::Serve {
            // A blocking call of a library cannot be interrupted: its thread
            // is left to itself, and its place is free.
            let status = loop {
                let status = seam.bridge.status().await;
                if status.calls_under_way == Some(0) {
                    break status;
                }
            };
            assert_eq!(status.restarts, 0);
        } else {
            server.client_is_gone().await;
        }
        assert_eq!(seam.ask("m").await.unwrap().content, "next", "{kind}");
    }
}

#[tokio::test]
async fn a_dropped_call_leaves_no_process() {
    let seam = Terms::at("http://127.0.0.1:9").seam(BridgeKind::Subprocess);
    // Looked at while the call is under way: a branch runs after the other is dropped.
    let watched = async {
        let ids = seam.noted_processes().await;
        let line = std::fs::read_to_string(format!("/proc/{}/cmdline", ids[0])).unwrap();
        (ids, line)
    };
    let (ids, line) = tokio::select! {
        answered = seam.ask("hangs") => panic!("{answered:?}"),
        seen = watched => seen,
    };
    assert!(
        line.contains("llm_bridge.py") && !line.contains(KEY),
        "{line}"
    );
    for id in ids {
        until(|| (!runs(id)).then_some(())).await;
    }
}
