//! Earlier answers, and the way to another one.

use leptos::prelude::*;
use model::{Caller, InvocationPoint, ProposalAnswer, ProposalStatus, Role};

use super::answer::TaskAnswer;
use super::follow::Live;
use crate::collectives::{Answer, used_words};
use crate::components::{Field, Refused, Skeleton, Stamp, describe};
use crate::server_fns::proposals::{AnotherRound, read_proposal_answers};

/// The answers that a later one replaced, once there are any.
#[component]
pub fn EarlierAnswers(live: Live, point: Option<InvocationPoint>) -> impl IntoView {
    // Read again with each answer that is kept.
    let kept = Memo::new(move |_| {
        live.state.with(|state| {
            let row = &state.proposal;
            (row.round > 1 && row.content.is_some()).then(|| row.content_hash.clone())
        })
    });
    move || {
        kept.get().map(|current| {
            let answers = Resource::new(|| (), move |()| read_proposal_answers(live.id));
            view! {
                <section class="panel" aria-labelledby="earlier" data-testid="earlier-answers">
                    <div class="panel-head">
                        <h2 class="panel-title" id="earlier">
                            "Earlier answers"
                        </h2>
                    </div>
                    <Transition fallback=|| view! { <Skeleton lines=2 /> }>
                        {move || {
                            let current = current.clone();
                            Suspend::new(async move {
                                match answers.await {
                                    Ok(answers) => {
                                        answers
                                            .into_iter()
                                            .filter(|one| Some(&one.content_hash) != current.as_ref())
                                            .map(|answer| view! { <Earlier answer point /> })
                                            .collect_view()
                                            .into_any()
                                    }
                                    Err(error) => view! { <Refused error /> }.into_any(),
                                }
                            })
                        }}
                    </Transition>
                </section>
            }
        })
    }
}

#[component]
fn Earlier(answer: ProposalAnswer, point: Option<InvocationPoint>) -> impl IntoView {
    let read = Answer::of_content(&answer.content);
    let used = used_words(
        answer.duration_ms,
        answer.tokens_in,
        answer.tokens_out,
        answer.cost_microusd,
    );
    view! {
        <details class="card earlier">
            <summary class="earlier-head">
                <span>{format!("Answer {}", answer.round)}</span>
                <span class="quiet">{answer.agent_name}</span>
                <Stamp at=answer.created_at />
            </summary>
            <TaskAnswer answer=Signal::stored(read) point />
            <p class="used">
                {used} " " <a class="link" href=format!("/receipts/{}", answer.invocation_id)>
                    "Receipt"
                </a>
            </p>
        </details>
    }
    .into_any()
}

/// A reviewer wants another answer, and says what is wrong with this one.
#[component]
pub fn AskForAnother(live: Live, caller: Caller) -> impl IntoView {
    let may = caller.may(Role::Reviewer);
    let offered = Memo::new(move |_| {
        may && live
            .state
            .with(|state| state.proposal.status == ProposalStatus::Pending)
    });
    let ask = ServerAction::<AnotherRound>::new();
    let value = ask.value();
    let refusal =
        Signal::derive(move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned())));
    let pending = ask.pending();
    Effect::new(move |_| match value.get() {
        Some(Ok(row)) => live.show(row),
        Some(Err(error)) if error.is("not_pending") => live.refetch(),
        _ => {}
    });
    let at = Signal::derive(move || refusal.get().and_then(|error| error.field("instructions")));
    move || {
        offered.get().then(|| {
            view! {
                <details class="another-round">
                    <summary data-testid="another-round">"Ask for another answer"</summary>
                    <ActionForm action=ask>
                        <input type="hidden" name="id" value=live.id.to_string() />
                        <Field
                            id="another-instructions"
                            label="What should be different?"
                            hint="The agent sees this answer and what you write; this answer is kept."
                            error=at
                            optional=true
                        >
                            <textarea
                                class="textarea"
                                id="another-instructions"
                                name="instructions"
                                rows="3"
                                aria-describedby=describe("another-instructions")
                            ></textarea>
                        </Field>
                        <div class="form-actions">
                            <button
                                type="submit"
                                class="btn"
                                data-testid="another-round-send"
                                disabled=move || pending.get()
                            >
                                {move || if pending.get() { "Asking …" } else { "Ask again" }}
                            </button>
                        </div>
                        {move || {
                            refusal
                                .get()
                                .filter(|error| error.errors.is_empty())
                                .map(|error| view! { <Refused error /> })
                        }}
                    </ActionForm>
                </details>
            }
        })
    }
}
