//! The providers of models as an operator sees them, and the bridge to them.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};

use crate::{
    ActorKind, Attempt, InvocationId, Outcome, Provider, ProviderErrorId, ProviderTestId, validate,
};

closed_set! {
    /// What carries the calls to the models.
    BridgeKind {
        /// The server speaks to the providers itself.
        Native = "native",
        /// One process of the Python bridge for each call.
        Subprocess = "subprocess",
        /// One long-lived process of the Python bridge.
        Serve = "serve",
    }
}

closed_set! {
    /// How the bridge is.
    BridgeState {
        /// It takes calls.
        Ready = "ready",
        /// Its process is started by the first call.
        NotStarted = "not_started",
        Starting = "starting",
        /// Its process has ended; it is started again, later each time.
        Restarting = "restarting",
        /// It cannot be asked as it is set up.
        Unusable = "unusable",
        /// The server is stopping.
        Stopped = "stopped",
    }
}

/// The bridge of one instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BridgeStatus {
    pub kind: BridgeKind,
    pub state: BridgeState,
    /// What is wrong and what to do; nothing where all is well.
    pub problem: Option<String>,
    /// What runs beside the server, and which version of it.
    pub detail: Option<String>,
    /// Of the bridge's process, where there is one.
    pub process_id: Option<u32>,
    /// How long that process has been ready.
    pub ready_for_seconds: Option<i64>,
    /// How often it was started again.
    pub restarts: u32,
    /// Calls that the bridge's process has in hand.
    pub calls_under_way: Option<u32>,
}

impl BridgeStatus {
    pub fn new(kind: BridgeKind, state: BridgeState) -> Self {
        Self {
            kind,
            state,
            problem: None,
            detail: None,
            process_id: None,
            ready_for_seconds: None,
            restarts: 0,
            calls_under_way: None,
        }
    }
}

closed_set! {
    /// Where a provider's key comes from.
    KeySource {
        Environment = "environment",
        File = "file",
        /// Another server is in the provider's place, or the provider is a
        /// command that signs in by itself.
        NotNeeded = "not_needed",
        Missing = "missing",
        /// A key file that cannot be read.
        Unreadable = "unreadable",
    }
}

/// How a provider is reached. Never a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderAccess {
    pub provider: Provider,
    pub key: KeySource,
    /// Why a call cannot be made, and what to do.
    pub problem: Option<String>,
    /// The variable that may hold the key.
    pub key_variable: Option<String>,
    /// The name of the key file in the folder of key files.
    pub key_file: Option<String>,
    /// Host and port of the server in the provider's place.
    pub in_place: Option<String>,
}

/// A test of a provider: one small call, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderTest {
    pub id: ProviderTestId,
    pub provider: Provider,
    /// The model that was asked.
    pub model_name: String,
    pub asked_by_kind: ActorKind,
    pub asked_by_id: Option<uuid::Uuid>,
    pub asked_by: String,
    #[cfg_attr(feature = "sqlx", sqlx(json))]
    pub attempts: Vec<Attempt>,
    /// Never `blocked`: governance judges what agents do, and no agent is
    /// asked.
    pub outcome: Outcome,
    pub error_type: Option<String>,
    pub error: Option<String>,
    /// The model that the provider says answered.
    pub model_used: Option<String>,
    pub tokens_in: Option<i64>,
    pub tokens_out: Option<i64>,
    /// Micro US dollars; `None` where no price is known.
    pub cost_microusd: Option<i64>,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub duration_ms: Option<i64>,
}

/// What a test is to ask.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewProviderTest {
    /// Left out: the model of the newest changed active agent of the provider,
    /// else one that has a price.
    #[serde(default)]
    #[garde(custom(validate::maybe_name))]
    pub model_name: Option<String>,
}

/// The end of a call, or of a test, at a provider that gave no answer. Another
/// provider may have answered the call after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderError {
    pub id: ProviderErrorId,
    pub provider: Provider,
    pub model_name: String,
    pub error_type: String,
    pub error: String,
    pub http_status: Option<i32>,
    /// The receipt of the call; none where it was a test.
    pub invocation_id: Option<InvocationId>,
    pub provider_test_id: Option<ProviderTestId>,
    /// When its receipt was ended.
    pub occurred_at: DateTime<Utc>,
}

/// All that an operator sees of a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProviderState {
    /// As the instance sees it that was asked.
    #[serde(flatten)]
    pub access: ProviderAccess,
    /// How many active agents use it, in all hubs.
    pub active_agents: i64,
    /// The model that a test asks where it names none.
    pub suggested_model: Option<String>,
    pub last_test: Option<ProviderTest>,
    /// The newest five, newest first.
    pub last_errors: Vec<ProviderError>,
}
