//! What each command does. What was asked for goes to standard output,
//! everything else to standard error.

use std::{io::Write, net::SocketAddr, process::ExitCode};

use anyhow::{Context, Result};
use federation::{
    Engine,
    bridge::{KeyRing, NativeBridge, native::NativeSettings},
    people,
};
use model::{Caller, NewToken, Role};
use tokio::net::TcpListener;

use crate::{
    cli::{AdminCommand, Cli, Command, Place, Serve, TokenCommand},
    logging,
    settings::{PublicUrl, Settings, database_url},
    shutdown, start,
};

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime could not be started")
        .and_then(|runtime| runtime.block_on(dispatch(cli)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "inter-hub: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Serve(args) => serve(*args).await,
        Command::Migrate(place) => {
            engine(&place).await?;
            note("the database is up to date")
        }
        Command::Token {
            command: TokenCommand::Create { name, role, place },
        } => create_token(&place, name, role).await,
        Command::Admin {
            command:
                AdminCommand::Link {
                    public_url,
                    addr,
                    place,
                },
        } => admin_link(&place, public_url.as_deref(), addr.as_deref()).await,
    }
}

async fn serve(args: Serve) -> Result<()> {
    let settings = Settings::resolve(args.given.clone(), args.rehearsal)?;
    logging::start(args.given.log.as_deref(), "info")?;
    let listener = TcpListener::bind(&settings.addr)
        .await
        .with_context(|| format!("cannot listen on {}", settings.addr))?;
    let address = listener.local_addr().context("the address is not known")?;
    let place = place_of(settings.public_url.as_ref(), address);
    let database = start::shown(&settings.database_url);
    let rehearsal = settings.rehearsal.is_some();

    let shutdown = shutdown::on_signal();
    let hub = start::prepare(settings).await?;
    if let Some(secret) = people::first_link(&hub.state.engine).await? {
        note("nobody can sign in yet; this link makes the administrator, once:")?;
        say(&format!("{place}/welcome?token={secret}"))?;
    }
    if rehearsal {
        tracing::info!("rehearsal: no model is called");
    }
    tracing::info!(database, "serving at {place}");
    crate::serve(listener, hub, shutdown).await
}

async fn create_token(place: &Place, name: String, role: Role) -> Result<()> {
    let engine = engine(place).await?;
    let new = NewToken { name, role };
    let (_, token) = people::create_token(&engine, &Caller::command(), new).await?;
    engine.store().close().await;
    say(&token)
}

async fn admin_link(place: &Place, public_url: Option<&str>, addr: Option<&str>) -> Result<()> {
    let public = public_url.filter(|url| !url.trim().is_empty());
    let public = public.map(PublicUrl::parse).transpose()?;
    let address = addr.unwrap_or("127.0.0.1:3000");
    let engine = engine(place).await?;
    let secret = people::admin_link(&engine, &Caller::command()).await?;
    engine.store().close().await;
    let base = match (public, address.parse::<SocketAddr>()) {
        (Some(url), _) => url.origin().to_owned(),
        (None, Ok(address)) => place_of(None, address),
        (None, Err(_)) => format!("http://{address}"),
    };
    say(&format!("{base}/welcome?token={secret}"))
}

/// An engine for one command: the database is up to date, nothing runs.
async fn engine(place: &Place) -> Result<Engine> {
    logging::start(place.log.as_deref(), "warn")?;
    let url = database_url(place.database_url.as_deref(), place.rehearsal);
    note(&format!("database {}", start::shown(&url)))?;
    let store = start::open(&url).await?;
    drop(rustls::crypto::ring::default_provider().install_default());
    let keys = KeyRing::fixed::<String>([]);
    let bridge = NativeBridge::new(NativeSettings::default(), keys)?;
    Ok(Engine::builder(store, std::sync::Arc::new(bridge)).build())
}

/// The URL that a browser on this machine can follow.
fn place_of(public: Option<&PublicUrl>, mut address: SocketAddr) -> String {
    if let Some(url) = public {
        return url.origin().to_owned();
    }
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

/// Prints what was asked for.
fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .context("standard output cannot be written")
}

/// Prints an explanation.
fn note(text: &str) -> Result<()> {
    writeln!(std::io::stderr(), "inter-hub: {text}").context("standard error cannot be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_can_be_followed_from_here() {
        let all: SocketAddr = "0.0.0.0:3000".parse().unwrap();
        assert_eq!(place_of(None, all), "http://127.0.0.1:3000");
        let public = PublicUrl::parse("https://hub.example").unwrap();
        assert_eq!(place_of(Some(&public), all), "https://hub.example");
    }
}
