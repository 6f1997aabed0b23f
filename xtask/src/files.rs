//! Files and folders.

use crate::layout::create_dir;
use anyhow::{Context, Result};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Every file below `dir`, sorted; folders named in `except` are left out.
/// A folder that does not exist has no files.
pub fn below(dir: &Path, except: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(dir, except, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(dir: &Path, except: &[&str], found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot list {}", dir.display())),
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            found.push(entry.path());
        } else if !except.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), except, found)?;
        }
    }
    Ok(())
}

/// Copies every file below `from` to the same place below `to`, where it
/// differs. What else is in `to` stays.
pub fn mirror(from: &Path, to: &Path) -> Result<()> {
    for source in below(from, &[])? {
        let bytes =
            fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
        let target = to.join(source.strip_prefix(from)?);
        if fs::read(&target).is_ok_and(|present| present == bytes) {
            continue;
        }
        write(&target, &bytes)?;
    }
    Ok(())
}

/// Writes beside the target and renames, so that a server that reads it never
/// sees half a file.
pub fn write(target: &Path, bytes: &[u8]) -> Result<()> {
    let dir = target.parent().context("a file needs a folder")?;
    create_dir(dir)?;
    let name = target.file_name().context("a file needs a name")?;
    let temporary = dir.join(format!(".{}.new", name.to_string_lossy()));
    fs::write(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, target))
        .with_context(|| format!("cannot write {}", target.display()))
}

/// Removes a file that may not be there.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
