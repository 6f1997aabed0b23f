//! Other programs. What they print goes to standard error.

use crate::layout::Layout;
use anyhow::{Context, Result, bail};
use std::io;
use std::process::Command;

/// Cargo in the project's root, without what the cargo that started this
/// program put into the environment: some build scripts watch those variables
/// and would run again each time.
pub fn cargo(layout: &Layout) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    if std::env::var_os("CARGO_TARGET_DIR").is_some() {
        // It may have been relative to another folder.
        command.env("CARGO_TARGET_DIR", &layout.target);
    }
    command.current_dir(&layout.root);
    command
}

pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdout(io::stderr())
        .status()
        .with_context(|| format!("cannot start {name}"))?;
    if !status.success() {
        bail!("{name} failed: {status}");
    }
    Ok(())
}
