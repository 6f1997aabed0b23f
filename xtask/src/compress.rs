//! What is served, with its compressed variants beside it in release.

use crate::files;
use crate::layout::{Layout, Mode};
use anyhow::Result;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file and the variants that the layout's mode has of it.
pub fn with_variants(layout: &Layout, target: &Path) -> Vec<PathBuf> {
    let mut paths = vec![target.to_path_buf()];
    if layout.mode == Mode::Release {
        paths.extend(variants(target));
    }
    paths
}

/// Writes the file; in release also its variants. Variants of what was there
/// before are removed first: they must never be served for the new file.
pub fn publish(layout: &Layout, target: &Path, bytes: &[u8]) -> Result<()> {
    let [br, gz] = variants(target);
    files::remove(&br)?;
    files::remove(&gz)?;
    files::write(target, bytes)?;
    if layout.mode == Mode::Release {
        files::write(&gz, &gzip(bytes)?)?;
        files::write(&br, &brotli(bytes)?)?;
    }
    Ok(())
}

fn variants(target: &Path) -> [PathBuf; 2] {
    ["br", "gz"].map(|extension| {
        let mut path = target.as_os_str().to_owned();
        path.push(".");
        path.push(extension);
        PathBuf::from(path)
    })
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    const BUFFER_BYTES: usize = 64 * 1024;
    const QUALITY: u32 = 11;
    const WINDOW_BITS: u32 = 22;
    let mut compressed = Vec::new();
    let mut encoder =
        brotli::CompressorWriter::new(&mut compressed, BUFFER_BYTES, QUALITY, WINDOW_BITS);
    encoder.write_all(bytes)?;
    drop(encoder);
    Ok(compressed)
}
