//! The browser's half: compiled by cargo, split where the router says that an
//! area is loaded later, glued by wasm-bindgen.

use crate::compress;
use crate::files;
use crate::fingerprint::{Fingerprint, Stamp};
use crate::layout::{Layout, Mode};
use crate::process;
use crate::split;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";
const SERVED: [&str; 2] = ["app.js", "app_bg.wasm"];

pub fn build(layout: &Layout) -> Result<()> {
    let profile = layout.wasm_profile();
    process::run(process::cargo(layout).args([
        "build",
        "-p",
        "frontend",
        "--target",
        TARGET,
        "--profile",
        profile,
    ]))?;
    let compiled = layout
        .target
        .join(TARGET)
        .join(profile)
        .join("frontend.wasm");
    let mut fingerprint = Fingerprint::new(layout)?;
    fingerprint.file(&compiled)?;
    let fingerprint = fingerprint.finish();
    let stamp = Stamp::new(&layout.work(), "wasm");
    let outputs: Vec<_> = SERVED
        .iter()
        .chain(&split::SERVED)
        .flat_map(|name| compress::with_variants(layout, &layout.pkg().join(name)))
        .collect();
    if stamp.is_current(&fingerprint, &outputs) {
        return Ok(());
    }
    stamp.clear()?;
    let main = split::split(layout, &compiled)?;
    bind(layout, &main)?;
    stamp.set(&fingerprint)
}

fn bind(layout: &Layout, main: &Path) -> Result<()> {
    let made = layout.work().join("bindgen");
    if made.exists() {
        fs::remove_dir_all(&made)?;
    }
    let release = layout.mode == Mode::Release;
    Bindgen::new()
        .input_path(main)
        .out_name("app")
        .typescript(false)
        .debug(!release)
        .keep_debug(!release)
        .remove_name_section(release)
        .remove_producers_section(release)
        // The parts that are loaded later refer to them.
        .keep_lld_exports(true)
        .demangle(false)
        .web(true)?
        .generate(&made)
        .context("wasm-bindgen")?;
    files::mirror(&made.join("snippets"), &layout.pkg().join("snippets"))?;
    for name in SERVED {
        let bytes = fs::read(made.join(name))?;
        compress::publish(layout, &layout.pkg().join(name), &bytes)?;
    }
    Ok(())
}
