//! Everything that is no answer, and what it is called.

use std::time::Duration;

use federation::bridge::native::NativeSettings;
use federation::bridge::{
    Bridge, BridgeError, BridgeErrorKind as Kind, BridgeRequest, KeyRing, NativeBridge,
};
use model::Provider;
use serde_json::{Value, json};

use super::server::{
    LAST_CHUNK, Server, Step, chunk, completion, event, json_response, piece, response, stream_head,
};
use super::{BOTH, Mode, ask, bridge, request, settings};

async fn failure(mode: Mode, steps: Vec<Step>, request: &BridgeRequest) -> BridgeError {
    let server = Server::doing(steps).await;
    ask(mode, &bridge(&server.base), request).await.unwrap_err()
}

async fn failure_of(mode: Mode, bytes: Vec<u8>) -> BridgeError {
    failure(mode, vec![Step::Send(bytes)], &request(Provider::Openai)).await
}

#[tokio::test]
async fn statuses_have_kinds() {
    for mode in BOTH {
        for (status, error, kind) in [
            (
                401,
                json!({"message": "Incorrect key", "code": "invalid_api_key"}),
                Kind::Authentication,
            ),
            (
                402,
                json!({"message": "Insufficient credits", "code": 402}),
                Kind::OutOfCredit,
            ),
            (404, json!({"message": "no such thing"}), Kind::ModelUnknown),
            (
                429,
                json!({"message": "quota", "code": "insufficient_quota"}),
                Kind::OutOfCredit,
            ),
            (500, json!({"message": "oops"}), Kind::Unavailable),
            (504, json!({"message": "upstream"}), Kind::Unavailable),
            (400, json!({"message": "bad"}), Kind::Refused),
        ] {
            let found = failure_of(mode, json_response(status, &json!({"error": error}))).await;
            assert_eq!(found.kind, kind, "{mode:?} {status} {found}");
            assert_eq!(found.http_status, Some(status));
            let said = error["message"].as_str().unwrap();
            assert!(
                found.message.contains("OpenAI at 127.0.0.1") && found.message.contains(said),
                "{found}"
            );
        }
    }
}

#[tokio::test]
async fn the_wait_is_told() {
    let body =
        json!({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}).to_string();
    for mode in BOTH {
        let bytes = response(429, "retry-after: 7\r\n", "application/json", &body);
        let error = failure_of(mode, bytes).await;
        assert_eq!(
            (error.kind, error.retry_after),
            (Kind::RateLimited, Some(Duration::from_secs(7)))
        );
        let bytes = response(
            503,
            "retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n",
            "application/json",
            &body,
        );
        let error = failure_of(mode, bytes).await;
        assert_eq!(
            (error.kind, error.retry_after),
            (Kind::Unavailable, Some(Duration::ZERO))
        );
    }
}

#[tokio::test]
async fn a_refused_format_is_told_apart() {
    let body = json!([{"error": {"code": 400, "message": "Unknown name \"response_format\"", "status": "INVALID_ARGUMENT"}}]);
    for mode in BOTH {
        for status in [400, 422] {
            let mut asked = request(Provider::Gemini);
            let without =
                failure(mode, vec![Step::Send(json_response(status, &body))], &asked).await;
            assert_eq!(without.kind, Kind::Refused);
            asked.response_schema = Some(json!({"type": "object"}));
            let with = failure(mode, vec![Step::Send(json_response(status, &body))], &asked).await;
            assert_eq!(with.kind, Kind::FormatRefused, "{mode:?}");
        }
    }
}

