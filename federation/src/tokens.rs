//! Counting tokens before a call, to reserve them.

use tiktoken_rs::o200k_base_singleton;

/// Tokens that a chat message costs beyond its text.
const MESSAGE_OVERHEAD: i64 = 8;

/// Text is counted in pieces of this many bytes: the tokenizer's splitting
/// gives up on a very long run of white space.
const PIECE_BYTES: usize = 32 * 1024;

/// Tokens of `text` as OpenAI's `o200k_base` counts them; of a long text a few
/// more, since it is counted in pieces.
pub fn count(text: &str) -> i64 {
    pieces(text)
        .map(|piece| narrow(o200k_base_singleton().count_ordinary(piece)))
        .sum()
}

fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let (piece, rest) = text.split_at(text.floor_char_boundary(PIECE_BYTES));
        text = rest;
        Some(piece)
    })
}

fn narrow(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Tokens to hold for a prompt: the count and a quarter of margin, since other
/// vendors' tokenizers count differently.
pub fn prompt_reservation(system_prompt: Option<&str>, prompt: &str) -> i64 {
    let counted = count(prompt) + system_prompt.map_or(0, count) + 2 * MESSAGE_OVERHEAD;
    counted + counted.div_euclid(4) + 1
}

/// A start of `text` of at most `limit` tokens, and whether it was cut. Takes
/// time in proportion to what it gives, not to what it is given.
pub fn clip(text: &str, limit: i64) -> (&str, bool) {
    let mut left = limit.max(0);
    let mut end = 0;
    for piece in pieces(text) {
        let tokens = o200k_base_singleton().encode_ordinary(piece);
        if narrow(tokens.len()) <= left {
            left -= narrow(tokens.len());
            end += piece.len();
            continue;
        }
        let mut take = usize::try_from(left).unwrap_or(0).min(tokens.len());
        loop {
            let bytes = o200k_base_singleton()
                .decode_bytes(&tokens[..take])
                .map_or(0, |bytes| bytes.len());
            let start = &piece[..piece.floor_char_boundary(bytes)];
            // Cut text may count differently: a little less, then.
            if take == 0 || count(start) <= left {
                return (&text[..end + start.len()], true);
            }
            take -= 1;
        }
    }
    (text, false)
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

    #[test]
    fn a_megabyte_of_anything_is_counted() {
        for piece in [" ", "a", "\u{1F642}", "\n\t ", "^"] {
            let text = piece.repeat(1_200_000 / piece.len());
            assert!(count(&text) > 1_000);
            let (clipped, cut) = clip(&text, 500);
            assert!(cut && count(clipped) <= 500);
        }
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
