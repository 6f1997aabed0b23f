//! What a scripted model answers at the four invocation points. It reads the
//! quoted texts as a real one would: by the words that come again and again.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{hash, personas::Persona};

/// Shortest word that says something.
const WORD_CHARS: usize = 5;
/// Words that are in every comment and say nothing.
const EMPTY: &[&str] = &[
    "about", "after", "again", "always", "because", "before", "being", "could", "every", "first",
    "found", "never", "nothing", "people", "really", "should", "since", "still", "their", "there",
    "these", "thing", "think", "three", "twice", "until", "wants", "where", "which", "while",
    "would", "write", "years",
];
/// Longest quote, in characters.
const QUOTE_CHARS: usize = 140;
/// Share of words from which on two candidates are called the same.
const SAME: f64 = 0.3;

/// The answer to a task of an invocation point; `None`: the prompt is of
/// another kind.
pub fn compose(model: &str, prompt: &str) -> Option<Answer> {
    let task = prompt.trim_start().lines().next()?.strip_prefix("Task: ")?;
    let persona = Persona::of(model)?;
    let own = match task.trim() {
        "summary" => summary(prompt),
        "requirement" => requirement(prompt),
        "implementation" => implementation(prompt),
        "duplicates" => duplicates(prompt),
        _ => return None,
    };
    let spread = u32::try_from(hash::of(&[model, prompt]) >> 16 & 0x1f).unwrap_or(0);
    let confidence = persona.confidence + (f64::from(spread) - 16.0) / 100.0;
    let subtask = tagged(prompt, "subtask").into_iter().next();
    let recommendation = match &subtask {
        Some(subtask) => own_part(subtask.text),
        None => own.recommendation,
    };
    let part = subtask.map_or_else(String::new, |subtask| {
        format!(
            "I was handed one part, \u{201c}{}\u{201d}, and kept to it. ",
            quote(subtask.text)
        )
    });
    let mut fields = vec![("recommendation", json!(recommendation))];
    fields.extend(own.fields);
    let again = if prompt.contains("<answer name=") {
        " I have looked at it again as the reviewer asked."
    } else {
        ""
    };
    let confidence = (confidence.clamp(0.05, 0.98) * 100.0).round() / 100.0;
    fields.extend([
        (
            "rationale",
            json!(format!("{part}{} {}{again}", persona.opening, persona.lens)),
        ),
        ("confidence", json!(confidence)),
        (
            "risks",
            json!(["People who say nothing may see it another way."]),
        ),
        ("evidence", json!(own.evidence)),
    ]);
    Some(Answer(fields))
}

/// An answer. The fields come in this order, so that the recommendation is the
/// first thing that is seen to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer(Vec<(&'static str, Value)>);

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

struct Own {
    recommendation: String,
    fields: Vec<(&'static str, Value)>,
    evidence: Vec<String>,
}

/// A quoted text with the name of its source.
struct Quoted<'a> {
    name: &'a str,
    text: &'a str,
}

