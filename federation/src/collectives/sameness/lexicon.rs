//! What the normaliser knows of words: tables of text, read once.
//!
//! The tables are `lexicon/*.txt`; each says at its head what a line means.
//! They hold stems' base forms, so that one entry serves every inflection.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::words::{Token, Word, stem, tokens};

/// A phrase and the meaning it stands for.
pub(super) struct Phrase {
    /// Stems; for a verb with a particle, those before and after the gap.
    pub words: Vec<String>,
    /// The particle that may stand some words later.
    pub particle: Vec<String>,
    pub meaning: Word,
}

pub(super) struct Lexicon {
    /// Stem of a word to the word that stands for it.
    meanings: HashMap<String, Word>,
    /// By the first stem; the longest first.
    phrases: HashMap<String, Vec<Phrase>>,
    opposites: HashSet<(String, String)>,
    /// Meaning to the lines of `classes.txt` that name it.
    classes: HashMap<String, Vec<usize>>,
    /// Openings, in stems, with whether they hedge; the longest first.
    openings: Vec<(Vec<String>, bool)>,
}

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

impl Lexicon {
    fn read() -> Self {
        let mut lexicon = Self {
            meanings: HashMap::new(),
            phrases: HashMap::new(),
            opposites: HashSet::new(),
            classes: HashMap::new(),
            openings: Vec::new(),
        };
        for line in rows(include_str!("lexicon/synonyms.txt")) {
            if let Some((meaning, others)) = line.split_once(':') {
                others
                    .split(',')
                    .for_each(|other| lexicon.learn(meaning, other));
            }
        }
        for phrases in lexicon.phrases.values_mut() {
            let length = |p: &Phrase| std::cmp::Reverse(p.words.len() + p.particle.len());
            phrases.sort_by_key(length);
        }
        for line in rows(include_str!("lexicon/opposites.txt")) {
            if let Some((a, b)) = line.split_once(' ') {
                let (a, b) = (lexicon.of(a), lexicon.of(b));
                lexicon.opposites.insert((b.clone(), a.clone()));
                lexicon.opposites.insert((a, b));
            }
        }
        for (number, line) in rows(include_str!("lexicon/classes.txt")).enumerate() {
            for name in line.split(' ') {
                let name = lexicon.of(name);
                lexicon.classes.entry(name).or_default().push(number);
            }
        }
        for (text, hedges) in [
            (include_str!("lexicon/filler.txt"), false),
            (include_str!("lexicon/hedges.txt"), true),
        ] {
            let openings = rows(text).map(|row| (stems(row), hedges));
            lexicon.openings.extend(openings);
        }
        let length = |(words, _): &(Vec<String>, bool)| std::cmp::Reverse(words.len());
        lexicon.openings.sort_by_key(length);
        lexicon
    }

    fn learn(&mut self, meaning: &str, other: &str) {
        let meaning = Word {
            raw: meaning.trim().to_owned(),
            stem: stem(meaning.trim()),
        };
        let (words, particle) = other.split_once('…').unwrap_or((other, ""));
        let (words, particle) = (stems(words), stems(particle));
        match words.first() {
            Some(word) if words.len() == 1 && particle.is_empty() => {
                self.meanings.insert(word.clone(), meaning);
            }
            Some(first) => self.phrases.entry(first.clone()).or_default().push(Phrase {
                words,
                particle,
                meaning,
            }),
            None => {}
        }
    }

    /// The meaning of a word, in the form that stands for all its synonyms.
    pub fn of(&self, word: &str) -> String {
        let stem = stem(word);
        match self.meaning(&stem) {
            Some(meaning) => meaning.stem.clone(),
            None => stem,
        }
    }

    /// The word that stands for a stem; `None` where the stem does itself.
    pub fn meaning(&self, stem: &str) -> Option<&Word> {
        self.meanings.get(stem)
    }

    pub fn phrases(&self, first: &str) -> &[Phrase] {
        self.phrases.get(first).map_or(&[], Vec::as_slice)
    }

    /// How many tokens at the start say only that something is recommended,
    /// and whether they say that it is only possible.
    pub fn opening(&self, tokens: &[Token]) -> Option<(usize, bool)> {
        let fits = |(words, _): &&(Vec<String>, bool)| {
            words.len() <= tokens.len() && words.iter().zip(tokens).all(|(w, t)| w == t.stem())
        };
        let (words, hedges) = self.openings.iter().find(fits)?;
        Some((words.len(), *hedges))
    }

    pub fn opposite(&self, a: &str, b: &str) -> bool {
        self.opposites.contains(&(a.to_owned(), b.to_owned()))
    }

    /// Two names of which a choice takes one.
    pub fn rivals(&self, a: &str, b: &str) -> bool {
        let (Some(a_in), Some(b_in)) = (self.classes.get(a), self.classes.get(b)) else {
            return false;
        };
        a != b && a_in.iter().any(|class| b_in.contains(class))
    }
}

fn rows(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Stems of a phrase, read as any text is.
fn stems(phrase: &str) -> Vec<String> {
    tokens(phrase)
        .iter()
        .map(|token| match token {
            Token::Word(word) => word.stem.clone(),
            Token::Number(number) => number.to_string(),
        })
        .collect()
}
