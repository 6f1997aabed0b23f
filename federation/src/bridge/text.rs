//! Makes foreign text fit for an error message: one line, short, no key.

/// Characters kept of what a provider or a process says.
const MAX_CHARS: usize = 300;
const REDACTED: &str = "[redacted]";
/// So many bytes of a key in a row give it away.
const TELLING_BYTES: usize = 8;

/// One line of at most 300 characters, without control characters, the given
/// key or anything that looks like a key.
pub(crate) fn tidy(text: &str, key: Option<&str>) -> String {
    shorten(&without_keys(&one_line(text), key))
}

/// The text without the given key and without anything that looks like one.
pub(crate) fn without_keys(text: &str, key: Option<&str>) -> String {
    let text = match key {
        Some(key) if key.len() >= 4 => text.replace(key, REDACTED),
        _ => text.to_owned(),
    };
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut after_bearer = false;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_key_char(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        let hidden = word.is_empty() || word == "redacted";
        let secret = !hidden && (after_bearer || gives_away(word, key));
        clean.push_str(if secret { REDACTED } else { word });
        if !word.is_empty() {
            after_bearer = word.eq_ignore_ascii_case("bearer");
        }
        let gap = tail.find(is_key_char).unwrap_or(tail.len());
        clean.push_str(&tail[..gap]);
        rest = &tail[gap..];
    }
    clean
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*')
}

fn gives_away(word: &str, key: Option<&str>) -> bool {
    let looks = ["sk-", "sk_", "AIza", "gsk_", "xai-", "eyJ"]
        .iter()
        .any(|start| word.starts_with(start))
        && word.len() >= 12;
    let masked = word.contains("***");
    let part = key.is_some_and(|key| {
        word.as_bytes().windows(TELLING_BYTES).any(|piece| {
            key.as_bytes()
                .windows(TELLING_BYTES)
                .any(|other| other == piece)
        })
    });
    looks || masked || part
}

fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(MAX_CHARS - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_short_line() {
        assert_eq!(tidy(" a\n\tb\u{0}\u{1b}[31mc ", None), "a b [31mc");
        let long = tidy(&"ä".repeat(1_000), None);
        assert_eq!(long.chars().count(), 300);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn keys_are_taken_out() {
        let key = "zq-71f0c3d2a9b8e4";
        for (text, expected) in [
            (
                "Incorrect key: zq-71f0c3d2a9b8e4.",
                "Incorrect key: [redacted].",
            ),
            ("starts with 71f0c3d2a here", "starts with [redacted] here"),
            ("key sk-proj-abcdefghijk, sorry", "key [redacted], sorry"),
            ("abcd****wxyz is wrong", "[redacted] is wrong"),
            (
                "header Bearer abc was sent",
                "header Bearer [redacted] was sent",
            ),
            ("Bearer zq-71f0c3d2a9b8e4", "Bearer [redacted]"),
            ("key=AIzaSyA1234567890", "key=[redacted]"),
            (
                "see https://platform.openai.com/api-keys",
                "see https://platform.openai.com/api-keys",
            ),
        ] {
            assert_eq!(tidy(text, Some(key)), expected);
        }
    }

    #[test]
    fn a_key_is_gone_before_the_text_is_cut() {
        let key = "k1234567890abcdefghij";
        let text = format!("{}{key}", "x ".repeat(145));
        assert!(!tidy(&text, Some(key)).contains("k12345"));
    }
}
