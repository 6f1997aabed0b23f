//! Keys: needed, found, sent, and never told.

use federation::bridge::native::NativeSettings;
use federation::bridge::{BaseUrls, Bridge, BridgeErrorKind as Kind, KeyRing, NativeBridge};
use model::{KeySource, Provider};
use serde_json::json;

use super::server::{Server, event, good, json_response, response, stream_head};
use super::{BOTH, KEY, Mode, ask, bridge, request, settings};

#[tokio::test]
async fn a_providers_own_base_needs_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let keys = KeyRing::with_lookup(dir.path().to_owned(), |_| None);
    let bridge = NativeBridge::new(NativeSettings::default(), keys).unwrap();
    for (provider, variable) in [
        (Provider::Openai, "OPENAI_API_KEY"),
        (Provider::Openrouter, "OPENROUTER_API_KEY"),
        (Provider::Gemini, "GEMINI_API_KEY"),
    ] {
        assert_eq!(bridge.access(provider).key, KeySource::Missing);
        let error = bridge.answer(&request(provider)).await.unwrap_err();
        assert_eq!(error.kind, Kind::MissingKey);
        assert!(error.message.contains(variable), "{error}");
        assert!(
            error
                .message
                .contains(&format!("{}/{provider}.key", dir.path().display())),
            "{error}"
        );
    }
    assert_eq!(
        bridge.access(Provider::ClaudeCode).key,
        KeySource::NotNeeded
    );
}

#[tokio::test]
async fn a_custom_base_needs_none() {
    for mode in BOTH {
        let mut server = Server::sending(good(mode, &["hi"])).await;
        let bridge =
            NativeBridge::new(settings(&server.base), KeyRing::fixed::<String>([])).unwrap();
        assert_eq!(bridge.access(Provider::Openai).key, KeySource::NotNeeded);
        assert_eq!(
            ask(mode, &bridge, &request(Provider::Openai))
                .await
                .unwrap()
                .content,
            "hi"
        );
        assert!(!server.request().await.head.contains("authorization"));
    }
}

#[tokio::test]
async fn no_error_tells_the_key() {
    let echo = format!(
        "Incorrect key {KEY}, also known as {} or Bearer {KEY}",
        &KEY[8..20]
    );
    let error = json!({"error": {"message": echo, "code": 400, "metadata": {"raw": echo}}});
    for mode in BOTH {
        for bytes in [
            json_response(401, &error),
            json_response(500, &error),
            response(400, "", "text/plain", &echo),
            response(200, "", "application/json", &echo),
            json_response(200, &error),
            [stream_head(), event(&error)].concat(),
            [stream_head(), event(&json!(echo))].concat(),
            [
                stream_head(),
                format!("{:x}\r\ndata: {echo}\n\n\r\n", echo.len() + 8).into_bytes(),
            ]
            .concat(),
        ] {
            let server = Server::sending(bytes).await;
            let bridge = bridge(&server.base);
            let mut asked = request(Provider::Openai);
            asked.model = format!("model-{KEY}");
            let error = ask(mode, &bridge, &asked).await.unwrap_err();
            let told = format!("{error} {error:?} {bridge:?}");
            assert!(
                !told.contains(&KEY[8..16]) && !told.contains(&KEY[12..20]),
                "{mode:?} {told}"
            );
        }
    }
}

#[tokio::test]
async fn a_key_that_is_no_header_is_not_sent() {
    let server = Server::sending(good(Mode::Answer, &["hi"])).await;
    let keys = KeyRing::fixed([(Provider::Openai, "two\nlines-of-key")]);
    let error = NativeBridge::new(settings(&server.base), keys)
        .unwrap()
        .answer(&request(Provider::Openai))
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, Kind::Authentication);
    assert!(!error.message.contains("lines-of-key"), "{error}");
}

#[test]
fn a_base_that_is_no_address_is_refused_at_the_start() {
    let broken = NativeSettings {
        base_urls: BaseUrls {
            gemini: Some("localhost".into()),
            ..BaseUrls::default()
        },
        ..NativeSettings::default()
    };
    let error = NativeBridge::new(broken, KeyRing::fixed::<String>([])).unwrap_err();
    assert!(error.message.contains("GEMINI_BASE_URL"), "{error}");
}
