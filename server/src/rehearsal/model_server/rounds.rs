//! What a scripted model answers in the later rounds of a collective proposal,
//! and as a judge of two recommendations.

use serde_json::{Value, json};

use super::{
    hash,
    personas::Persona,
    question::{between, bodies, object, recommendation},
};

/// Below this confidence a model lets the others change its mind.
const FIRM: f64 = 0.7;
/// Share of words from which on two recommendations are called the same.
const SAME: f64 = 0.75;

/// The answer to a task of a later round; `None`: the prompt is of another
/// kind.
pub fn compose(model: &str, prompt: &str) -> Option<Value> {
    let task = prompt.trim_start().lines().next()?.strip_prefix("Task: ")?;
    match task.trim() {
        "collective_review" => Some(review(model, prompt)),
        "collective_revision" => revision(model, prompt),
        "recommendation_judge" => Some(judge(prompt)),
        _ => None,
    }
}

/// A score and a critique for each answer.
fn review(model: &str, prompt: &str) -> Value {
    let answers = bodies(prompt, "<answer label=\"", "</answer>");
    let reviews: Vec<Value> = answers
        .iter()
        .map(|(label, body)| {
            let said = recommendation(body).unwrap_or_default();
            let spread = (hash::of(&[model, &said]) >> 16) % 5;
            let critique = match spread {
                0 | 1 => "It names a choice, but not what would speak against it.",
                2 => "It is clear and can be done, but rests on few comments.",
                _ => "It answers the question, and a person could decide on it.",
            };
            json!({ "answer": label, "score": 4 + spread, "critique": critique })
        })
        .collect();
    json!({ "reviews": reviews })
}

/// The own answer once more; who is not sure goes with the most.
fn revision(model: &str, prompt: &str) -> Option<Value> {
    let persona = Persona::of(model)?;
    let mut own = object(between(prompt, "<own_answer>", "</own_answer>")?)?;
    let said = own.get("recommendation")?.as_str()?.to_owned();
    let answers = bodies(prompt, "<answer label=\"", "</answer>");
    let others: Vec<String> = answers
        .iter()
        .filter_map(|(_, body)| recommendation(body))
        .collect();
    let plain = |text: &str| text.trim_end_matches('.').to_owned();
    let most = others
        .iter()
        .max_by_key(|one| others.iter().filter(|o| plain(o) == plain(one)).count())
        .filter(|one| plain(one) != plain(&said));
    let before = own
        .get("rationale")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let (now, why) = match most {
        Some(most) if persona.confidence < FIRM => (
            plain(most),
            "The others have convinced me: what they name weighs more than what I gave up.",
        ),
        Some(_) => (
            said,
            "I have read the others and keep my view: they name no reason against it.",
        ),
        None => (said, "The others see it the same way."),
    };
    let whole = own.as_object_mut()?;
    whole.insert("recommendation".to_owned(), json!(now));
    whole.insert("rationale".to_owned(), json!(format!("{why} {before}")));
    Some(own)
}

/// Whether two recommendations have most of their words in common.
fn judge(prompt: &str) -> Value {
    let words = |open: &str, close: &str| -> Vec<String> {
        let text = between(prompt, open, close)
            .unwrap_or_default()
            .to_lowercase();
        let mut words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    let left = words("<left>", "</left>");
    let right = words("<right>", "</right>");
    let shared = left.iter().filter(|word| right.contains(word)).count();
    let all = left.len() + right.len() - shared;
    #[allow(clippy::cast_precision_loss)] // a few words
    let same = all > 0 && shared as f64 / all as f64 >= SAME;
    let reason = if same {
        "A team that follows either does the same."
    } else {
        "A team that follows the one does something else than the other."
    };
    json!({ "same": same, "reason": reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "<own_answer>\n{\"recommendation\": \"Go\", \"rationale\": \"Why not.\", \
        \"confidence\": 0.6}\n</own_answer>\n";

    fn answers(said: &[&str]) -> String {
        said.iter()
            .enumerate()
            .map(|(n, said)| {
                let body = json!({ "recommendation": said });
                format!("<answer label=\"{n}\">\n{body}\n</answer>\n")
            })
            .collect()
    }

    #[test]
    fn each_answer_gets_a_review() {
        let prompt = format!("Task: collective_review\n{}", answers(&["Left", "Right"]));
        let said = compose("scripted/careful", &prompt).unwrap();
        let reviews = said["reviews"].as_array().unwrap();
        assert_eq!(reviews.len(), 2);
        assert_eq!(reviews[1]["answer"], "1");
        let score = reviews[0]["score"].as_f64().unwrap();
        assert!((0.0..=10.0).contains(&score));
    }

    #[test]
    fn who_is_not_sure_goes_with_the_most() {
        let prompt = format!(
            "Task: collective_revision\n{OWN}{}",
            answers(&["Stay.", "Stay"])
        );
        let bold = compose("scripted/bold", &prompt).unwrap();
        assert_eq!(bold["recommendation"], "Stay");
        let careful = compose("scripted/careful", &prompt).unwrap();
        assert_eq!(careful["recommendation"], "Go");
        assert!(careful["rationale"].as_str().unwrap().ends_with("Why not."));
    }

    #[test]
    fn a_judge_goes_by_the_words() {
        let same = |left: &str, right: &str| {
            let prompt = format!(
                "Task: recommendation_judge\n<left>\n{left}\n</left>\n<right>\n{right}\n</right>"
            );
            compose("scripted/careful", &prompt).unwrap()["same"].clone()
        };
        assert_eq!(same("Ship it now", "Now, ship it!"), true);
        assert_eq!(same("Ship it now", "Wait for the numbers"), false);
    }

    #[test]
    fn other_tasks_are_left_alone() {
        assert_eq!(compose("scripted/careful", "Task: synthesis\n"), None);
        assert_eq!(compose("scripted/careful", "Hello"), None);
    }
}
