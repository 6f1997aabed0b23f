//! Sentences of an answer, in reading order.

use serde_json::Value;

/// A sentence and the field it stands in.
pub(super) struct Told {
    pub field: String,
    pub text: String,
}

/// Deeper values are not read.
const DEEPEST: usize = 6;
/// The order in which fields are read; the task's own follow by name.
const FIRST: [&str; 4] = ["recommendation", "rationale", "risks", "evidence"];

/// The sentences of an answer's texts, at most so many.
pub(super) fn of(answer: &Value, most: usize) -> Vec<Told> {
    let mut found = Vec::new();
    let Some(object) = answer.as_object() else {
        return found;
    };
    let mut names: Vec<&String> = object.keys().collect();
    let place = |name: &str| FIRST.iter().position(|first| *first == name);
    names.sort_by_key(|name| (place(name).unwrap_or(FIRST.len()), name.as_str()));
    for name in names {
        let mut texts = Vec::new();
        collect(&object[name.as_str()], 0, &mut texts, most);
        for sentence in texts.into_iter().flat_map(split) {
            if found.len() == most {
                return found;
            }
            found.push(Told {
                field: name.clone(),
                text: sentence.to_owned(),
            });
        }
    }
    found
}

/// Texts within a value. What stands beside a text in its object (a number, a
/// switch) is no sentence.
fn collect<'a>(value: &'a Value, depth: usize, texts: &mut Vec<&'a str>, most: usize) {
    if depth > DEEPEST || texts.len() >= most {
        return;
    }
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => {
            let items = items.iter().take(most);
            items.for_each(|item| collect(item, depth + 1, texts, most));
        }
        Value::Object(object) => {
            let values = object.values().take(most);
            values.for_each(|value| collect(value, depth + 1, texts, most));
        }
        _ => {}
    }
}

/// Words after which a full stop ends no sentence.
const ABBREVIATIONS: [&str; 24] = [
    "e.g", "i.e", "eg", "ie", "vs", "approx", "ca", "cf", "dr", "mr", "mrs", "ms", "prof", "nr",
    "fig", "resp", "incl", "excl", "jr", "dept", "a.m", "p.m", "z.b", "d.h",
];

/// The sentences of a text, without the marks of a list. A full stop ends one
/// where space and no small letter follow, and no number, initial or
/// abbreviation precedes; a new line always does.
pub fn split(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.split(['\n', '\r']) {
        let line = unmarked(line.trim());
        let mut from = 0;
        for (at, c) in line.char_indices() {
            let end = at + c.len_utf8();
            if end > from && ends(line, from, at, c) {
                keep(&line[from..end], &mut found);
                from = end;
            }
        }
        keep(&line[from..], &mut found);
    }
    found
}

/// Without what closes the sentence before and what is no word at all.
fn keep<'a>(sentence: &'a str, found: &mut Vec<&'a str>) {
    let closing = |c: char| c.is_whitespace() || matches!(c, ')' | ']' | '"' | '”' | '’' | '»');
    let sentence = sentence.trim_start_matches(closing).trim();
    if sentence.chars().any(char::is_alphanumeric) {
        found.push(sentence);
    }
}

/// `- `, `* `, `• `, `1. `, `2) ` before an item.
fn unmarked(line: &str) -> &str {
    let bullet = line.trim_start_matches(['-', '*', '•', '–', '#', '>']);
    if bullet.len() < line.len() && bullet.starts_with(char::is_whitespace) {
        return bullet.trim_start();
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    let marked = (1..=3).contains(&digits)
        && rest.starts_with(['.', ')'])
        && rest[1..].starts_with(char::is_whitespace);
    if marked { rest[1..].trim_start() } else { line }
}

fn ends(line: &str, from: usize, at: usize, c: char) -> bool {
    if matches!(c, '。' | '！' | '？') {
        return true;
    }
    if !matches!(c, '.' | '!' | '?' | '…') {
        return false;
    }
    let closing = |c: char| matches!(c, ')' | ']' | '"' | '”' | '’' | '»' | '\'');
    let after = line[at + c.len_utf8()..].trim_start_matches(closing);
    if !(after.is_empty() || after.starts_with(char::is_whitespace)) {
        return false;
    }
    if c != '.' && c != '…' {
        return true;
    }
    let small = after.trim_start().starts_with(|c: char| c.is_lowercase());
    !small && (after.is_empty() || !abbreviates(&line[from..at]))
}

/// Whether the word before a full stop is cut short by it.
fn abbreviates(before: &str) -> bool {
    let opening = |c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“' | '‘');
    let word = before.rsplit(opening).next().unwrap_or_default();
    let mut letters = word.chars();
    let initial = letters.next().is_some_and(char::is_uppercase) && letters.next().is_none();
    initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Words without content of their own, and those by which a synthesis tells
/// who said something.
pub(super) fn is_empty_word(raw: &str) -> bool {
    const EMPTY: &str = " a an the and or but nor so yet of in on at to from by for with about into onto over under \
        through between among as than then if when while where which who whom whose that this these those there here it its \
        he she they them their his her we us our you your i my me be is are was were been being am do does did done have has \
        had having can could may might must shall should will would also too very more most much many some any each every all \
        both either other another such own same just even still only rather quite well however therefore thus hence because \
        since although though despite per via up down out off again further once both what how why whether let make makes made \
        agent agents contribution contributions answer answers contributor contributors recommend recommends recommended \
        suggest suggests suggested propose proposes proposed agree agrees agreed note notes noted point points argue argues \
        argued warn warns warned say says said think thinks majority minority everyone insteadof ";
    let raw = raw.trim();
    !raw.contains(' ') && EMPTY.contains(&format!(" {raw} "))
}
