//! Acts that are told in several ways.

use super::order::BREAKS;
use crate::collectives::sameness::{
    numbers::{Number, Unit},
    words::Token,
};

/// Longest thing that an act is done to, in tokens.
const THING: usize = 6;

pub(super) fn settle(tokens: &mut Vec<Token>) {
    avoiding(tokens);
    unsupporting(tokens);
    preventing(tokens);
    making(tokens);
    replacing(tokens);
    limiting(tokens);
    fewer(tokens);
    every(tokens);
}

fn position(tokens: &[Token], from: usize, raw: &str) -> Option<usize> {
    let range = from..tokens.len().min(from + THING + 1);
    range.clone().find(|at| tokens[*at].is(raw))
}

/// Where the act stands: after `perhaps` and `not`.
fn act(tokens: &[Token]) -> usize {
    let framed = |t: &&Token| t.is("perhaps") || t.is("not");
    tokens.iter().take_while(framed).count()
}

/// `avoid X` is `do not use X`; with a verb, `avoid` is `not` already.
fn avoiding(tokens: &mut Vec<Token>) {
    let at = act(tokens);
    if tokens.get(at).is_some_and(|t| t.means("avoid")) && at + 1 < tokens.len() {
        tokens.splice(at..=at, [Token::word("not"), Token::word("use")]);
    }
}

/// `remove support for X` is `do not support X`.
fn unsupporting(tokens: &mut Vec<Token>) {
    let at = act(tokens);
    let supports = tokens.get(at + 1).is_some_and(|t| t.means("support"));
    if supports && tokens[at].means("remove") && tokens.get(at + 2).is_some_and(|t| t.is("for")) {
        tokens.splice(at..at + 3, [Token::word("not"), Token::word("support")]);
        super::negation::fold(tokens);
    }
}

/// `prevent X from doing` is `forbid X do`.
fn preventing(tokens: &mut Vec<Token>) {
    let at = act(tokens);
    if !tokens
        .get(at)
        .is_some_and(|t| ["prevent", "stop", "forbid"].iter().any(|act| t.means(act)))
    {
        return;
    }
    let from = (at + 2..tokens.len().min(at + THING)).find(|n| BREAKS.contains(&tokens[*n].raw()));
    if let Some(from) = from.filter(|n| tokens[*n].is("from")) {
        let acts = tokens
            .get(from + 1)
            .is_some_and(|t| t.raw().ends_with("ing"));
        if acts {
            tokens.remove(from);
            tokens[at] = Token::word("forbid");
        }
    }
}

/// `make X mandatory` is `require X`, `make X optional` is `not require X`,
/// `leave X visible` is `show X`.
fn making(tokens: &mut Vec<Token>) {
    let at = act(tokens);
    if !tokens
        .get(at)
        .is_some_and(|t| ["make", "leave", "keep"].iter().any(|act| t.means(act)))
    {
        return;
    }
    const MADE: [(&str, &str); 5] = [
        ("mandatory", "require"),
        ("require", "require"),
        ("optional", "require not"),
        ("visible", "show"),
        ("hide", "hide"),
    ];
    let means = |token: &Token| {
        let made = MADE.iter().find(|(state, _)| token.means(state));
        made.map(|(_, act)| *act)
    };
    let range = at + 2..tokens.len().min(at + THING);
    let Some((end, act)) = range.clone().find_map(|n| Some((n, means(&tokens[n])?))) else {
        return;
    };
    if tokens[at + 1..end]
        .iter()
        .any(|t| BREAKS.contains(&t.raw()))
    {
        return;
    }
    tokens.remove(end);
    let (act, negated) = act
        .split_once(' ')
        .map_or((act, false), |(act, _)| (act, true));
    tokens[at] = Token::word(act);
    if negated {
        tokens.insert(at, Token::word("not"));
        super::negation::fold(tokens);
    }
}

