//! Whether two short texts recommend the same, by a documented normaliser.
//!
//! It is sure of few things, and right where it is sure: `Same` is said only
//! of texts with one canonical form, `Different` only of texts that contradict
//! each other in a known way. The rest is `Unsure`, and for a judge.
//!
//! The canonical form takes from a text, in this order: case, punctuation and
//! contractions; what says only that something is recommended (`we should`);
//! numerals and units (`three`, `1,000`, `90 min`); the spelling and the
//! inflection of words; synonyms (`lexicon/synonyms.txt`); negation in its
//! many forms; and order, where it cannot change the meaning. Since texts are
//! the same exactly where their forms are, grouping by it is an equivalence.

mod canon;
mod contradiction;
mod lexicon;
mod names;
mod numbers;
pub(in crate::collectives) mod words;

use super::consensus;
use words::Token;

pub(in crate::collectives) use canon::read;
pub(in crate::collectives) use numbers::Number;

/// Longer texts, in bytes, are compared by `consensus::fold` alone.
const MOST_BYTES: usize = 4_000;

/// How two texts relate, and why where that is sure. The reason is a short
/// sentence for people, without a capital and a full stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sameness {
    Same(&'static str),
    Different(&'static str),
    Unsure,
}

/// Compares two texts, whatever their order. Texts are the same exactly where
/// their [`fold`] is.
pub fn compare(a: &str, b: &str) -> Sameness {
    if a.len() > MOST_BYTES || b.len() > MOST_BYTES {
        return if fold(a) == fold(b) {
            Sameness::Same(SAME_WORDS)
        } else {
            Sameness::Unsure
        };
    }
    let (left, right) = (canon::canonical(a), canon::canonical(b));
    if rendered(&left, a) == rendered(&right, b) {
        let plain = consensus::fold(a) == consensus::fold(b);
        return Sameness::Same(if plain { SAME_WORDS } else { OTHER_WORDS });
    }
    let names = (names::of(a), names::of(b));
    let named =
        |a: &str, b: &str| names.0.contains(a) && names.1.contains(b) && !names::alike(a, b);
    contradiction::find(&left, &right, &named).map_or(Sameness::Unsure, Sameness::Different)
}

const SAME_WORDS: &str = "the same but for case, space and punctuation";
const OTHER_WORDS: &str =
    "the same in other words: synonyms, word forms, numerals, units or filler";

/// The form that all texts share which surely recommend the same: a wider
/// `consensus::fold`. Not for people to read.
pub fn fold(text: &str) -> String {
    if text.len() > MOST_BYTES {
        return consensus::fold(text);
    }
    rendered(&canon::canonical(text), text)
}

/// A text of which nothing is left stands for itself.
fn rendered(tokens: &[Token], text: &str) -> String {
    if tokens.is_empty() {
        return consensus::fold(text);
    }
    let words = tokens.iter().map(|token| match token {
        Token::Word(word) => word.stem.clone(),
        Token::Number(number) => number.to_string(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
