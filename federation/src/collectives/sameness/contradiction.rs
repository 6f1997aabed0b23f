//! What surely parts two texts: found by what one says and the other does not.
//!
//! Each rule wants the rest of the texts to be the same, or nearly. What no
//! rule parts may still be different; that is for a judge.

mod clash;
mod turned;

use super::words::Token;

/// Longer texts are for a judge.
const MOST_TOKENS: usize = 40;

/// Whether two words, as written in their texts, are names.
pub(super) type Named<'a> = &'a dyn Fn(&str, &str) -> bool;

/// Tokens of one text that the other lacks, in order.
struct Difference<'a> {
    left: Vec<&'a Token>,
    right: Vec<&'a Token>,
}

/// Why two canonical texts are surely different, if they are.
/// `named` tells whether a word is a name in both texts.
pub(super) fn find(a: &[Token], b: &[Token], named: Named<'_>) -> Option<&'static str> {
    if a.is_empty() || b.is_empty() || a.len() > MOST_TOKENS || b.len() > MOST_TOKENS {
        return None;
    }
    let found = Difference::of(a, b);
    negated(&found)
        .or_else(|| clash::one_for_one(a, b, &found, named))
        .or_else(|| clash::scope(&found))
        .or_else(|| turned::swapped(a, b))
        .or_else(|| narrowed(a, b, &found))
        .or_else(|| clash::by_the_act(a, b))
}

impl<'a> Difference<'a> {
    fn of(a: &'a [Token], b: &'a [Token]) -> Self {
        Self {
            left: without(a, b),
            right: without(b, a),
        }
    }

    /// What is on one side only, where the other side has nothing of its own.
    fn one_sided(&self) -> Option<&[&'a Token]> {
        match (self.left.as_slice(), self.right.as_slice()) {
            ([], extra) | (extra, []) if !extra.is_empty() => Some(extra),
            _ => None,
        }
    }
}

/// Two tokens mean the same; how they were written does not matter.
fn same(a: &Token, b: &Token) -> bool {
    match (a, b) {
        (Token::Word(a), Token::Word(b)) => a.stem == b.stem,
        (Token::Number(a), Token::Number(b)) => a == b,
        _ => false,
    }
}

fn equal(a: &[Token], b: &[Token]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

fn without<'a>(a: &'a [Token], b: &[Token]) -> Vec<&'a Token> {
    let mut rest: Vec<&Token> = b.iter().collect();
    a.iter()
        .filter(
            |token| match rest.iter().position(|other| same(token, other)) {
                Some(at) => {
                    rest.swap_remove(at);
                    false
                }
                None => true,
            },
        )
        .collect()
}

/// One says `not`, or hedges, and there is no other difference.
fn negated(found: &Difference<'_>) -> Option<&'static str> {
    match found.one_sided()? {
        [one] if one.is("not") || one.is("no") => Some("one negates what the other says"),
        [one] if one.is("perhaps") => Some("one only considers what the other recommends"),
        _ => None,
    }
}

/// Words that narrow what comes before them, whatever follows.
const NARROWING: [&str; 23] = [
    "only", "except", "unless", "if", "when", "until", "before", "after", "without", "within",
    "during", "on", "into", "from", "per", "under", "who", "starting", "once", "in", "with", "for",
    "by",
];

/// `in general`, `with care`: no narrowing.
const LOOSE: [(&str, &str); 28] = [
    ("in", "general"),
    ("in", "any"),
    ("in", "long"),
    ("in", "my"),
    ("in", "order"),
    ("in", "short"),
    ("in", "future"),
    ("in", "end"),
    ("in", "fact"),
    ("in", "principle"),
    ("with", "care"),
    ("on", "balance"),
    ("for", "clarity"),
    ("for", "consistency"),
    ("for", "security"),
    ("for", "safety"),
    ("for", "simplicity"),
    ("for", "convenience"),
    ("for", "accessibility"),
    ("for", "everyone"),
    ("for", "example"),
    ("for", "better"),
    ("for", "sake"),
    ("for", "compliance"),
    ("for", "every"),
    ("by", "way"),
    ("for", "more"),
    ("for", "legal"),
];

/// One text is the other with a number, a condition or a place added.
fn narrowed(a: &[Token], b: &[Token], found: &Difference<'_>) -> Option<&'static str> {
    const WHY: &str = "one adds a number, a condition or a place";
    let extra = found.one_sided()?;
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if short.len() < 2 || !in_order(short, long) {
        return None;
    }
    let counts = |token: &&&Token| matches!(token, Token::Number(n) if *n != super::numbers::Number::plain(1));
    if extra.iter().any(|token| counts(&token)) {
        return Some(WHY);
    }
    if let [one, other] = extra
        && (one.is("and") || other.is("and"))
    {
        return Some("one names more than the other");
    }
    let appended = equal(short, &long[..short.len()]);
    let first = long.get(short.len()).map_or("", Token::raw);
    let second = long.get(short.len() + 1).map_or("", Token::raw);
    let loose = LOOSE.contains(&(first, second)) || second.is_empty();
    (appended && NARROWING.contains(&first) && !loose).then_some(WHY)
}

fn in_order(short: &[Token], long: &[Token]) -> bool {
    let mut rest = long.iter();
    short
        .iter()
        .all(|token| rest.any(|other| same(token, other)))
}
