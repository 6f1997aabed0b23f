//! Validation of what people and programs send. One set of rules for the page
//! and the API; each message says what is wanted.

use garde::Validate;

use crate::{Action, FieldError};

/// Longest slug, in characters.
pub const SLUG_MAX: usize = 64;
/// Longest name or title, in characters.
pub const NAME_MAX: usize = 200;
/// Longest description, summary or comment, in characters.
pub const TEXT_MAX: usize = 20_000;
/// Longest prompt, in characters.
pub const PROMPT_MAX: usize = 100_000;

/// Dearest cost ceiling, in micro US dollars for 1,000 tokens.
pub const CEILING_MAX_MICROUSD: i64 = 1_000_000_000;
/// Dearest price, in US dollars for a million tokens.
pub const PRICE_MAX_USD: f64 = 1_000_000.0;

/// Anything with rules of its own.
pub trait Form: Validate<Context = ()> {}
impl<T: Validate<Context = ()>> Form for T {}

/// Checks a form; the errors name the fields as the API does.
pub fn check<T: Form>(form: &T) -> Result<(), Vec<FieldError>> {
    form.validate().map_err(|report| {
        report
            .iter()
            .map(|(path, error)| FieldError::new(path.to_string(), error.message()))
            .collect()
    })
}

fn no_nul(value: &str) -> garde::Result {
    if value.contains('\0') {
        return Err(garde::Error::new("must not contain a NUL character"));
    }
    Ok(())
}

fn at_most(value: &str, max: usize) -> garde::Result {
    let given = value.chars().count();
    if given > max {
        return Err(garde::Error::new(format!(
            "has {given} characters; at most {max} are allowed"
        )));
    }
    no_nul(value)
}

fn filled(value: &str, max: usize) -> garde::Result {
    if !value.chars().any(is_visible) {
        return Err(garde::Error::new("must not be empty"));
    }
    at_most(value, max)
}

