//! What the agents gave each other, not knowing whose answer it was.

use leptos::prelude::*;
use model::{GivenReview, ReviewAgreement, ReviewedAnswer};

use super::alpha::Alpha;
use super::given::score_words;

/// All who have reviewed, in the order in which they first appear.
fn reviewers(review: &ReviewAgreement) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for given in review.answers.iter().flat_map(|answer| &answer.reviews) {
        if !all.contains(&given.reviewer) {
            all.push(given.reviewer.clone());
        }
    }
    all
}

/// A table of answers and reviewers, the best first, and the critiques.
#[component]
pub fn Scores(review: ReviewAgreement) -> impl IntoView {
    let reviewers = reviewers(&review);
    let heads = reviewers.clone().into_iter().map(|name| {
        view! { <th scope="col">{name}</th> }
    });
    let rows = review.answers.clone().into_iter().map(|answer| {
        view! { <Row answer reviewers=reviewers.clone() /> }
    });
    let critiques: Vec<_> = review
        .answers
        .into_iter()
        .filter(|answer| answer.reviews.iter().any(|r| r.critique.is_some()))
        .map(|answer| view! { <Critiques answer /> })
        .collect();
    view! {
        <h3 class="consensus-title">"What they gave each other"</h3>
        <p class="quiet">
            "From 0 to 10. Nobody knew whose answer it was, and nobody reviewed the own one."
        </p>
        <div class="table-scroll" tabindex="0" role="region" aria-label="Scores of the blind reviews">
            <table class="table scores" data-testid="scores">
                <thead>
                    <tr>
                        <th scope="col">"Answer of"</th>
                        <th scope="col">"Mean"</th>
                        {heads.collect_view()}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <p class="scores-alpha">
            "Do the reviewers agree? Alpha of the scores: "
            <Alpha alpha=review.alpha undefined=review.undefined interval=review.interval />
        </p>
        {(!critiques.is_empty())
            .then(|| {
                view! {
                    <details class="pairs" data-testid="critiques">
                        <summary class="consensus-title">"The critiques"</summary>
                        {critiques}
                    </details>
                }
            })}
    }
    .into_any()
}

#[component]
fn Row(answer: ReviewedAnswer, reviewers: Vec<String>) -> impl IntoView {
    let own = answer.agent.clone();
    let cells = reviewers.into_iter().map(move |name| {
        let given = answer.reviews.iter().find(|r| r.reviewer == name);
        let words = match given {
            Some(given) => score_words(given.score),
            None if name == own => "own".to_owned(),
            None => "none".to_owned(),
        };
        view! { <td class:quiet=given.is_none()>{words}</td> }
    });
    view! {
        <tr>
            <th scope="row">{answer.agent}</th>
            <td>
                <strong>{score_words(answer.mean_score)}</strong>
            </td>
            {cells.collect_view()}
        </tr>
    }
    .into_any()
}

#[component]
fn Critiques(answer: ReviewedAnswer) -> impl IntoView {
    let given = |review: GivenReview| {
        review.critique.map(|text| {
            view! {
                <li>
                    <strong>{format!("{}, {}: ", review.reviewer, score_words(review.score))}</strong>
                    {text}
                </li>
            }
        })
    };
    let all = answer.reviews.into_iter().filter_map(given);
    view! {
        <h4 class="answer-label">{format!("Of the answer of {}", answer.agent)}</h4>
        <ul class="bullets">{all.collect_view()}</ul>
    }
    .into_any()
}
