//! The program itself: what it prints where, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

fn program(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inter-hub"));
    command
        .current_dir(dir)
        .env_clear()
        .env("HOME", dir)
        .env("INTER_HUB_ADDR", "127.0.0.1:0");
    command
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    program(dir).args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

const TOKEN: &[&str] = &["token", "create", "--name", "ci", "--role", "admin"];

#[test]
fn a_token_is_all_that_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let first = out(&run(dir.path(), TOKEN));
    assert_eq!(first.lines().count(), 1);
    assert!(first.trim().len() > 20 && !first.trim().contains(char::is_whitespace));
    assert!(dir.path().join("data/inter-hub.db").is_file());
    assert_ne!(
        first,
        out(&run(dir.path(), TOKEN)),
        "names need not be unique"
    );
    let wrong = run(
        dir.path(),
        &["token", "create", "--name", "x", "--role", "emperor"],
    );
    assert!(!wrong.status.success() && wrong.stdout.is_empty());
}

#[test]
fn a_link_is_all_that_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(out(&run(dir.path(), &["migrate"])), "");
    let link = out(&run(
        dir.path(),
        &["admin", "link", "--addr", "0.0.0.0:4000"],
    ));
    assert!(
        link.starts_with("http://127.0.0.1:4000/welcome?token="),
        "{link}"
    );
    assert_eq!(link.lines().count(), 1);
}

#[test]
fn serving_prints_one_link_and_stops_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = program(dir.path())
        .args(["serve", "--rehearsal", "--rehearsal-speed", "20"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let link = lines.next().unwrap().unwrap();
    assert!(link.starts_with("http://127.0.0.1:"), "{link}");
    assert!(link.contains("/welcome?token="), "{link}");
    // Beside a running server.
    let beside = [TOKEN, &["--rehearsal"]].concat();
    assert_eq!(out(&run(dir.path(), &beside)).lines().count(), 1);

    let stop = Command::new("kill")
        .arg(server.id().to_string())
        .status()
        .unwrap();
    assert!(stop.success());
    assert!(server.wait().unwrap().success());
    assert!(lines.next().is_none(), "nothing else is printed");
}

#[test]
fn what_cannot_work_is_said_and_ends() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, said) in [
        (vec!["serve", "--addr", &address], "cannot listen on"),
        (
            vec!["serve", "--rehearsal", "--bridge", "serve"],
            "INTER_HUB_BRIDGE=serve",
        ),
        (
            vec!["serve", "--bridge", "smoke"],
            "native, subprocess, serve",
        ),
        (vec!["serve", "--database-url", "mysql://x"], "DATABASE_URL"),
        (
            vec!["migrate", "--database-url", "sqlite:///dev/null/x.db"],
            "/dev/null",
        ),
        (
            vec!["serve", "--public-url", "hub.example"],
            "INTER_HUB_PUBLIC_URL",
        ),
    ] {
        let output = run(dir.path(), &arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

#[test]
fn help_lists_every_setting_and_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let output = program(dir.path())
        .env("DATABASE_URL", "postgres://ada:s3cret@db/hub")
        .args(["serve", "--help"])
        .output()
        .unwrap();
    let help = out(&output);
    for name in [
        "DATABASE_URL",
        "INTER_HUB_ADDR",
        "INTER_HUB_BRIDGE",
        "OPENAI_API_KEY",
        "OPENROUTER_API_KEY",
        "GEMINI_API_KEY",
        "OPENAI_BASE_URL",
        "OPENROUTER_BASE_URL",
        "GEMINI_BASE_URL",
        "INTER_HUB_KEY_DIR",
        "LLM_CONNECT_PATH",
        "INTER_HUB_SITE",
        "INTER_HUB_PUBLIC_URL",
        "INTER_HUB_LOG",
        "INTER_HUB_REHEARSAL_SPEED",
        "inter-hub.toml",
    ] {
        assert!(help.contains(name), "{name}");
    }
    assert!(!help.contains("s3cret"));
}
