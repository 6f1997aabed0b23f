//! Answers requests until it is told to stop.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    connections::{self, Limits},
    router,
    start::Hub,
};

/// How long a stop may take before what is left is dropped.
const STOP_WITHIN: Duration = Duration::from_secs(9);

/// Serves on `listener` until `shutdown` is cancelled; then stops accepting,
/// ends streams and hands work over. Returns within ten seconds of that.
pub async fn serve(listener: TcpListener, hub: Hub, shutdown: CancellationToken) -> Result<()> {
    let Hub { state, models } = hub;
    let engine = state.engine.clone();
    let streams = state.shutdown.clone();
    let app = router::router(state).into_make_service_with_connect_info::<SocketAddr>();
    let mut server = tokio::spawn(connections::answer(
        listener,
        app,
        Limits::default(),
        shutdown.clone(),
    ));

    let early = tokio::select! {
        () = shutdown.cancelled() => None,
        ended = &mut server => Some(ended),
    };
    streams.cancel();
    if let Some(ended) = early {
        engine.shutdown().await;
        return ended.context("the server ended by itself");
    }
    let drained = tokio::time::timeout(STOP_WITHIN, async {
        tokio::join!(engine.shutdown(), &mut server).1
    });
    match drained.await {
        Ok(ended) => ended.context("the server ended badly")?,
        Err(_) => {
            tracing::warn!("some requests did not end in time and are dropped");
            server.abort();
        }
    }
    drop(models);
    engine.store().close().await;
    Ok(())
}
