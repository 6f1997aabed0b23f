//! From settings to a server that is ready to answer.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use federation::{
    Clock, Engine, Store,
    bridge::{BaseUrls, Bridge, KeyRing, NativeBridge, ServeBridge, SubprocessBridge},
};
use leptos::prelude::LeptosOptions;
use model::BridgeKind;
use tokio_util::sync::CancellationToken;

use crate::{
    metrics::HttpMetrics,
    middleware::{headers::Tls, throttle::SignInThrottle},
    rehearsal::{ModelServer, story},
    settings::{PublicUrl, Settings},
    state::AppState,
};

/// A server that has its database, its bridge and its workers.
pub struct Hub {
    pub state: AppState,
    /// The scripted models, in a rehearsal.
    pub models: Option<Arc<ModelServer>>,
}

/// Opens the database, applies migrations, makes the bridge, tells the
/// rehearsal's story and starts the workers.
pub async fn prepare(settings: Settings) -> Result<Hub> {
    let models = match settings.rehearsal {
        Some(rehearsal) => Some(Arc::new(ModelServer::start(rehearsal.speed).await?)),
        None => None,
    };
    let store = open(&settings.database_url).await?;
    let bridge = bridge(&settings, models.as_deref())
        .context("the bridge to the models could not be made")?;
    let engine = Engine::builder(store, bridge)
        .settings(settings.engine.clone())
        .build();
    if settings.rehearsal.is_some_and(|rehearsal| rehearsal.story) {
        story::tell(&engine)
            .await
            .context("the rehearsal's story could not be written")?;
    }
    engine.start_workers();
    Ok(Hub {
        state: state(engine, &settings)?,
        models,
    })
}

/// Opens a database and brings it up to date.
pub async fn open(database_url: &str) -> Result<Store> {
    let store = connect(database_url).await?;
    store
        .migrate()
        .await
        .with_context(|| format!("the database {} could not be migrated", shown(database_url)))?;
    Ok(store)
}

async fn connect(database_url: &str) -> Result<Store> {
    create_folder(database_url)?;
    Store::connect(database_url, Clock::system())
        .await
        .with_context(|| format!("the database {} could not be opened", shown(database_url)))
}

/// Makes the folder that an SQLite file is to lie in.
fn create_folder(database_url: &str) -> Result<()> {
    let Some(rest) = database_url.strip_prefix("sqlite:") else {
        return Ok(());
    };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = path.split('?').next().unwrap_or("");
    let Some(folder) = Path::new(path)
        .parent()
        .filter(|f| !f.as_os_str().is_empty())
    else {
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder {} could not be made", folder.display()))
}

/// A database URL without its password.
pub fn shown(database_url: &str) -> String {
    let Some((scheme, rest)) = database_url.split_once("://") else {
        return database_url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((_, place)) if scheme.starts_with("postgres") => format!("{scheme}://…@{place}"),
        _ => database_url.to_owned(),
    }
}

fn bridge(settings: &Settings, models: Option<&ModelServer>) -> Result<Arc<dyn Bridge>> {
    let keys = || KeyRing::from_env(settings.key_dir.clone());
    let llm_connect = || settings.llm_connect.clone();
    Ok(match settings.bridge {
        BridgeKind::Native => Arc::new(native(settings, models)?),
        BridgeKind::Subprocess => Arc::new(SubprocessBridge::new(llm_connect(), keys())?),
        BridgeKind::Serve => Arc::new(ServeBridge::new(llm_connect(), keys())?),
    })
}

fn native(settings: &Settings, models: Option<&ModelServer>) -> Result<NativeBridge> {
    // The HTTP client takes the process's default; a second start keeps the first.
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut native = settings.native.clone();
    let keys = match models {
        None => KeyRing::from_env(settings.key_dir.clone()),
        Some(models) => {
            native.base_urls = BaseUrls::all(&models.base_url());
            // A rehearsal calls no model: not by this way either.
            native.claude_command = "/nonexistent/claude".into();
            KeyRing::fixed::<String>([])
        }
    };
    Ok(NativeBridge::new(native, keys)?)
}

fn state(engine: Engine, settings: &Settings) -> Result<AppState> {
    let leptos = LeptosOptions::builder()
        .output_name("app")
        .site_root(settings.site.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .build();
    let tls = settings.public_url.as_ref().is_some_and(PublicUrl::is_tls);
    let metrics = HttpMetrics::new(engine.metrics().registry())
        .context("the metrics could not be registered")?;
    Ok(AppState {
        engine,
        leptos,
        site: app::Site {
            rehearsal: settings.rehearsal.is_some(),
            secure_cookies: tls,
            development: settings.development,
        },
        public_url: settings.public_url.clone(),
        tls: Tls(tls),
        throttle: SignInThrottle::default(),
        metrics,
        shutdown: CancellationToken::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let url = "postgres://ada:s3cret@db.example/hub";
        assert_eq!(shown(url), "postgres://…@db.example/hub");
        assert_eq!(shown("sqlite://a@b.db"), "sqlite://a@b.db");
    }

    #[test]
    fn the_folder_of_a_database_file_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a/b/c.db");
        create_folder(&format!("sqlite://{}?mode=rwc", file.display())).unwrap();
        assert!(file.parent().unwrap().is_dir());
        create_folder("sqlite::memory:").unwrap();
    }
}
