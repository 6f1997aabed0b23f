//! The reviewer's place on the page of a proposal.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{ProposalId, Verdict};

use super::actions::ReviewPanel;
use super::desk::Desk;
use crate::components::{Refused, Skeleton};
use crate::server_fns::reviews::read_review;

/// Reads what a reviewer needs, again whenever `changes` does.
#[component]
pub fn ReviewPlace(
    id: ProposalId,
    changes: Signal<(model::ProposalStatus, i32)>,
    told: Callback<(ProposalId, Verdict)>,
) -> impl IntoView {
    let answer = Resource::new(move || id, read_review);
    let desk = StoredValue::new(None::<Desk>);
    Effect::new(move |first: Option<()>| {
        changes.get();
        if first.is_none() {
            return;
        }
        spawn_local(async move {
            if let Ok(now) = read_review(id).await
                && let Some(desk) = desk.try_get_value().flatten()
            {
                desk.show(now);
            }
        });
    });
    view! {
        <Transition fallback=|| view! { <Skeleton lines=2 /> }>
            {move || Suspend::new(async move {
                match answer.await {
                    Ok(answer) => {
                        let made = Desk::new(answer, told);
                        desk.set_value(Some(made));
                        view! { <ReviewPanel desk=made /> }.into_any()
                    }
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}
