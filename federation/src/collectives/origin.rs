//! Where each sentence of a synthesis comes from: the contributions that said
//! it, or none where it is new.
//!
//! A contribution has said a sentence where one sentence of it has at least
//! [`SHARE`] percent of the sentence's content words (by meaning: synonyms and
//! inflections count as one word), or two neighbouring ones have at least
//! [`SHARE_OF_TWO`] percent; where every number is in them too; and where the
//! nearest of them agrees in being negated or not. That is a measure of words: a sentence told in
//! quite other words counts as new.

mod sentences;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sameness::{self, Number, words::Token};

pub use sentences::split;

/// Percent of its content words that a said sentence shares with another.
pub const SHARE: u32 = 60;
/// The same for two neighbouring sentences, which meet by chance more often.
pub const SHARE_OF_TWO: u32 = 80;
/// Sentences of a synthesis that are told; what comes after is left out.
pub const MOST_SENTENCES: usize = 300;
/// Sentences of a contribution that are read.
const MOST_READ: usize = 600;
/// Different content words of a sentence that are read: one bit each.
const MOST_WORDS: usize = 64;
/// Tokens of a sentence that are read.
const MOST_TOKENS: usize = 200;

/// A sentence of the synthesis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentenceOrigin {
    pub field: String,
    /// As it stands there, without the marks of a list.
    pub sentence: String,
    /// Places in the list of contributions, ascending; empty where it is new.
    pub contributions: Vec<usize>,
}

/// The sentences of the synthesis in the order of its fields (as
/// `fields::compare` has them), each with the contributions that said it.
/// Numbers and switches of their own are no sentences.
pub fn origins(synthesis: &Value, contributions: &[&Value]) -> Vec<SentenceOrigin> {
    let index = Index::new(contributions);
    let told = sentences::of(synthesis, MOST_SENTENCES).into_iter();
    told.map(|told| SentenceOrigin {
        contributions: index.said(&Content::of(&told.text)),
        field: told.field,
        sentence: told.text,
    })
    .collect()
}

/// What a sentence says.
struct Content {
    /// Different content words, by meaning.
    words: Vec<String>,
    numbers: HashSet<Number>,
    negated: bool,
    /// For sentences without a content word.
    folded: String,
}

impl Content {
    fn of(sentence: &str) -> Self {
        let tokens = sameness::read(sentence, MOST_TOKENS);
        let tokens = &tokens[counted(&tokens)..];
        let mut seen = HashSet::new();
        let mut words = Vec::new();
        let mut numbers = HashSet::new();
        let mut negations = 0;
        for token in tokens {
            match token {
                Token::Number(number) => {
                    numbers.insert(*number);
                }
                Token::Word(word) if NEGATIONS.contains(&word.raw.as_str()) => negations += 1,
                Token::Word(word) => {
                    let content = !sentences::is_empty_word(&word.raw)
                        && word.raw.chars().any(char::is_alphanumeric);
                    if content && words.len() < MOST_WORDS && seen.insert(word.stem.as_str()) {
                        words.push(word.stem.clone());
                    }
                }
            }
        }
        Self {
            words,
            numbers,
            negated: negations % 2 == 1,
            folded: sameness::fold(sentence),
        }
    }
}

const NEGATIONS: [&str; 7] = [
    "not", "no", "without", "nobody", "none", "neither", "nothing",
];

/// `Two of three agents say that`: the synthesis counts voices, and says
/// nothing yet. How many tokens do so.
fn counted(tokens: &[Token]) -> usize {
    let number = |at: usize| matches!(tokens.get(at), Some(Token::Number(_)));
    let raw = |at: usize| tokens.get(at).map_or("", Token::raw);
    let mut at = usize::from(number(0));
    if at == 1 && raw(1) == "of" {
        at += 1 + usize::from(raw(2) == "the");
        at += usize::from(number(at));
    }
    let voices = matches!(
        raw(at),
        "agent"
            | "agents"
            | "contribution"
            | "contributions"
            | "answer"
            | "answers"
            | "contributors"
            | "voices"
            | "proposals"
    );
    if at > 0 && voices { at + 1 } else { 0 }
}

