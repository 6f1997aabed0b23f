//! Counting tokens before a call, to reserve them.

use tiktoken_rs::o200k_base_singleton;

/// Tokens that a chat message costs beyond its text.
const MESSAGE_OVERHEAD: i64 = 8;

/// Tokens of `text` as OpenAI's `o200k_base` counts them.
pub fn count(text: &str) -> i64 {
    i64::try_from(o200k_base_singleton().count_ordinary(text)).unwrap_or(i64::MAX)
}

/// Tokens to hold for a prompt: the count and a quarter of margin, since other
/// vendors' tokenizers count differently.
pub fn prompt_reservation(system_prompt: Option<&str>, prompt: &str) -> i64 {
    let counted = count(prompt) + system_prompt.map_or(0, count) + 2 * MESSAGE_OVERHEAD;
    counted + counted.div_euclid(4) + 1
}

/// The longest start of `text` of at most `limit` tokens, by a safe estimate
/// for long texts (a token has at least one byte).
pub fn clip(text: &str, limit: i64) -> (&str, bool) {
    if i64::try_from(text.len()).unwrap_or(i64::MAX) <= limit || count(text) <= limit {
        return (text, false);
    }
    let (mut low, mut high) = (0_usize, text.len());
    while low < high {
        let middle = text.floor_char_boundary(low + (high - low).div_ceil(2));
        if middle <= low {
            break;
        }
        if count(&text[..middle]) <= limit {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    (&text[..text.floor_char_boundary(low)], true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts() {
        assert_eq!(count(""), 0);
        assert_eq!(count("hello world"), 2);
        assert!(prompt_reservation(Some("You are terse."), "hello world") > 18);
    }

    proptest! {
        #[test]
        fn a_clip_fits_and_is_a_prefix(text in ".{0,200}", limit in 0_i64..60) {
            let (clipped, cut) = clip(&text, limit);
            prop_assert!(text.starts_with(clipped));
            prop_assert!(count(clipped) <= limit);
            prop_assert_eq!(cut, clipped.len() < text.len());
        }
    }
}
