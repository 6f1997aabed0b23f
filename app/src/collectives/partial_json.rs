//! Reads a JSON object that is still being written.
//!
//! Tolerant: prose and code fences around the object are skipped, strings and
//! lists may be unfinished, a literal that may still grow is left out until it
//! has ended.

use serde_json::{Map, Number, Value};

/// How deep values may be nested; deeper ones are left out.
const DEPTH_MAX: usize = 32;

/// The fields of an object in their order.
pub type Fields = Vec<(String, Value)>;

/// The fields of the first object in `text`, as far as they are written.
/// `None` where no object has begun.
pub fn read_object(text: &str) -> Option<Fields> {
    let start = object_start(text)?;
    let mut reader = Reader {
        rest: text.get(start..)?,
    };
    Some(reader.object(0).0)
}

/// Whether `text` may still become an object: it is empty or nothing but a
/// code fence so far.
pub fn may_become_object(text: &str) -> bool {
    let trimmed = text.trim_start();
    if trimmed.is_empty() || "```".starts_with(trimmed) {
        return true;
    }
    trimmed.strip_prefix("```").is_some_and(|rest| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        rest.trim().is_empty() || rest.trim() == "{"
    })
}

/// The place of the first `{` that a key, an end or nothing follows.
fn object_start(text: &str) -> Option<usize> {
    text.match_indices('{').map(|(at, _)| at).find(|at| {
        let after = text.get(at + 1..).unwrap_or_default().trim_start();
        after.is_empty() || after.starts_with('"') || after.starts_with('}')
    })
}

struct Reader<'a> {
    rest: &'a str,
}

/// A value as far as it is there, and whether it has ended.
type Part<T> = (T, bool);

