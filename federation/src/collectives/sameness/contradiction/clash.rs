//! Words and numbers that exclude each other.

use super::{Difference, Named, same};
use crate::collectives::sameness::{
    lexicon::LEXICON,
    numbers::{Number, Unit},
    words::Token,
};

/// The texts are the same but for one word or number in the same place (or, of
/// numbers, for several). Prepositions may differ with the word: `include in`,
/// `exclude from`.
pub(super) fn one_for_one(
    a: &[Token],
    b: &[Token],
    found: &Difference<'_>,
    named: Named<'_>,
) -> Option<&'static str> {
    if found.left.is_empty() || a.len() != b.len() {
        return None;
    }
    let places: Vec<_> = a.iter().zip(b).filter(|(a, b)| !same(a, b)).collect();
    if places.iter().all(|(a, b)| numbers(a, b)) {
        return Some("the numbers differ");
    }
    let link = |token: &Token| LINKS.contains(&token.raw());
    let mut told = places.iter().filter(|(a, b)| !(link(a) && link(b)));
    let (Some((a, b)), None) = (told.next(), told.next()) else {
        return match places.as_slice() {
            [(a, b)] => words(a, b, named),
            _ => None,
        };
    };
    words(a, b, named)
}

const LINKS: [&str; 8] = ["to", "from", "in", "into", "at", "on", "with", "for"];

/// Whom or what it is for: `everyone` or `admin only`.
pub(super) fn scope(found: &Difference<'_>) -> Option<&'static str> {
    const WHOLE: [&str; 4] = ["everyone", "every", "nobody", "only"];
    const PARTS: [&str; 12] = [
        "admin",
        "owner",
        "member",
        "guest",
        "editor",
        "viewer",
        "manager",
        "developer",
        "new",
        "some",
        "most",
        "half",
    ];
    let whole = |t: &&&Token| WHOLE.iter().any(|word| t.means(word));
    let scope = |t: &&Token| whole(&t) || PARTS.iter().any(|word| t.means(word));
    let sides = [&found.left, &found.right];
    let told = sides
        .iter()
        .all(|side| !side.is_empty() && side.iter().all(&scope));
    let wholly = found.left.iter().chain(&found.right).any(|t| whole(&t));
    (told && wholly).then_some("they are for different people or things")
}

/// Both name a number of the same kind, and not the same one.
fn numbers(a: &Token, b: &Token) -> bool {
    match (a, b) {
        (Token::Number(a), Token::Number(b)) => differ(*a, *b),
        _ => is_clock(a) && is_clock(b) && a.raw() != b.raw(),
    }
}

fn is_clock(token: &Token) -> bool {
    let raw = token.raw();
    raw.len() == 5 && raw.as_bytes()[2] == b':' && raw.as_bytes()[0].is_ascii_digit()
}

/// Numbers whose units compare must be apart; a month is taken as 30.4 days,
/// and only what is far apart differs for sure.
fn differ(a: Number, b: Number) -> bool {
    if a.ordinal != b.ordinal {
        return false;
    }
    if a.unit == b.unit {
        return a.billionths != b.billionths;
    }
    let (Some((a_time, a)), Some((b_time, b))) = (size(a), size(b)) else {
        return false;
    };
    a_time == b_time && (a * b < 0.0 || a.abs() > 1.5 * b.abs() || b.abs() > 1.5 * a.abs())
}

/// Whether it is a time, and its size in seconds; else that of data in bytes.
#[allow(clippy::cast_precision_loss)]
fn size(number: Number) -> Option<(bool, f64)> {
    let factor = match number.unit {
        Unit::Second | Unit::Sized("byte") => 1.0,
        Unit::Month => 2_626_560.0,
        Unit::Sized("kb") => 1e3,
        Unit::Sized("mb") => 1e6,
        Unit::Sized("gb") => 1e9,
        Unit::Sized("tb") => 1e12,
        _ => return None,
    };
    Some((number.unit.is_time(), number.billionths as f64 * factor))
}

fn words(a: &Token, b: &Token, named: Named<'_>) -> Option<&'static str> {
    const NAMES: &str = "they name different things";
    let every = |token: &Token| token.means("every");
    match (a, b) {
        (Token::Number(n), other) | (other, Token::Number(n)) if every(other) => {
            return (n.unit == Unit::Plain && !n.ordinal).then_some("the numbers differ");
        }
        (Token::Number(_), _) | (_, Token::Number(_)) => return None,
        _ => {}
    }
    if numbered(a.raw(), b.raw()) || named(a.raw(), b.raw()) {
        return Some(NAMES);
    }
    let (a, b) = (a.stem(), b.stem());
    if LEXICON.opposite(a, b) || prefixed(a, b) || prefixed(b, a) {
        return Some("one says the opposite of the other");
    }
    LEXICON.rivals(a, b).then_some(NAMES)
}

/// `v1` and `v2`, `p95` and `p99`.
fn numbered(a: &str, b: &str) -> bool {
    let parts = |text: &'_ str| {
        let at = text.find(|c: char| c.is_ascii_digit())?;
        let number = text[at..].bytes().all(|b| b.is_ascii_digit());
        (at > 0 && number).then(|| (text[..at].to_owned(), text[at..].to_owned()))
    };
    matches!((parts(a), parts(b)), (Some(a), Some(b)) if a.0 == b.0 && a.1 != b.1)
}

/// `lock` and `unlock`, `formal` and `informal`.
fn prefixed(a: &str, b: &str) -> bool {
    let prefixes = ["un", "in", "im", "non", "dis", "de"];
    a.len() > 3
        && prefixes
            .iter()
            .any(|prefix| b.strip_prefix(prefix) == Some(a))
}

/// Words that make an act conditional: with them, two acts on one thing may
/// come to the same.
const CONDITIONS: [&str; 18] = [
    "until",
    "unless",
    "except",
    "only",
    "before",
    "without",
    "but",
    "insteadof",
    "instead",
    "than",
    "yet",
    "after",
    "if",
    "when",
    "once",
    "while",
    "and",
    "perhaps",
];

/// The same act on the same thing, negated in one text; or opposite acts on it.
pub(super) fn by_the_act(a: &[Token], b: &[Token]) -> Option<&'static str> {
    let conditional = |t: &&Token| CONDITIONS.contains(&t.raw()) || CONDITIONS.contains(&t.stem());
    if a.iter().chain(b).any(|t| conditional(&t)) {
        return None;
    }
    let (a_not, a) = act(a)?;
    let (b_not, b) = act(b)?;
    if a.iter()
        .chain(b)
        .any(|token| token.is("not") || token.is("no"))
        || !same(&a[1], &b[1])
    {
        return None;
    }
    // The same thing: `the old flow` and `the old price` are not.
    let rest = a[1..]
        .iter()
        .zip(&b[1..])
        .take_while(|(a, b)| same(a, b))
        .count()
        + 1;
    let whole = rest == a.len() || rest == b.len();
    if a_not != b_not {
        let same_act = whole && same(&a[0], &b[0]);
        return same_act.then_some("one recommends what the other advises against");
    }
    if whole && LEXICON.opposite(a[0].stem(), b[0].stem()) {
        return Some("they recommend opposite acts");
    }
    None
}

/// Whether the act is negated, and the text from the act on.
fn act(tokens: &[Token]) -> Option<(bool, &[Token])> {
    let negated = tokens.first()?.is("not");
    let rest = &tokens[usize::from(negated)..];
    (rest.len() >= 2).then_some((negated, rest))
}
