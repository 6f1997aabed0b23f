//! Skips a step whose inputs are the ones it last ran with.

use crate::files;
use crate::layout::Layout;
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Collects what a step depends on.
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Begins with the code of this program, which holds every step's options.
    pub fn new(layout: &Layout) -> Result<Self> {
        let mut this = Self(Sha256::new());
        this.folder(&layout.root.join("xtask/src"), &[])?;
        Ok(this)
    }

    pub fn folder(&mut self, dir: &Path, except: &[&str]) -> Result<()> {
        for path in files::below(dir, except)? {
            self.file(&path)?;
        }
        Ok(())
    }

    pub fn file(&mut self, path: &Path) -> Result<()> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        self.part(path.to_string_lossy().as_bytes());
        self.part(&bytes);
        Ok(())
    }

    pub fn finish(self) -> String {
        self.0
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// With its length before it, so that parts cannot run into each other.
    fn part(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

/// The file that remembers the fingerprint of a step's last good run.
pub struct Stamp(PathBuf);

impl Stamp {
    pub fn new(work: &Path, step: &str) -> Self {
        Self(work.join(format!("{step}.stamp")))
    }

    /// Whether the step ran with this fingerprint and all it made is there.
    pub fn is_current(&self, fingerprint: &str, outputs: &[PathBuf]) -> bool {
        fs::read_to_string(&self.0).is_ok_and(|text| text == fingerprint)
            && outputs.iter().all(|path| path.is_file())
    }

    /// To be called before the outputs are touched.
    pub fn clear(&self) -> Result<()> {
        files::remove(&self.0)
    }

    /// To be called when all outputs are written.
    pub fn set(&self, fingerprint: &str) -> Result<()> {
        fs::write(&self.0, fingerprint)
            .with_context(|| format!("cannot write {}", self.0.display()))
    }
}
