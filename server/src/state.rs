//! What every handler can reach.

use axum::extract::FromRef;
use federation::Engine;
use leptos::prelude::LeptosOptions;
use tokio_util::sync::CancellationToken;

use crate::{
    metrics::HttpMetrics,
    middleware::{headers::Tls, throttle::SignInThrottle},
    settings::PublicUrl,
};

/// The state of the server. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub engine: Engine,
    pub leptos: LeptosOptions,
    pub site: app::Site,
    pub public_url: Option<PublicUrl>,
    pub tls: Tls,
    pub throttle: SignInThrottle,
    pub metrics: HttpMetrics,
    /// Cancelled when the server is to stop; endless streams watch it.
    pub shutdown: CancellationToken,
}
