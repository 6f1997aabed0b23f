//! Cuts the compiled module into what every page needs and the areas that are
//! loaded when they are first opened.

use crate::compress;
use crate::files;
use crate::layout::{Layout, Mode, create_dir};
use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_encoder::RawSection;
use wasm_split_cli_support::Options;
use wasmparser::{Parser, Payload};

/// The names under which Leptos looks for them.
const LOADER: &str = "__wasm_split.______________________.js";
const MANIFEST: &str = "__wasm_split_manifest.json";
pub const SERVED: [&str; 1] = [LOADER];

/// Publishes the areas with their loader, and returns the main module, which
/// wasm-bindgen has yet to glue.
///
/// The name of each area's file carries a hash of the whole build: a page that
/// was opened before an upgrade must not link a part of another build.
pub fn split(layout: &Layout, compiled: &Path) -> Result<PathBuf> {
    let made = layout.work().join("split");
    if made.exists() {
        fs::remove_dir_all(&made)?;
    }
    create_dir(&made)?;
    let input =
        fs::read(compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    let main = made.join("main.wasm");
    let mut options = Options::new(&input);
    options.output_dir = &made;
    options.main_out_path = &main;
    options.main_module = "./app.js";
    let link_name = format!("./{LOADER}");
    options.link_name = &link_name;
    let parts = wasm_split_cli_support::transform(options)
        .map_err(|report| anyhow!("splitting the module: {report:#}"))?;

    let build = short_hash(&input);
    let mut loader = fs::read_to_string(made.join(LOADER))?;
    let mut present = Vec::new();
    for part in &parts.split_modules {
        let stem = stem(part)?;
        let name = format!("{stem}.{build}.wasm");
        loader = loader.replace(&format!("\"./{stem}.wasm\""), &format!("\"./{name}\""));
        let bytes = fs::read(part)?;
        let bytes = match layout.mode {
            Mode::Dev => bytes,
            Mode::Release => without_names(&bytes)?,
        };
        compress::publish(layout, &layout.pkg().join(&name), &bytes)?;
        present.push(name);
    }
    compress::publish(layout, &layout.pkg().join(LOADER), loader.as_bytes())?;
    let manifest: BTreeMap<_, Vec<_>> = parts
        .prefetch_map
        .into_iter()
        .map(|(area, stems)| {
            let stems = stems.iter().map(|stem| format!("{stem}.{build}"));
            (area, stems.collect())
        })
        .collect();
    files::write(
        &layout.pkg().join(MANIFEST),
        &serde_json::to_vec_pretty(&manifest)?,
    )?;
    remove_others(&layout.pkg(), &present)?;
    Ok(main)
}

/// The module without the sections for debuggers, which are two fifths of it.
fn without_names(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut kept = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if let Payload::CustomSection(custom) = &payload
            && matches!(custom.name(), "name" | "producers")
        {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let range = usize::try_from(range.start)?..usize::try_from(range.end)?;
            let data = bytes.get(range).context("a section is cut off")?;
            kept.section(&RawSection { id, data });
        }
    }
    Ok(kept.finish())
}

/// Removes the parts of earlier builds.
fn remove_others(pkg: &Path, present: &[String]) -> Result<()> {
    for path in files::below(pkg, &["snippets"])? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let part = name.starts_with("split_") || name.starts_with("chunk_");
        if part && !present.iter().any(|kept| name.starts_with(kept.as_str())) {
            files::remove(&path)?;
        }
    }
    Ok(())
}

fn stem(part: &Path) -> Result<String> {
    let stem = part.file_stem().context("a part has no name")?;
    Ok(stem.to_string_lossy().into_owned())
}

fn short_hash(bytes: &[u8]) -> String {
    const SHOWN_BYTES: usize = 6;
    Sha256::digest(bytes)
        .iter()
        .take(SHOWN_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
