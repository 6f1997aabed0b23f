//! The reviewer's place on the page of a proposal.

use leptos::prelude::*;
use model::Caller;

use super::follow::Live;
use super::rounds::AskForAnother;
use crate::layout::use_waiting;
use crate::reviews::ReviewPlace;

/// What a person can do with the answer.
#[component]
pub fn Review(live: Live, caller: Caller) -> impl IntoView {
    let decided = Memo::new(move |_| {
        live.state.with(|state| {
            let row = &state.proposal;
            row.status
                .is_decided()
                .then(|| row.decided_by.clone())
                .flatten()
        })
    });
    let waits = Memo::new(move |_| {
        live.state
            .with(|state| state.proposal.status == model::ProposalStatus::Pending)
    });
    let changes = Signal::derive(move || {
        live.state
            .with(|state| (state.proposal.status, state.proposal.round))
    });
    let waiting = use_waiting();
    let told = Callback::new(move |_| {
        live.refetch();
        waiting.update(|n| *n = n.wrapping_add(1));
    });
    let shown = Memo::new(move |_| waits.get() || decided.get().is_some());
    move || {
        let caller = caller.clone();
        shown.get().then(|| {
            view! {
                <section class="panel" aria-labelledby="review" data-testid="review">
                    <div class="panel-head">
                        <h2 class="panel-title" id="review">
                            "Review"
                        </h2>
                    </div>
                    <div class="card review-place">
                        <ReviewPlace id=live.id changes told />
                        <AskForAnother live caller />
                    </div>
                </section>
            }
        })
    }
}
