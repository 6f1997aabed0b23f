//! Tailwind, run by Node.

use crate::compress;
use crate::files;
use crate::fingerprint::{Fingerprint, Stamp};
use crate::layout::{Layout, Mode};
use crate::process;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

pub fn build(layout: &Layout) -> Result<()> {
    let fingerprint = inputs(layout)?;
    let stamp = Stamp::new(&layout.work(), "css");
    let target = layout.pkg().join("app.css");
    if stamp.is_current(&fingerprint, &compress::with_variants(layout, &target)) {
        return Ok(());
    }
    stamp.clear()?;
    let style = layout.style();
    install(&style)?;
    let made = layout.work().join("app.css");
    let mut tailwind = Command::new(style.join("node_modules/.bin/tailwindcss"));
    tailwind
        .current_dir(&style)
        .args(["--input", "main.css", "--output"])
        .arg(&made);
    if layout.mode == Mode::Release {
        tailwind.arg("--minify");
    }
    process::run(&mut tailwind)?;
    let bytes = fs::read(&made).with_context(|| format!("cannot read {}", made.display()))?;
    compress::publish(layout, &target, &bytes)?;
    stamp.set(&fingerprint)
}

/// The design system and the code that names its classes.
fn inputs(layout: &Layout) -> Result<String> {
    let mut fingerprint = Fingerprint::new(layout)?;
    fingerprint.folder(&layout.style(), &["node_modules", "public"])?;
    fingerprint.folder(&layout.root.join("app/src"), &[])?;
    Ok(fingerprint.finish())
}

/// `npm ci`, unless what it last installed came from the same lock file.
fn install(style: &Path) -> Result<()> {
    let wanted = fs::read(style.join("package-lock.json")).context("style/package-lock.json")?;
    let installed = style.join("node_modules/.installed-lock");
    if fs::read(&installed).is_ok_and(|present| present == wanted) {
        return Ok(());
    }
    process::run(Command::new("npm").arg("ci").current_dir(style))
        .context("installing what style/package.json names")?;
    files::write(&installed, &wanted)
}
