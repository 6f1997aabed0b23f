//! The form that the inflections of a word share.

use std::{collections::HashMap, sync::LazyLock};

/// The word without its inflection, in one spelling: `releases`, `released`
/// and `releasing` give one stem, which need not be a word. Words that are
/// read in another sense when inflected (`setting`, `meeting`) keep their form.
pub(in crate::collectives) fn stem(raw: &str) -> String {
    let word = IRREGULAR.get(raw).copied().unwrap_or(raw);
    if word.len() < 3 || KEPT.contains(&word) || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let word = singular(word);
    if KEPT.contains(&word.as_str()) {
        return word;
    }
    spelling(&ending(&without_inflection(&word)))
}

fn singular(word: &str) -> String {
    if let Some(base) = word.strip_suffix("ies").filter(|base| base.len() > 1) {
        return format!("{base}y");
    }
    for end in ["sses", "xes", "ches", "shes", "zzes"] {
        if word.ends_with(end) {
            return word[..word.len() - 2].to_owned();
        }
    }
    let plural = word.len() > 3 && word.ends_with('s');
    if plural && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        return word[..word.len() - 1].to_owned();
    }
    word.to_owned()
}

/// Steps 1b and 1c of M. F. Porter, *An algorithm for suffix stripping* (1980).
fn without_inflection(word: &str) -> String {
    if let Some(base) = word.strip_suffix("ied").filter(|base| base.len() > 1) {
        return format!("{base}y");
    }
    for end in ["ed", "ing"] {
        if let Some(base) = word.strip_suffix(end) {
            let voiced = base.bytes().any(|b| b"aeiouy".contains(&b));
            if base.len() > 1 && voiced && !word.ends_with("eed") {
                return with_its_e(base);
            }
        }
    }
    word.to_owned()
}

/// `updat` was `update`, `plann` was `plan`, `stor` was `store`.
fn with_its_e(base: &str) -> String {
    let bytes = base.as_bytes();
    let doubled = matches!(bytes, [.., a, b] if a == b && !b"aeioulsz".contains(b));
    if doubled {
        return base[..base.len() - 1].to_owned();
    }
    let lost = ["at", "bl", "iz"].iter().any(|end| base.ends_with(end));
    if lost || (measure(base) == 1 && short(base)) {
        return format!("{base}e");
    }
    base.to_owned()
}

/// Porter's step 5, and `apply` and `appli` in one form.
fn ending(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(base) = word.strip_suffix('e').filter(|base| base.len() > 2) {
        let m = measure(base);
        if m > 1 || (m == 1 && !short(base)) {
            word.pop();
        }
    }
    if word.ends_with("ll") && measure(&word) > 1 {
        word.pop();
    }
    let voiced = word.len() > 2 && !b"aeiou".contains(&word.as_bytes()[word.len() - 2]);
    if voiced && word.ends_with('y') {
        word.pop();
        word.push('i');
    }
    word
}

fn vowel(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b'a' | b'e' | b'i' | b'o' | b'u' => true,
        b'y' => at > 0 && !vowel(bytes, at - 1),
        _ => false,
    }
}

/// How often a vowel is followed by a consonant.
fn measure(word: &str) -> usize {
    let bytes = word.as_bytes();
    let ends = |at: &usize| vowel(bytes, at - 1) && !vowel(bytes, *at);
    (1..bytes.len()).filter(ends).count()
}

/// Ends in consonant, vowel, consonant, the last not w, x or y.
fn short(word: &str) -> bool {
    let bytes = word.as_bytes();
    let n = bytes.len();
    n > 2
        && !vowel(bytes, n - 3)
        && vowel(bytes, n - 2)
        && !vowel(bytes, n - 1)
        && !b"wxy".contains(&bytes[n - 1])
}

/// British and American: `organis` and `organiz`, `colour` and `color`.
fn spelling(word: &str) -> String {
    let mut word = word.replace("isation", "ization");
    for (from, to) in [("yz", "ys"), ("our", "or"), ("ogu", "og")] {
        if word.len() > 4 && word.ends_with(from) {
            word.truncate(word.len() - from.len());
            word.push_str(to);
        }
    }
    if word.len() > 5 && word.ends_with("is") {
        word.truncate(word.len() - 2);
        word.push_str("iz");
    }
    word
}

/// Forms that no rule yields.
static IRREGULAR: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let forms = include_str!("../lexicon/forms.txt");
    let rows = forms.lines().filter_map(|line| line.split_once(':'));
    rows.flat_map(|(base, forms)| forms.split_whitespace().map(move |form| (form, base)))
        .collect()
});

/// Words whose ending is no inflection, or whose inflected form has a sense of
/// its own. Plurals of them are reduced to them.
const KEPT: &[&str] = &[
    "alias",
    "always",
    "anything",
    "banking",
    "bonus",
    "billing",
    "booking",
    "branding",
    "building",
    "bus",
    "business",
    "canvas",
    "css",
    "dns",
    "during",
    "embed",
    "evening",
    "everything",
    "gas",
    "https",
    "ios",
    "king",
    "landing",
    "listing",
    "marketing",
    "meeting",
    "morning",
    "news",
    "nothing",
    "onboarding",
    "outing",
    "paging",
    "perhaps",
    "plus",
    "rating",
    "saas",
    "sacred",
    "setting",
    "sms",
    "something",
    "staging",
    "string",
    "hundred",
    "this",
    "thus",
    "tls",
    "trading",
    "versus",
    "warning",
    "was",
    "wedding",
    "wording",
    "yes",
    "aws",
    "gps",
    "his",
    "its",
    "has",
    "ours",
    "theirs",
    "yours",
    "less",
    "unless",
    "access",
    "process",
    "kubernetes",
    "redis",
    "postgres",
    "rails",
    "sentry",
    "series",
    "windows",
    "analytics",
    "logistics",
    "sales",
    "goods",
    "us",
    "till",
    "paste",
    "note",
    "add",
    "queue",
    "use",
    "free",
    "status",
    "analysis",
    "basis",
    "virus",
    "campus",
    "focus",
    "censor",
    "tour",
    "hour",
    "four",
    "your",
    "our",
    "ticketing",
    "messaging",
    "tracking",
    "mapping",
    "caching",
    "indeed",
    "exceed",
    "proceed",
    "succeed",
    "speed",
    "feed",
    "need",
    "seed",
    "agreed",
    "bed",
    "red",
    "based",
    "biased",
    "united",
    "limited",
    "advanced",
    "related",
    "used",
    "wicked",
    "does",
    "goes",
    "being",
    "having",
    "doing",
    "going",
    "ping",
    "ring",
    "wing",
    "thing",
];
