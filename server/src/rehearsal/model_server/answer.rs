//! What a scripted model answers: an object, as real ones are asked for.

use serde::Serialize;

use super::{
    hash,
    personas::Persona,
    plans::{AGREED, CONTESTED, Plan},
    protocol::Asked,
    question::Prompt,
    rounds, tasks,
};

/// An answer. The fields come in this order, so that the recommendation is the
/// first thing that is seen to be written.
#[derive(Serialize)]
struct Answer {
    recommendation: String,
    rationale: String,
    confidence: f64,
    risks: Vec<String>,
    evidence: Vec<String>,
}

/// The answer's text. The same request always gets the same one.
pub fn compose(asked: &Asked) -> String {
    if let Some(answer) = tasks::compose(&asked.model, asked.prompt()) {
        return serde_json::to_string_pretty(&answer).unwrap_or_default();
    }
    if let Some(answer) = rounds::compose(&asked.model, asked.prompt()) {
        return serde_json::to_string_pretty(&answer).unwrap_or_default();
    }
    let prompt = Prompt::read(asked.prompt());
    let answer = if prompt.is_synthesis {
        Some(synthesis(&prompt))
    } else {
        contribution(&asked.model, &prompt)
    };
    serde_json::to_string_pretty(&answer).unwrap_or_default()
}

fn contribution(model: &str, prompt: &Prompt<'_>) -> Option<Answer> {
    let persona = Persona::of(model)?;
    let plan = plan(persona, prompt)?;
    let stop = if persona.full_stop { "." } else { "" };
    let topic = prompt.topic();
    // Spread a little around the character's own, by the question.
    let spread = u32::try_from(hash::of(&[model, prompt.question]) >> 16 & 0xf).unwrap_or(0);
    let confidence = persona.confidence + (f64::from(spread) - 8.0) / 100.0;
    Some(Answer {
        recommendation: format!("{}{stop}", plan.phrase),
        rationale: format!(
            "{} On \"{topic}\": {} {}",
            persona.opening, plan.because, persona.lens
        ),
        confidence: (confidence * 100.0).round() / 100.0,
        risks: owned(plan.risks),
        evidence: evidence(persona, prompt),
    })
}

fn plan(persona: &Persona, prompt: &Prompt<'_>) -> Option<&'static Plan> {
    if prompt.is_contested() {
        CONTESTED.get(persona.leaning)
    } else {
        hash::pick(AGREED, &[prompt.question])
    }
}

fn evidence(persona: &Persona, prompt: &Prompt<'_>) -> Vec<String> {
    let mut all = vec![match prompt.sources.first() {
        Some(source) => format!("{source}: {}", persona.evidence),
        None => format!("The question itself: \"{}\".", prompt.topic()),
    }];
    all.extend(
        prompt
            .sources
            .iter()
            .skip(1)
            .take(2)
            .map(|source| format!("{source}: names the same step.")),
    );
    all
}

fn synthesis(prompt: &Prompt<'_>) -> Answer {
    let groups = groups(prompt);
    let Some((recommendation, agents)) = groups.first() else {
        return Answer {
            recommendation: "Ask again".to_owned(),
            rationale: "None of the answers names a recommendation, so nothing follows from them."
                .to_owned(),
            confidence: 0.2,
            risks: owned(&["A decision now would rest on nothing."]),
            evidence: Vec::new(),
        };
    };
    let topic = prompt.topic();
    let rationale = if groups.len() == 1 {
        format!(
            "On \"{topic}\" {} agree. Their reasons differ more than their advice: one \
             argues from the comments, another from the cost of being wrong. Nobody names a \
             reason against it.",
            list(agents)
        )
    } else {
        let minority: Vec<String> = groups
            .iter()
            .skip(1)
            .map(|(other, who)| format!("{} instead: \"{other}\"", list(who)))
            .collect();
        format!(
            "On \"{topic}\" the agents differ. {} recommend \"{recommendation}\"; {}. The \
             difference is about what is more expensive, waiting or being wrong; a person who \
             knows the season can settle it.",
            list(agents),
            minority.join("; "),
        )
    };
    let evidence = prompt
        .answers
        .iter()
        .map(|(agent, said)| format!("{agent}: \"{said}\""))
        .collect();
    Answer {
        recommendation: recommendation.clone(),
        rationale,
        confidence: if groups.len() == 1 { 0.81 } else { 0.58 },
        risks: owned(&["The agents read the same comments: their agreement is not independent."]),
        evidence,
    }
}

/// Equal recommendations with their agents, the largest group first.
fn groups<'a>(prompt: &'a Prompt<'a>) -> Vec<(String, Vec<&'a str>)> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (agent, said) in &prompt.answers {
        let said = said.trim_end_matches('.').to_owned();
        match groups.iter_mut().find(|(known, _)| *known == said) {
            Some((_, agents)) => agents.push(agent),
            None => groups.push((said, vec![agent])),
        }
    }
    groups.sort_by_key(|(_, agents)| std::cmp::Reverse(agents.len()));
    groups
}

fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn ask(model: &str, prompt: &str) -> Value {
        let asked = json!({ "model": model, "messages": [{ "role": "user", "content": prompt }] });
        let asked: Asked = serde_json::from_value(asked).unwrap();
        assert_eq!(compose(&asked), compose(&asked));
        serde_json::from_str(&compose(&asked)).unwrap()
    }

    fn said(model: &str, question: &str) -> String {
        let prompt = format!("Task: contribution\n<question>{question}</question>");
        let answer = ask(model, &prompt);
        let text = answer["recommendation"].as_str().unwrap();
        assert!(text.split_whitespace().count() <= 8, "{text}");
        text.trim_end_matches('.').to_owned()
    }

    #[test]
    fn a_plain_question_finds_agreement() {
        let question = "How do we make the confirmation mail clearer?";
        let first = said("scripted/careful", question);
        for model in [
            "scripted/advocate",
            "scripted/bold",
            "scripted/thrifty",
            "gpt-x",
        ] {
            assert_eq!(said(model, question), first, "{model}");
        }
    }

    #[test]
    fn a_contested_question_divides() {
        let question = "Should we rewrite the calendar?";
        assert_eq!(
            said("scripted/careful", question),
            said("scripted/advocate", question)
        );
        assert_ne!(
            said("scripted/careful", question),
            said("scripted/bold", question)
        );
    }

    #[test]
    fn an_answer_speaks_of_the_question() {
        let answer = ask(
            "scripted/bold",
            "<question>Why do mails get lost?</question>",
        );
        assert!(
            answer["rationale"]
                .as_str()
                .unwrap()
                .contains("Why do mails get lost")
        );
        let confidence = answer["confidence"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&confidence));
    }

    #[test]
    fn a_synthesis_follows_the_majority_and_names_the_minority() {
        let answer = |agent: &str, said: &str| {
            format!(
                "<answer agent=\"{agent}\">\n{}\n</answer>\n",
                json!({ "recommendation": said })
            )
        };
        let prompt = format!(
            "Task: synthesis\n<question>Which way?</question>\n{}{}{}",
            answer("A", "Left"),
            answer("B", "Right."),
            answer("C", "Right")
        );
        let whole = ask("scripted/careful", &prompt);
        assert_eq!(whole["recommendation"], "Right");
        assert!(
            whole["rationale"]
                .as_str()
                .unwrap()
                .contains("A instead: \"Left\"")
        );
    }
}
