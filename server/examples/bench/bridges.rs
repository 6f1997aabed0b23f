//! What each bridge adds to a call, and many calls at once through one process.
//! The library is the tests' small one, of llm-connect's shape.

use std::{path::PathBuf, sync::Arc, time::Instant};

use anyhow::{Context, Result, ensure};
use federation::bridge::{
    BaseUrls, Bridge, BridgeRequest, KeyRing, LlmConnectSettings, NativeBridge, ServeBridge,
    SubprocessBridge, native::NativeSettings,
};
use model::{BridgeKind, Provider};

use crate::{median, millis};

/// A model that answers at once.
const MODEL: &str = "scripted/ms-0";
const CALLS: usize = 60;
const AT_ONCE: usize = 1_000;

/// Calls one after the other by each bridge, then a thousand at once.
pub async fn bridges(models: &str) -> Result<()> {
    let mut native = None;
    for kind in BridgeKind::ALL {
        let bridge = bridge(*kind, models)?;
        let begun = Instant::now();
        bridge.answer(&request()).await?;
        let first = millis(begun);
        let mut times = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let begun = Instant::now();
            bridge.answer(&request()).await?;
            times.push(millis(begun));
        }
        let one = median(times);
        let native = *native.get_or_insert(one);
        println!(
            "a call by the bridge {kind}: median {one:.2} ms of {CALLS}, {:.2} ms more than native; the first {first:.0} ms",
            one - native
        );
        if *kind != BridgeKind::Subprocess {
            at_once(&bridge, *kind).await?;
        }
        bridge.shutdown().await;
    }
    Ok(())
}

/// All of them are answered: none is lost, none fails.
async fn at_once(bridge: &Arc<dyn Bridge>, kind: BridgeKind) -> Result<()> {
    let begun = Instant::now();
    let calls: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let bridge = Arc::clone(bridge);
            tokio::spawn(async move {
                let answered = bridge.answer(&request()).await;
                answered.map(|answer| (answer.content.len(), millis(begun)))
            })
        })
        .collect();
    let mut times = Vec::with_capacity(AT_ONCE);
    for call in calls {
        let (bytes, took) = call.await??;
        ensure!(bytes > 0, "an answer is empty");
        times.push(took);
    }
    ensure!(
        times.len() == AT_ONCE,
        "{} of {AT_ONCE} answers",
        times.len()
    );
    let all = millis(begun);
    times.sort_by(f64::total_cmp);
    println!(
        "{AT_ONCE} calls at once by the bridge {kind}: all answered in {:.2} s, p50 {:.0} ms, p99 {:.0} ms",
        all / 1_000.0,
        times[AT_ONCE / 2],
        times[AT_ONCE * 99 / 100]
    );
    Ok(())
}

fn request() -> BridgeRequest {
    BridgeRequest::new(Provider::Openai, MODEL, "What next?")
}

fn bridge(kind: BridgeKind, models: &str) -> Result<Arc<dyn Bridge>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = root.parent().context("the workspace")?;
    let keys = || KeyRing::fixed::<String>([]);
    let settings = || LlmConnectSettings {
        script: root.join("scripts/llm_bridge.py"),
        library: Some(root.join("federation/tests/llm_connect")),
        base_urls: BaseUrls::all(models),
        ..LlmConnectSettings::default()
    };
    Ok(match kind {
        BridgeKind::Native => Arc::new(NativeBridge::new(
            NativeSettings {
                base_urls: BaseUrls::all(models),
                ..NativeSettings::default()
            },
            keys(),
        )?),
        BridgeKind::Subprocess => Arc::new(SubprocessBridge::new(settings(), keys())?),
        BridgeKind::Serve => Arc::new(ServeBridge::new(settings(), keys())?),
    })
}
