//! A text that grows.

/// The text of one answer as it grows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveText {
    pub attempt: i32,
    pub text: String,
    /// Characters in `text`.
    chars: usize,
}

impl LiveText {
    /// Takes a piece in. A piece of an earlier attempt is dropped, a later
    /// attempt begins anew, and a piece that leaves a gap waits for the next
    /// full text.
    pub fn push(&mut self, attempt: i32, offset: i64, piece: &str) {
        if attempt < self.attempt {
            return;
        }
        if attempt > self.attempt {
            self.restart(attempt);
        }
        let Ok(offset) = usize::try_from(offset) else {
            return;
        };
        if offset == 0 {
            self.text = piece.to_owned();
            self.chars = piece.chars().count();
        } else if offset <= self.chars {
            let known = self.chars - offset;
            for c in piece.chars().skip(known) {
                self.text.push(c);
                self.chars += 1;
            }
        }
    }

    /// Forgets the text of earlier attempts.
    pub fn restart(&mut self, attempt: i32) {
        if attempt > self.attempt {
            *self = Self {
                attempt,
                ..Self::default()
            };
        }
    }
}
