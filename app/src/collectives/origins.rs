//! Where each sentence of the synthesis comes from.

use leptos::prelude::*;
use model::{ContributionId, SentenceOrigin};
use serde_json::Value;

use super::answer::{Shown, value_shown};
use super::answer_view::shown;
use super::board::{Board, lines_up};
use super::live_state::LiveState;

/// Most agents that a mark names by their letters.
const LETTERS_MAX: usize = 3;

/// An agent with the letters that stand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coded {
    pub id: ContributionId,
    pub agent: String,
    pub code: String,
}

/// Letters for names: the first ones of up to two words; where they are the
/// same, a number is added.
fn codes(names: &[String]) -> Vec<String> {
    let mut codes: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let words = name.split(|c: char| !c.is_alphanumeric());
        let first = words.filter_map(|word| word.chars().next()).take(2);
        let mut code: String = first.flat_map(char::to_uppercase).collect();
        if code.is_empty() {
            code.push('?');
        }
        let bare = |known: &&String| known.trim_end_matches(|c: char| c.is_ascii_digit()) == code;
        let same = codes.iter().filter(bare).count();
        if same > 0 {
            code.push_str(&(same + 1).to_string());
        }
        codes.push(code);
    }
    codes
}

/// A piece of a text; `said` by nobody where it is new, unknown where it is no
/// sentence of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub text: String,
    pub said: Option<Vec<ContributionId>>,
}

/// Cuts a text where its sentences are known. All of the text stays, whatever
/// is known of it; a sentence that was used is taken out of `origins`.
fn parts(text: &str, origins: &mut Vec<SentenceOrigin>) -> Vec<Part> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        let found = origins.iter().enumerate().filter_map(|(place, origin)| {
            let sentence = origin.sentence.trim();
            let at = rest.find(sentence).filter(|_| !sentence.is_empty())?;
            Some((at, place))
        });
        let Some((at, place)) = found.min() else {
            break;
        };
        let origin = origins.remove(place);
        let end = at + origin.sentence.trim().len();
        // A closing quote or bracket belongs to what it closes.
        let closes = |c: char| !c.is_alphanumeric() && !c.is_whitespace();
        let after = rest[end..].find(|c| !closes(c)).unwrap_or(rest.len() - end);
        let end = end + after;
        if at > 0 {
            out.push(gap(&rest[..at]));
        }
        out.push(Part {
            text: rest[at..end].to_owned(),
            said: Some(origin.contribution_ids),
        });
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        out.push(gap(rest));
    }
    out
}

fn gap(text: &str) -> Part {
    Part {
        text: text.to_owned(),
        said: None,
    }
}

/// A field of the synthesis with the origins of its sentences.
#[derive(Clone, Debug, PartialEq)]
pub struct Origins {
    lines: Vec<Vec<Part>>,
    list: bool,
    agents: Vec<Coded>,
}

impl Origins {
    /// Of one field; `None` where nothing is known of it, or it is no text.
    pub fn of(board: Board, key: &str) -> Option<Self> {
        let shown = board.shown.get();
        board.live.state.with(|s| {
            let content = super::board::content(s, shown, super::align::Who::Synthesis)?;
            let judged = super::board::judged(&s.detail, shown)?;
            Self::read(content.get(key)?, key, &judged.origins, &agents(s))
        })
    }

    pub fn read(
        value: &Value,
        key: &str,
        origins: &[SentenceOrigin],
        agents: &[Coded],
    ) -> Option<Self> {
        let mut own: Vec<SentenceOrigin> =
            origins.iter().filter(|o| o.field == key).cloned().collect();
        if own.is_empty() {
            return None;
        }
        let (lines, list) = match value_shown(value)? {
            Shown::Text(text) => (vec![parts(&text, &mut own)], false),
            Shown::List(items) => {
                let texts = items.into_iter().map(|item| match item {
                    Shown::Text(text) => Some(parts(&text, &mut own)),
                    _ => None,
                });
                (texts.collect::<Option<Vec<_>>>()?, true)
            }
            Shown::Named(_) => return None,
        };
        Some(Self {
            lines,
            list,
            agents: agents.to_vec(),
        })
    }
}