fn tagged<'a>(prompt: &'a str, tag: &str) -> Vec<Quoted<'a>> {
    let open = format!("<{tag} name=\"");
    let close = format!("</{tag}>");
    prompt
        .split(open.as_str())
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once("\">")?;
            let (text, _) = rest.split_once(close.as_str())?;
            Some(Quoted {
                name,
                text: text.trim(),
            })
        })
        .collect()
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= WORD_CHARS && !EMPTY.contains(&word.as_str()))
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The words that the most texts have, with how many do.
fn themes(texts: &[Quoted<'_>]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in texts.iter().flat_map(|quoted| words(quoted.text)) {
        let count = counts.entry(word).or_default();
        *count = count.saturating_add(1);
    }
    let mut themes: Vec<_> = counts.into_iter().collect();
    themes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    themes.truncate(3);
    themes
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

fn quote(text: &str) -> String {
    let sentence = text.split_inclusive(['.', '!', '?']).next().unwrap_or(text);
    sentence.trim().chars().take(QUOTE_CHARS).collect()
}

/// What is recommended on a subtask: named by its first words, in eight at the
/// most.
fn own_part(subtask: &str) -> String {
    let words: Vec<&str> = subtask.split_whitespace().take(6).collect();
    let words = words.join(" ");
    format!("My part: {}", words.trim_end_matches(['.', ',', ';', ':']))
}

/// The part of the product, and what people said about it.
fn cluster(prompt: &str) -> (&str, Vec<Quoted<'_>>) {
    let mut sources = tagged(prompt, "source");
    if sources.is_empty() {
        return ("this part", sources);
    }
    let widget = sources.remove(0).name;
    (widget.strip_prefix("widget ").unwrap_or(widget), sources)
}

fn evidence(sources: &[Quoted<'_>]) -> Vec<String> {
    let said =
        |source: &Quoted<'_>| format!("{}: \u{201c}{}\u{201d}", source.name, quote(source.text));
    sources.iter().take(3).map(said).collect()
}

fn summary(prompt: &str) -> Own {
    let (widget, said) = cluster(prompt);
    let themes = themes(&said);
    let listed: Vec<Value> = themes
        .iter()
        .map(|(word, count)| {
            let quotes: Vec<String> = said
                .iter()
                .filter(|source| words(source.text).contains(word))
                .take(3)
                .map(|source| quote(source.text))
                .collect();
            json!({ "title": capital(word), "count": count, "quotes": quotes })
        })
        .collect();
    let about: Vec<String> = themes
        .iter()
        .map(|(word, count)| format!("{word} ({count})"))
        .collect();
    let text = if said.is_empty() {
        format!("Nobody has said anything about {widget} yet.")
    } else {
        format!(
            "{} people spoke about {widget}. What comes again and again: {}. The newest ones are \
             more impatient than the oldest; nobody asks for more, many ask for plainer.",
            said.len(),
            about.join(", ")
        )
    };
    Own {
        recommendation: themes.first().map_or_else(
            || "Wait for more voices".to_owned(),
            |(word, _)| format!("Look at {word} first"),
        ),
        fields: vec![("summary", json!(text)), ("themes", json!(listed))],
        evidence: evidence(&said),
    }
}

fn requirement(prompt: &str) -> Own {
    let (widget, said) = cluster(prompt);
    let themes = themes(&said);
    let word = themes.first().map_or("state", |(word, _)| word.as_str());
    let count = themes.first().map_or(0, |(_, count)| *count);
    Own {
        recommendation: format!("Make {word} plain to see"),
        fields: vec![
            ("title", json!(format!("Make {word} plain in {widget}"))),
            (
                "body",
                json!(format!(
                    "Who uses {widget} needs to see {word} before acting on it. {count} of {} \
                     comments name it, in different words. Today they find out afterwards, and \
                     telephone. It should be said where the question comes up, on a phone too.",
                    said.len()
                )),
            ),
            (
                "acceptance_criteria",
                json!([
                    format!(
                        "{} is named in words where it is needed, not by a colour alone.",
                        capital(word)
                    ),
                    "It is seen without scrolling on a phone.",
                    "A screen reader says it in the same place.",
                ]),
            ),
        ],
        evidence: evidence(&said),
    }
}

fn implementation(prompt: &str) -> Own {
    let sources = tagged(prompt, "source");
    let decision = sources.first().map_or("the decision", |source| source.name);
    let decision = decision.strip_prefix("decision ").unwrap_or(decision);
    let decided = sources
        .first()
        .map(|source| quote(source.text))
        .unwrap_or_default();
    Own {
        recommendation: "Build it behind a switch, one centre first".to_owned(),
        fields: vec![
            (
                "approach",
                json!(format!(
                    "\u{201c}{decision}\u{201d} says: {decided} One change in the server that every client \
                     reads, then the page, behind a switch for each centre, so that it can be taken \
                     back in a minute."
                )),
            ),
            (
                "steps",
                json!([
                    "Write down today's behaviour as tests.",
                    "Change the server's answer; old clients go on working.",
                    "Change the page, with words that the desk uses.",
                    "Switch it on for one centre for a week, then for all.",
                ]),
            ),
            (
                "effort",
                json!("Four to six days for one person; half of it tests."),
            ),
            (
                "alternatives",
                json!(["Change the page alone: faster, but the next client gets it wrong again."]),
            ),
        ],
        evidence: evidence(&sources),
    }
}

fn duplicates(prompt: &str) -> Own {
    let all = tagged(prompt, "candidate");
    let mut ranked: Vec<(f64, &Quoted<'_>)> = match all.split_first() {
        Some((own, others)) => others
            .iter()
            .map(|other| (likeness(own.text, other.text), other))
            .collect(),
        None => Vec::new(),
    };
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.name.cmp(b.1.name)));
    let listed: Vec<Value> = ranked
        .iter()
        .take(3)
        .map(|(score, other)| {
            let title = other.text.lines().next().unwrap_or("");
            let same = *score >= SAME;
            let reason = if same {
                format!("\u{201c}{title}\u{201d} asks for the same thing in other words.")
            } else {
                format!("\u{201c}{title}\u{201d} is about something near it, but asks for another thing.")
            };
            json!({
                "candidate_id": other.name, "same": same,
                "score": (score * 100.0).round() / 100.0, "reason": reason,
            })
        })
        .collect();
    let found = ranked.iter().filter(|(score, _)| *score >= SAME).count();
    Own {
        recommendation: match found {
            0 => "No duplicates: keep it as it is".to_owned(),
            1 => "One duplicate: keep this one".to_owned(),
            more => format!("{more} duplicates: keep this one"),
        },
        fields: vec![
            ("duplicates", json!(listed)),
            (
                "kept_candidate_id",
                if found == 0 { Value::Null } else { json!("C0") },
            ),
        ],
        evidence: ranked
            .iter()
            .take(2)
            .map(|(_, other)| format!("{}: {}", other.name, quote(other.text)))
            .collect(),
    }
}

