//! One suite for the three bridges: native, one process of the script for each
//! call, one process for all. The same request gives the same answer or the
//! same typed error; where one of them must differ, the case says so.
//!
//! The script has a library of llm-connect's shape, which asks the same
//! scripted server as the native bridge does.

mod cases;
mod errors;
mod process;
mod receipts;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use federation::bridge::native::NativeSettings;
use federation::bridge::{
    BaseUrls, Bridge, BridgeError, BridgeRequest, BridgeResponse, KeyRing, LlmConnectSettings,
    NativeBridge, ServeBridge, SubprocessBridge,
};
use model::{BridgeKind, Provider};
use serde_json::Value;
use tempfile::TempDir;

use crate::bridge::server::{Server, Step, good};
use crate::bridge::{KEY, Mode};

/// All three, in the order of the settings' words.
pub const ALL: [BridgeKind; 3] = [
    BridgeKind::Native,
    BridgeKind::Subprocess,
    BridgeKind::Serve,
];
/// The two over llm-connect.
pub const OVER_THE_SCRIPT: [BridgeKind; 2] = [BridgeKind::Subprocess, BridgeKind::Serve];

/// A bridge with what it stands on.
pub struct Seam {
    pub bridge: Arc<dyn Bridge>,
    /// Where the library lies; it notes there what it starts.
    pub library: TempDir,
}

/// What of a bridge a test may choose.
pub struct Terms {
    /// `None` is the providers' own addresses.
    pub base: Option<String>,
    pub key: Option<&'static str>,
    pub deadline: Duration,
    pub has_library: bool,
    pub script: PathBuf,
    pub workers: usize,
    pub look_every: Duration,
    pub look_within: Duration,
}

impl Terms {
    pub fn at(base: &str) -> Self {
        Self {
            base: Some(base.to_owned()),
            key: Some(KEY),
            // Far longer than any case takes that does not wait for it.
            deadline: Duration::from_secs(60),
            has_library: true,
            script: root().join("scripts/llm_bridge.py"),
            workers: 64,
            look_every: Duration::from_secs(5),
            look_within: Duration::from_secs(20),
        }
    }

    pub fn seam(self, kind: BridgeKind) -> Seam {
        let library = tempfile::tempdir().unwrap();
        if self.has_library {
            copy(
                &fixture().join("llm_connect"),
                &library.path().join("llm_connect"),
            );
        }
        let keys = KeyRing::fixed(self.key.map(|key| (Provider::Openai, key)));
        let base_urls = self
            .base
            .as_deref()
            .map_or_else(BaseUrls::default, BaseUrls::all);
        let native = NativeSettings {
            base_urls: base_urls.clone(),
            deadline: self.deadline,
            max_answer_bytes: 4 * 1024 * 1024,
            ..NativeSettings::default()
        };
        let llm_connect = LlmConnectSettings {
            script: self.script,
            library: Some(library.path().to_owned()),
            base_urls,
            deadline: self.deadline,
            max_answer_bytes: native.max_answer_bytes,
            workers: self.workers,
            look_every: self.look_every,
            look_within: self.look_within,
            first_wait: Duration::from_millis(20),
            longest_wait: Duration::from_millis(200),
            ..LlmConnectSettings::default()
        };
        let bridge: Arc<dyn Bridge> = match kind {
            BridgeKind::Native => Arc::new(NativeBridge::new(native, keys).unwrap()),
            BridgeKind::Subprocess => Arc::new(SubprocessBridge::new(llm_connect, keys).unwrap()),
            BridgeKind::Serve => Arc::new(ServeBridge::new(llm_connect, keys).unwrap()),
        };
        Seam { bridge, library }
    }
}

impl Seam {
    pub async fn ask(&self, model: &str) -> Result<BridgeResponse, BridgeError> {
        self.bridge.answer(&request(model)).await
    }

    /// The process of `serve`; the first look starts it, which may take longer
    /// than a look.
    pub async fn process(&self) -> u32 {
        let started = async {
            loop {
                if let Some(id) = self.bridge.status().await.process_id {
                    return id;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(120), started)
            .await
            .expect("it starts")
    }

    /// The ids of processes that a hanging library has noted: its own and that
    /// of what it started.
    pub async fn noted_processes(&self) -> Vec<u32> {
        let file = self.library.path().join("pids");
        until(|| {
            let text = std::fs::read_to_string(&file).ok()?;
            let ids: Vec<u32> = text
                .split_whitespace()
                .map(|id| id.parse().unwrap())
                .collect();
            (text.ends_with('\n') && ids.len() >= 2).then_some(ids)
        })
        .await
    }
}

pub fn request(model: &str) -> BridgeRequest {
    BridgeRequest::new(Provider::Openai, model, "hello")
}

/// A server that answers as it is asked: whole or as a stream.
pub async fn answering(pieces: &'static [&'static str]) -> Server {
    Server::choosing(move |asked| vec![Step::Send(good(mode(asked), pieces))]).await
}

pub fn mode(asked: &Value) -> Mode {
    if asked["stream"] == true {
        Mode::Stream
    } else {
        Mode::Answer
    }
}

/// Awaits a condition that nobody tells of.
pub async fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the condition did not come true")
}

/// Whether a process runs; one that has ended and was not asked how does not.
pub fn runs(id: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .trim()
            .starts_with('Z')
    })
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

pub fn fixture() -> PathBuf {
    root().join("federation/tests/llm_connect")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}
