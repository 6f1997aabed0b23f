//! Two parts that have changed places: `from A to B`, `from B to A`.

use super::{equal, same};
use crate::collectives::sameness::{canon::BREAKS, words::Token};

/// Longest part that changes places, in tokens.
const LONGEST: usize = 5;

/// Whether one text is the other with two parts swapped around a middle that
/// is no mere list.
pub(super) fn swapped(a: &[Token], b: &[Token]) -> Option<&'static str> {
    if a.len() != b.len() || equal(a, b) {
        return None;
    }
    let head = a.iter().zip(b).take_while(|(a, b)| same(a, b)).count();
    let tail = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| same(a, b))
        .count();
    let tail = tail.min(a.len() - head);
    let (a, b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let n = a.len();
    for x in 1..=LONGEST.min(n.saturating_sub(2)) {
        for y in 1..=LONGEST.min(n - x - 1) {
            let middle = &a[x..n - y];
            let turned = equal(&a[..x], &b[n - x..])
                && equal(&a[n - y..], &b[..y])
                && equal(middle, &b[y..n - x]);
            if turned && has_places(&a[..x]) && has_places(&a[n - y..]) && relates(middle) {
                return Some("the parts have changed places");
            }
        }
    }
    None
}

/// Things have a place in a relation; times, manners and further phrases may
/// stand anywhere.
fn has_places(part: &[Token]) -> bool {
    part.iter().all(|token| match token {
        Token::Number(_) => false,
        Token::Word(word) => !word.raw.ends_with("ly") && !BREAKS.contains(&word.raw.as_str()),
    })
}

/// The middle is a relation or an act, not a list.
fn relates(middle: &[Token]) -> bool {
    !middle
        .iter()
        .any(|token| matches!(token.raw(), "and" | "or" | "nor" | "then"))
}