#[tokio::test]
async fn an_error_inside_a_success() {
    let error = json!({"error": {"code": 502, "message": "Provider disconnected"}, "choices": [
        {"delta": {"content": ""}, "finish_reason": "error"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}});
    for mode in BOTH {
        let bytes = match mode {
            Mode::Answer => json_response(200, &error),
            Mode::Stream => [stream_head(), piece("half"), event(&error)].concat(),
        };
        let found = failure_of(mode, bytes).await;
        assert_eq!(
            (found.kind, found.http_status),
            (Kind::Unavailable, Some(200)),
            "{mode:?}"
        );
        assert_eq!((found.tokens_in, found.tokens_out), (Some(3), Some(1)));
        assert!(found.message.contains("Provider disconnected"), "{found}");
    }
}

#[tokio::test]
async fn a_bare_error_object_in_a_stream() {
    let error =
        json!({"object": "error", "message": "too busy", "type": "rate_limit_error", "code": null});
    let found = failure_of(Mode::Stream, [stream_head(), event(&error)].concat()).await;
    assert_eq!(found.kind, Kind::RateLimited, "{found}");
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let begun = json_response(200, &completion("whole"));
    let begun = begun[..begun.len() - 10].to_vec();
    for mode in BOTH {
        for start in [
            vec![],
            if mode == Mode::Answer {
                begun.clone()
            } else {
                [stream_head(), piece("a")].concat()
            },
        ] {
            let mut server = Server::doing(vec![Step::Send(start), Step::Hang]).await;
            let short = NativeSettings {
                deadline: Duration::from_secs(2),
                ..settings(&server.base)
            };
            let bridge = NativeBridge::new(short, KeyRing::fixed::<String>([])).unwrap();
            let error = ask(mode, &bridge, &request(Provider::Openai))
                .await
                .unwrap_err();
            assert_eq!(error.kind, Kind::Timeout, "{mode:?} {error}");
            server.client_is_gone().await;
        }
    }
}

#[tokio::test]
async fn silence_inside_a_stream_is_noticed_before_the_deadline() {
    let mut server = Server::doing(vec![
        Step::Send([stream_head(), piece("a")].concat()),
        Step::Hang,
    ])
    .await;
    let short = NativeSettings {
        idle_timeout: Duration::from_millis(200),
        ..settings(&server.base)
    };
    let bridge = NativeBridge::new(short, KeyRing::fixed::<String>([])).unwrap();
    let error = ask(Mode::Stream, &bridge, &request(Provider::Openai))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.http_status),
        (Kind::Timeout, Some(200)),
        "{error}"
    );
    server.client_is_gone().await;
}

#[tokio::test]
async fn a_break_in_the_middle_is_cut_off() {
    let whole = json_response(200, &completion("whole"));
    let until_close = |text: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{text}").into_bytes()
    };
    for bytes in [
        whole[..whole.len() - 10].to_vec(),
        until_close("{\"choices\": [{\"mess"),
        until_close(""),
    ] {
        let error = failure_of(Mode::Answer, bytes).await;
        assert_eq!(
            (error.kind, error.http_status),
            (Kind::CutOff, Some(200)),
            "{error}"
        );
    }
    for end in [&b""[..], b"5\r\nda", LAST_CHUNK] {
        let error = failure_of(
            Mode::Stream,
            [stream_head(), piece("half"), end.to_vec()].concat(),
        )
        .await;
        assert_eq!(
            (error.kind, error.http_status),
            (Kind::CutOff, Some(200)),
            "{end:?} {error}"
        );
    }
}

#[tokio::test]
async fn a_reason_to_finish_is_no_end_mark() {
    let last = json!({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 4, "completion_tokens": 2}});
    let error = failure_of(
        Mode::Stream,
        [
            stream_head(),
            piece("half"),
            event(&last),
            LAST_CHUNK.to_vec(),
        ]
        .concat(),
    )
    .await;
    assert_eq!(
        (error.kind, error.tokens_in, error.tokens_out),
        (Kind::CutOff, Some(4), Some(2))
    );
}

#[tokio::test]
async fn an_end_before_any_answer() {
    for mode in BOTH {
        let error = failure_of(mode, vec![]).await;
        assert_eq!(
            (error.kind, error.http_status),
            (Kind::Connection, None),
            "{mode:?} {error}"
        );
    }
    let error = failure_of(Mode::Stream, [stream_head(), LAST_CHUNK.to_vec()].concat()).await;
    assert_eq!(error.kind, Kind::CutOff);
    let error = failure_of(
        Mode::Stream,
        [stream_head(), chunk(b"data: [DONE]\n\n")].concat(),
    )
    .await;
    assert_eq!(error.kind, Kind::Malformed, "{error}");
}

#[tokio::test]
async fn nobody_there() {
    // No test serves below the first 1,024 ports.
    let base = "http://127.0.0.1:9";
    for mode in BOTH {
        let error = ask(mode, &bridge(base), &request(Provider::Gemini))
            .await
            .unwrap_err();
        assert_eq!(error.kind, Kind::Connection);
        assert!(error.message.contains("GEMINI_BASE_URL"), "{error}");
    }
}