/// A sentence of a contribution.
struct Read {
    contribution: usize,
    /// Numbers sentences in their order; the next field begins with a gap.
    place: usize,
    content: Content,
}

/// The sentences of all contributions, by their words.
struct Index {
    read: Vec<Read>,
    by_word: HashMap<String, Vec<usize>>,
    by_text: HashMap<String, Vec<usize>>,
}

impl Index {
    fn new(contributions: &[&Value]) -> Self {
        let mut index = Self {
            read: Vec::new(),
            by_word: HashMap::new(),
            by_text: HashMap::new(),
        };
        for (contribution, value) in contributions.iter().enumerate() {
            let mut place = 0;
            let mut field = None;
            for told in sentences::of(value, MOST_READ) {
                // Neighbours are of one field.
                place += 1 + usize::from(field.as_ref() != Some(&told.field));
                let content = Content::of(&told.text);
                index.add(contribution, place, content);
                field = Some(told.field);
            }
        }
        index
    }

    fn add(&mut self, contribution: usize, place: usize, content: Content) {
        let at = self.read.len();
        for word in &content.words {
            self.by_word.entry(word.clone()).or_default().push(at);
        }
        let text = content.folded.clone();
        self.by_text.entry(text).or_default().push(contribution);
        self.read.push(Read {
            contribution,
            place,
            content,
        });
    }

    /// The contributions that said it, ascending.
    fn said(&self, sentence: &Content) -> Vec<usize> {
        let same = self.by_text.get(&sentence.folded);
        let mut found: Vec<usize> = same.cloned().unwrap_or_default();
        if !sentence.words.is_empty() {
            let shared = self.shared(sentence);
            for (at, words) in &shared {
                let next = shared.get(&(at + 1)).filter(|_| self.neighbours(*at));
                let alone = self.holds(sentence, *words, &[(*at, *words)]);
                let pair = |next: u64| {
                    let passage = [(*at, *words), (at + 1, next)];
                    self.holds(sentence, *words | next, &passage)
                };
                if alone || next.is_some_and(|next| pair(*next)) {
                    found.push(self.read[*at].contribution);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Per sentence that shares a word, the shared words as bits.
    fn shared(&self, sentence: &Content) -> BTreeMap<usize, u64> {
        let mut shared = BTreeMap::new();
        for (bit, word) in sentence.words.iter().enumerate() {
            for at in self.by_word.get(word).into_iter().flatten() {
                *shared.entry(*at).or_default() |= 1_u64 << bit;
            }
        }
        shared
    }

    /// The next sentence follows this one in the same field.
    fn neighbours(&self, at: usize) -> bool {
        let (Some(one), Some(next)) = (self.read.get(at), self.read.get(at + 1)) else {
            return false;
        };
        one.contribution == next.contribution && one.place + 1 == next.place
    }

    /// Whether a passage says the sentence: its words, numbers and negation.
    fn holds(&self, sentence: &Content, words: u64, passage: &[(usize, u64)]) -> bool {
        let all = u32::try_from(sentence.words.len()).unwrap_or(u32::MAX);
        let shared = words.count_ones();
        // One word in common is no passage, where there are more.
        let least = if passage.len() > 1 {
            SHARE_OF_TWO
        } else {
            SHARE
        };
        if shared * 100 < all.saturating_mul(least) || (shared < 2 && all > 1) {
            return false;
        }
        let numbers = |number: &Number| {
            let told = |(at, _): &(usize, u64)| self.read[*at].content.numbers.contains(number);
            passage.iter().any(told)
        };
        // Of two that are as near, the first.
        let nearest = passage
            .iter()
            .rev()
            .max_by_key(|(_, words)| words.count_ones());
        let agrees =
            nearest.is_some_and(|(at, _)| self.read[*at].content.negated == sentence.negated);
        agrees && sentence.numbers.iter().all(numbers)
    }
}

#[cfg(test)]
mod tests;
