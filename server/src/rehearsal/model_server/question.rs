//! What of a prompt a scripted model looks at.

use serde_json::Value;

/// Words in a question on which the scripted models do not agree.
const CONTESTED: &[&str] = &[
    "disagree", "rewrite", "price", "prices", "pricing", "versus", "vs", "or", "either",
];
/// How much of the question an answer repeats, in characters.
const TOPIC_CHARS: usize = 110;

/// A prompt, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt<'a> {
    /// The first line says `Task: synthesis`.
    pub is_synthesis: bool,
    pub question: &'a str,
    /// The names of the quoted sources.
    pub sources: Vec<&'a str>,
    /// The answers that a synthesis is made of: agent and recommendation.
    pub answers: Vec<(&'a str, String)>,
}

impl<'a> Prompt<'a> {
    pub fn read(text: &'a str) -> Self {
        let is_synthesis = text.trim_start().starts_with("Task: synthesis");
        let question = between(text, "<question>", "</question>").unwrap_or(text);
        Self {
            is_synthesis,
            question: question.trim(),
            sources: attributes(text, "<source name=\""),
            answers: answers(text),
        }
    }

    /// Whether the models are to disagree.
    pub fn is_contested(&self) -> bool {
        self.question
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| CONTESTED.contains(&word.to_lowercase().as_str()))
    }

    /// The beginning of the question, to be quoted.
    pub fn topic(&self) -> String {
        let line = self.question.lines().next().unwrap_or("").trim();
        let sentence = match line.find(['?', '!']) {
            Some(end) => &line[..end],
            None => line,
        };
        let plain = sentence.trim_end_matches(['.', ':']).replace('"', "'");
        if plain.chars().count() <= TOPIC_CHARS {
            return plain;
        }
        let cut: String = plain.chars().take(TOPIC_CHARS).collect();
        let whole = cut
            .rsplit_once(' ')
            .map_or(cut.as_str(), |(whole, _)| whole);
        format!("{whole} …")
    }
}

pub fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inside, _)| inside)
}

/// The values of an attribute that stands at the end of `open`.
fn attributes<'a>(text: &'a str, open: &str) -> Vec<&'a str> {
    text.split(open)
        .skip(1)
        .filter_map(|rest| rest.split_once('"').map(|(value, _)| value))
        .collect()
}

fn answers(text: &str) -> Vec<(&str, String)> {
    bodies(text, "<answer agent=\"", "</answer>")
        .into_iter()
        .filter_map(|(agent, body)| Some((agent, recommendation(body)?)))
        .collect()
}

/// What stands in each tag that begins with `open`, with the value at its end.
pub fn bodies<'a>(text: &'a str, open: &str, close: &str) -> Vec<(&'a str, &'a str)> {
    text.split(open)
        .skip(1)
        .filter_map(|rest| {
            let (value, rest) = rest.split_once("\">")?;
            let (body, _) = rest.split_once(close)?;
            Some((value, body))
        })
        .collect()
}

/// The first JSON object in a text.
pub fn object(body: &str) -> Option<Value> {
    let open = body.find('{')?;
    let mut values = serde_json::Deserializer::from_str(&body[open..]).into_iter::<Value>();
    values.next()?.ok()
}

pub fn recommendation(body: &str) -> Option<String> {
    let value = object(body)?;
    Some(value.get("recommendation")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_question_decides_whether_it_is_contested() {
        let prompt = "Task: contribution\n<source name=\"widget A\">\nor price\n</source>\n\
            <question>\nShould we show the form earlier? It hides.\n</question>";
        let read = Prompt::read(prompt);
        assert!(!read.is_contested() && !read.is_synthesis);
        assert_eq!(read.topic(), "Should we show the form earlier");
        assert_eq!(read.sources, ["widget A"]);
        assert!(Prompt::read("<question>Rewrite it?</question>").is_contested());
    }

    #[test]
    fn a_synthesis_sees_what_was_recommended() {
        let prompt = "Task: synthesis\n<question>Q?</question>\n<answer agent=\"A\">\n\
            {\"recommendation\": \"Go\"}\n</answer>\n<answer agent=\"B\">\nno object\n</answer>\n";
        let read = Prompt::read(prompt);
        assert!(read.is_synthesis);
        assert_eq!(read.answers, [("A", "Go".to_owned())]);
    }

    #[test]
    fn a_long_question_is_quoted_in_part() {
        let text = format!("<question>{}</question>", "größer ".repeat(60));
        let topic = Prompt::read(&text).topic();
        assert!(topic.chars().count() <= TOPIC_CHARS + 2 && topic.ends_with('…'));
    }
}
