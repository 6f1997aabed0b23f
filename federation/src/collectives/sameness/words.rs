//! Words of a text: split, without contractions, in one spelling and one form.

mod stem;

use std::{collections::HashMap, sync::LazyLock};

use super::numbers::{self, Number};

pub(in crate::collectives) use stem::stem;

/// A word or a number of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::collectives) enum Token {
    Word(Word),
    Number(Number),
}

/// A word as it was written, in lower case, and its stem. Symbols that mean
/// something (`<`, `+`, `👍`) are words too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::collectives) struct Word {
    pub raw: String,
    pub stem: String,
}

impl Token {
    pub fn word(raw: &str) -> Self {
        Self::Word(Word {
            raw: raw.to_owned(),
            stem: stem(raw),
        })
    }

    /// The stem of a word; nothing of a number.
    pub fn stem(&self) -> &str {
        match self {
            Self::Word(word) => &word.stem,
            Self::Number(_) => "",
        }
    }

    /// The word as written; nothing of a number.
    pub fn raw(&self) -> &str {
        match self {
            Self::Word(word) => &word.raw,
            Self::Number(_) => "",
        }
    }

    /// Whether it is a form of this word, which is no irregular form itself.
    pub fn means(&self, word: &str) -> bool {
        let first = |text: &str| text.as_bytes().first().copied();
        matches!(self, Self::Word(own) if first(&own.stem) == first(word) && own.stem == stem(word))
    }

    pub fn is(&self, raw: &str) -> bool {
        matches!(self, Self::Word(word) if word.raw == raw)
    }
}

/// The tokens of a text, numerals and units read.
pub(in crate::collectives) fn tokens(text: &str) -> Vec<Token> {
    numbers::join(split(text))
}

/// The text in pieces: words, symbols and numbers in digits.
fn split(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.to_lowercase().chars().map(plain).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if let Some((token, end)) = numbers::digits(&chars, at) {
            found.push(token);
            at = end;
        } else if c.is_alphanumeric() {
            let end = word_end(&chars, at);
            let word: String = chars[at..end].iter().collect();
            contractions(&word, &mut found);
            at = end;
        } else if c == '&' {
            found.push(Token::word("and"));
            at += 1;
        } else {
            if !c.is_whitespace() && !PUNCTUATION.contains(c) {
                let pair: String = chars[at..].iter().take(2).collect();
                let symbol = match pair.as_str() {
                    "<=" => "≤".to_owned(),
                    ">=" => "≥".to_owned(),
                    _ => c.to_string(),
                };
                at += usize::from(pair.len() == 2 && symbol.len() > 1);
                found.push(Token::word(&symbol));
            }
            at += 1;
        }
    }
    found
}

/// What parts words and means nothing: as `consensus::fold` has it.
const PUNCTUATION: &str = "-.,;:!?()[]{}\"“”„«»‹›…–—‐‑/\\_*`¡¿·、。「」'";

/// One form for each kind of apostrophe, minus and space.
fn plain(c: char) -> char {
    match c {
        '’' | '‘' | 'ʼ' => '\'',
        '−' | '‐' | '‑' => '-',
        _ => c,
    }
}

/// Letters and digits, apostrophes between letters, and the signs that end
/// `c++` and `c#`.
fn word_end(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() {
        let next_is_letter = chars.get(at + 1).is_some_and(|c| c.is_alphanumeric());
        let inside = chars[at].is_alphanumeric() || (chars[at] == '\'' && next_is_letter);
        if !inside {
            break;
        }
        at += 1;
    }
    let after = at;
    while at < chars.len() && matches!(chars[at], '+' | '#') {
        at += 1;
    }
    // `a+b` is a sum, `c++ code` is a language.
    if chars.get(at).is_some_and(|c| c.is_alphanumeric()) {
        after
    } else {
        at
    }
}

/// Pushes what the word stands for: `don't` is two words, `user's` is one.
fn contractions(word: &str, found: &mut Vec<Token>) {
    let bare = word.replace('\'', "");
    if let Some(base) = NEGATED.get(bare.as_str()) {
        found.push(Token::word(base));
        found.push(Token::word("not"));
        return;
    }
    if bare == "cannot" {
        found.push(Token::word("can"));
        found.push(Token::word("not"));
        return;
    }
    let Some((base, tail)) = word.split_once('\'') else {
        found.push(Token::word(word));
        return;
    };
    let tail = match (base, tail) {
        ("let", "s") => Some("us"),
        ("it" | "that" | "there" | "what" | "here", "s") => Some("is"),
        (_, "ll") => Some("will"),
        (_, "re") => Some("are"),
        (_, "ve") => Some("have"),
        (_, "d") => Some("would"),
        (_, "m") => Some("am"),
        _ => None,
    };
    match tail {
        Some(tail) => {
            found.push(Token::word(base));
            found.push(Token::word(tail));
        }
        None => found.push(Token::word(&bare)),
    }
}

static NEGATED: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let mut known: HashMap<_, _> = [("cant", "can"), ("wont", "will"), ("shant", "shall")].into();
    for word in "do does did is are was were has have had should would could must need".split(' ') {
        // Leaked once, for the life of the program: a few short words.
        let negated: &'static str = Box::leak(format!("{word}nt").into_boxed_str());
        known.insert(negated, word);
    }
    known
});
