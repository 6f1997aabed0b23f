//! Where things are.

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Dev,
    Release,
}

pub struct Layout {
    pub mode: Mode,
    pub root: PathBuf,
    pub target: PathBuf,
}

impl Layout {
    pub fn find(mode: Mode) -> Result<Self> {
        let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir
            .parent()
            .context("xtask has no folder above it")?
            .to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) if !dir.is_empty() => std::path::absolute(dir)?,
            _ => root.join("target"),
        };
        Ok(Self { mode, root, target })
    }

    pub fn style(&self) -> PathBuf {
        self.root.join("style")
    }

    /// What the server serves: `pkg/` and the public files.
    pub fn site(&self) -> PathBuf {
        self.target.join(match self.mode {
            Mode::Dev => "site",
            Mode::Release => "site-release",
        })
    }

    pub fn pkg(&self) -> PathBuf {
        self.site().join("pkg")
    }

    pub fn wasm_profile(&self) -> &'static str {
        match self.mode {
            Mode::Dev => "wasm-dev",
            Mode::Release => "wasm-release",
        }
    }

    /// Work files and stamps, one folder for each mode.
    pub fn work(&self) -> PathBuf {
        self.target.join("xtask").join(self.wasm_profile())
    }

    /// Waits until no other build writes here. Released when dropped.
    pub fn lock(&self) -> Result<File> {
        let dir = self.work();
        create_dir(&dir)?;
        let path = dir.join("lock");
        let file =
            File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        if file.try_lock().is_err() {
            eprintln!("xtask: waiting for another build");
            file.lock()?;
        }
        Ok(file)
    }
}

pub fn create_dir(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))
}
