//! Builds what the browser gets (wasm, its glue, CSS, public files) and the server.
//!
//! `cargo run -p xtask -- build [--release] [--server-only | --site-only]`
//!
//! Reports on standard error only: standard output belongs to the program that
//! is run after the build.

mod compress;
mod css;
mod files;
mod fingerprint;
mod layout;
mod process;
mod split;
mod wasm;

use anyhow::{Result, bail};
use layout::{Layout, Mode};
use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str = "usage: cargo run -p xtask -- build [--release] [--server-only | --site-only]";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    All,
    Server,
    Site,
}

fn main() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn work() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mode, parts) = parse(&arguments)?;
    let layout = Layout::find(mode)?;
    // One build at a time: two would write the same site.
    let _lock = layout.lock()?;
    if parts != Parts::Server {
        build_site(&layout)?;
    }
    if parts != Parts::Site {
        timed("server", || build_server(&layout))?;
    }
    Ok(())
}

fn parse(arguments: &[String]) -> Result<(Mode, Parts)> {
    let Some((verb, flags)) = arguments.split_first() else {
        bail!(USAGE);
    };
    if verb != "build" {
        bail!(USAGE);
    }
    let mut mode = Mode::Dev;
    let mut parts = Parts::All;
    for flag in flags {
        match (flag.as_str(), parts) {
            ("--release", _) => mode = Mode::Release,
            ("--server-only", Parts::All) => parts = Parts::Server,
            ("--site-only", Parts::All) => parts = Parts::Site,
            _ => bail!("unexpected argument `{flag}`\n{USAGE}"),
        }
    }
    Ok((mode, parts))
}

fn build_site(layout: &Layout) -> Result<()> {
    files::mirror(&layout.style().join("public"), &layout.site())?;
    timed("css", || css::build(layout))?;
    timed("wasm", || wasm::build(layout))?;
    Ok(())
}

fn build_server(layout: &Layout) -> Result<()> {
    let mut cargo = process::cargo(layout);
    cargo.args(["build", "-p", "inter-hub"]);
    if layout.mode == Mode::Release {
        cargo.arg("--release");
    }
    process::run(&mut cargo)
}

fn timed(what: &str, step: impl FnOnce() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    step()?;
    eprintln!(
        "xtask: {what} ready in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}
