//! What all prompts are made with: templates with named parts, and text of
//! people and agents as quoted data with its source named.

use crate::tokens;

/// Tokens of hub content in one prompt at the most.
pub(crate) const SOURCE_TOKENS: i64 = 6_000;

/// Tokens of a tag around a quoted text, about.
const TAG_TOKENS: i64 = 12;

/// A piece of the hub's content, with where it comes from.
pub struct Source {
    pub name: String,
    pub text: String,
}

/// The sources in at most `limit` tokens, the first ones kept. `left_out`: how
/// many older ones were not even read.
pub(crate) fn context(sources: &[Source], left_out: i64, limit: i64) -> String {
    let mut left = limit;
    let mut out = String::new();
    let mut left_out = left_out;
    for source in sources {
        let room = left - tokens::count(&source.name) - TAG_TOKENS;
        let (clipped, cut) = tokens::clip(&source.text, room);
        if room < 0 || (cut && clipped.is_empty()) {
            left_out += 1;
            continue;
        }
        left = room - tokens::count(clipped);
        out.push_str(&tag("source", &source.name, clipped, cut));
    }
    if left_out > 0 {
        out.push_str(&format!(
            "({left_out} older sources were left out: too much text)\n"
        ));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// A quoted text in its tag. `cut`: something of it was left out.
pub(crate) fn tag(tag: &str, name: &str, text: &str, cut: bool) -> String {
    let rest = if cut {
        "(the rest was left out: it is too long)\n"
    } else {
        ""
    };
    let name = quote(name).replace('"', "'").replace('\n', " ");
    let text = quote(text);
    format!("<{tag} name=\"{name}\">\n{text}\n{rest}</{tag}>\n")
}

/// Quoted text cannot close the tag that it stands in.
pub(crate) fn quote(text: &str) -> String {
    text.replace('\0', "").replace('<', "‹").replace('>', "›")
}

/// The prompt for an agent whose answer could not be read.
pub(crate) fn ask_again(prompt: &str) -> String {
    format!(
        "{prompt}\nYour last answer could not be read as a JSON object with the field \"recommendation\". Answer with that object alone."
    )
}

/// Puts each part in its place, in one pass: what a part says is never taken
/// for a place.
pub(crate) fn fill(template: &str, parts: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let part = rest.find('}').and_then(|close| {
            let name = &rest[1..close];
            parts
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, text)| (*text, close))
        });
        match part {
            Some((text, close)) => {
                out.push_str(text);
                rest = &rest[close + 1..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_part_is_not_taken_for_a_place() {
        let text = fill("a {x} b {y} {z}", &[("x", "{y}"), ("y", "2")]);
        assert_eq!(text, "a {y} b 2 {z}");
    }

    #[test]
    fn the_first_sources_are_kept_and_the_rest_is_counted() {
        let source = |n: usize| Source {
            name: format!("comment {n}"),
            text: "word ".repeat(1_500),
        };
        let sources: Vec<Source> = (0..8).map(source).collect();
        let text = context(&sources, 30, SOURCE_TOKENS);
        assert!(text.contains("comment 0") && text.contains("comment 3"));
        assert!(!text.contains("comment 7"));
        assert!(text.contains("older sources were left out"), "{text}");
        assert!(tokens::count(&text) < SOURCE_TOKENS + 200);
    }

    #[test]
    fn a_source_without_text_is_named_and_not_counted_as_left_out() {
        let widget = Source {
            name: "widget \"Calendar\"".to_owned(),
            text: String::new(),
        };
        let text = context(&[widget], 0, SOURCE_TOKENS);
        assert!(
            text.contains("<source name=\"widget 'Calendar'\">"),
            "{text}"
        );
        assert!(!text.contains("left out"));
    }

    proptest! {
        #[test]
        fn quoted_text_stays_in_its_tag(text in ".*") {
            let quoted = quote(&text);
            prop_assert!(!quoted.contains('<') && !quoted.contains('>'));
        }
    }
}
