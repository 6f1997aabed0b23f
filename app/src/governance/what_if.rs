//! What a change would have done to the calls of the last 30 days.

use leptos::prelude::*;
use model::{GovernancePolicyId, WhatIf, WhatIfAnswer, WhatIfCall};

use crate::components::{Notice, Refused, Stamp};
use crate::error::AppError;
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::server_fns::governance::ask_what_if;

/// Asks again whenever `asked` has changed; begins with what the server said.
#[component]
pub fn WhatIfPanel(
    #[prop(into)] asked: Signal<Option<WhatIf>>,
    first: Option<Result<WhatIfAnswer, AppError>>,
) -> impl IntoView {
    let ask = Action::new(|asked: &WhatIf| ask_what_if(asked.clone()));
    let told = StoredValue::new(first);
    Effect::new(move |before: Option<Option<WhatIf>>| {
        let now = asked.get();
        // The server has answered the first one, if it could be asked.
        let answered = before.is_none() && told.with_value(Option::is_some);
        if let Some(question) = &now
            && !answered
            && before.as_ref() != Some(&now)
        {
            ask.dispatch(question.clone());
        }
        now
    });
    let shown = move || match ask.value().get() {
        Some(answer) => Some(answer),
        None => told.get_value(),
    };
    view! {
        <section
            class="what-if"
            aria-labelledby="what-if-title"
            aria-live="polite"
            aria-busy=move || ask.pending().get().to_string()
            data-testid="what-if"
        >
            <h2 class="card-title" id="what-if-title">
                "What if"
            </h2>
            {move || match shown().filter(|_| asked.with(Option::is_some)) {
                None => {
                    view! {
                        <p class="quiet">
                            "Choose an agent and a type of artifact to see what this would have changed in the last 30 days."
                        </p>
                    }
                        .into_any()
                }
                Some(Ok(answer)) => view! { <WhatIfView answer /> }.into_any(),
                Some(Err(error)) => view! { <Refused error /> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

/// The counts, and the newest calls.
#[component]
pub fn WhatIfView(answer: WhatIfAnswer) -> impl IntoView {
    let changed = answer.would_block + answer.would_allow;
    let calls = format::counted(answer.calls, "call", "calls");
    let lead = if answer.calls == 0 {
        "In the last 30 days there was no call that this speaks about.".to_owned()
    } else if changed == 0 {
        format!("Of {calls} in the last 30 days, none would have ended differently.")
    } else {
        format!("Of {calls} in the last 30 days:")
    };
    view! {
        {answer.conflicting_policy_id.map(|id| view! { <InTheWay id /> })}
        <p>{lead}</p>
        {(changed > 0)
            .then(|| {
                view! {
                    <dl class="what-if-counts">
                        <div data-tone=Tone::Bad.class() data-testid="would-block">
                            <dd>{format::count(answer.would_block)}</dd>
                            <dt>"were allowed, would have been blocked"</dt>
                        </div>
                        <div data-tone=Tone::Good.class() data-testid="would-allow">
                            <dd>{format::count(answer.would_allow)}</dd>
                            <dt>"were blocked, would have been allowed"</dt>
                        </div>
                    </dl>
                }
            })}
        <Newest title="Would have been blocked" calls=answer.newest_blocked />
        <Newest title="Would have been allowed" calls=answer.newest_allowed />
    }
    .into_any()
}

#[component]
fn InTheWay(id: GovernancePolicyId) -> impl IntoView {
    view! {
        <Notice tone=Tone::Warn title="Another policy is active for the same">
            <p>
                "One active policy speaks about an agent and a type of artifact. "
                <a class="link" href=format!("/governance/{id}/edit")>
                    "Change that one"
                </a> ", or switch it off first."
            </p>
        </Notice>
    }
}

#[component]
fn Newest(title: &'static str, calls: Vec<WhatIfCall>) -> impl IntoView {
    (!calls.is_empty()).then(|| {
        view! {
            <h3 class="answer-label">{title}</h3>
            <ul class="what-if-calls">
                {calls.into_iter().map(|call| view! { <Call call /> }).collect_view()}
            </ul>
        }
    })
}

#[component]
fn Call(call: WhatIfCall) -> impl IntoView {
    view! {
        <li>
            <a class="link" href=format!("/receipts/{}", call.invocation_id)>
                {format!("{}: {}", call.agent_name, call.action.label().to_lowercase())}
            </a>
            <span class="quiet">
                {format!("{}, {}, asked by {}", format::words(&call.artifact_type), call.purpose, call.asked_by)}
            </span>
            <span class="quiet">
                <Stamp at=call.started_at />
            </span>
        </li>
    }
    .into_any()
}
