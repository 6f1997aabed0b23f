//! The receipt of a model call, read when someone wants to see it.

use leptos::prelude::*;
use model::{Attempt, Invocation, InvocationId, Outcome, RouteCandidate};

use crate::components::{Icon, Refused, Sign, Skeleton, Stamp, StatePill};
use crate::format;
use crate::labels::{Labelled, purpose};
use crate::server_fns::invocations::read_receipt;

/// Opens and closes the receipt; nothing where there is none yet.
#[component]
pub fn ReceiptToggle(receipt: Memo<Option<InvocationId>>, open: RwSignal<bool>) -> impl IntoView {
    move || {
        receipt.get().map(|_| {
            view! {
                <button
                    type="button"
                    class="btn btn-quiet btn-small needs-script"
                    data-testid="receipt-toggle"
                    aria-expanded=move || open.get().to_string()
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    <Icon sign=Sign::Receipt />
                    "Receipt"
                </button>
            }
        })
    }
}

/// The receipt, once it is open.
#[component]
pub fn Receipt(receipt: Memo<Option<InvocationId>>, open: RwSignal<bool>) -> impl IntoView {
    let wanted = Memo::new(move |_| receipt.get().filter(|_| open.get()));
    view! {
        <div class="receipt-place">
            {move || wanted.get().map(|id| view! { <Opened id /> })}
        </div>
    }
    .into_any()
}

#[component]
fn Opened(id: InvocationId) -> impl IntoView {
    let read = LocalResource::new(move || read_receipt(id));
    view! {
        <section class="receipt" data-testid="receipt" aria-label="Receipt" tabindex="0">
            {move || match read.get() {
                None => view! { <Skeleton lines=4 /> }.into_any(),
                Some(Ok(receipt)) => view! { <ReceiptDetails receipt /> }.into_any(),
                Some(Err(error)) => view! { <Refused error /> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

/// One line of a receipt.
fn line(name: &'static str, value: impl IntoView + 'static) -> AnyView {
    view! {
        <div class="receipt-line">
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

/// All that a receipt says.
#[component]
pub fn ReceiptDetails(receipt: Invocation) -> impl IntoView {
    let verdict = match receipt.allowed {
        Some(true) => "Allowed. ",
        Some(false) => "Blocked. ",
        None => "Not judged. ",
    };
    let policy = match receipt.policy_id {
        Some(id) => view! {
            <a class="link" href=format!("/governance/{id}/edit")>
                {format!("Policy {id}")}
            </a>
        }
        .into_any(),
        None => "None; the hub's default spoke".into_any(),
    };
    let tokens = |n: Option<i64>| n.map_or_else(|| "not reported".to_owned(), format::count);
    let used = format!(
        "{} in, {} out",
        tokens(receipt.tokens_in),
        tokens(receipt.tokens_out)
    );
    let cost = receipt.cost_microusd.map_or_else(
        || "No price is known for this model".to_owned(),
        |cost| format!("{} USD", format::cost(cost)),
    );
    view! {
        <dl class="receipt-list">
            {line("Outcome", view! { <StatePill value=move || receipt.outcome /> })}
            {receipt.error.map(|error| line("Error", with_type(receipt.error_type, error)))}
            {line("Asked by", receipt.asked_by)}
            {line("For", format!("{}, {}", purpose(&receipt.purpose), format::words(&receipt.task_type)))}
            {line("Governance", format!("{verdict}{}", receipt.reason.unwrap_or_default()))}
            {line("Policy", policy)}
            {line("Reserved", format::counted(receipt.tokens_reserved, "token", "tokens"))}
            {line("Tokens used", used)}
            {line("Cost", cost)}
            {receipt.model_used.map(|model| line("Model that answered", model))}
            {receipt.finish_reason.map(|reason| line("Ended because", reason))}
            {receipt.duration_ms.map(|ms| line("Took", format::duration(ms)))}
            {line("Started", view! { <Stamp at=receipt.started_at /> })}
        </dl>
        <Candidates candidates=receipt.candidates />
        <Attempts attempts=receipt.attempts outcome=receipt.outcome />
    }
    .into_any()
}

fn with_type(error_type: Option<String>, error: String) -> String {
    match error_type {
        Some(error_type) => format!("{}: {error}", format::words(&error_type)),
        None => error,
    }
}

#[component]
fn Candidates(candidates: Vec<RouteCandidate>) -> impl IntoView {
    let rows = candidates.into_iter().map(|candidate| {
        let mark = if candidate.chosen {
            "chosen"
        } else {
            "passed over"
        };
        view! {
            <li>
                <strong>{candidate.name}</strong>
                {format!(", {mark}: {}", candidate.reason)}
            </li>
        }
    });
    view! {
        <p class="answer-label">"Candidates"</p>
        <ul class="bullets">{rows.collect_view()}</ul>
    }
}

#[component]
fn Attempts(attempts: Vec<Attempt>, outcome: Outcome) -> impl IntoView {
    if attempts.is_empty() {
        // An attempt is written when it has ended; a call that was left has none.
        let said = match outcome {
            Outcome::Started => "No attempt has ended yet.",
            Outcome::Cancelled | Outcome::Unknown => {
                "No attempt has ended; the model may have been asked."
            }
            Outcome::Succeeded | Outcome::Failed | Outcome::Blocked => "No model was called.",
        };
        return view! { <p class="quiet">{said}</p> }.into_any();
    }
    let rows = attempts
        .into_iter()
        .enumerate()
        .map(|(place, attempt)| view! { <AttemptRow place attempt /> });
    view! {
        <table class="attempts">
            <caption class="answer-label">"Attempts"</caption>
            <thead>
                <tr>
                    <th scope="col">"No."</th>
                    <th scope="col">"Model"</th>
                    <th scope="col">"HTTP status"</th>
                    <th scope="col">"Took"</th>
                    <th scope="col">"First text after"</th>
                    <th scope="col">"Tokens in / out"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// One attempt; in a narrow place each cell says its name (`data-label`).
#[component]
fn AttemptRow(place: usize, attempt: Attempt) -> impl IntoView {
    let none = || "none".to_owned();
    let status = attempt.http_status.map_or_else(none, |s| s.to_string());
    let tokens = match (attempt.tokens_in, attempt.tokens_out) {
        (None, None) => "not reported".to_owned(),
        (into, out) => format!(
            "{} / {}",
            format::count(into.unwrap_or(0)),
            format::count(out.unwrap_or(0))
        ),
    };
    let first = attempt.first_token_ms.map_or_else(none, format::duration);
    let waited = attempt
        .waited_ms
        .map(|ms| format!("then waited {}", format::duration(ms)));
    let error = attempt
        .error
        .map(|error| with_type(attempt.error_type, error));
    view! {
        <tr>
            <th scope="row">{place + 1}</th>
            <td data-label="Model">
                {format!("{} · {}", attempt.provider.label(), attempt.model)}
                {error.map(|error| view! { <p class="attempt-error">{error}</p> })}
                {waited.map(|text| view! { <p class="quiet">{text}</p> })}
            </td>
            <td data-label="HTTP status">{status}</td>
            <td data-label="Took">{format::duration(attempt.duration_ms)}</td>
            <td data-label="First text after">{first}</td>
            <td data-label="Tokens in / out">{tokens}</td>
        </tr>
    }
    .into_any()
}
