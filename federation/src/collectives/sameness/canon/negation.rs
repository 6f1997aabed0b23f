//! Negation in one form: a `not` before what is negated.

use crate::collectives::sameness::words::Token;

/// Words that only carry a `not`.
const CARRIERS: [&str; 8] = [
    "do", "does", "did", "should", "will", "would", "shall", "ought",
];

/// How many tokens at the start recommend against what follows: `I do not
/// recommend`, `advise against`, `we should avoid` with a verb after it.
pub(super) fn against(tokens: &[Token]) -> usize {
    let raw = |n: usize| tokens.get(n).map_or("", Token::raw);
    let advises = |word: &str| {
        matches!(
            word,
            "recommend" | "advise" | "suggest" | "propose" | "advocate"
        )
    };
    let person = usize::from(matches!(raw(0), "i" | "we"));
    if person == 1 && matches!(raw(1), "am" | "are") && raw(2) == "against" {
        return 3;
    }
    let carrier = usize::from(matches!(raw(person), "do" | "would" | "should"));
    if carrier == 1 && raw(person + 1) == "not" && advises(raw(person + 2)) {
        return person + 3;
    }
    let strongly = usize::from(raw(person + carrier) == "strongly");
    let at = person + carrier + strongly;
    if (advises(raw(at)) || raw(at) == "decide") && raw(at + 1) == "against" {
        return at + 2;
    }
    0
}

/// `do not`, `never`, `no longer`, `stop …ing` and `avoid …ing` are `not`.
pub(super) fn plain(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at < tokens.len() {
        let raw = |n: usize| tokens.get(at + n).map_or("", Token::raw);
        let ing = |n: usize| raw(n).len() > 4 && raw(n).ends_with("ing");
        let stem = tokens[at].stem();
        if CARRIERS.contains(&raw(0)) && raw(1) == "not" {
            tokens.remove(at);
            continue;
        }
        let spoken = |n: usize| n > 0 && tokens[n - 1].is("not");
        let replaced = match (raw(0), raw(1)) {
            ("never", _) => Some((at..at + 1, "not")),
            ("no", "longer") | ("refrain", "from") => Some((at..at + 2, "not")),
            _ if stem == "stop" && ing(1) && spoken(at) => Some((at - 1..at + 1, "continue")),
            _ if (stem == "stop" || stem == "avoid") && ing(1) => Some((at..at + 1, "not")),
            (_, "on") if matches!(stem, "keep" | "carri" | "go") && ing(2) => {
                Some((at..at + 2, "continue"))
            }
            _ if stem == "keep" && ing(1) => Some((at..at + 1, "continue")),
            _ => None,
        };
        let ended = match (raw(0), raw(1)) {
            ("any", "more" | "longer") => 2,
            ("anymore", _) => 1,
            _ => 0,
        };
        if let Some((range, word)) = replaced {
            at = range.start;
            tokens.splice(range, [Token::word(word)]);
        } else if ended > 0 && negated_before(tokens, at) {
            tokens.drain(at..at + ended);
            continue;
        }
        at += 1;
    }
}

fn negated_before(tokens: &[Token], at: usize) -> bool {
    tokens[..at].iter().any(|token| token.is("not"))
}

/// What a negated act amounts to, where nothing lies between the two.
const COMPLEMENTS: [(&str, &str); 5] = [
    ("remove", "keep"),
    ("forbid", "allow"),
    ("allow", "forbid"),
    ("hide", "show"),
    ("block", "allow"),
];

/// Two negations cancel out; `not remove` is `keep`.
pub(super) fn fold(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 1 < tokens.len() {
        if tokens[at].is("not") && tokens[at + 1].is("not") {
            tokens.drain(at..at + 2);
            continue;
        }
        let meant = COMPLEMENTS
            .iter()
            .find(|(act, _)| tokens[at + 1].means(act));
        if tokens[at].is("not")
            && let Some((_, other)) = meant
        {
            tokens.splice(at..at + 2, [Token::word(other)]);
        }
        at += 1;
    }
}
