//! Order, where it cannot change the meaning.

mod passive;

use crate::collectives::sameness::{lexicon::LEXICON, words::Token};

pub(super) use passive::{active, participle};

/// Words at which a phrase ends.
pub(in crate::collectives::sameness) const BREAKS: [&str; 36] = [
    "in", "on", "at", "by", "for", "from", "to", "with", "without", "before", "after", "until",
    "and", "or", "but", "if", "when", "unless", "because", "who", "that", "which", "while",
    "where", "through", "via", "per", "only", "except", "not", "during", "within", "as", "of",
    "than", "into",
];

/// Words that begin a part with a subject or a condition of its own: nothing
/// is moved across it.
const CLAUSES: [&str; 22] = [
    "and",
    "or",
    "but",
    "if",
    "when",
    "unless",
    "because",
    "who",
    "that",
    "which",
    "while",
    "where",
    "to",
    "before",
    "after",
    "until",
    "so",
    "not",
    "insteadof",
    "than",
    "then",
    "as",
];

pub(super) const TIME_WORDS: [&str; 40] = [
    "today",
    "tomorrow",
    "tonight",
    "now",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "q1",
    "q2",
    "q3",
    "q4",
    "week",
    "month",
    "quarter",
    "year",
    "sprint",
    "weekend",
    "daily",
    "weekly",
    "monthly",
    "quarterly",
    "yearly",
    "nightly",
    "hourly",
];

const BEFORE_TIME: [&str; 12] = [
    "in", "on", "by", "before", "after", "until", "from", "within", "at", "during", "starting",
    "as",
];

/// Adverbs that say of the act the same wherever they stand.
const ADVERBS: [&str; 14] = [
    "immediately",
    "gradually",
    "temporarily",
    "permanently",
    "automatically",
    "quickly",
    "carefully",
    "manually",
    "independently",
    "explicitly",
    "anonymously",
    "publicly",
    "regularly",
    "simultaneously",
];

/// Acts named by a noun: `the removal of X`.
const NOMINAL: [(&str, &str); 29] = [
    ("removal", "remove"),
    ("deletion", "remove"),
    ("introduction", "add"),
    ("addition", "add"),
    ("postponement", "postpone"),
    ("postpone", "postpone"),
    ("extension", "extend"),
    ("reduction", "decrease"),
    ("decrease", "decrease"),
    ("increase", "increase"),
    ("launch", "launch"),
    ("adoption", "adopt"),
    ("creation", "create"),
    ("implementation", "build"),
    ("cancellation", "cancel"),
    ("replacement", "replace"),
    ("improvement", "improve"),
    ("rejection", "reject"),
    ("approval", "approve"),
    ("simplification", "simplify"),
    ("automation", "automate"),
    ("migration", "migrate"),
    ("separation", "separate"),
    ("automation", "automate"),
    ("translation", "translate"),
    ("integration", "integrate"),
    ("encryption", "encrypt"),
    ("limitation", "limit"),
    ("restoration", "restore"),
];

/// The order of what stands side by side.
pub(super) fn settle(tokens: &mut Vec<Token>) {
    nominal(tokens);
    allowing(tokens);
    possession(tokens);
    pairs(tokens);
    time_last(tokens);
    adverbs_last(tokens);
    clauses(tokens);
}

/// `removal of X` is `remove X`.
fn nominal(tokens: &mut Vec<Token>) {
    if tokens.len() < 3 || !tokens[1].is("of") {
        return;
    }
    let act = NOMINAL
        .iter()
        .find(|(noun, _)| LEXICON.of(noun) == tokens[0].stem());
    if let Some((_, verb)) = act {
        let mut verb = Token::word(verb);
        if let Token::Word(word) = &mut verb {
            word.stem = LEXICON.of(&word.raw);
        }
        tokens.splice(0..2, [verb]);
    }
}

/// `allow users to pay` is `let users pay`.
fn allowing(tokens: &mut Vec<Token>) {
    let Some(at) = tokens
        .iter()
        .position(|t| t.means("allow") || t.means("forbid"))
    else {
        return;
    };
    let to = (at + 1..tokens.len().min(at + 6)).find(|n| BREAKS.contains(&tokens[*n].raw()));
    if let Some(to) = to.filter(|to| tokens[*to].is("to")) {
        tokens.remove(to);
    }
}