/// Whether a character shows something. Those that join, mark or order others
/// show nothing by themselves.
fn is_visible(c: char) -> bool {
    !(c.is_whitespace()
        || c.is_control()
        || turns(c)
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'))
}

/// Whether a character turns the direction of the text after it, so that a
/// name reads as another.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What stands in one line and is read by people.
fn line(value: &str, max: usize) -> garde::Result {
    if value.chars().any(|c| c.is_control() || turns(c)) {
        return Err(garde::Error::new(
            "must not contain line breaks or other control characters",
        ));
    }
    filled(value, max)
}

/// `^[a-z0-9]+(-[a-z0-9]+)*$`, at most [`SLUG_MAX`] characters.
pub fn is_slug(value: &str) -> bool {
    value.len() <= SLUG_MAX
        && value.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// A slug made from a name: what a form suggests. May be empty.
pub fn suggest_slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if slug.len() >= SLUG_MAX {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

pub(crate) fn slug(value: &str, _: &()) -> garde::Result {
    if is_slug(value) {
        return Ok(());
    }
    Err(garde::Error::new(
        "must be 1 to 64 characters: lower-case letters and digits in words joined by single hyphens, as in payment-page",
    ))
}

pub(crate) fn name(value: &str, _: &()) -> garde::Result {
    no_nul(value)?;
    line(value, NAME_MAX)
}

pub(crate) fn prompt(value: &str, _: &()) -> garde::Result {
    filled(value, PROMPT_MAX)
}

/// A text that has to say something, of at most [`TEXT_MAX`] characters.
pub(crate) fn body(value: &str, _: &()) -> garde::Result {
    filled(value, TEXT_MAX)
}

pub(crate) fn maybe_body(value: &Option<String>, ctx: &()) -> garde::Result {
    value.as_deref().map_or(Ok(()), |v| body(v, ctx))
}

pub(crate) fn text(value: &Option<String>, _: &()) -> garde::Result {
    value.as_deref().map_or(Ok(()), |v| at_most(v, TEXT_MAX))
}

pub(crate) fn long_text(value: &Option<String>, _: &()) -> garde::Result {
    value.as_deref().map_or(Ok(()), |v| at_most(v, PROMPT_MAX))
}

pub(crate) fn maybe_slug(value: &Option<String>, ctx: &()) -> garde::Result {
    value.as_deref().map_or(Ok(()), |v| slug(v, ctx))
}

pub(crate) fn maybe_name(value: &Option<String>, ctx: &()) -> garde::Result {
    value.as_deref().map_or(Ok(()), |v| name(v, ctx))
}

pub(crate) fn nullable_text(value: &Option<Option<String>>, _: &()) -> garde::Result {
    match value {
        Some(Some(v)) => at_most(v, TEXT_MAX),
        _ => Ok(()),
    }
}

pub(crate) fn nullable_long_text(value: &Option<Option<String>>, _: &()) -> garde::Result {
    match value {
        Some(Some(v)) => at_most(v, PROMPT_MAX),
        _ => Ok(()),
    }
}

/// A key of a registered type: lower-case words joined by `_`.
pub(crate) fn type_key(value: &str, _: &()) -> garde::Result {
    let fine = !value.is_empty()
        && value.len() <= SLUG_MAX
        && value.split('_').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
    if fine {
        return Ok(());
    }
    Err(garde::Error::new(
        "must be 1 to 64 characters: lower-case words joined by _, as in requirement_draft",
    ))
}

pub(crate) fn maybe_type_key(value: &Option<String>, ctx: &()) -> garde::Result {
    value.as_deref().map_or(Ok(()), |v| type_key(v, ctx))
}

/// Each action at most once; none at all is a policy that allows nothing.
pub(crate) fn actions(values: &[Action], _: &()) -> garde::Result {
    for (place, action) in values.iter().enumerate() {
        if values[..place].contains(action) {
            return Err(garde::Error::new(format!("names {action} more than once")));
        }
    }
    Ok(())
}

pub(crate) fn maybe_actions(values: &Option<Vec<Action>>, ctx: &()) -> garde::Result {
    values.as_deref().map_or(Ok(()), |v| actions(v, ctx))
}

/// A JSON object of at most [`PROMPT_MAX`] characters, without a NUL.
pub(crate) fn json_object(value: &serde_json::Value, _: &()) -> garde::Result {
    if !value.is_object() {
        return Err(garde::Error::new("must be a JSON object"));
    }
    let text = value.to_string();
    // JSON writes a NUL as an escape, and a backslash as two.
    if text.replace("\\\\", "").contains("\\u0000") {
        return Err(garde::Error::new("must not contain a NUL character"));
    }
    at_most(&text, PROMPT_MAX)
}

/// What a payload is where none was given.
pub(crate) fn empty_object() -> serde_json::Value {
    serde_json::Value::Object(serde_json::Map::new())
}

/// A JSON object of at most [`TEXT_MAX`] characters, without a NUL.
pub(crate) fn payload(value: &serde_json::Value, ctx: &()) -> garde::Result {
    json_object(value, ctx)?;
    at_most(&value.to_string(), TEXT_MAX)
}

/// A word of the product's own: lower case, in one piece.
pub(crate) fn kind(value: &str, _: &()) -> garde::Result {
    let fine = (1..=SLUG_MAX).contains(&value.len())
        && value.starts_with(|c: char| c.is_ascii_lowercase())
        && value
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b));
    if fine {
        return Ok(());
    }
    Err(garde::Error::new(
        "must be 1 to 64 characters: a lower-case word, with digits and _ - . in it, as in support_call",
    ))
}

pub(crate) fn maybe_finite(value: &Option<f64>, _: &()) -> garde::Result {
    match value {
        Some(value) if !value.is_finite() => Err(garde::Error::new("must be a number")),
        _ => Ok(()),
    }
}

fn capability_list(values: &[String]) -> garde::Result {
    if values.len() > 50 {
        return Err(garde::Error::new("has more than 50 entries"));
    }
    for value in values {
        line(value, SLUG_MAX)?;
        // Forms part capabilities by it.
        if value.contains(',') {
            return Err(garde::Error::new("must not contain a comma"));
        }
    }
    Ok(())
}

pub(crate) fn capabilities(values: &[String], _: &()) -> garde::Result {
    capability_list(values)
}

pub(crate) fn maybe_capabilities(values: &Option<Vec<String>>, _: &()) -> garde::Result {
    values.as_deref().map_or(Ok(()), capability_list)
}

fn ceiling_of(value: i64) -> garde::Result {
    if (0..=CEILING_MAX_MICROUSD).contains(&value) {
        return Ok(());
    }
    Err(garde::Error::new(format!(
        "must be from 0 to {CEILING_MAX_MICROUSD} micro US dollars for 1,000 tokens"
    )))
}

pub(crate) fn ceiling(value: &Option<i64>, _: &()) -> garde::Result {
    value.map_or(Ok(()), ceiling_of)
}

pub(crate) fn nullable_ceiling(value: &Option<Option<i64>>, _: &()) -> garde::Result {
    value.flatten().map_or(Ok(()), ceiling_of)
}

pub(crate) fn tokens_per_proposal(value: &Option<Option<i64>>, _: &()) -> garde::Result {
    match value.flatten() {
        Some(tokens) if !(1..=100_000_000).contains(&tokens) => {
            Err(garde::Error::new("must be from 1 to 100000000 tokens"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn token_limit(value: &Option<i64>, _: &()) -> garde::Result {
    match value {
        Some(tokens) if !(1..=1_000_000).contains(tokens) => {
            Err(garde::Error::new("must be from 1 to 1000000 tokens"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn quorum(value: &Option<Option<i32>>, _: &()) -> garde::Result {
    match value.flatten() {
        Some(answers) if !(2..=50).contains(&answers) => {
            Err(garde::Error::new("must be from 2 to 50 answers"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn trust_threshold(value: &Option<Option<f64>>, _: &()) -> garde::Result {
    match value.flatten() {
        Some(share) if !(share > 0.0 && share < 1.0) => {
            Err(garde::Error::new("must be above 0 and below 1"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn trust_decisions(value: &Option<Option<i32>>, _: &()) -> garde::Result {
    match value.flatten() {
        Some(count) if !(5..=10_000).contains(&count) => {
            Err(garde::Error::new("must be from 5 to 10,000 decisions"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn delegation_depth(value: &Option<Option<i32>>, _: &()) -> garde::Result {
    match value.flatten() {
        Some(levels) if !(0..=32).contains(&levels) => {
            Err(garde::Error::new("must be from 0 to 32 levels"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn price(value: &f64, _: &()) -> garde::Result {
    if (0.0..=PRICE_MAX_USD).contains(value) {
        return Ok(());
    }
    Err(garde::Error::new(format!(
        "must be from 0 to {PRICE_MAX_USD} US dollars for a million tokens"
    )))
}

pub(crate) fn maybe_price(value: &Option<f64>, ctx: &()) -> garde::Result {
    value.as_ref().map_or(Ok(()), |v| price(v, ctx))
}

/// A text that says something, of at most [`PROMPT_MAX`] characters.
pub(crate) fn filled_text(value: &str) -> garde::Result {
    filled(value, PROMPT_MAX)
}

/// How sure somebody is: 0 to 1, and a number.
pub(crate) fn share(value: &f64, _: &()) -> garde::Result {
    if (0.0..=1.0).contains(value) {
        return Ok(());
    }
    Err(garde::Error::new("must be a number from 0 to 1"))
}

pub(crate) fn maybe_share(value: &Option<f64>, ctx: &()) -> garde::Result {
    value.as_ref().map_or(Ok(()), |v| share(v, ctx))
}

/// Passwords are 10 to 200 characters: length is what makes them hard to guess.
pub(crate) fn maybe_password(value: &Option<String>, _: &()) -> garde::Result {
    let Some(value) = value.as_deref() else {
        return Ok(());
    };
    if value.chars().count() < 10 {
        return Err(garde::Error::new("must have at least 10 characters"));
    }
    at_most(value, NAME_MAX)
}

/// Tells apart a field that was left out (`None`) and one that was set to
/// `null` (`Some(None)`).
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slugs() {
        for good in ["a", "a-b", "9", "payment-page-2"] {
            assert!(is_slug(good), "{good}");
        }
        let long = "a".repeat(65);
        for bad in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "A",
            "ä",
            "a b",
            "a_b",
            long.as_str(),
        ] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_shows_something_in_one_line() {
        for good in ["Ada", "é", "山田", "👩\u{200d}🔬", "a\u{a0}b"] {
            assert!(name(good, &()).is_ok(), "{good:?}");
        }
        for bad in [
            "",
            " ",
            "\u{200b}",
            "\u{2800}\u{feff}",
            "\u{ad}",
            "a\nb",
            "a\tb",
            "a\u{7}",
            "\0",
            "x\u{202e}y",
        ] {
            assert!(name(bad, &()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_nul_is_found_in_json() {
        let object = |text: &str| serde_json::json!({ "a": [text] });
        assert!(json_object(&object("\0"), &()).is_err());
        assert!(json_object(&object("\\u0000"), &()).is_ok());
        assert!(json_object(&object("\\\0"), &()).is_err());
        assert!(json_object(&serde_json::json!([]), &()).is_err());
    }

    #[test]
    fn an_action_is_named_once() {
        assert!(actions(&[], &()).is_ok());
        assert!(actions(Action::ALL, &()).is_ok());
        let twice = [Action::Read, Action::Propose, Action::Read];
        let refused = actions(&twice, &()).map_err(|e| e.message().to_owned());
        assert_eq!(refused, Err("names read more than once".to_owned()));
    }

    proptest! {
        #[test]
        fn a_suggested_slug_is_a_slug_or_empty(name in ".*") {
            let slug = suggest_slug(&name);
            prop_assert!(slug.is_empty() || is_slug(&slug), "{slug:?}");
        }
    }
}
