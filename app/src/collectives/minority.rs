//! The views outside the largest group, whatever the synthesis says.

use leptos::prelude::*;
use model::MinorityView;

use super::follow::Live;

/// A block of its own beside the synthesis; nothing where all agree.
#[component]
pub fn Minority(live: Live) -> impl IntoView {
    let views = Memo::new(move |_| {
        live.state.with(|s| {
            let judged = s.detail.collective.consensus.as_ref();
            judged.map(|c| c.minority.clone()).unwrap_or_default()
        })
    });
    move || {
        let views = views.get();
        (!views.is_empty()).then(|| {
            let rows = views.into_iter().map(|one| view! { <One one /> });
            view! {
                <section class="minority" aria-labelledby="minority" data-testid="minority">
                    <h3 class="minority-title" id="minority">
                        "Minority report"
                    </h3>
                    <p class="quiet">"What was recommended outside the largest group. It stands here whatever the synthesis says."</p>
                    <ul class="minority-list">{rows.collect_view()}</ul>
                </section>
            }
        })
    }
}

#[component]
fn One(one: MinorityView) -> impl IntoView {
    view! {
        <li class="minority-one">
            <p class="minority-who">{one.agents.join(", ")}</p>
            <p class="minority-words">{one.recommendation}</p>
            {one.rationale.map(|text| view! { <p class="answer-text">{text}</p> })}
        </li>
    }
    .into_any()
}
