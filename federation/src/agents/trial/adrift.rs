//! Calls that were under way when their server died.

use std::time::Duration;

use crate::{Engine, Result, providers};

/// How often they are looked for.
pub const SWEEP: Duration = Duration::from_secs(60);

/// Closes calls whose server died, from time to time; tests of providers too.
pub(crate) fn spawn(engine: &Engine) {
    let sweeping = engine.clone();
    engine.tasks().spawn(async move {
        loop {
            if let Err(error) = sweep_all(&sweeping).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "calls whose server died could not be closed"
                );
            }
            tokio::select! {
                () = sweeping.shutdown_token().cancelled() => return,
                () = tokio::time::sleep(SWEEP) => {}
            }
        }
    });
}

async fn sweep_all(engine: &Engine) -> Result<()> {
    sweep(engine).await?;
    providers::sweep(engine).await?;
    Ok(())
}

/// Closes calls that cannot be under way any more: they began longer ago than
/// a call may take. Gives how many there were.
pub async fn sweep(engine: &Engine) -> Result<usize> {
    let longest = chrono::Duration::from_std(engine.settings().call_deadline + SWEEP)
        .unwrap_or(chrono::Duration::days(1));
    let before = engine.clock().now() - longest;
    let why = "The server stopped during this call; what came of it is not known.";
    let mut tx = engine.store().begin().await?;
    let closed = tx.close_adrift(before, why).await?;
    tx.commit().await?;
    Ok(closed)
}
