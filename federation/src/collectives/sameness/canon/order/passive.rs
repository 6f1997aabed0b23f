//! What should be done to a thing, told as an act.

use super::CLAUSES;
use crate::collectives::sameness::words::Token;

/// `Ensure that backups are encrypted` says that they should be.
fn ensured(tokens: &mut Vec<Token>) {
    if !tokens.first().is_some_and(|t| t.is("ensure")) {
        return;
    }
    let be = |at: &usize| matches!(tokens[*at].raw(), "is" | "are" | "be");
    let Some(at) = (2..tokens.len().min(9)).find(be) else {
        return;
    };
    if participle(tokens.get(at + 1).map_or("", Token::raw)) {
        tokens.splice(at..=at, [Token::word("should"), Token::word("be")]);
        tokens.remove(0);
    }
}

/// `The fees should be lowered` becomes `lower the fees`.
pub(in super::super) fn active(tokens: &mut Vec<Token>) {
    ensured(tokens);
    let raw = |n: usize| tokens.get(n).map_or("", Token::raw);
    let Some(modal) = (1..tokens.len().min(9)).find(|at| {
        matches!(raw(*at), "should" | "must")
            || (matches!(
                raw(*at),
                "need" | "needs" | "has" | "have" | "ought" | "is" | "are"
            ) && raw(at + 1) == "to")
            || (raw(*at) == "not" && matches!(raw(at + 1), "be" | "stay" | "remain"))
    }) else {
        return;
    };
    let mut at = modal;
    if raw(at) != "not" {
        at += if raw(at + 1) == "to" { 2 } else { 1 };
    }
    let negated = raw(at) == "not";
    at += usize::from(negated);
    let subject = &tokens[..modal];
    if subject
        .iter()
        .any(|t| CLAUSES.contains(&t.raw()) && !t.is("and"))
    {
        return;
    }
    let (act, rest) = match raw(at) {
        "be" if participle(raw(at + 1)) => (tokens[at + 1].clone(), at + 2),
        "be" if at + 1 < tokens.len() => (Token::word("make"), at + 1),
        "stay" | "remain" if at + 1 < tokens.len() => (Token::word("keep"), at + 1),
        _ => return,
    };
    let mut rewritten = Vec::with_capacity(tokens.len());
    if negated {
        rewritten.push(Token::word("not"));
    }
    rewritten.push(act);
    rewritten.extend_from_slice(subject);
    rewritten.extend_from_slice(&tokens[rest..]);
    *tokens = rewritten;
}

/// `lowered`, `sent`: what follows `be` in a passive.
pub(in super::super) fn participle(raw: &str) -> bool {
    const IRREGULAR: [&str; 22] = [
        "built",
        "kept",
        "hidden",
        "sent",
        "chosen",
        "written",
        "taken",
        "given",
        "made",
        "bought",
        "put",
        "set",
        "cut",
        "split",
        "shown",
        "frozen",
        "forbidden",
        "run",
        "rewritten",
        "paid",
        "sold",
        "withdrawn",
    ];
    let ed = raw.len() > 4 && raw.ends_with("ed") && !raw.ends_with("eed");
    ed || IRREGULAR.contains(&raw)
}
