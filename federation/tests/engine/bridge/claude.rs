//! The command of Claude Code, played by a shell script.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use federation::bridge::native::NativeSettings;
use federation::bridge::{Bridge, BridgeErrorKind as Kind, BridgeRequest, KeyRing, NativeBridge};
use model::Provider;

use super::{BOTH, ask};

/// Does what the name of the model says.
const SCRIPT: &str = r#"#!/bin/sh
case "$*" in
*--model=ok*)
    prompt=$(cat)
    printf '{"type":"result","subtype":"success","is_error":false,"result":"%s | %s | %s | %s","stop_reason":"end_turn",' \
        "$prompt" "$*" "$CLAUDE_CODE_MAX_OUTPUT_TOKENS" "$(pwd | sed 's/-[0-9a-f]*$//')"
    printf '"total_cost_usd":0.0125,"usage":{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":9},'
    printf '"modelUsage":{"claude-real-1":{"outputTokens":9}}}' ;;
*--model=unread*) echo '{"type":"result","is_error":false,"result":"never read"}' ;;
*--model=denied*)
    echo '{"type":"result","subtype":"success","is_error":true,"result":"Invalid API key · Please run /login","usage":{"input_tokens":0,"output_tokens":0}}'
    exit 1 ;;
*--model=prose*) echo 'Welcome to Claude!' ;;
*--model=silent*) echo "error: unknown option '--tools' with sk-ant-abcdefghijklmnop" >&2; exit 7 ;;
*--model=large*) printf '{"type":"result","is_error":false,"result":"'; head -c 300000 /dev/zero | tr '\0' x; printf '"}' ;;
*--model=endless*) exec cat /dev/zero ;;
*--model=asleep*) exec sleep 60 ;;
*--model=hang*) fifo=$(cat); exec 3>"$fifo"; echo begun >&3; exec sleep 60 ;;
esac
"#;

/// Written once, before any process is started from it.
fn script() -> PathBuf {
    static DIR: OnceLock<tempfile::TempDir> = OnceLock::new();
    let dir = DIR.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("claude");
        std::fs::write(&path, SCRIPT).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        dir
    });
    dir.path().join("claude")
}

fn bridge() -> NativeBridge {
    let settings = NativeSettings {
        claude_command: script(),
        deadline: Duration::from_secs(20),
        max_answer_bytes: 100_000,
        ..NativeSettings::default()
    };
    NativeBridge::new(settings, KeyRing::fixed::<String>([])).unwrap()
}

fn request(model: &str) -> BridgeRequest {
    BridgeRequest::new(Provider::ClaudeCode, model, "the prompt")
}

#[tokio::test]
async fn it_is_asked_without_tools() {
    for mode in BOTH {
        let mut asked = request("ok");
        asked.system_prompt = Some("be kind".into());
        asked.max_tokens = 321;
        let response = ask(mode, &bridge(), &asked).await.unwrap();
        let said: Vec<&str> = response.content.split(" | ").collect();
        assert_eq!(said[0], "the prompt");
        assert!(
            said[1].starts_with("--print --output-format json --tools  --strict-mcp-config"),
            "{}",
            said[1]
        );
        assert!(
            said[1].ends_with("--model=ok --system-prompt=be kind"),
            "{}",
            said[1]
        );
        assert_eq!(said[2], "321");
        assert!(said[3].ends_with("/inter-hub-claude"), "{}", said[3]);
        assert_eq!(
            (response.tokens_in, response.tokens_out),
            (Some(123), Some(9))
        );
        assert_eq!(response.cost_microusd, Some(12_500));
        assert_eq!(response.model, "claude-real-1");
        assert_eq!(
            (response.finish_reason.as_deref(), response.http_status),
            (Some("stop"), None)
        );
    }
}

#[tokio::test]
async fn a_long_prompt_that_nobody_reads_is_no_error() {
    let mut asked = request("unread");
    asked.prompt = "x".repeat(1 << 20);
    assert_eq!(
        ask(BOTH[0], &bridge(), &asked).await.unwrap().content,
        "never read"
    );
}

#[tokio::test]
async fn failures_have_kinds() {
    for mode in BOTH {
        for (model, kind, words) in [
            ("denied", Kind::Authentication, "Sign in"),
            ("prose", Kind::ParseError, "Welcome to Claude!"),
            ("silent", Kind::BridgeError, "exit status 7"),
            ("silent", Kind::BridgeError, "unknown option"),
            ("large", Kind::TooLarge, "100000 bytes"),
            ("endless", Kind::TooLarge, "bytes that are read"),
        ] {
            let error = ask(mode, &bridge(), &request(model)).await.unwrap_err();
            assert_eq!(error.kind, kind, "{mode:?} {model} {error}");
            assert!(error.message.contains(words), "{error}");
            assert!(!error.message.contains("abcdefgh"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_missing_command_says_what_to_do() {
    for command in ["no-such-command-anywhere", "/no/such/claude"] {
        let settings = NativeSettings {
            claude_command: command.into(),
            ..NativeSettings::default()
        };
        let bridge = NativeBridge::new(settings, KeyRing::fixed::<String>([])).unwrap();
        let error = bridge.answer(&request("ok")).await.unwrap_err();
        assert_eq!(error.kind, Kind::BridgeError);
        assert!(
            error.message.contains(command) && error.message.contains("Install"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_long_system_prompt_is_refused() {
    let mut asked = request("ok");
    asked.system_prompt = Some("x".repeat(200_000));
    assert_eq!(
        bridge().answer(&asked).await.unwrap_err().kind,
        Kind::Refused
    );
}

/// A pipe that the process keeps open: it ends when the process does.
async fn pipe(
    dir: &tempfile::TempDir,
) -> (
    String,
    tokio::sync::oneshot::Receiver<()>,
    tokio::task::JoinHandle<usize>,
) {
    let path = dir.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    let (sender, begun) = tokio::sync::oneshot::channel();
    let name = path.display().to_string();
    let ended = tokio::task::spawn_blocking(move || {
        let mut reader = BufReader::new(std::fs::File::open(path).unwrap());
        reader.read_line(&mut String::new()).unwrap();
        sender.send(()).unwrap();
        reader.read_to_end(&mut Vec::new()).unwrap()
    });
    (name, begun, ended)
}

#[tokio::test]
async fn a_dropped_call_ends_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let (name, begun, ended) = pipe(&dir).await;
    let mut asked = request("hang");
    asked.prompt = name;
    let bridge = bridge();
    tokio::select! {
        answer = bridge.answer(&asked) => panic!("{answer:?}"),
        begun = begun => begun.unwrap(),
    }
    tokio::time::timeout(Duration::from_secs(10), ended)
        .await
        .expect("the process goes on")
        .unwrap();
}

#[tokio::test]
async fn a_process_that_never_ends_is_a_timeout() {
    for mode in BOTH {
        let settings = NativeSettings {
            claude_command: script(),
            deadline: Duration::from_millis(200),
            ..NativeSettings::default()
        };
        let bridge = NativeBridge::new(settings, KeyRing::fixed::<String>([])).unwrap();
        let error = ask(mode, &bridge, &request("asleep")).await.unwrap_err();
        assert_eq!(error.kind, Kind::Timeout, "{mode:?} {error}");
    }
}
