//! Asks all agents once more, before a decision.

use leptos::prelude::*;

use super::board::Board;
use super::live_state::LiveState;
use crate::components::{Field, Refused, describe, use_toast};
use crate::error::AppError;
use crate::labels::Tone;
use crate::server_fns::collectives::another_round;

/// The form for another round; the page is live again once it is sent.
#[component]
pub fn AnotherRound(board: Board, asking: RwSignal<bool>) -> impl IntoView {
    let live = board.live;
    let note = RwSignal::new(String::new());
    let refusal = RwSignal::new(None::<AppError>);
    let toast = use_toast();
    let send = Action::new(move |(): &()| {
        let note = note.get_untracked().trim().to_owned();
        let (after, shown) = live.state.with_untracked(|s| {
            let run = &s.detail.collective;
            (run.round, run.content_hash.clone())
        });
        let note = Some(note).filter(|note| !note.is_empty());
        another_round(live.id, note, shown, after)
    });
    let pending = send.pending();
    Effect::new(move |_| match send.value().get() {
        Some(Ok(detail)) => {
            asking.set(false);
            board.picking.set(false);
            board.picks.set(Default::default());
            // Texts grow again: in columns of one height.
            board.full.set(false);
            live.state
                .update(|state: &mut LiveState| state.renew(detail));
            toast(Tone::Good, "Another round begins.".to_owned());
        }
        Some(Err(error)) => refusal.set(Some(error)),
        None => {}
    });
    let at = Signal::derive(move || {
        refusal.with(|error| error.as_ref().and_then(|e| e.field("instructions")))
    });
    view! {
        <section class="revise" aria-labelledby="another" data-testid="another-round-form">
            <h3 class="answer-label" id="another">
                "Another round"
            </h3>
            <p class="quiet">
                "All agents are asked again, with the answers so far before them. The synthesis and the judgement of now are kept with this round; new ones take their place."
            </p>
            {move || {
                refusal
                    .get()
                    .filter(|error| error.field("instructions").is_none())
                    .map(|error| view! { <Refused error /> })
            }}
            <Field
                id="instructions"
                label="What they should look at"
                hint="Each agent reads it beside the question."
                error=at
                optional=true
            >
                <textarea
                    class="textarea"
                    id="instructions"
                    rows="3"
                    maxlength="20000"
                    aria-describedby=describe("instructions")
                    prop:value=move || note.get()
                    on:input=move |event| note.set(event_target_value(&event))
                ></textarea>
            </Field>
            <div class="decision-actions">
                <button
                    type="button"
                    class="btn btn-primary"
                    data-testid="another-round-send"
                    disabled=move || pending.get()
                    on:click=move |_| {
                        refusal.set(None);
                        send.dispatch(());
                    }
                >
                    {move || if pending.get() { "Asking …" } else { "Ask all agents again" }}
                </button>
                <button type="button" class="btn" on:click=move |_| asking.set(false)>
                    "Close"
                </button>
            </div>
        </section>
    }
    .into_any()
}
