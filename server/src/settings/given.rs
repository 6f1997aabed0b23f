//! Settings as they were given, on the command line or in the file.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;

/// Each can also stand in `inter-hub.toml`, by its long name with `_` for `-`.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Given {
    /// sqlite://PATH or postgres://… [default: sqlite://data/inter-hub.db]
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Address to listen on [default: 127.0.0.1:3000]
    #[arg(long, env = "INTER_HUB_ADDR")]
    pub addr: Option<String>,

    /// What calls the models: native, subprocess or serve [default: native]
    #[arg(long, env = "INTER_HUB_BRIDGE")]
    pub bridge: Option<String>,

    /// URL at which people reach this server; https makes cookies secure
    #[arg(long, env = "INTER_HUB_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Folder of the built site [default: `site` beside the program, else target/site]
    #[arg(long, env = "INTER_HUB_SITE")]
    pub site: Option<PathBuf>,

    /// Folder of the key files openai.key, openrouter.key, gemini.key
    /// [default: ~/.config/inter-hub/keys]
    #[arg(long, env = "INTER_HUB_KEY_DIR")]
    pub key_dir: Option<PathBuf>,

    /// Another server that speaks OpenAI's protocol; needs no key
    #[arg(long, env = "OPENAI_BASE_URL")]
    pub openai_base_url: Option<String>,

    /// Another server in place of OpenRouter; needs no key
    #[arg(long, env = "OPENROUTER_BASE_URL")]
    pub openrouter_base_url: Option<String>,

    /// Another server in place of Gemini; needs no key
    #[arg(long, env = "GEMINI_BASE_URL")]
    pub gemini_base_url: Option<String>,

    /// The command of Claude Code [default: claude]
    #[arg(long, env = "INTER_HUB_CLAUDE_COMMAND")]
    pub claude_command: Option<PathBuf>,

    /// The command of Python 3.10 or later, for the bridges subprocess and serve [default: python3]
    #[arg(long, env = "INTER_HUB_PYTHON")]
    pub python: Option<PathBuf>,

    /// The script of those bridges
    /// [default: `llm_bridge.py` beside the program, else scripts/llm_bridge.py]
    #[arg(long, env = "INTER_HUB_LLM_BRIDGE")]
    pub llm_bridge: Option<PathBuf>,

    /// Where llm_bridge.py finds llm-connect [default: ~/llm-connect]
    #[arg(long, env = "LLM_CONNECT_PATH")]
    pub llm_connect_path: Option<PathBuf>,

    /// The longest a call of a model may take, in seconds
    #[arg(long, env = "INTER_HUB_CALL_DEADLINE_SECONDS")]
    pub call_deadline_seconds: Option<f64>,

    /// The longest silence inside an answer, in seconds [default: 60]
    #[arg(long, env = "INTER_HUB_IDLE_TIMEOUT_SECONDS")]
    pub idle_timeout_seconds: Option<f64>,

    /// How often a call is made again where that can help
    #[arg(long, env = "INTER_HUB_MAX_RETRIES")]
    pub max_retries: Option<u32>,

    /// Calls to one provider at the same time [default: 32]
    #[arg(long, env = "INTER_HUB_CALLS_PER_PROVIDER")]
    pub calls_per_provider: Option<usize>,

    /// Runs that this instance works on at the same time
    #[arg(long, env = "INTER_HUB_MAX_WORK")]
    pub max_work: Option<usize>,

    /// How long work stays with an instance that is not heard of, in seconds [default: 10]
    #[arg(long, env = "INTER_HUB_LEASE_SECONDS")]
    pub lease_seconds: Option<f64>,

    /// Tokens that one chain of work may use [default: 100000]
    #[arg(long, env = "INTER_HUB_BUDGET_TOKENS")]
    pub budget_tokens: Option<i64>,

    /// Fewest readable contributions on which anything is judged
    #[arg(long, env = "INTER_HUB_QUORUM")]
    pub quorum: Option<i64>,

    /// How fast the models of a rehearsal speak; 1 is natural, 20 is for tests
    #[arg(long, env = "INTER_HUB_REHEARSAL_SPEED")]
    pub rehearsal_speed: Option<f64>,

    /// Show the pages that are for developers
    #[arg(long, env = "INTER_HUB_DEVELOPMENT", num_args = 0..=1, default_missing_value = "true")]
    pub development: Option<bool>,

    /// What is logged, to standard error: error, warn, info, debug or a filter [default: info]
    #[arg(long, env = "INTER_HUB_LOG")]
    pub log: Option<String>,

    /// File with settings [default: inter-hub.toml, where there is one]
    #[arg(long, env = "INTER_HUB_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// Takes from `$file` what `$given` leaves out.
macro_rules! fill {
    ($given:ident, $file:ident: $($field:ident),+ $(,)?) => {
        $($given.$field = $given.$field.or($file.$field);)+
    };
}

impl Given {
    /// Adds what the file says and nothing else said.
    pub fn with_file(mut self) -> Result<Self> {
        let Some(file) = self.read_file()? else {
            return Ok(self);
        };
        fill!(
            self, file: database_url, addr, bridge, public_url, site, key_dir,
            openai_base_url, openrouter_base_url, gemini_base_url, claude_command,
            python, llm_bridge, llm_connect_path, call_deadline_seconds, idle_timeout_seconds, max_retries,
            calls_per_provider, max_work, lease_seconds, budget_tokens, quorum,
            rehearsal_speed, development, log,
        );
        Ok(self)
    }

    /// The file's settings; `None` where there is no file and none was named.
    fn read_file(&self) -> Result<Option<Self>> {
        let path = match &self.config {
            Some(path) => path.clone(),
            None => PathBuf::from("inter-hub.toml"),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if self.config.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        toml::from_str(&text)
            .map(Some)
            .with_context(|| format!("{} is not valid", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, given: Given) -> Result<Given> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("inter-hub.toml");
        std::fs::write(&path, text).unwrap();
        Given {
            config: Some(path),
            ..given
        }
        .with_file()
    }

    #[test]
    fn what_is_given_wins_over_the_file() {
        let given = Given {
            addr: Some("0.0.0.0:1".to_owned()),
            ..Given::default()
        };
        let all = with_file("addr = \"x:2\"\nmax_retries = 7\n", given).unwrap();
        assert_eq!(all.addr.as_deref(), Some("0.0.0.0:1"));
        assert_eq!(all.max_retries, Some(7));
    }

    #[test]
    fn a_file_with_a_wrong_name_in_it_is_refused() {
        let error = with_file("adress = \"x\"\n", Given::default()).unwrap_err();
        assert!(format!("{error:#}").contains("adress"), "{error:#}");
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let given = Given {
            config: Some("/nowhere/inter-hub.toml".into()),
            ..Given::default()
        };
        assert!(given.with_file().is_err());
    }
}
