//! The receipt of a model call, read when someone wants to see it.

use leptos::html;
use leptos::prelude::*;
use model::{Attempt, Invocation, InvocationId, RouteCandidate};

use crate::components::{Dialog, Icon, Refused, Sign, Skeleton, Stamp, StatePill, open_dialog};
use crate::format;
use crate::labels::Labelled;
use crate::server_fns::invocations::read_receipt;

/// A button that opens the receipt in front of the page, where a table has
/// room and nothing behind it moves. Nothing where there is no receipt yet.
#[component]
pub fn ReceiptButton(
    receipt: Memo<Option<InvocationId>>,
    /// What tells this receipt from others on the page.
    #[prop(into)]
    id: String,
    #[prop(into)] title: String,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let open = RwSignal::new(false);
    let wanted = Memo::new(move |_| receipt.get().filter(|_| open.get()));
    let on_click = move |_| {
        open.set(true);
        open_dialog(dialog);
    };
    let button = move || {
        receipt.get().map(|_| {
            view! {
                <button
                    type="button"
                    class="btn btn-quiet btn-small needs-script"
                    data-testid="receipt-toggle"
                    aria-haspopup="dialog"
                    on:click=on_click
                >
                    <Icon sign=Sign::Receipt />
                    "Receipt"
                </button>
            }
        })
    };
    view! {
        {button}
        <Dialog node=dialog id title wide=true closed=move |()| open.set(false)>
            {move || wanted.get().map(|id| view! { <Opened id /> })}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Opened(id: InvocationId) -> impl IntoView {
    let read = LocalResource::new(move || read_receipt(id));
    view! {
        <section class="receipt" data-testid="receipt" aria-label="Receipt">
            {move || match read.get() {
                None => view! { <Skeleton lines=4 /> }.into_any(),
                Some(Ok(receipt)) => view! { <Details receipt /> }.into_any(),
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

#[component]
fn Details(receipt: Invocation) -> impl IntoView {
    let verdict = match receipt.allowed {
        Some(true) => "Allowed. ",
        Some(false) => "Blocked. ",
        None => "Not judged. ",
    };
    let policy = match receipt.policy_id {
        Some(id) => format!("Policy {id}"),
        None => "None; the hub's default spoke".to_owned(),
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
            {line("For", format!("{}, {}", format::words(&receipt.purpose), format::words(&receipt.task_type)))}
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
        <Attempts attempts=receipt.attempts />
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
        <h4 class="answer-label">"Candidates"</h4>
        <ul class="bullets">{rows.collect_view()}</ul>
    }
}

#[component]
fn Attempts(attempts: Vec<Attempt>) -> impl IntoView {
    if attempts.is_empty() {
        return view! { <p class="quiet">"No model was called."</p> }.into_any();
    }
    let rows = attempts.into_iter().enumerate().map(|(place, attempt)| {
        let status = attempt
            .http_status
            .map_or_else(|| "–".to_owned(), |status| status.to_string());
        let tokens = match (attempt.tokens_in, attempt.tokens_out) {
            (None, None) => "–".to_owned(),
            (into, out) => format!(
                "{} / {}",
                format::count(into.unwrap_or(0)),
                format::count(out.unwrap_or(0))
            ),
        };
        let first = attempt
            .first_token_ms
            .map_or_else(|| "–".to_owned(), format::duration);
        let waited = attempt
            .waited_ms
            .map(|ms| format!("then waited {}", format::duration(ms)));
        let error = attempt
            .error
            .map(|error| with_type(attempt.error_type, error));
        view! {
            <tr>
                <th scope="row">{place + 1}</th>
                <td>
                    {format!("{} · {}", attempt.provider.label(), attempt.model)}
                    {error.map(|error| view! { <p class="attempt-error">{error}</p> })}
                    {waited.map(|text| view! { <p class="quiet">{text}</p> })}
                </td>
                <td>{status}</td>
                <td>{format::duration(attempt.duration_ms)}</td>
                <td>{first}</td>
                <td>{tokens}</td>
            </tr>
        }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Attempts">
            <table class="table">
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
        </div>
    }
    .into_any()
}