#[tokio::test]
async fn what_is_not_the_protocol_is_malformed() {
    let page = "<!doctype html><p>Sign in</p>";
    for mode in BOTH {
        for (kind, body) in [
            ("text/html; charset=utf-8", page),
            ("application/json", page),
            ("text/plain", "hello"),
            ("application/json", "hello"),
            ("application/json", "{\"hello\": 1}"),
            ("application/json", "[]"),
        ] {
            let error = failure_of(mode, response(200, "", kind, body)).await;
            assert_eq!(
                (error.kind, error.http_status),
                (Kind::Malformed, Some(200)),
                "{mode:?} {kind} {body}"
            );
            assert!(!error.message.contains("<p>"), "{error}");
        }
        let error = failure_of(mode, response(502, "", "text/html", page)).await;
        assert_eq!(error.kind, Kind::Unavailable);
        let error = failure_of(
            mode,
            response(307, "location: /elsewhere\r\n", "text/plain", ""),
        )
        .await;
        assert_eq!(error.kind, Kind::Malformed);
    }
    for broken in [&b"data: {\"choices\":\n\n"[..], b"data: \xff\xfe\n\n"] {
        let error = failure_of(Mode::Stream, [stream_head(), chunk(broken)].concat()).await;
        assert_eq!(error.kind, Kind::Malformed, "{error}");
    }
}

#[tokio::test]
async fn too_much_is_not_read() {
    for mode in BOTH {
        for long in ["x".repeat(1_001), "x".repeat(200_000)] {
            let bytes = match mode {
                Mode::Answer => json_response(200, &completion(&long)),
                Mode::Stream => [stream_head(), piece(&long)].concat(),
            };
            let server = Server::sending(bytes).await;
            let small = NativeSettings {
                max_answer_bytes: 1_000,
                ..settings(&server.base)
            };
            let bridge = NativeBridge::new(small, KeyRing::fixed::<String>([])).unwrap();
            let error = ask(mode, &bridge, &request(Provider::Openai))
                .await
                .unwrap_err();
            assert_eq!(error.kind, Kind::TooLarge, "{mode:?} {error}");
        }
    }
}

#[tokio::test]
async fn refusals_are_no_answers() {
    let refusal = |part: &str| -> Value {
        json!({"choices": [{part: {"content": null, "refusal": "I will not"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 3}})
    };
    let filtered =
        json!({"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]});
    let streamed = [
        stream_head(),
        event(&refusal("delta")),
        chunk(b"data: [DONE]\n\n"),
    ]
    .concat();
    let error = failure_of(Mode::Answer, json_response(200, &refusal("message"))).await;
    assert_eq!((error.kind, error.tokens_out), (Kind::Refused, Some(3)));
    assert!(error.message.contains("I will not"), "{error}");
    assert_eq!(failure_of(Mode::Stream, streamed).await.kind, Kind::Refused);
    assert_eq!(
        failure_of(Mode::Answer, json_response(200, &filtered))
            .await
            .kind,
        Kind::Refused
    );
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    for mode in BOTH {
        let mut server = Server::doing(vec![Step::Send(stream_head()), Step::Hang]).await;
        let bridge = bridge(&server.base);
        let asked = request(Provider::Openai);
        tokio::select! {
            _ = ask(mode, &bridge, &asked) => panic!("there is no answer"),
            _ = server.request() => {}
        }
        server.client_is_gone().await;
    }
}

#[tokio::test]
async fn pieces_come_before_the_answer_is_whole() {
    let mut server = Server::doing(vec![
        Step::Send([stream_head(), piece("first")].concat()),
        Step::Hang,
    ])
    .await;
    let bridge = bridge(&server.base);
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let asked = request(Provider::Openai);
    let mut sink = |piece: &str| sender.send(piece.to_owned()).unwrap();
    tokio::select! {
        _ = bridge.stream(&asked, &mut sink) => panic!("there is no end"),
        first = receiver.recv() => assert_eq!(first.as_deref(), Some("first")),
    }
    server.client_is_gone().await;
}
