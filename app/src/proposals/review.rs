//! The reviewer's place on the page of a proposal.

use leptos::prelude::*;
use model::{Caller, Role};

use super::follow::Live;
use super::rounds::AskForAnother;

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
    let may = caller.may(Role::Reviewer);
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
                        {move || decided.get().map(|by| view! { <p>{format!("Decided by {by}.")}</p> })}
                        {(!may)
                            .then(|| {
                                view! {
                                    <p class="quiet">
                                        "Deciding needs the role reviewer; an admin can give it to you."
                                    </p>
                                }
                            })}
                        <AskForAnother live caller />
                    </div>
                </section>
            }
        })
    }
}
