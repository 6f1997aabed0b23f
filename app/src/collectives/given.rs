//! What one agent said of the others' answers, not knowing whose they were.

use leptos::prelude::*;
use serde_json::Value;

use super::answer::{Answer, value_shown};
use super::answer_view::AnswerView;
use super::follow::Live;

/// One review in a stored contribution.
struct Given {
    agent: String,
    score: Option<f64>,
    critique: Option<String>,
}

fn read(content: &Value, name: impl Fn(&str) -> Option<String>) -> Vec<Given> {
    let all = content.get("reviews").and_then(Value::as_array);
    all.into_iter()
        .flatten()
        .map(|review| {
            let text = |key: &str| review.get(key).and_then(Value::as_str);
            let agent = text("contribution_id").and_then(&name);
            let label = text("answer").map(|label| format!("Answer {label}"));
            Given {
                agent: agent.or(label).unwrap_or_else(|| "An answer".to_owned()),
                score: review.get("score").and_then(Value::as_f64),
                critique: text("critique").map(str::to_owned),
            }
        })
        .collect()
}

/// A score of 0 to 10: `7` or `7.5`.
pub fn score_words(score: f64) -> String {
    let text = format!("{score:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// The reviews in a contribution; where none can be read, its text.
#[component]
pub fn GivenReviews(live: Live, content: Value) -> impl IntoView {
    let given = live.state.with_untracked(|s| {
        read(&content, |id| {
            let mut members = s.detail.contributions.iter();
            let named = members.find(|c| c.id.to_string() == id);
            named.map(|c| c.agent_name.clone())
        })
    });
    if given.is_empty() {
        // Nothing of it is written yet.
        if content.as_object().is_some_and(|c| c.is_empty()) {
            return ().into_any();
        }
        let answer = Answer::of_content(&content);
        return view! {
            <div class="given-reviews">
                {value_shown(&content).map(|_| view! { <AnswerView answer=Signal::stored(answer) /> })}
            </div>
        }
        .into_any();
    }
    let rows = given.into_iter().map(|one| {
        let score = one
            .score
            .map(|score| format!("{} of 10", score_words(score)));
        view! {
            <li class="given">
                <p class="given-head">
                    <strong>{one.agent}</strong>
                    <span class="given-score">{score}</span>
                </p>
                {one.critique.map(|text| view! { <p class="answer-text">{text}</p> })}
            </li>
        }
    });
    view! {
        <div class="given-reviews">
            <p class="quiet">"What it said of the others' answers, not knowing whose they were:"</p>
            <ul class="given-list">{rows.collect_view()}</ul>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reviews_name_whose_answer_it_was() {
        let content = json!({"reviews": [
            {"contribution_id": "c1", "score": 7, "critique": "Clear."},
            {"answer": "B", "score": 4.5},
        ]});
        let given = read(&content, |id| (id == "c1").then(|| "Ada".to_owned()));
        let heads: Vec<_> = given.iter().map(|g| (g.agent.as_str(), g.score)).collect();
        assert_eq!(heads, [("Ada", Some(7.0)), ("Answer B", Some(4.5))]);
        assert_eq!(given.iter().filter(|g| g.critique.is_some()).count(), 1);
        assert!(read(&json!({"text": "x"}), |_| None).is_empty());
    }

    #[test]
    fn scores_have_no_needless_digits() {
        assert_eq!(score_words(7.0), "7");
        assert_eq!(score_words(6.666), "6.7");
    }
}
