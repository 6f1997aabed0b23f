//! Claude Code as a provider: `claude --print`, one process for each call.
//!
//! The process has no tools, no servers of its own and an empty directory to
//! work in. The prompt goes to its standard input; the answer is one JSON object
//! on its standard output. It signs in by itself.

mod process;
mod result;

use std::path::PathBuf;

use crate::bridge::{BridgeError, BridgeErrorKind, BridgeRequest, BridgeResponse};
use process::{Output, Workspace};

/// Longest system prompt in bytes: it is an argument, and the kernel takes no
/// argument over 128 KiB.
const MAX_SYSTEM_PROMPT_BYTES: usize = 120_000;

/// Runs the command of Claude Code.
#[derive(Debug)]
pub struct ClaudeCode {
    command: PathBuf,
    max_answer_bytes: usize,
    workspace: Workspace,
}

impl ClaudeCode {
    /// `command` is a name on the path or a path; nothing is started yet.
    pub fn new(command: PathBuf, max_answer_bytes: usize) -> Self {
        Self {
            command,
            max_answer_bytes,
            workspace: Workspace::new(),
        }
    }

    /// One question, one process. Temperature and response schema have no
    /// counterpart there and are left out. `max_tokens` is asked for, but the
    /// command may start over when it is reached: it bounds no bill.
    ///
    /// # Errors
    /// `BridgeError` where the command is missing or fails without an answer,
    /// `ParseError` where its output is no JSON, `TooLarge`, and what the
    /// command reports: `Authentication`, `OutOfCredit`, `RateLimited`,
    /// `ModelUnknown`, `Unavailable`, `Timeout`, `Refused`.
    pub async fn ask(&self, request: &BridgeRequest) -> Result<BridgeResponse, BridgeError> {
        let arguments = arguments(request)?;
        let directory = self.workspace.ready()?;
        let output = process::Call {
            command: &self.command,
            arguments: &arguments,
            directory: &directory,
            input: request.prompt.as_bytes(),
            max_output_tokens: request.max_tokens,
            // Text may be escaped, six bytes for one.
            max_output_bytes: self
                .max_answer_bytes
                .saturating_mul(6)
                .saturating_add(64 * 1024),
        }
        .run()
        .await?;
        let response = result::read(&output, request)?;
        if response.content.len() > self.max_answer_bytes {
            return Err(too_large(self.max_answer_bytes));
        }
        Ok(response)
    }
}

fn arguments(request: &BridgeRequest) -> Result<Vec<String>, BridgeError> {
    let mut arguments: Vec<String> = [
        "--print",
        "--output-format",
        "json",
        // An empty list: none of the built-in tools.
        "--tools",
        "",
        "--strict-mcp-config",
        "--disable-slash-commands",
        "--no-session-persistence",
        "--max-turns",
        "1",
    ]
    .map(str::to_owned)
    .into();
    // Joined by `=`, so that no value can pass for another flag.
    arguments.push(format!("--model={}", request.model));
    if let Some(prompt) = request
        .system_prompt
        .as_deref()
        .filter(|prompt| !prompt.is_empty())
    {
        if prompt.len() > MAX_SYSTEM_PROMPT_BYTES {
            return Err(BridgeError::new(
                BridgeErrorKind::Refused,
                format!(
                    "claude-code takes a system prompt of {MAX_SYSTEM_PROMPT_BYTES} bytes at the most. Shorten it."
                ),
            ));
        }
        arguments.push(format!("--system-prompt={prompt}"));
    }
    Ok(arguments)
}

fn too_large(limit: usize) -> BridgeError {
    BridgeError::new(
        BridgeErrorKind::TooLarge,
        format!(
            "claude-code wrote more than the {limit} bytes that are read of one answer. Ask for a shorter answer."
        ),
    )
}

impl Output {
    /// The end of the process in words.
    fn ending(&self) -> String {
        match self.code {
            Some(code) => format!("exit status {code}"),
            None => "ended by a signal".to_owned(),
        }
    }
}
