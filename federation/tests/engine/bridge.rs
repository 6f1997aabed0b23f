//! The native bridge against a server that does what providers do, and what
//! they should not do. Every case is asked for whole and as a stream.

mod claude;
mod failures;
mod keys;
pub mod server;
mod successes;

use std::time::Duration;

use federation::bridge::native::NativeSettings;
use federation::bridge::{
    BaseUrls, Bridge, BridgeError, BridgeRequest, BridgeResponse, KeyRing, NativeBridge,
};
use model::Provider;

pub const KEY: &str = "sk-test-5f1d9a7c3b2e8640";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    Answer,
    Stream,
}

pub const BOTH: [Mode; 2] = [Mode::Answer, Mode::Stream];

/// All three providers at one base, with limits short enough for tests.
pub fn settings(base: &str) -> NativeSettings {
    NativeSettings {
        base_urls: BaseUrls::all(base),
        idle_timeout: Duration::from_secs(20),
        deadline: Duration::from_secs(20),
        ..NativeSettings::default()
    }
}

pub fn bridge(base: &str) -> NativeBridge {
    let key = |provider: &Provider| (*provider, KEY);
    NativeBridge::new(
        settings(base),
        KeyRing::fixed(Provider::ALL.iter().map(key)),
    )
    .unwrap()
}

pub fn request(provider: Provider) -> BridgeRequest {
    BridgeRequest::new(provider, "some-model", "hello")
}

/// Asks in the given way; a streamed answer must be the sum of its pieces.
pub async fn ask(
    mode: Mode,
    bridge: &NativeBridge,
    request: &BridgeRequest,
) -> Result<BridgeResponse, BridgeError> {
    match mode {
        Mode::Answer => bridge.answer(request).await,
        Mode::Stream => {
            let mut pieces = String::new();
            let response = bridge
                .stream(request, &mut |piece| pieces.push_str(piece))
                .await?;
            assert_eq!(response.content, pieces);
            Ok(response)
        }
    }
}
