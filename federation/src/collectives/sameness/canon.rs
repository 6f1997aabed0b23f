//! The form that texts of one meaning share, where that is sure.
//!
//! A text becomes a list of meanings. Order is kept: it is only changed where
//! it cannot change the meaning (a passive, `N of M`, a pair joined by `and`, a
//! time that opens the sentence).

mod acts;
mod frame;
mod negation;
mod order;

pub(super) use order::BREAKS;

use super::{
    lexicon::{LEXICON, Phrase},
    words::{Token, Word, tokens},
};

/// Longer texts are not rewritten: nothing is sure about them.
const MOST_TOKENS: usize = 80;

/// Meanings that hold only before a number: `over 100`, but `choose A over B`.
const COMPARATORS: [&str; 5] = ["≥", "≤", ">", "<", "approximately"];

/// Words that change nothing in a recommendation.
const EMPTY: [&str; 17] = [
    "a",
    "an",
    "the",
    "our",
    "please",
    "should",
    "really",
    "simply",
    "definitely",
    "certainly",
    "clearly",
    "basically",
    "actually",
    "also",
    "therefore",
    "kindly",
    "indeed",
];

/// The canonical tokens of a text. Long texts keep their words.
pub(super) fn canonical(text: &str) -> Vec<Token> {
    let mut tokens = tokens(text);
    if tokens.len() > MOST_TOKENS {
        return tokens;
    }
    frame::open(&mut tokens);
    frame::reason(&mut tokens);
    let mut tokens = meanings(&phrases(&tokens));
    negation::plain(&mut tokens);
    order::active(&mut tokens);
    tokens.retain(|token| !EMPTY.contains(&token.raw()));
    acts::only(&mut tokens);
    negation::fold(&mut tokens);
    acts::settle(&mut tokens);
    order::settle(&mut tokens);
    tokens
}

/// The meanings of a text in its own order, negations in one form: what its
/// words say, without what a recommendation is wrapped in. At most `most`
/// tokens are read.
pub(in crate::collectives) fn read(text: &str, most: usize) -> Vec<Token> {
    let mut tokens = tokens(text);
    tokens.truncate(most);
    let mut tokens = meanings(&phrases(&tokens));
    negation::plain(&mut tokens);
    negation::fold(&mut tokens);
    tokens
}

/// Puts the meaning in the place of each phrase that the lexicon knows.
fn phrases(tokens: &[Token]) -> Vec<Token> {
    let mut left: Vec<Option<Token>> = tokens.iter().cloned().map(Some).collect();
    let mut found = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < left.len() {
        let Some(token) = left[at].clone() else {
            at += 1;
            continue;
        };
        let known = LEXICON.phrases(token.stem());
        let fit = known.iter().find_map(|p| Some((p, fits(p, &left, at)?)));
        match fit {
            Some((phrase, particle)) => {
                found.push(meaning(&phrase.meaning, token.raw()));
                let end = at + phrase.words.len();
                if let Some(from) = particle {
                    left[from..from + phrase.particle.len()].fill(None);
                }
                at = end;
            }
            None => {
                found.push(token);
                at += 1;
            }
        }
    }
    found
}

/// Most words between a verb and its particle.
const GAP: usize = 6;

/// Where the phrase fits here: `Some(None)`, or the place of its particle.
fn fits(phrase: &Phrase, left: &[Option<Token>], at: usize) -> Option<Option<usize>> {
    let reads = |words: &[String], at: usize| {
        words
            .iter()
            .enumerate()
            .all(|(n, word)| matches!(left.get(at + n), Some(Some(token)) if is_word(token, word)))
    };
    let after = at + phrase.words.len();
    if !reads(&phrase.words, at) {
        return None;
    }
    if phrase.particle.is_empty() {
        let next = left.get(after).and_then(Option::as_ref);
        return compares(&phrase.meaning.raw, &phrase.words[0], next).then_some(None);
    }
    for from in after..left.len().min(after + GAP + 1) {
        if reads(&phrase.particle, from) {
            // `put it off`, not `put it off the list`: a particle ends its phrase.
            let next = left
                .get(from + phrase.particle.len())
                .and_then(Option::as_ref);
            let verb_next = phrase.particle.last().is_some_and(|word| word == "to");
            let ends = next.is_none_or(ends_phrase) || from == after || verb_next;
            return ends.then_some(Some(from));
        }
        let between = left[from].as_ref();
        if between.is_none_or(|token| order::BREAKS.contains(&token.raw())) {
            return None;
        }
    }
    None
}

fn is_word(token: &Token, word: &str) -> bool {
    match token {
        Token::Word(found) => found.stem == word,
        Token::Number(number) => number.to_string() == word,
    }
}

/// A comparison needs a number after it; `over a week` is none.
fn compares(meaning: &str, first: &str, next: Option<&Token>) -> bool {
    if !COMPARATORS.contains(&meaning) {
        return true;
    }
    let place = matches!(
        first,
        "over" | "under" | "above" | "below" | "around" | "about"
    );
    match next {
        Some(Token::Number(number)) => !(place && number.unit.is_time()),
        _ => false,
    }
}

fn ends_phrase(token: &Token) -> bool {
    matches!(token, Token::Number(_))
        || order::BREAKS.contains(&token.raw())
        || order::TIME_WORDS.contains(&token.raw())
}

/// A token that has this meaning. Of an inflected verb the word as written
/// stays beside it: a passive shows in that.
fn meaning(meant: &Word, raw: &str) -> Token {
    let inflected = raw.ends_with("ing") || order::participle(raw);
    Token::Word(Word {
        raw: if inflected { raw } else { &meant.raw }.to_owned(),
        stem: meant.stem.clone(),
    })
}

/// Puts the meaning in the place of each word that the lexicon knows.
fn meanings(tokens: &[Token]) -> Vec<Token> {
    let mut found = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else {
            found.push(token.clone());
            continue;
        };
        let known = guarded(word, tokens).or_else(|| LEXICON.meaning(&word.stem).cloned());
        match known {
            Some(meant) if compares(&meant.raw, &word.raw, tokens.get(at + 1)) => {
                found.push(meaning(&meant, &word.raw));
            }
            _ => found.push(token.clone()),
        }
    }
    found
}

/// `drop` removes, but `drop the price to 5` lowers, and so does `cut … by 5`.
fn guarded(word: &Word, tokens: &[Token]) -> Option<Word> {
    let to_or_by = tokens.iter().any(|t| t.is("to") || t.is("by"));
    let act = match word.stem.as_str() {
        "drop" if !to_or_by => "remove",
        "drop" | "cut" if to_or_by => "decrease",
        _ => return None,
    };
    match Token::word(act) {
        Token::Word(word) => Some(word),
        Token::Number(_) => None,
    }
}
