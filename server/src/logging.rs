//! The log goes to standard error: standard output is for what was asked for.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

/// Starts the log. A second start in one process keeps the first.
pub fn start(filter: Option<&str>, default: &str) -> Result<()> {
    let filter = filter.map(str::trim).filter(|f| !f.is_empty());
    let filter = EnvFilter::try_new(filter.unwrap_or(default))
        .context("INTER_HUB_LOG is no log filter; try info or debug")?;
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
    Ok(())
}
