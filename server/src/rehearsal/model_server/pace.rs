//! How fast a scripted model speaks.

use std::time::Duration;

use super::hash;

/// Fastest and slowest time for one piece at a natural pace, in milliseconds.
const PIECE_MS: (u64, u64) = (25, 60);
/// Longest piece, in characters.
const PIECE_CHARS: usize = 7;

/// The time of an answer.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// Piece by piece, a little unevenly.
    Natural { speed: f64, seed: u64 },
    /// The whole answer takes just this long.
    Exactly(Duration),
}

impl Pace {
    /// Gives each piece its waiting time.
    pub fn spread(self, pieces: Vec<String>) -> Vec<(Duration, String)> {
        match self {
            Self::Natural { speed, seed } => pieces
                .into_iter()
                .enumerate()
                .map(|(index, piece)| (natural(index, seed, speed), piece))
                .collect(),
            Self::Exactly(whole) => {
                let count = u32::try_from(pieces.len()).unwrap_or(u32::MAX).max(1);
                let each = whole / count;
                pieces.into_iter().map(|piece| (each, piece)).collect()
            }
        }
    }
}

fn natural(index: usize, seed: u64, speed: f64) -> Duration {
    let spread = PIECE_MS.1.saturating_sub(PIECE_MS.0).saturating_add(1);
    let jitter = hash::of(&[&index.to_string(), &seed.to_string()]) >> 16;
    let ms = PIECE_MS.0.saturating_add(jitter % spread);
    let wait = Duration::from_millis(ms).div_f64(speed);
    // A timer cannot wait for less than this; let such pieces run together.
    if wait < Duration::from_millis(1) && !index.is_multiple_of(50) {
        Duration::ZERO
    } else {
        wait
    }
}

/// Cuts a text into pieces of about a token: a word with the space after it,
/// long words in parts.
pub fn pieces(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let mut piece = String::new();
        for (index, c) in word.chars().enumerate() {
            if index > 0 && index.is_multiple_of(PIECE_CHARS) && !c.is_whitespace() {
                all.push(std::mem::take(&mut piece));
            }
            piece.push(c);
        }
        all.push(piece);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_lost() {
        let text = "A naïve question:  is «internationalisation»\nworth 3 weeks? 🙂";
        let all = pieces(text);
        assert_eq!(all.concat(), text);
        assert!(
            all.iter()
                .all(|piece| piece.chars().count() <= PIECE_CHARS + 1)
        );
    }

    #[test]
    fn an_exact_time_is_kept() {
        let spread = Pace::Exactly(Duration::from_millis(700)).spread(pieces("a b c d e"));
        let whole: Duration = spread.iter().map(|(wait, _)| *wait).sum();
        assert!(whole <= Duration::from_millis(700));
        assert!(whole > Duration::from_millis(699));
    }

    #[test]
    fn a_speed_divides_the_time() {
        let time = |speed| {
            let pace = Pace::Natural { speed, seed: 7 };
            let spread = pace.spread(pieces(&"word ".repeat(100)));
            spread.iter().map(|(wait, _)| *wait).sum::<Duration>()
        };
        let natural = time(1.0);
        assert!(
            (2_500..=6_000).contains(&natural.as_millis()),
            "{natural:?}"
        );
        let fast = time(20.0).as_secs_f64();
        assert!((fast * 20.0 - natural.as_secs_f64()).abs() < 0.01, "{fast}");
    }
}