/// `not X without Y` is `X only with Y`; `before` is `only after`, `until` is
/// `only when`, `unless` is `only if`.
pub(super) fn only(tokens: &mut Vec<Token>) {
    let at = tokens.iter().take_while(|t| t.is("perhaps")).count();
    let condition = |t: &Token| {
        matches!(
            t.raw(),
            "without"
                | "before"
                | "until"
                | "unless"
                | "if"
                | "only"
                | "and"
                | "or"
                | "but"
                | "when"
                | "because"
        )
    };
    let mut conditions = (at + 1..tokens.len()).filter(|n| condition(&tokens[*n]));
    let (Some(place), None) = (conditions.next(), conditions.next()) else {
        return;
    };
    let with = match tokens[place].raw() {
        "without" => "with",
        "before" => "after",
        "until" => "when",
        "unless" => "if",
        _ => return,
    };
    let nots = tokens.iter().filter(|t| t.is("not")).count();
    if !tokens[at].is("not") || nots != 1 || place < at + 2 || place + 1 >= tokens.len() {
        return;
    }
    tokens.splice(place..=place, [Token::word("only"), Token::word(with)]);
    tokens.remove(at);
}

/// `move to B` is `switch to B`; `switch from A to B`, `use B instead of A` and `swap A for B` are `replace A
/// with B`.
fn replacing(tokens: &mut Vec<Token>) {
    let at = act(tokens);
    let Some(first) = tokens.get(at) else { return };
    let moves = ["switch", "move", "migrate", "change"]
        .iter()
        .any(|act| first.means(act));
    let next_from = tokens.get(at + 1).is_some_and(|t| t.is("from"));
    let with = || Token::word("with");
    let next_to = tokens.get(at + 1).is_some_and(|t| t.is("to"));
    if (moves || first.means("transition")) && next_to {
        // `move to X` and `migrate to X`.
        tokens[at] = Token::word("switch");
    } else if moves && next_from {
        if let Some(to) = position(tokens, at + 3, "to").filter(|to| to + 1 < tokens.len()) {
            tokens[to] = with();
            tokens.splice(at..at + 2, [Token::word("replace")]);
        }
    } else if first.means("swap") {
        if let Some(place) = position(tokens, at + 2, "for") {
            tokens[place] = with();
            tokens[at] = Token::word("replace");
        }
    } else if first.means("use") {
        let middle = tokens.iter().position(|t| t.is("insteadof"));
        let Some(middle) = middle.filter(|m| *m > at + 1 && m + 1 < tokens.len()) else {
            return;
        };
        if tokens[at + 1..].iter().any(|t| BREAKS.contains(&t.raw())) {
            return;
        }
        let old = tokens.split_off(middle + 1);
        tokens.pop();
        let new = tokens.split_off(at + 1);
        tokens[at] = Token::word("replace");
        tokens.extend(old);
        tokens.push(with());
        tokens.extend(new);
    }
}

/// `cap at 5` is `limit to 5`.
fn limiting(tokens: &mut [Token]) {
    let Some(at) = tokens.iter().position(|t| t.means("limit")) else {
        return;
    };
    for place in at + 1..tokens.len().saturating_sub(1) {
        if tokens[place].is("at") && matches!(tokens[place + 1], Token::Number(_)) {
            tokens[place] = Token::word("to");
        }
    }
}

/// `fewer X` is `decrease the number of X`.
fn fewer(tokens: &mut Vec<Token>) {
    let act = match tokens.first().map(Token::raw) {
        Some("fewer") if tokens.len() > 1 => "decrease",
        _ => return,
    };
    let words = [act, "number", "of"].map(Token::word);
    tokens.splice(0..1, words);
}

/// `every 24 hours` is `daily`.
fn every(tokens: &mut Vec<Token>) {
    let Some(at) = tokens.iter().position(|t| t.means("every")) else {
        return;
    };
    let Some(Token::Number(number)) = tokens.get(at + 1) else {
        return;
    };
    let of = |days: i128| Number::plain(days * 86_400).billionths;
    let word = match (number.unit, number.billionths) {
        (Unit::Second, n) if n == of(1) => "daily",
        (Unit::Second, n) if n == of(7) => "weekly",
        (Unit::Second, n) if n == of(1) / 24 => "hourly",
        (Unit::Month, n) if n == Number::plain(1).billionths => "monthly",
        (Unit::Month, n) if n == Number::plain(3).billionths => "quarterly",
        (Unit::Month, n) if n == Number::plain(12).billionths => "yearly",
        _ => return,
    };
    tokens.splice(at..at + 2, [Token::word(word)]);
}