impl Reader<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn object(&mut self, depth: usize) -> Part<Fields> {
        let mut fields = Fields::new();
        self.take('{');
        loop {
            self.space();
            if self.take('}') {
                return (fields, true);
            }
            if !self.rest.starts_with('"') {
                return (fields, false);
            }
            let (key, ended) = self.string();
            self.space();
            if !ended || !self.take(':') {
                return (fields, false);
            }
            let (value, ended) = self.value(depth + 1);
            if let Some(value) = value {
                match fields.iter_mut().find(|(known, _)| *known == key) {
                    Some(known) => known.1 = value,
                    None => fields.push((key, value)),
                }
            }
            if !ended {
                return (fields, false);
            }
            self.space();
            self.take(',');
        }
    }

    fn list(&mut self, depth: usize) -> Part<Vec<Value>> {
        let mut items = Vec::new();
        self.take('[');
        loop {
            self.space();
            if self.take(']') {
                return (items, true);
            }
            let before = self.rest.len();
            let (value, ended) = self.value(depth + 1);
            items.extend(value);
            if !ended {
                return (items, false);
            }
            self.space();
            let comma = self.take(',');
            if !comma && self.rest.len() == before {
                return (items, false);
            }
        }
    }

    fn value(&mut self, depth: usize) -> Part<Option<Value>> {
        self.space();
        if depth > DEPTH_MAX {
            return (None, false);
        }
        match self.rest.chars().next() {
            Some('"') => {
                let (text, ended) = self.string();
                (Some(Value::String(text)), ended)
            }
            Some('{') => {
                let (fields, ended) = self.object(depth);
                let object: Map<String, Value> = fields.into_iter().collect();
                (Some(Value::Object(object)), ended)
            }
            Some('[') => {
                let (items, ended) = self.list(depth);
                (Some(Value::Array(items)), ended)
            }
            Some(_) => self.literal(),
            None => (None, false),
        }
    }

    /// A number, `true`, `false` or `null`; left out while it may still grow.
    fn literal(&mut self) -> Part<Option<Value>> {
        let Some(end) = self
            .rest
            .find(|c: char| matches!(c, ',' | '}' | ']') || c.is_whitespace())
        else {
            self.rest = "";
            return (None, false);
        };
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        let value = match word {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            number => number.parse::<Number>().ok().map(Value::Number),
        };
        (value, true)
    }

    fn string(&mut self) -> Part<String> {
        let mut text = String::new();
        self.take('"');
        loop {
            let Some(at) = self.rest.find(['"', '\\']) else {
                text.push_str(self.rest);
                self.rest = "";
                return (text, false);
            };
            let (plain, rest) = self.rest.split_at(at);
            text.push_str(plain);
            self.rest = rest;
            if self.take('"') {
                return (text, true);
            }
            self.take('\\');
            match self.escape() {
                Some(c) => text.push(c),
                None => return (text, false),
            }
        }
    }

    /// The character that follows a backslash; `None` where it is cut.
    fn escape(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' | 'f' => ' ',
            'u' => return self.unicode(),
            other => other,
        })
    }

    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xD800..0xDC00).contains(&first) {
            return Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if self.rest.is_empty() || self.rest == "\\" {
            self.rest = "";
            return None;
        }
        let Some(rest) = self.rest.strip_prefix("\\u") else {
            return Some(char::REPLACEMENT_CHARACTER);
        };
        self.rest = rest;
        let second = self.hex()?;
        let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400);
        let joined = low.and_then(|low| char::from_u32(0x10000 + ((first - 0xD800) << 10) + low));
        Some(joined.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Option<u32> {
        let Some(digits) = self.rest.get(..4) else {
            self.rest = "";
            return None;
        };
        self.rest = self.rest.get(4..)?;
        Some(u32::from_str_radix(digits, 16).unwrap_or(0xFFFD))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Option<Value> {
        read_object(text).map(|fields| Value::Object(fields.into_iter().collect()))
    }

    const WHOLE: &str = r#"{"recommendation": "Ship \"it\" \u00fc\ud83d\ude00\n", "confidence": 0.85,
        "risks": ["a", {"risk": "b", "weight": 2}, []], "done": true, "note": null, "deep": {"x": [1, 2]}}"#;

    #[test]
    fn a_whole_object_reads_as_serde_reads_it() {
        let expected: Value = serde_json::from_str(WHOLE).unwrap_or_default();
        assert!(expected.is_object());
        assert_eq!(read(WHOLE), Some(expected));
    }

    #[test]
    fn every_beginning_can_be_read_and_only_grows() {
        let mut shown = 0;
        for (end, _) in WHOLE.char_indices() {
            let Some(Value::Object(fields)) = read(&WHOLE[..end]) else {
                assert_eq!(end, 0);
                continue;
            };
            if let Some(Value::String(text)) = fields.get("recommendation") {
                assert!(text.chars().count() >= shown, "{text:?} at {end}");
                shown = text.chars().count();
                assert!("Ship \"it\" ü😀\n".starts_with(text.as_str()), "{text:?}");
            }
        }
        assert_eq!(shown, 13);
    }

    #[test]
    fn text_around_the_object_is_skipped() {
        let fenced =
            "Here it is, {as asked}:\n```json\n{\n  \"recommendation\": \"Do it\"\n}\n```\nThanks";
        assert_eq!(read(fenced), Some(json!({"recommendation": "Do it"})));
        assert_eq!(read("no object {here}"), None);
        assert_eq!(read("```json\n{"), Some(json!({})));
    }

    #[test]
    fn what_may_still_grow_is_left_out() {
        assert_eq!(read(r#"{"a": 0.8"#), Some(json!({})));
        assert_eq!(read(r#"{"a": tru"#), Some(json!({})));
        assert_eq!(read(r#"{"a": 0.8, "b"#), Some(json!({"a": 0.8})));
        assert_eq!(read(r#"{"a": ["x", "y"#), Some(json!({"a": ["x", "y"]})));
        assert_eq!(read(r#"{"a": "x\ud83d"#), Some(json!({"a": "x"})));
    }

    #[test]
    fn nonsense_ends() {
        for text in [
            "{\"a\": [1 2 ; ]}",
            "{\"a\": ]",
            "{\"a\" 1}",
            "{\"a\":\"b\" \"c\":1}",
            "{}{}{",
        ] {
            assert!(read(text).is_some(), "{text}");
        }
        let deep = format!("{{\"a\":{}", "[".repeat(10_000));
        assert!(read(&deep).is_some());
    }

    #[test]
    fn a_beginning_fence_is_no_text_yet() {
        for text in ["", " \n", "`", "``", "```", "```js", "```json\n"] {
            assert!(may_become_object(text), "{text:?}");
        }
        for text in ["Hello", "```json\nfn", "x"] {
            assert!(!may_become_object(text), "{text:?}");
        }
    }
}
