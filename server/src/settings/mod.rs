//! Settings: from a flag, else the environment, else `inter-hub.toml`, else
//! the default.

mod beside;
mod given;
mod public_url;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use federation::{
    EngineSettings,
    bridge::{BaseUrls, LlmConnectSettings, native::NativeSettings},
};
use model::{BridgeKind, Provider};

pub use given::Given;
pub use public_url::PublicUrl;

/// Everything that a start needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    pub database_url: String,
    /// `HOST:PORT` to listen on.
    pub addr: String,
    pub bridge: BridgeKind,
    /// The folder with the built site.
    pub site: PathBuf,
    pub public_url: Option<PublicUrl>,
    pub key_dir: PathBuf,
    pub native: NativeSettings,
    /// For the bridges over llm-connect.
    pub llm_connect: LlmConnectSettings,
    pub engine: EngineSettings,
    /// Whether the pages for developers are shown.
    pub development: bool,
    /// How fast the rehearsal's models speak; `None` where there is none.
    pub rehearsal: Option<Rehearsal>,
}

/// The rehearsal's own settings.
#[derive(Clone, Copy, Debug)]
pub struct Rehearsal {
    /// 1 is a natural pace; 20 is twenty times as fast.
    pub speed: f64,
    /// Whether the story is told: a hub with people's comments and agents.
    pub story: bool,
}

impl Settings {
    /// Reads the file, fills in the defaults and checks the values.
    pub fn resolve(given: Given, rehearsal: bool) -> Result<Self> {
        let given = given.with_file()?;
        let bridge = bridge(given.bridge.as_deref(), rehearsal)?;
        let native = native(&given)?;
        let engine = engine(&given)?;
        let database_url = database_url(given.database_url.as_deref(), rehearsal);
        let public_url = match filled(given.public_url.as_deref()) {
            Some(url) => Some(PublicUrl::parse(url)?),
            None => None,
        };
        let speed = given.rehearsal_speed.unwrap_or(1.0);
        if !(0.01..=10_000.0).contains(&speed) {
            bail!("INTER_HUB_REHEARSAL_SPEED must be from 0.01 to 10000");
        }
        Ok(Self {
            database_url,
            addr: filled(given.addr.as_deref())
                .unwrap_or("127.0.0.1:3000")
                .to_owned(),
            bridge,
            site: given.site.clone().unwrap_or_else(beside::site),
            public_url,
            key_dir: given.key_dir.clone().unwrap_or_else(key_dir),
            llm_connect: llm_connect(&given, &native, &engine),
            native,
            engine,
            development: given.development.unwrap_or(false),
            rehearsal: rehearsal.then_some(Rehearsal { speed, story: true }),
        })
    }
}

/// The database: as given, else a file of the server's or the rehearsal's own.
pub fn database_url(given: Option<&str>, rehearsal: bool) -> String {
    let default = if rehearsal {
        "sqlite://data/rehearsal.db"
    } else {
        "sqlite://data/inter-hub.db"
    };
    filled(given).unwrap_or(default).to_owned()
}

/// An empty setting counts as left out.
fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn bridge(given: Option<&str>, rehearsal: bool) -> Result<BridgeKind> {
    let Some(word) = filled(given) else {
        return Ok(BridgeKind::Native);
    };
    let Ok(kind) = word.parse() else {
        bail!("INTER_HUB_BRIDGE={word} is not known. It is one of native, subprocess, serve.");
    };
    if rehearsal && kind != BridgeKind::Native {
        // llm-connect might find a key of its own, and call a model.
        bail!(
            "A rehearsal calls its scripted models by the native bridge only. Leave INTER_HUB_BRIDGE={kind} out, or serve without --rehearsal."
        );
    }
    Ok(kind)
}

/// Addresses and limits are those of the native bridge.
fn llm_connect(
    given: &Given,
    native: &NativeSettings,
    engine: &EngineSettings,
) -> LlmConnectSettings {
    let defaults = LlmConnectSettings::default();
    LlmConnectSettings {
        python: given.python.clone().unwrap_or(defaults.python),
        script: given.llm_bridge.clone().unwrap_or_else(beside::llm_bridge),
        library: given.llm_connect_path.clone(),
        base_urls: native.base_urls.clone(),
        deadline: native.deadline,
        max_answer_bytes: native.max_answer_bytes,
        // Every call that the engine lets out has a place there.
        workers: engine.per_provider.saturating_mul(Provider::ALL.len()),
        ..LlmConnectSettings::default()
    }
}

fn key_dir() -> PathBuf {
    std::env::home_dir()
        .unwrap_or_default()
        .join(".config/inter-hub/keys")
}

