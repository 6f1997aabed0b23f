//! Ending a delegation before its time, and giving back what it has left.

use leptos::prelude::*;
use model::{Delegation, DelegationId};

use crate::components::{Icon, Refused, Sign};
use crate::error::refusal;
use crate::format;
use crate::server_fns::delegations::{CancelDelegation, CloseDelegation};

/// Stops a branch.
#[component]
pub fn CancelBranch(
    id: DelegationId,
    /// It has an answer; only what runs below is stopped.
    answered: bool,
    told: Callback<Option<Delegation>>,
) -> impl IntoView {
    let cancel = ServerAction::<CancelDelegation>::new();
    let pending = cancel.pending();
    let error = refusal(cancel.value());
    Effect::new(move |_| match cancel.value().get() {
        Some(Ok(now)) => told.run(Some(now)),
        // It has ended meanwhile: the row says how.
        Some(Err(error)) if error.is("run_ended") => told.run(None),
        _ => {}
    });
    let word = if answered {
        "Stop what runs below"
    } else {
        "Cancel"
    };
    view! {
        <ActionForm action=cancel>
            <input type="hidden" name="id" value=id.to_string() />
            <button
                type="submit"
                class="btn btn-small"
                data-testid="cancel-delegation"
                disabled=move || pending.get()
            >
                <Icon sign=Sign::Cross />
                {move || if pending.get() { "Cancelling …" } else { word }}
            </button>
            {move || {
                error
                    .get()
                    .filter(|error| !error.is("run_ended"))
                    .map(|error| view! { <Refused error /> })
            }}
        </ActionForm>
    }
    .into_any()
}

/// Gives back what is left.
#[component]
pub fn CloseAccount(
    id: DelegationId,
    tokens_left: i64,
    told: Callback<Option<Delegation>>,
) -> impl IntoView {
    let close = ServerAction::<CloseDelegation>::new();
    let pending = close.pending();
    let error = refusal(close.value());
    Effect::new(move |_| match close.value().get() {
        Some(Ok(now)) => told.run(Some(now)),
        Some(Err(error)) if error.is("already_closed") => told.run(None),
        _ => {}
    });
    let word = format!(
        "Close, return {}",
        format::counted(tokens_left, "unused token", "unused tokens")
    );
    view! {
        <ActionForm action=close>
            <input type="hidden" name="id" value=id.to_string() />
            <button
                type="submit"
                class="btn btn-small"
                data-testid="close-delegation"
                disabled=move || pending.get()
            >
                {move || if pending.get() { "Closing …".to_owned() } else { word.clone() }}
            </button>
            {move || {
                error
                    .get()
                    .filter(|error| !error.is("already_closed"))
                    .map(|error| view! { <Refused error /> })
            }}
        </ActionForm>
    }
    .into_any()
}