/// How many of the words of both are in each.
fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (words(one), words(other));
    let shared = one.iter().filter(|word| other.contains(word)).count();
    let all = one.len().saturating_add(other.len()).saturating_sub(shared);
    if all == 0 {
        return 0.0;
    }
    #[allow(clippy::cast_precision_loss)] // a few hundred words
    let share = shared as f64 / all as f64;
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str = "<source name=\"widget Calendar\">\nShows rooms.\n</source>\n\
        <source name=\"comment by A\">\nThe calendar hides Saturday. It is hard.\n</source>\n\
        <source name=\"comment by B\">\nWhere is saturday in the calendar?\n</source>\n";

    fn ask(task: &str, body: &str) -> Value {
        let prompt = format!("Task: {task}\nYou help.\n{body}");
        let answer = compose("scripted/careful", &prompt).unwrap();
        assert_eq!(compose("scripted/careful", &prompt), Some(answer.clone()));
        let text = serde_json::to_string(&answer).unwrap();
        assert!(text.starts_with("{\"recommendation\":"), "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        let confidence = answer["confidence"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&confidence));
        let recommendation = answer["recommendation"].as_str().unwrap();
        assert!(recommendation.split_whitespace().count() <= 8);
        answer
    }

    #[test]
    fn a_summary_counts_what_was_said() {
        let answer = ask("summary", CLUSTER);
        assert_eq!(answer["themes"][0]["title"], "Calendar");
        assert_eq!(answer["themes"][0]["count"], 2);
        assert_eq!(
            answer["themes"][0]["quotes"][0],
            "The calendar hides Saturday."
        );
        assert!(ask("summary", "").get("summary").is_some());
    }

    #[test]
    fn a_requirement_has_criteria_and_an_implementation_has_steps() {
        let requirement = ask("requirement", CLUSTER);
        assert_eq!(requirement["title"], "Make calendar plain in Calendar");
        assert!(requirement["acceptance_criteria"].as_array().unwrap().len() >= 2);
        let decision = "<source name=\"decision Door codes\">\nNo mail has them.\n</source>";
        let implementation = ask("implementation", decision);
        assert!(implementation["steps"].as_array().unwrap().len() >= 3);
        assert!(
            implementation["approach"]
                .as_str()
                .unwrap()
                .contains("Door codes")
        );
    }

    #[test]
    fn the_same_wish_in_other_words_is_a_duplicate() {
        let body = "<candidate name=\"C0\">\nShow free rooms\nGuests see free rooms in the calendar.\n</candidate>\n\
            <candidate name=\"C1\">\nCodes by mail\nSend the door codes.\n</candidate>\n\
            <candidate name=\"C2\">\nFree rooms in the calendar\nShow guests free rooms.\n</candidate>";
        let answer = ask("duplicates", body);
        assert_eq!(answer["duplicates"][0]["candidate_id"], "C2");
        assert_eq!(answer["duplicates"][0]["same"], true);
        assert_eq!(answer["duplicates"][1]["same"], false);
        assert_eq!(answer["kept_candidate_id"], "C0");
        assert_eq!(ask("duplicates", "")["kept_candidate_id"], Value::Null);
    }

    #[test]
    fn a_delegated_part_is_what_the_answer_speaks_of() {
        let subtask = "<subtask name=\"your part\">\nCount the comments that name \
            phones. Leave the rest.\n</subtask>\n";
        let answer = ask("requirement", &format!("{subtask}{CLUSTER}"));
        assert_eq!(
            answer["recommendation"],
            "My part: Count the comments that name phones"
        );
        let rationale = answer["rationale"].as_str().unwrap();
        assert!(
            rationale.contains("\u{201c}Count the comments that name phones.\u{201d}"),
            "{rationale}"
        );
        assert!(answer["acceptance_criteria"].is_array());
    }

    #[test]
    fn other_prompts_are_not_its_business() {
        assert_eq!(compose("scripted/careful", "Task: contribution\n"), None);
        assert_eq!(compose("scripted/careful", ""), None);
    }
}
