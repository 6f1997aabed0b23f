//! What is no answer: the same typed error, whoever carries the call.

use std::time::Duration;

use federation::bridge::{
    Bridge, BridgeErrorKind as Kind, KeyRing, LlmConnectSettings, SubprocessBridge,
};
use model::{BridgeKind, BridgeState, KeySource, Provider};
use serde_json::json;

use super::{ALL, OVER_THE_SCRIPT, Terms, answering, fixture, request};
use crate::bridge::KEY;
use crate::bridge::server::{Server, Step, response};

#[tokio::test]
async fn a_missing_key() {
    for kind in ALL {
        let mut terms = Terms::at("");
        (terms.base, terms.key) = (None, None);
        let seam = terms.seam(kind);
        let error = seam.ask("m").await.unwrap_err();
        assert_eq!(error.kind, Kind::MissingKey, "{kind}");
        assert!(
            error.message.contains("OPENAI_API_KEY") && error.message.contains("openai.key"),
            "{error}"
        );
        assert_eq!(seam.bridge.access(Provider::Openai).key, KeySource::Missing);
    }
}

#[tokio::test]
async fn a_server_in_the_providers_place_needs_no_key() {
    for kind in ALL {
        let mut server = answering(&["hi"]).await;
        let mut terms = Terms::at(&server.base);
        terms.key = None;
        let seam = terms.seam(kind);
        assert_eq!(seam.ask("m").await.unwrap().content, "hi", "{kind}");
        assert!(!server.request().await.head.contains("authorization"));
        assert_eq!(
            seam.bridge.access(Provider::Openai).key,
            KeySource::NotNeeded
        );
    }
}

