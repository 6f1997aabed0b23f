//! Names: words written with a capital where no sentence begins.

use std::collections::HashSet;

/// The names of a text, in lower case. None where capitals are the custom, as
/// in a title.
pub(super) fn of(text: &str) -> HashSet<String> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let capital = |word: &&&str| word.chars().next().is_some_and(char::is_uppercase);
    let others = words.get(1..).unwrap_or_default();
    if others.iter().filter(capital).count() * 2 > others.len().max(2) {
        return HashSet::new();
    }
    let names = others
        .iter()
        .filter(capital)
        .filter(|word| word.chars().count() > 1);
    names.map(|word| word.to_lowercase()).collect()
}

/// Whether one may be the other misspelt, cut short or in another language.
pub(super) fn alike(a: &str, b: &str) -> bool {
    a.chars().next() == b.chars().next()
}
