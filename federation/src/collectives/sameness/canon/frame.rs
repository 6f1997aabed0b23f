//! What stands around a recommendation: that it is one, how sure it is, and
//! why.

use super::negation;
use crate::collectives::sameness::{lexicon::LEXICON, words::Token};

/// Strips what says only that something is recommended. A recommendation
/// against something is its negation; one that is only possible begins with
/// `perhaps`.
pub(super) fn open(tokens: &mut Vec<Token>) {
    preamble(tokens);
    close(tokens);
    let (mut negated, mut hedged, mut opened) = (false, false, false);
    loop {
        let against = negation::against(tokens);
        if against > 0 {
            negated = !negated;
            opened = true;
            tokens.drain(..against);
            continue;
        }
        let connects =
            opened && matches!(tokens.first().map(Token::raw), Some("to" | "that" | "we"));
        let opening = LEXICON.opening(tokens).or(connects.then_some((1, false)));
        let Some((taken, hedges)) = opening.filter(|(taken, _)| *taken < tokens.len()) else {
            break;
        };
        hedged |= hedges;
        opened = true;
        tokens.drain(..taken);
    }
    // `we should be saving`.
    let ing = |token: Option<&Token>| {
        token.is_some_and(|t| t.raw().len() > 4 && t.raw().ends_with("ing"))
    };
    if opened && tokens[0].is("be") && ing(tokens.get(1)) {
        tokens.remove(0);
    }
    if tokens.len() > 2 && tokens[0].is("not") && tokens[1].is("to") {
        tokens.remove(1);
    }
    if negated {
        tokens.insert(0, Token::word("not"));
    }
    if hedged {
        tokens.insert(0, Token::word("perhaps"));
    }
}

/// Takes away an opinion marked as one at the end.
fn close(tokens: &mut Vec<Token>) {
    const CLOSINGS: [&[&str]; 8] = [
        &["in", "my", "opinion"],
        &["in", "my", "view"],
        &["in", "our", "view"],
        &["if", "you", "ask", "me"],
        &["i", "think"],
        &["i", "believe"],
        &["i", "would", "say"],
        &["please"],
    ];
    let ends = |closing: &&&[&str]| {
        let Some(from) = tokens.len().checked_sub(closing.len() + 1) else {
            return false;
        };
        let last = &tokens[from + 1..];
        last.iter()
            .zip(closing.iter())
            .all(|(token, word)| token.is(word))
    };
    if let Some(closing) = CLOSINGS.iter().find(ends) {
        tokens.truncate(tokens.len() - closing.len());
    }
}

/// Longest preamble, in tokens.
const PREAMBLE: usize = 16;

/// `Given what we heard, it is clear that …`: what comes before an opening and
/// only gives reasons.
fn preamble(tokens: &mut Vec<Token>) {
    let raw = |n: usize| tokens.get(n).map_or("", Token::raw);
    let reasons = match raw(0) {
        "given" => matches!(raw(1), "what" | "that" | "how" | "the" | "our" | "all"),
        "considering" | "weighing" | "because" | "since" => true,
        "after" | "having" => matches!(
            raw(1),
            "weighing"
                | "weighed"
                | "considering"
                | "considered"
                | "reviewing"
                | "reviewed"
                | "looking"
                | "reading"
                | "discussing"
                | "thinking"
                | "careful"
                | "comparing"
                | "talking"
                | "much"
        ),
        "based" => raw(1) == "on",
        "in" => matches!(raw(1), "light" | "view"),
        _ => false,
    };
    if !reasons {
        return;
    }
    // An opening of one word (`just`) may stand in the middle of anything.
    let starts = |at: &usize| {
        LEXICON
            .opening(&tokens[*at..])
            .is_some_and(|(taken, _)| taken > 1)
    };
    if let Some(at) = (2..tokens.len().min(PREAMBLE)).find(starts) {
        tokens.drain(..at);
    }
}

/// Takes away a reason at the end, unless it may hold more than a reason or the
/// reason is what is negated.
pub(super) fn reason(tokens: &mut Vec<Token>) {
    const MORE: [&str; 16] = [
        "and", "but", "so", "then", "if", "unless", "only", "except", "until", "when", "or",
        "should", "must", "instead", "not", "before",
    ];
    let so_that =
        |at: &usize| tokens[*at].is("so") && tokens.get(at + 1).is_some_and(|t| t.is("that"));
    let begins = |at: &usize| tokens[*at].is("because") || so_that(at);
    let Some(at) = (0..tokens.len()).find(begins) else {
        return;
    };
    let more = tokens[at + 1..].iter().any(|t| MORE.contains(&t.raw()));
    let negated = tokens[..at]
        .iter()
        .any(|t| matches!(t.raw(), "not" | "no" | "never" | "only"));
    if at > 1 && !more && !negated {
        tokens.truncate(at);
    }
}
