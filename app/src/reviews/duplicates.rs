//! Which candidate stays, and which ones say the same.

use leptos::prelude::*;
use model::{CandidateBrief, CandidateStatus};

use super::desk::Desk;
use crate::components::StatePill;

/// The candidates of a report: one radio for the one that stays, one box for
/// each duplicate.
#[component]
pub fn ChooseDuplicates(desk: Desk) -> impl IntoView {
    let candidates = desk
        .answer
        .with_untracked(|answer| answer.detail.candidates.clone());
    let rows = candidates
        .into_iter()
        .map(|one| view! { <Choice desk one /> })
        .collect_view();
    view! {
        <fieldset class="duplicates" data-testid="duplicates">
            <legend class="answer-label">"Which one stays, and which ones are its duplicates?"</legend>
            {rows}
        </fieldset>
    }
    .into_any()
}

#[component]
fn Choice(desk: Desk, one: CandidateBrief) -> impl IntoView {
    let CandidateBrief {
        id, title, status, ..
    } = one;
    let taken = status == CandidateStatus::Duplicate;
    let is_kept = move || desk.kept.get() == Some(id);
    let (keep_id, same_id) = (format!("keep-{id}"), format!("same-{id}"));
    view! {
        <div class="duplicate-choice">
            <p class="duplicate-title">
                <a class="link" href=format!("/candidates/{id}")>{title}</a>
                <StatePill value=move || status />
            </p>
            <span class="box">
                <input type="radio" name="kept" id=keep_id.clone() disabled=taken
                    prop:checked=is_kept on:change=move |_| desk.kept.set(Some(id)) />
                <label class="box-label" for=keep_id>"stays"</label>
            </span>
            <span class="box">
                <input type="checkbox" id=same_id.clone()
                    disabled=move || taken || is_kept()
                    prop:checked=move || !is_kept() && desk.duplicates.with(|all| all.contains(&id))
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        desk.duplicates
                            .update(|all| {
                                all.retain(|known| *known != id);
                                if on {
                                    all.push(id);
                                }
                            });
                    } />
                <label class="box-label" for=same_id>"is a duplicate"</label>
            </span>
        </div>
    }
    .into_any()
}