#[tokio::test]
async fn a_missing_library() {
    for kind in ALL {
        let server = answering(&["hi"]).await;
        let mut terms = Terms::at(&server.base);
        terms.has_library = false;
        let seam = terms.seam(kind);
        if kind == BridgeKind::Native {
            // It needs none.
            assert_eq!(seam.ask("m").await.unwrap().content, "hi");
            continue;
        }
        let error = seam.ask("m").await.unwrap_err();
        assert_eq!(error.kind, Kind::BridgeError, "{kind} {error}");
        for word in [
            "LLM_CONNECT_PATH",
            "Never install",
            &seam.library.path().display().to_string(),
        ] {
            assert!(error.message.contains(word), "{kind} {error}");
        }
        let status = seam.bridge.status().await;
        assert_eq!(status.state, BridgeState::Unusable, "{kind} {status:?}");
        assert!(status.problem.unwrap().contains("LLM_CONNECT_PATH"));
        // It is looked for again: who puts it there need not restart anything.
        super::copy(
            &fixture().join("llm_connect"),
            &seam.library.path().join("llm_connect"),
        );
        assert_eq!(seam.ask("m").await.unwrap().content, "hi", "{kind}");
        assert_eq!(
            seam.bridge.status().await.state,
            BridgeState::Ready,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn what_a_provider_refuses() {
    let said = |message: &str, code: &str| {
        json!({"error": {"message": message, "code": code}}).to_string()
    };
    let cases = [
        (
            401,
            said("Incorrect key", "invalid_api_key"),
            Kind::Authentication,
        ),
        (402, said("Insufficient credits", "402"), Kind::OutOfCredit),
        (404, said("no such thing", "x"), Kind::ModelUnknown),
        (
            429,
            said("slow down", "rate_limit_exceeded"),
            Kind::RateLimited,
        ),
        (429, said("quota", "insufficient_quota"), Kind::OutOfCredit),
        (400, said("bad", "x"), Kind::Refused),
        (500, said("oops", "x"), Kind::Unavailable),
        (503, "<html>busy</html>".to_owned(), Kind::Unavailable),
    ];
    let served = cases.clone();
    let server = Server::choosing(move |asked| {
        let nth: usize = asked["model"].as_str().unwrap().parse().unwrap();
        let (status, body, _) = &served[nth];
        vec![Step::Send(response(
            *status,
            "retry-after: 7\r\n",
            "application/json",
            body,
        ))]
    })
    .await;
    let mut messages = Vec::new();
    for kind in ALL {
        let seam = Terms::at(&server.base).seam(kind);
        for (nth, (status, _, expected)) in cases.iter().enumerate() {
            let error = seam.ask(&nth.to_string()).await.unwrap_err();
            assert_eq!(
                (error.kind, error.http_status),
                (*expected, Some(*status)),
                "{kind} {error}"
            );
            assert_eq!(error.retry_after, Some(Duration::from_secs(7)), "{kind}");
            messages.push((nth, error.message));
        }
    }
    // In the same words, too.
    messages.sort();
    messages.dedup();
    assert_eq!(messages.len(), cases.len(), "{messages:#?}");
}

#[tokio::test]
async fn an_error_of_the_library_tells_no_key() {
    for kind in OVER_THE_SCRIPT {
        let seam = Terms::at("http://127.0.0.1:9").seam(kind);
        let error = seam.ask("fails").await.unwrap_err();
        assert_eq!(error.kind, Kind::BridgeError, "{kind} {error}");
        assert!(
            error
                .message
                .contains("it went wrong with the key [redacted]"),
            "{error}"
        );
        assert!(!error.message.contains(&KEY[8..]), "{error}");
    }
}

#[tokio::test]
async fn an_error_that_cannot_be_told_is_told_as_one() {
    for kind in OVER_THE_SCRIPT {
        let seam = Terms::at("http://127.0.0.1:9").seam(kind);
        let error = seam.ask("fails badly").await.unwrap_err();
        assert_eq!(error.kind, Kind::BridgeError, "{kind} {error}");
    }
}

#[tokio::test]
async fn a_library_that_cannot_be_imported_tells_no_key() {
    for kind in OVER_THE_SCRIPT {
        let mut terms = Terms::at("http://127.0.0.1:9");
        terms.has_library = false;
        let seam = terms.seam(kind);
        let package = seam.library.path().join("llm_connect");
        std::fs::create_dir(&package).unwrap();
        let code = format!("raise SystemExit('configured with {KEY}, ' + 'sadly ' * 20_000)");
        std::fs::write(package.join("__init__.py"), code).unwrap();
        let error = seam.ask("m").await.unwrap_err();
        let problem = seam.bridge.status().await.problem.unwrap();
        for said in [error.message, problem] {
            assert!(said.contains("configured with"), "{kind} {said}");
            assert!(!said.contains(KEY) && said.len() < 4_000, "{kind} {said}");
        }
        assert_eq!(seam.bridge.status().await.restarts, 0);
    }
}

#[tokio::test]
async fn nobody_there_is_a_connection_error() {
    for kind in ALL {
        // No test serves below the first 1,024 ports.
        let error = Terms::at("http://127.0.0.1:9/v1")
            .seam(kind)
            .ask("m")
            .await
            .unwrap_err();
        assert_eq!(error.kind, Kind::Connection, "{kind} {error}");
    }
}

#[tokio::test]
async fn garbage_in_place_of_an_answer() {
    for kind in ALL {
        let server = Server::sending(response(200, "", "text/html", "<p>no model here</p>")).await;
        let error = Terms::at(&server.base)
            .seam(kind)
            .ask("m")
            .await
            .unwrap_err();
        assert_eq!(error.kind, Kind::Malformed, "{kind} {error}");
    }
}

#[tokio::test]
async fn garbage_on_standard_output() {
    for kind in OVER_THE_SCRIPT {
        let mut terms = Terms::at("http://127.0.0.1:9");
        terms.script = fixture().join("garbage.py");
        let error = terms.seam(kind).ask("m").await.unwrap_err();
        assert_eq!(error.kind, Kind::ParseError, "{kind} {error}");
        assert!(error.message.contains("this is no JSON"), "{kind} {error}");
    }
    // What a library prints is not on standard output.
    for kind in OVER_THE_SCRIPT {
        let server = answering(&["hi"]).await;
        let seam = Terms::at(&server.base).seam(kind);
        assert_eq!(seam.ask("prints").await.unwrap().content, "hi", "{kind}");
    }
}

#[tokio::test]
async fn a_crash() {
    for kind in ALL {
        let server = Server::choosing(|asked| {
            vec![if asked["model"] == "crashes" {
                Step::Send(Vec::new())
            } else {
                Step::Send(crate::bridge::server::good(super::mode(asked), &["next"]))
            }]
        })
        .await;
        let seam = Terms::at(&server.base).seam(kind);
        let error = seam.ask("crashes").await.unwrap_err();
        // A process of its own has failed with its call; one that all calls
        // share was lost to them, as a connection is, and they may be sent again.
        let expected = match kind {
            BridgeKind::Subprocess => Kind::BridgeError,
            BridgeKind::Native | BridgeKind::Serve => Kind::Connection,
        };
        assert_eq!(error.kind, expected, "{kind} {error}");
        if kind != BridgeKind::Native {
            assert!(
                error.message.contains("the library fell over"),
                "{kind} {error}"
            );
        }
        assert_eq!(seam.ask("m").await.unwrap().content, "next", "{kind}");
    }
}

#[tokio::test]
async fn a_library_that_exits_ends_its_call_only() {
    for kind in OVER_THE_SCRIPT {
        let server = answering(&["next"]).await;
        let seam = Terms::at(&server.base).seam(kind);
        let error = seam.ask("exits").await.unwrap_err();
        assert_eq!(error.kind, Kind::BridgeError, "{kind} {error}");
        assert_eq!(seam.ask("m").await.unwrap().content, "next", "{kind}");
        assert_eq!(seam.bridge.status().await.restarts, 0);
    }
}

#[tokio::test]
async fn no_python_is_told_at_once() {
    let settings = LlmConnectSettings {
        python: "/nowhere/python3".into(),
        ..LlmConnectSettings::default()
    };
    let keys = || KeyRing::fixed([(Provider::Openai, KEY)]);
    let bridges: [Box<dyn Bridge>; 2] = [
        Box::new(SubprocessBridge::new(settings.clone(), keys()).unwrap()),
        Box::new(federation::bridge::ServeBridge::new(settings, keys()).unwrap()),
    ];
    for bridge in bridges {
        let error = bridge.answer(&request("m")).await.unwrap_err();
        assert_eq!(error.kind, Kind::BridgeError, "{error}");
        assert!(error.message.contains("INTER_HUB_PYTHON"), "{error}");
        assert_eq!(bridge.status().await.state, BridgeState::Unusable);
    }
}