/// `the size of uploads` is `the upload size`; `30 % of users` needs no `of`.
fn possession(tokens: &mut Vec<Token>) {
    const PARTS: [&str; 16] = [
        "half", "part", "rest", "most", "some", "none", "majority", "lot", "kind", "sort", "out",
        "one", "many", "few", "number", "instead",
    ];
    let mut at = 1;
    while at + 1 < tokens.len() {
        if !tokens[at].is("of") {
            at += 1;
            continue;
        }
        if matches!(tokens[at - 1], Token::Number(_)) || tokens[at - 1].means("every") {
            tokens.remove(at);
            continue;
        }
        let end = (at + 1..tokens.len())
            .find(|n| BREAKS.contains(&tokens[*n].raw()) || matches!(tokens[*n], Token::Number(_)))
            .unwrap_or(tokens.len());
        let joined = tokens
            .get(end)
            .is_some_and(|t| t.is("and") || t.is("or") || t.is("of"));
        let movable = end > at + 1 && end - at <= 4 && !joined && at > 1;
        if movable
            && !PARTS.contains(&tokens[at - 1].raw())
            && !BREAKS.contains(&tokens[at - 1].raw())
        {
            tokens.remove(at);
            let noun = tokens.remove(at - 1);
            tokens.insert(end - 2, noun);
        }
        at += 1;
    }
}

/// `A and B` between an act or a preposition and the end of its phrase.
fn pairs(tokens: &mut [Token]) {
    for at in 2..tokens.len().saturating_sub(1) {
        let opens = at == 2 || BREAKS.contains(&tokens[at - 2].raw());
        let two = at > 2 && tokens[at - 2].is("and");
        let closes = tokens
            .get(at + 2)
            .is_none_or(|t| BREAKS.contains(&t.raw()) && !t.is("and"));
        let plain = |t: &Token| !BREAKS.contains(&t.raw());
        if tokens[at].is("and")
            && opens
            && !two
            && closes
            && plain(&tokens[at - 1])
            && plain(&tokens[at + 1])
            && tokens[at - 1].stem() > tokens[at + 1].stem()
        {
            tokens.swap(at - 1, at + 1);
        }
    }
}

/// `In Q3, ship it` is `ship it in Q3`.
fn time_last(tokens: &mut [Token]) {
    let Some(end) = time_at_start(tokens).filter(|end| end + 1 < tokens.len()) else {
        return;
    };
    if tokens[end..]
        .iter()
        .skip(1)
        .any(|t| CLAUSES.contains(&t.raw()))
    {
        return;
    }
    tokens.rotate_left(end);
}

/// `Automatically save drafts` is `save drafts automatically`.
fn adverbs_last(tokens: &mut [Token]) {
    let adverb = |token: &Token| ADVERBS.iter().any(|adverb| token.means(adverb));
    let clause = |token: &Token| CLAUSES.contains(&token.raw());
    let found: Vec<usize> = (0..tokens.len())
        .filter(|at| adverb(&tokens[*at]))
        .collect();
    if let [at] = found.as_slice()
        && !tokens.iter().any(clause)
    {
        tokens[*at..].rotate_left(1);
    }
}

/// Two acts joined by `and` whose order does not matter: neither prepares the
/// other, since both only set how things are.
fn clauses(tokens: &mut Vec<Token>) {
    const STATES: [&str; 12] = [
        "add", "remove", "keep", "enable", "disable", "show", "hide", "increase", "decrease",
        "allow", "forbid", "require",
    ];
    let joins = |at: &usize| CLAUSES.contains(&tokens[*at].raw());
    let mut joints = (0..tokens.len()).filter(joins);
    let (Some(and), None) = (joints.next(), joints.next()) else {
        return;
    };
    let state = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|t| STATES.iter().any(|act| t.means(act)))
    };
    // Each has its own thing: `it` may be the other's.
    let whole = and >= 2 && and + 2 < tokens.len() && state(0) && state(and + 1);
    let refers = tokens
        .iter()
        .any(|t| matches!(t.raw(), "it" | "them" | "their" | "its" | "there"));
    if !tokens[and].is("and") || !whole || refers {
        return;
    }
    let key = |part: &[Token]| part.iter().map(|t| t.stem().to_owned()).collect::<Vec<_>>();
    if key(&tokens[..and]) > key(&tokens[and + 1..]) {
        let second = tokens.split_off(and + 1);
        let joint = tokens.pop();
        let first = std::mem::replace(tokens, second);
        tokens.extend(joint);
        tokens.extend(first);
    }
}

/// The end of a time that opens the text.
fn time_at_start(tokens: &[Token]) -> Option<usize> {
    tokens.first()?;
    let is_time = |token: &Token| match token {
        Token::Number(number) => number.unit.is_time(),
        Token::Word(word) => TIME_WORDS.contains(&word.raw.as_str()),
    };
    let qualifies = |token: &Token| {
        matches!(
            token.raw(),
            "next"
                | "this"
                | "last"
                | "end"
                | "of"
                | "early"
                | "late"
                | "mid"
                | "start"
                | "beginning"
        )
    };
    let mut at = usize::from(BEFORE_TIME.contains(&tokens[0].raw()));
    while tokens.get(at).is_some_and(qualifies) {
        at += 1;
    }
    let from = at;
    while tokens
        .get(at)
        .is_some_and(|t| is_time(t) || matches!(t, Token::Number(_)) && at > from)
    {
        at += 1;
    }
    (at > from).then_some(at)
}
