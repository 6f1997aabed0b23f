//! An answer as text: never as HTML, whatever an agent wrote.

use leptos::prelude::*;

use super::answer::{Answer, Shown};
use crate::components::ShareMeter;

/// A value as text, lists and named parts.
pub fn shown(value: Shown) -> AnyView {
    match value {
        Shown::Text(text) => view! { <p class="answer-text">{text}</p> }.into_any(),
        Shown::List(items) => list(items),
        Shown::Named(parts) => view! {
            <dl class="answer-named">
                {parts
                    .into_iter()
                    .map(|(name, value)| {
                        view! {
                            <div>
                                <dt>{name}</dt>
                                <dd>{shown(value)}</dd>
                            </div>
                        }
                    })
                    .collect::<Vec<_>>()}
            </dl>
        }
        .into_any(),
    }
}

fn list(items: Vec<Shown>) -> AnyView {
    view! {
        <ul class="bullets">
            {items.into_iter().map(|item| view! { <li>{shown(item)}</li> }).collect::<Vec<_>>()}
        </ul>
    }
    .into_any()
}

/// One named part of an answer; nothing where it is empty.
fn part(name: &'static str, items: Vec<Shown>) -> AnyView {
    if items.is_empty() {
        return ().into_any();
    }
    view! {
        <p class="answer-label">{name}</p>
        {list(items)}
    }
    .into_any()
}

/// The parts of an answer, one below the other. Each part has its own row, so
/// that columns side by side can line them up.
#[component]
pub fn AnswerView(
    #[prop(into)] answer: Signal<Answer>,
    /// What is to be said before the text: that it waits, or why it ends.
    #[prop(optional)]
    note: Option<AnyView>,
) -> impl IntoView {
    let of = move |read: fn(&Answer) -> AnyView| move || answer.with(read);
    view! {
        <div class="answer-row answer-lead">
            {of(|a| {
                a.recommendation
                    .clone()
                    .map(|text| view! { <p class="answer-recommendation">{text}</p> })
                    .into_any()
            })}
        </div>
        <div class="answer-row">
            {note}
            {of(|a| {
                let text = a.text.clone().map(|text| view! { <p class="answer-text">{text}</p> });
                (text, a.rationale.clone().map(shown)).into_any()
            })}
        </div>
        <div class="answer-row">
            {of(|a| a.confidence.map(|share| view! { <ShareMeter label="Confidence" share /> }).into_any())}
        </div>
        <div class="answer-row">{of(|a| part("Risks", a.risks.clone()))}</div>
        <div class="answer-row">{of(|a| part("Evidence", a.evidence.clone()))}</div>
        <div class="answer-row">
            {of(|a| {
                a.others
                    .clone()
                    .into_iter()
                    .map(|(name, value)| {
                        view! {
                            <p class="answer-label">{name}</p>
                            {shown(value)}
                        }
                    })
                    .collect::<Vec<_>>()
                    .into_any()
            })}
        </div>
    }
    .into_any()
}
