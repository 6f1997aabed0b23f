//! Answers that are kept.

use federation::bridge::BridgeResponse;
use model::Provider;
use serde_json::json;

use super::server::{
    Server, Step, chunk, completion, event, good, json_response, piece, stream_head, tail,
};
use super::{BOTH, KEY, Mode, ask, bridge, request};

fn expected(text: &str) -> BridgeResponse {
    BridgeResponse {
        content: text.to_owned(),
        model: "served-model".to_owned(),
        tokens_in: Some(11),
        tokens_out: Some(7),
        finish_reason: Some("stop".to_owned()),
        cost_microusd: Some(420),
        http_status: Some(200),
    }
}

#[tokio::test]
async fn every_provider_answers() {
    for mode in BOTH {
        for provider in [Provider::Openai, Provider::Openrouter, Provider::Gemini] {
            let mut server = Server::sending(good(mode, &["Good ", "day"])).await;
            let response = ask(mode, &bridge(&server.base), &request(provider))
                .await
                .unwrap();
            assert_eq!(response, expected("Good day"), "{mode:?} {provider}");
            let sent = server.request().await;
            assert!(
                sent.head.starts_with("post /v1/chat/completions http/1.1"),
                "{}",
                sent.head
            );
            assert!(sent.head.contains(&format!("authorization: bearer {KEY}")));
            assert_eq!(sent.body["stream"], mode == Mode::Stream);
            assert_eq!(sent.body["temperature"], json!(0.7));
            assert_eq!(
                sent.body["usage"]["include"] == true,
                provider == Provider::Openrouter
            );
        }
    }
}

#[tokio::test]
async fn a_megabyte_is_kept() {
    let text = "0123456789abcde\n".repeat(65_536);
    let pieces: Vec<&str> = (0..text.len())
        .step_by(4_000)
        .map(|i| &text[i..(i + 4_000).min(text.len())])
        .collect();
    for mode in BOTH {
        let server = Server::sending(good(mode, &pieces)).await;
        let response = ask(mode, &bridge(&server.base), &request(Provider::Openai))
            .await
            .unwrap();
        assert_eq!(response.content.len(), 1 << 20, "{mode:?}");
        assert!(response.content == text, "{mode:?}");
    }
}

#[tokio::test]
async fn characters_may_be_cut_between_chunks() {
    let text = "Grüße 漢字 🦀 ende";
    for mode in BOTH {
        let whole = match mode {
            Mode::Answer => completion(text).to_string(),
            Mode::Stream => {
                let event =
                    json!({"model": "served-model", "choices": [{"delta": {"content": text}}]});
                format!("data: {event}\n\n")
            }
        };
        let one_by_one = whole
            .as_bytes()
            .iter()
            .map(|byte| Step::Send(chunk(&[*byte])));
        let head = match mode {
            Mode::Answer => {
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()
            }
            Mode::Stream => stream_head(),
        };
        let end = match mode {
            Mode::Answer => b"0\r\n\r\n".to_vec(),
            Mode::Stream => tail(),
        };
        let steps = [Step::Send(head)]
            .into_iter()
            .chain(one_by_one)
            .chain([Step::Send(end)]);
        let server = Server::doing(steps.collect()).await;
        let response = ask(mode, &bridge(&server.base), &request(Provider::Gemini))
            .await
            .unwrap();
        assert_eq!(response, expected(text), "{mode:?}");
    }
}

#[tokio::test]
async fn comments_marks_and_carriage_returns_are_nothing() {
    let body = [
        stream_head(),
        chunk("\u{feff}: OPENROUTER PROCESSING\r\n\r\n".as_bytes()),
        chunk(b"event: message\r\nid: 1\r\ndata: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\r\n\r\n"),
        piece("hi"),
        tail(),
    ]
    .concat();
    let server = Server::sending(body).await;
    let response = ask(
        Mode::Stream,
        &bridge(&server.base),
        &request(Provider::Openrouter),
    )
    .await
    .unwrap();
    assert_eq!(response.content, "hi");
}

#[tokio::test]
async fn the_end_mark_is_the_end_even_if_the_server_stays() {
    let body = [stream_head(), piece("hi"), chunk(b"data: [DONE]\n\n")].concat();
    let server = Server::doing(vec![Step::Send(body), Step::Hang]).await;
    let response = ask(
        Mode::Stream,
        &bridge(&server.base),
        &request(Provider::Openai),
    )
    .await
    .unwrap();
    assert_eq!(
        (response.content.as_str(), response.tokens_out),
        ("hi", None)
    );
}

#[tokio::test]
async fn an_end_mark_without_a_last_newline_counts() {
    let body = [
        stream_head(),
        piece("hi"),
        chunk(b"data: [DONE]"),
        b"0\r\n\r\n".to_vec(),
    ]
    .concat();
    let server = Server::sending(body).await;
    let response = ask(
        Mode::Stream,
        &bridge(&server.base),
        &request(Provider::Openai),
    )
    .await
    .unwrap();
    assert_eq!(response.content, "hi");
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let server = Server::sending(json_response(200, &completion("all at once"))).await;
    let response = ask(
        Mode::Stream,
        &bridge(&server.base),
        &request(Provider::Openai),
    )
    .await
    .unwrap();
    assert_eq!(response, expected("all at once"));
}

#[tokio::test]
async fn content_may_come_in_parts_and_be_cut_by_length() {
    let body = json!({"choices": [{"finish_reason": "length", "message":
        {"content": [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]}}]});
    let server = Server::sending(json_response(200, &body)).await;
    let response = ask(
        Mode::Answer,
        &bridge(&server.base),
        &request(Provider::Openai),
    )
    .await
    .unwrap();
    assert_eq!(
        (response.content.as_str(), response.finish_reason.as_deref()),
        ("ab", Some("length"))
    );
    assert_eq!(response.model, "some-model");

    let body = [
        stream_head(),
        event(&json!({"choices": [{"delta": {"content": "ab"}, "finish_reason": "length"}]})),
        chunk(b"data: [DONE]\n\n"),
        b"0\r\n\r\n".to_vec(),
    ];
    let server = Server::sending(body.concat()).await;
    let response = ask(
        Mode::Stream,
        &bridge(&server.base),
        &request(Provider::Openai),
    )
    .await
    .unwrap();
    assert_eq!(
        (response.content.as_str(), response.finish_reason.as_deref()),
        ("ab", Some("length"))
    );
}