fn native(given: &Given) -> Result<NativeSettings> {
    let defaults = NativeSettings::default();
    let url = |text: &Option<String>| filled(text.as_deref()).map(str::to_owned);
    Ok(NativeSettings {
        base_urls: BaseUrls {
            openai: url(&given.openai_base_url),
            openrouter: url(&given.openrouter_base_url),
            gemini: url(&given.gemini_base_url),
        },
        deadline: seconds(
            DEADLINE,
            given.call_deadline_seconds,
            DEADLINE_LEAST_SECONDS,
        )?
        .unwrap_or(defaults.deadline),
        idle_timeout: seconds(
            "INTER_HUB_IDLE_TIMEOUT_SECONDS",
            given.idle_timeout_seconds,
            DEADLINE_LEAST_SECONDS,
        )?
        .unwrap_or(defaults.idle_timeout),
        claude_command: given
            .claude_command
            .clone()
            .unwrap_or_else(|| defaults.claude_command.clone()),
        ..defaults
    })
}

fn engine(given: &Given) -> Result<EngineSettings> {
    let defaults = EngineSettings::default();
    let lease =
        seconds("INTER_HUB_LEASE_SECONDS", given.lease_seconds, 1.0)?.unwrap_or(defaults.lease);
    let at_least_one = |name: &str, number: usize| {
        (number > 0)
            .then_some(number)
            .with_context(|| format!("{name} must be at least 1"))
    };
    Ok(EngineSettings {
        call_deadline: seconds(
            DEADLINE,
            given.call_deadline_seconds,
            DEADLINE_LEAST_SECONDS,
        )?
        .unwrap_or(defaults.call_deadline),
        max_retries: given.max_retries.unwrap_or(defaults.max_retries),
        per_provider: at_least_one(
            "INTER_HUB_CALLS_PER_PROVIDER",
            given.calls_per_provider.unwrap_or(defaults.per_provider),
        )?,
        max_work: at_least_one(
            "INTER_HUB_MAX_WORK",
            given.max_work.unwrap_or(defaults.max_work),
        )?,
        lease,
        // Three renewals fit into a lease, so that one may be late.
        lease_renewal: given
            .lease_seconds
            .map_or(defaults.lease_renewal, |_| lease.mul_f64(0.3)),
        budget_tokens: from_least(
            "INTER_HUB_BUDGET_TOKENS",
            given.budget_tokens.unwrap_or(defaults.budget_tokens),
            1,
        )?,
        quorum: from_least(
            "INTER_HUB_QUORUM",
            given.quorum.unwrap_or(defaults.quorum),
            2,
        )?,
        ..defaults
    })
}

fn from_least(name: &str, number: i64, least: i64) -> Result<i64> {
    if number < least {
        bail!("{name} must be at least {least}");
    }
    Ok(number)
}

/// From `least` seconds to a day.
fn seconds(name: &str, given: Option<f64>, least: f64) -> Result<Option<Duration>> {
    const DAY_SECONDS: f64 = 86_400.0;
    match given {
        None => Ok(None),
        Some(seconds) if (least..=DAY_SECONDS).contains(&seconds) => {
            Ok(Some(Duration::from_secs_f64(seconds)))
        }
        Some(_) => bail!("{name} must be from {least} to {DAY_SECONDS} seconds"),
    }
}

const DEADLINE: &str = "INTER_HUB_CALL_DEADLINE_SECONDS";
/// Below it, no model could answer.
const DEADLINE_LEAST_SECONDS: f64 = 0.1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_has_a_database_of_its_own() {
        assert_eq!(database_url(None, true), "sqlite://data/rehearsal.db");
        assert_eq!(database_url(Some(" "), false), "sqlite://data/inter-hub.db");
        assert_eq!(database_url(Some("postgres://x"), true), "postgres://x");
    }

    #[test]
    fn a_time_that_cannot_work_is_refused_by_name() {
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            let given = Given {
                call_deadline_seconds: Some(wrong),
                ..Given::default()
            };
            let refused = engine(&given).unwrap_err().to_string();
            assert!(refused.contains(DEADLINE), "{refused}");
            assert!(native(&given).is_err());
        }
        let lease = Given {
            lease_seconds: Some(0.5),
            ..Given::default()
        };
        assert!(engine(&lease).is_err());
    }

    #[test]
    fn a_bridge_that_cannot_be_is_refused_by_name() {
        assert_eq!(bridge(None, true).unwrap(), BridgeKind::Native);
        for kind in BridgeKind::ALL {
            assert_eq!(bridge(Some(kind.as_str()), false).unwrap(), *kind);
        }
        assert!(bridge(Some("native"), true).is_ok());
        let refused = bridge(Some("serve"), true).unwrap_err().to_string();
        assert!(refused.contains("INTER_HUB_BRIDGE=serve"), "{refused}");
        assert!(bridge(Some("telepathy"), false).is_err());
    }
}