/// The agents of a run that answered, with the letters that stand for them.
pub fn agents(state: &LiveState) -> Vec<Coded> {
    let mut seen: Vec<(model::AgentId, String)> = Vec::new();
    let answers = || state.detail.contributions.iter().filter(|c| lines_up(c));
    for c in answers() {
        if seen.iter().all(|(id, _)| *id != c.agent_registration_id) {
            seen.push((c.agent_registration_id, c.agent_name.clone()));
        }
    }
    let names: Vec<String> = seen.iter().map(|(_, name)| name.clone()).collect();
    let codes = codes(&names);
    let all = answers().filter_map(|c| {
        let place = seen
            .iter()
            .position(|(id, _)| *id == c.agent_registration_id)?;
        Some(Coded {
            id: c.id,
            agent: c.agent_name.clone(),
            code: codes.get(place)?.clone(),
        })
    });
    all.collect()
}

/// The text of a field, each sentence with a mark that names who said it.
#[component]
pub fn OriginKey(origins: Origins) -> impl IntoView {
    let Origins {
        lines,
        list,
        agents,
    } = origins;
    let lines: Vec<_> = lines
        .into_iter()
        .map(|parts| {
            let parts = parts.into_iter().map(|part| {
                let mark = part
                    .said
                    .map(|said| view! { <OriginMark said agents=agents.clone() /> });
                view! {
                    <span>{part.text}</span>
                    {mark}
                }
            });
            parts.collect_view()
        })
        .collect();
    if list {
        let items = lines.into_iter().map(|line| view! { <li>{line}</li> });
        view! { <ul class="bullets">{items.collect_view()}</ul> }.into_any()
    } else {
        view! { <p class="answer-text">{lines}</p> }.into_any()
    }
}

