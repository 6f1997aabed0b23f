//! Starts a command, feeds it, and reads what it writes. Dropping the future
//! ends the process.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::too_large;
use crate::bridge::keys::key_env;
use crate::bridge::process::{feed, read_start, read_up_to};
use crate::bridge::text::tidy;
use crate::bridge::{BridgeError, BridgeErrorKind};

/// What a process left behind.
#[derive(Debug)]
pub(super) struct Output {
    pub stdout: Vec<u8>,
    pub stderr: String,
    /// `None` where a signal ended it.
    pub code: Option<i32>,
}

/// One run of the command.
pub(super) struct Call<'a> {
    pub command: &'a Path,
    pub arguments: &'a [String],
    pub directory: &'a Path,
    pub input: &'a [u8],
    pub max_output_tokens: u32,
    pub max_output_bytes: usize,
}

impl Call<'_> {
    /// # Errors
    /// `BridgeError` where it cannot be started, `TooLarge`.
    pub async fn run(&self) -> Result<Output, BridgeError> {
        let mut child = self
            .build()?
            .spawn()
            .map_err(|error| self.not_started(&error))?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let broke = |error: io::Error| failed(&format!("broke off ({error})"));
        let (_, stdout, stderr, status) = tokio::try_join!(
            async {
                feed(stdin, self.input).await;
                Ok(())
            },
            async {
                let bytes = read_up_to(stdout, self.max_output_bytes as u64)
                    .await
                    .map_err(broke)?;
                bytes.ok_or_else(|| too_large(self.max_output_bytes))
            },
            async { read_start(stderr).await.map_err(broke) },
            async { child.wait().await.map_err(broke) },
        )?;
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        Ok(Output {
            stdout,
            stderr,
            code: status.code(),
        })
    }

    fn build(&self) -> Result<Command, BridgeError> {
        let mut command = Command::new(self.program()?);
        command
            .args(self.arguments)
            .current_dir(self.directory)
            .env(
                "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
                self.max_output_tokens.to_string(),
            )
            .env("DISABLE_AUTOUPDATER", "1")
            // Set where the server itself was started by Claude Code.
            .env_remove("CLAUDECODE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // The keys of the other providers are none of its business.
        for name in model::Provider::ALL
            .iter()
            .filter_map(|provider| key_env(*provider))
        {
            command.env_remove(name);
        }
        Ok(command)
    }

    /// A path is taken from where the server runs, not from the empty directory.
    fn program(&self) -> Result<PathBuf, BridgeError> {
        if self.command.components().count() <= 1 && !self.command.is_absolute() {
            return Ok(self.command.to_owned());
        }
        std::path::absolute(self.command).map_err(|error| self.not_started(&error))
    }

    fn not_started(&self, error: &io::Error) -> BridgeError {
        let command = tidy(&self.command.display().to_string(), None);
        if error.kind() == io::ErrorKind::NotFound {
            return failed(&format!(
                "was not found: there is no command {command}. Install Claude Code, or set the path of its command"
            ));
        }
        failed(&format!(
            "could not be started as {command} ({error}). Check that it may be run"
        ))
    }
}

/// An empty directory of our own, so that no project's instructions are read.
#[derive(Debug)]
pub(super) struct Workspace {
    directory: PathBuf,
}

impl Workspace {
    pub fn new() -> Self {
        let name = format!("inter-hub-claude-{:032x}", rand::random::<u128>());
        Self {
            directory: std::env::temp_dir().join(name),
        }
    }

    /// Makes the directory, again if somebody tidied it away.
    pub fn ready(&self) -> Result<PathBuf, BridgeError> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.directory).map_err(|error| {
            failed(&format!(
                "has no directory to run in ({error}). Make {} writable",
                std::env::temp_dir().display()
            ))
        })?;
        Ok(self.directory.clone())
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // Only if it is empty; and it may never have been made.
        let _ = std::fs::remove_dir(&self.directory);
    }
}

fn failed(what: &str) -> BridgeError {
    BridgeError::new(BridgeErrorKind::BridgeError, format!("claude-code {what}."))
}
