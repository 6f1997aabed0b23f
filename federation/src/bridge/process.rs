//! What all bridges with a process beside them need: feeding it, reading it
//! within bounds, and ending it with everything that it started.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

/// How long the rest of standard error is waited for when a process has ended.
const REST_WITHIN: std::time::Duration = std::time::Duration::from_secs(1);
/// Bytes kept of standard error.
const MAX_ERROR_BYTES: u64 = 64 * 1024;

/// A process that may end without reading its input is no error here.
pub(super) async fn feed(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(input).await;
        let _ = stdin.shutdown().await;
    }
}

/// All of it, or `None` where it is longer than `limit` bytes.
pub(super) async fn read_up_to(
    source: Option<impl AsyncRead + Unpin>,
    limit: u64,
) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    if let Some(source) = source {
        source
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .await?;
    }
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// The first bytes of it; the rest is read and dropped.
pub(super) async fn read_start(source: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut source) = source {
        (&mut source)
            .take(MAX_ERROR_BYTES)
            .read_to_end(&mut bytes)
            .await?;
        tokio::io::copy(&mut source, &mut tokio::io::sink()).await?;
    }
    Ok(bytes)
}

/// Standard error, read as it comes until it ends or is asked for.
pub(super) struct Tail {
    reading: tokio::task::JoinHandle<Vec<u8>>,
}

impl Tail {
    pub fn of(source: Option<impl AsyncRead + Unpin + Send + 'static>) -> Self {
        Self {
            reading: tokio::spawn(async move { read_start(source).await.unwrap_or_default() }),
        }
    }

    /// What was said, once its process has ended. Nothing where something else
    /// holds it open.
    pub async fn text(mut self) -> String {
        let said = tokio::time::timeout(REST_WITHIN, &mut self.reading).await;
        let bytes = said.ok().and_then(Result::ok).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// The end of a process in words.
pub(super) fn ending(status: std::process::ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => "ended by a signal".to_owned(),
    }
}

/// Makes the process lead a group of its own: what it starts is ended with it,
/// and a Ctrl-C in the server's terminal does not reach it.
pub(super) fn lead_a_group(command: &mut Command) {
    #[cfg(unix)]
    command.process_group(0);
    command.kill_on_drop(true);
}

/// A process that leads a group. Dropping this ends the whole group.
#[derive(Debug)]
pub(super) struct Group {
    leader: Option<u32>,
}

impl Group {
    /// `child` was started by a command that [`lead_a_group`] has seen.
    pub fn of(child: &Child) -> Self {
        Self { leader: child.id() }
    }

    /// Ends every process of the group.
    pub fn end(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self
            .leader
            .take()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            // It may have ended by itself.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}
