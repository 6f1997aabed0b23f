//! One process of the serve mode, from its start to its end.

use std::collections::VecDeque;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, timeout};

use crate::bridge::BridgeError;
use crate::bridge::llm_connect::{LlmConnect, failed};
use crate::bridge::process::{Group, ending};

/// Lines kept of standard error.
const LAST_LINES: usize = 20;
/// Bytes read of one line of it, and of the announcement.
const MAX_LINE_BYTES: u64 = 8 * 1024;

type Lines = Arc<Mutex<VecDeque<String>>>;

/// Where a process that is ready takes calls.
#[derive(Debug)]
pub(super) struct Process {
    pub id: u32,
    pub url: String,
    pub secret: SecretString,
    pub ready_at: Instant,
    /// A call to it broke off: it may have ended.
    suspect: watch::Sender<bool>,
    lines: Lines,
}

impl Process {
    pub fn suspect(&self) {
        self.suspect.send_replace(true);
    }

    /// It goes on after all.
    pub fn trust(&self) {
        self.suspect.send_replace(false);
    }

    pub fn is_suspect(&self) -> bool {
        *self.suspect.borrow()
    }

    pub async fn trusted(&self) {
        // The sender lives as long as this does.
        let _ = self.suspect.subscribe().wait_for(|suspect| !suspect).await;
    }

    /// What it has said on standard error of late.
    pub fn last_words(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect::<Vec<_>>().join("\n")
    }
}

/// A process that runs. Dropping it ends it, with all that it started.
pub(super) struct Running {
    child: Child,
    group: Group,
    /// Held open: the script ends itself when it is closed, which it also is
    /// where the server is killed.
    _stdin: Option<ChildStdin>,
}

#[derive(Deserialize)]
struct Announcement {
    port: u16,
    secret: String,
}

/// Starts the script and waits until it says where it takes calls.
///
/// # Errors
/// `BridgeError` where it cannot be started, ends, or says nothing in time;
/// `ParseError` where it says something else.
pub(super) async fn start(llm: &LlmConnect) -> Result<(Running, Arc<Process>), BridgeError> {
    let mut child = llm
        .command()
        .args(["--serve", &llm.settings.workers.max(1).to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| llm.not_started(&error))?;
    let lines = Lines::default();
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(follow(stderr, Arc::clone(&lines)));
    }
    let id = child.id().unwrap_or_default();
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let mut running = Running {
        group: Group::of(&child),
        child,
        _stdin: stdin,
    };
    let said = timeout(llm.settings.start_within, first_line(stdout)).await;
    let Ok(said) = said else {
        return Err(failed(&format!(
            "The bridge process was not ready within {} s. Look at llm-connect, or start the server again.",
            llm.settings.start_within.as_secs_f64()
        )));
    };
    if said.trim_ascii().is_empty() {
        let how = timeout(Duration::from_secs(2), running.ended()).await;
        let how = how.unwrap_or_else(|_| "it closed its standard output".to_owned());
        let words = lines.lock().unwrap_or_else(PoisonError::into_inner);
        let words = words.iter().cloned().collect::<Vec<_>>().join("\n");
        return Err(failed(&format!(
            "The bridge process ended at its start ({how}){}.",
            llm.last_words(&words)
        )));
    }
    let announced: Announcement = serde_json::from_slice(&said).map_err(|_| {
        // It may have said why it does not start.
        let error = serde_json::from_slice::<Value>(&said).ok();
        match error.as_ref().and_then(|said| said["error"].as_str()) {
            Some(error) => failed(&llm.tidy_long(error)),
            None => llm.no_json(&said),
        }
    })?;
    let process = Process {
        id,
        url: format!("http://127.0.0.1:{}/", announced.port),
        secret: announced.secret.into(),
        ready_at: Instant::now(),
        suspect: watch::Sender::new(false),
        lines,
    };
    Ok((running, Arc::new(process)))
}

impl Running {
    /// Waits for its end, and says how it was.
    pub async fn ended(&mut self) -> String {
        let status: std::io::Result<ExitStatus> = self.child.wait().await;
        // What it had started may still run.
        self.group.end();
        status.map_or_else(|error| error.to_string(), ending)
    }
}

async fn first_line(stdout: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut line = Vec::new();
    if let Some(stdout) = stdout {
        let mut reader = BufReader::new(stdout.take(MAX_LINE_BYTES));
        // What cannot be read was not said.
        let _ = reader.read_until(b'\n', &mut line).await;
    }
    line
}

/// Keeps the last lines of standard error. They may hold a key until they are
/// tidied.
async fn follow(stderr: impl AsyncRead + Unpin, lines: Lines) {
    let mut reader = BufReader::new(stderr);
    loop {
        let mut line = Vec::new();
        let read = (&mut reader)
            .take(MAX_LINE_BYTES)
            .read_until(b'\n', &mut line)
            .await;
        if !matches!(read, Ok(1..)) {
            return;
        }
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        if line.is_empty() {
            continue;
        }
        let mut kept = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == LAST_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}