/// The letters of a few; of many, how many they are.
fn short_words(codes: &[&str], agents: &[Coded]) -> String {
    let mut all: Vec<&str> = agents.iter().map(|a| a.code.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    if codes.len() > LETTERS_MAX && codes.len() == all.len() {
        return format!("all {}", codes.len());
    }
    match codes.split_at_checked(LETTERS_MAX) {
        Some((first, rest)) if rest.len() > 1 => format!("{} +{}", first.join(" "), rest.len()),
        _ => codes.join(" "),
    }
}

/// Who said a sentence, in letters; in full on hover and focus.
#[component]
fn OriginMark(said: Vec<ContributionId>, agents: Vec<Coded>) -> impl IntoView {
    let known: Vec<&Coded> = agents.iter().filter(|a| said.contains(&a.id)).collect();
    let names: Vec<&str> = known.iter().map(|a| a.agent.as_str()).collect();
    let codes: Vec<&str> = known.iter().map(|a| a.code.as_str()).collect();
    let (short, long) = if codes.is_empty() {
        ("new".to_owned(), "New: in none of the answers".to_owned())
    } else {
        (
            short_words(&codes, &agents),
            format!("Said by {}", names.join(", ")),
        )
    };
    view! {
        <button type="button" class="origin" data-new=codes.is_empty().to_string() data-testid="origin" aria-label=long.clone()>
            <span aria-hidden="true">{short}</span>
            <span class="origin-tip" aria-hidden="true">
                {long.clone()}
            </span>
        </button>
    }
    .into_any()
}

/// The whole synthesis with its origins; what has none is shown as it is.
#[component]
pub fn OriginText(
    content: Value,
    origins: Vec<SentenceOrigin>,
    agents: Vec<Coded>,
) -> impl IntoView {
    let mut keys = super::align::keys(std::iter::once(&content));
    // As the text was shown while it was written.
    keys.sort_by_key(|key| match key.as_str() {
        "recommendation" => 0,
        "rationale" | "text" => 1,
        "confidence" => 2,
        _ => 3,
    });
    let rows = keys.into_iter().map(|key| {
        let value = content.get(&key).cloned().unwrap_or_default();
        let known = Origins::read(&value, &key, &origins, &agents);
        let body = match (known, super::align::cell(Some(&content), None, &key)) {
            (Some(origins), super::align::Cell::Value(_)) => {
                view! { <OriginKey origins /> }.into_any()
            }
            (_, super::align::Cell::Share(share)) => {
                view! { <crate::components::ShareMeter label="Confidence" share /> }.into_any()
            }
            (_, super::align::Cell::Value(value)) => shown(value),
            _ => ().into_any(),
        };
        let lead = key == "recommendation";
        let plain = lead || matches!(key.as_str(), "rationale" | "confidence" | "text");
        let label =
            (!plain).then(|| view! { <p class="answer-label">{crate::format::words(&key)}</p> });
        view! {
            <div class="answer-row" class:origin-lead=lead>
                {label} {body}
            </div>
        }
    });
    view! {
        {rows.collect_view()}
        <Legend agents=agents.clone() />
    }
    .into_any()
}

/// What the letters mean.
#[component]
fn Legend(agents: Vec<Coded>) -> impl IntoView {
    let mut seen: Vec<String> = Vec::new();
    let each = agents.into_iter().filter(|a| {
        let first = !seen.contains(&a.code);
        seen.push(a.code.clone());
        first
    });
    let each: Vec<_> = each
        .map(|a| {
            view! {
                <span class="legend-one">
                    <span class="origin-sign">{a.code}</span>
                    {a.agent}
                </span>
            }
        })
        .collect();
    view! {
        <p class="legend">
            <span>"Who said it:"</span>
            {each}
            <span class="legend-one">
                <span class="origin-sign" data-new="true">
                    "new"
                </span>
                "in none of the answers"
            </span>
        </p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> ContributionId {
        ContributionId(Uuid::from_u128(n))
    }

    fn origin(sentence: &str, ids: &[u128]) -> SentenceOrigin {
        SentenceOrigin {
            field: "rationale".to_owned(),
            sentence: sentence.to_owned(),
            contribution_ids: ids.iter().map(|n| id(*n)).collect(),
        }
    }

    fn whole(parts: &[Part]) -> String {
        parts.iter().map(|part| part.text.as_str()).collect()
    }

    #[test]
    fn names_become_letters_that_differ() {
        let names = ["Careful Analyst", "Clear Answer", "bold", "", "Ünal, Öz"];
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        assert_eq!(codes(&names), ["CA", "CA2", "B", "?", "ÜÖ"]);
    }

    #[test]
    fn a_text_is_cut_at_its_sentences_and_stays_whole() {
        let text = "First one. And\nanother!  The end";
        let mut origins = vec![
            origin("First one.", &[1, 2]),
            origin("not in the text", &[3]),
            origin("The end", &[]),
        ];
        let parts = parts(text, &mut origins);
        assert_eq!(whole(&parts), text);
        let said: Vec<_> = parts.iter().filter_map(|p| p.said.clone()).collect();
        assert_eq!(said, [vec![id(1), id(2)], vec![]]);
        assert_eq!(origins.len(), 1);
    }

    #[test]
    fn a_closing_quote_stays_with_its_sentence() {
        let parts = parts("A: \"Go on.\" Then", &mut vec![origin("A: \"Go on.", &[1])]);
        let texts: Vec<&str> = parts.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(texts, ["A: \"Go on.\"", " Then"]);
    }

    #[test]
    fn marks_of_many_are_short() {
        let agents: Vec<Coded> = ["A", "B", "C", "D", "E", "F"]
            .iter()
            .map(|code| Coded {
                id: id(1),
                agent: (*code).to_owned(),
                code: (*code).to_owned(),
            })
            .collect();
        assert_eq!(short_words(&["A", "B"], &agents), "A B");
        assert_eq!(short_words(&["A", "B", "C", "D"], &agents), "A B C D");
        assert_eq!(short_words(&["A", "B", "C", "D", "E"], &agents), "A B C +2");
        assert_eq!(
            short_words(&["A", "B", "C", "D", "E", "F"], &agents),
            "all 6"
        );
    }

    #[test]
    fn a_sentence_that_comes_twice_has_each_its_origin() {
        let mut origins = vec![origin("Wait.", &[1]), origin("Wait.", &[2])];
        let parts = parts("Wait. Wait.", &mut origins);
        let said: Vec<_> = parts.iter().filter_map(|p| p.said.clone()).collect();
        assert_eq!(said, [vec![id(1)], vec![id(2)]]);
    }

    #[test]
    fn lists_keep_their_items() {
        let value = json!(["One. Two.", "Three."]);
        let origins = [origin("Two.", &[1]), origin("Three.", &[])];
        let read = Origins::read(&value, "rationale", &origins, &[]);
        let texts: Vec<String> = read
            .iter()
            .flat_map(|r| r.lines.iter().map(|l| whole(l)))
            .collect();
        assert_eq!(texts, ["One. Two.", "Three."]);
        assert_eq!(Origins::read(&value, "risks", &origins, &[]), None);
    }
}
