//! The difference of two texts, word by word.

/// A run of words that both texts share, or that only one of them has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Same(String),
    /// Only in the old text.
    Gone(String),
    /// Only in the new text.
    New(String),
}

/// Most steps that are looked for between two texts. Those that differ by more
/// are shown as one change between what they begin and end with alike, so that
/// time and memory stay small whatever is compared.
const STEPS_MAX: usize = 1_000;

/// What makes the new text of the old one: words, spaces and signs, in order.
pub fn words(old: &str, new: &str) -> Vec<Piece> {
    let (a, b) = (tokens(old), tokens(new));
    let begin = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a[begin..]
        .iter()
        .rev()
        .zip(b[begin..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a_middle, b_middle) = (&a[begin..a.len() - end], &b[begin..b.len() - end]);
    let mut out = Pieces::default();
    out.same(&a[..begin]);
    match steps(a_middle, b_middle) {
        Some(changes) => {
            for change in changes {
                match change {
                    Change::Keep(x) => out.same(&a_middle[x..=x]),
                    Change::Remove(x) => out.gone(&a_middle[x..=x]),
                    Change::Insert(y) => out.add(&b_middle[y..=y]),
                }
            }
        }
        None => {
            out.gone(a_middle);
            out.add(b_middle);
        }
    }
    out.same(&a[a.len() - end..]);
    out.whole()
}

/// Words, runs of white space, and single other signs.
fn tokens(text: &str) -> Vec<&str> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Word,
        Space,
        Sign,
    }
    let kind = |c: char| {
        if c.is_alphanumeric() || matches!(c, '_' | '\'' | '’') {
            Kind::Word
        } else if c.is_whitespace() {
            Kind::Space
        } else {
            Kind::Sign
        }
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let now = kind(c);
        if before.is_some_and(|before| before != now || now == Kind::Sign) {
            out.push(&text[start..at]);
            start = at;
        }
        before = Some(now);
    }
    if start < text.len() {
        out.push(&text[start..]);
    }
    out
}

enum Change {
    Keep(usize),
    Remove(usize),
    Insert(usize),
}

/// The fewest changes (Myers, O(ND)); `None` where there are too many.
fn steps(a: &[&str], b: &[&str]) -> Option<Vec<Change>> {
    let (n, m) = (index(a.len()), index(b.len()));
    let most = a.len().saturating_add(b.len()).min(STEPS_MAX);
    // The furthest reach on each diagonal, after each number of changes.
    let width = most * 2 + 1;
    let middle = index(most);
    let mut reach: Vec<isize> = vec![0; width + 2];
    let mut trace: Vec<Vec<isize>> = Vec::new();
    let slot = |k: isize| usize::try_from(k + middle).unwrap_or(0);
    for d in 0..=index(most) {
        for k in (-d..=d).step_by(2) {
            let down = k == -d || (k != d && reach[slot(k - 1)] < reach[slot(k + 1)]);
            let mut x = if down {
                reach[slot(k + 1)]
            } else {
                reach[slot(k - 1)] + 1
            };
            if d == 0 {
                x = 0;
            }
            let mut y = x - k;
            while x < n && y < m && a[at(x)] == b[at(y)] {
                x += 1;
                y += 1;
            }
            reach[slot(k)] = x;
            if x >= n && y >= m {
                return Some(walk_back(&trace, n, m, d));
            }
        }
        // Only what this round could have changed.
        let low = slot(-d);
        trace.push(reach[low..=slot(d)].to_vec());
    }
    None
}

/// From the end to the beginning, along the reaches of each round.
fn walk_back(trace: &[Vec<isize>], n: isize, m: isize, last: isize) -> Vec<Change> {
    let mut out = Vec::new();
    let (mut x, mut y) = (n, m);
    for d in (1..=last).rev() {
        let before = &trace[at(d - 1)];
        let of = |k: isize| {
            let place = k + (d - 1);
            usize::try_from(place)
                .ok()
                .and_then(|place| before.get(place))
                .copied()
        };
        let k = x - y;
        let down = k == -d || (k != d && of(k - 1) < of(k + 1));
        let from_k = if down { k + 1 } else { k - 1 };
        let from_x = of(from_k).unwrap_or(0);
        let from_y = from_x - from_k;
        while x > from_x.max(0) && y > from_y.max(0) && x - y == k {
            if (down && x == from_x) || (!down && x == from_x + 1) {
                break;
            }
            x -= 1;
            y -= 1;
            out.push(Change::Keep(at(x)));
        }
        if down {
            y -= 1;
            out.push(Change::Insert(at(y)));
        } else {
            x -= 1;
            out.push(Change::Remove(at(x)));
        }
    }
    while x > 0 && y > 0 {
        x -= 1;
        y -= 1;
        out.push(Change::Keep(at(x)));
    }
    out.reverse();
    out
}

fn index(len: usize) -> isize {
    isize::try_from(len).unwrap_or(isize::MAX)
}

fn at(place: isize) -> usize {
    usize::try_from(place).unwrap_or(0)
}

/// Collects neighbours of a kind into one piece; what is gone stands before
/// what is new.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    gone: String,
    new: String,
    same: String,
}

impl Pieces {
    fn same(&mut self, tokens: &[&str]) {
        if tokens.is_empty() {
            return;
        }
        self.flush_change();
        tokens.iter().for_each(|token| self.same.push_str(token));
    }

    fn gone(&mut self, tokens: &[&str]) {
        if !tokens.is_empty() {
            self.flush_same();
            tokens.iter().for_each(|token| self.gone.push_str(token));
        }
    }

    fn add(&mut self, tokens: &[&str]) {
        if !tokens.is_empty() {
            self.flush_same();
            tokens.iter().for_each(|token| self.new.push_str(token));
        }
    }

    fn flush_same(&mut self) {
        if !self.same.is_empty() {
            self.done.push(Piece::Same(std::mem::take(&mut self.same)));
        }
    }

    fn flush_change(&mut self) {
        if !self.gone.is_empty() {
            self.done.push(Piece::Gone(std::mem::take(&mut self.gone)));
        }
        if !self.new.is_empty() {
            self.done.push(Piece::New(std::mem::take(&mut self.new)));
        }
    }

    fn whole(mut self) -> Vec<Piece> {
        self.flush_change();
        self.flush_same();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn old_of(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Same(text) | Piece::Gone(text) => Some(text.as_str()),
                Piece::New(_) => None,
            })
            .collect()
    }

    fn new_of(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Same(text) | Piece::New(text) => Some(text.as_str()),
                Piece::Gone(_) => None,
            })
            .collect()
    }

    #[test]
    fn a_changed_word_is_one_change() {
        assert_eq!(
            words("Ship it on Monday, please.", "Ship it on Friday, please."),
            [
                Piece::Same("Ship it on ".to_owned()),
                Piece::Gone("Monday".to_owned()),
                Piece::New("Friday".to_owned()),
                Piece::Same(", please.".to_owned()),
            ]
        );
        assert_eq!(words("", ""), []);
        assert_eq!(words("a", "a"), [Piece::Same("a".to_owned())]);
        assert_eq!(words("", "a b"), [Piece::New("a b".to_owned())]);
        assert_eq!(words("a b", ""), [Piece::Gone("a b".to_owned())]);
    }

    #[test]
    fn words_that_stay_are_kept_between_changes() {
        let pieces = words("one two three four five", "zero one three four six five");
        let kept: String = pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Same(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        for word in ["one", "three", "four", "five"] {
            assert!(kept.contains(word), "{pieces:?}");
        }
        assert!(!kept.contains("two") && !kept.contains("six"), "{pieces:?}");
    }

    #[test]
    fn texts_that_share_nothing_are_compared_in_bounded_time() {
        let old: String = (0..20_000).map(|n| format!("a{n} ")).collect();
        let new: String = (0..20_000).map(|n| format!("b{n}-")).collect();
        let started = std::time::Instant::now();
        let pieces = words(&format!("begin {old}end"), &format!("begin {new}end"));
        assert_eq!(old_of(&pieces), format!("begin {old}end"));
        assert_eq!(new_of(&pieces), format!("begin {new}end"));
        assert_eq!(pieces.len(), 4, "begin, gone, new, end");
        assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
    }

    /// Texts of few words, so that much of them is alike.
    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                Just("a"),
                Just("b"),
                Just("ship"),
                Just(" "),
                Just("  "),
                Just("\n"),
                Just(","),
                Just("ü"),
                Just("🙂"),
                Just("don't"),
            ],
            0..60,
        )
        .prop_map(|words| words.concat())
    }

    /// Words that both texts share in the longest common run of tokens.
    fn longest_common(a: &[&str], b: &[&str]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (j, y) in b.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = if x == y {
                    diagonal + 1
                } else {
                    above.max(row[j])
                };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn applied_to_the_old_text_it_gives_the_new_one(old in ".*", new in ".*") {
            let pieces = words(&old, &new);
            prop_assert_eq!(old_of(&pieces), old);
            prop_assert_eq!(new_of(&pieces), new);
        }

        #[test]
        fn it_is_the_smallest_one(old in text(), new in text()) {
            let pieces = words(&old, &new);
            prop_assert_eq!(old_of(&pieces), old.clone());
            prop_assert_eq!(new_of(&pieces), new.clone());
            let (a, b) = (tokens(&old), tokens(&new));
            let (mut gone, mut added) = (0, 0);
            for piece in &pieces {
                match piece {
                    Piece::Gone(text) => gone += text.len(),
                    Piece::New(text) => added += text.len(),
                    Piece::Same(text) => prop_assert!(!text.is_empty()),
                }
            }
            // Nothing is called gone or new where the texts are the same.
            prop_assert_eq!(gone + added == 0, old == new);
            prop_assert!(kept(&pieces, &a) >= longest_common(&a, &b));
        }
    }

    /// Tokens of the old text that are called the same.
    fn kept(pieces: &[Piece], old: &[&str]) -> usize {
        let mut at = 0;
        let mut starts = Vec::new();
        for token in old {
            starts.push((at, at + token.len()));
            at += token.len();
        }
        let mut place = 0;
        let mut count = 0;
        for piece in pieces {
            match piece {
                Piece::Same(text) => {
                    let end = place + text.len();
                    count += starts
                        .iter()
                        .filter(|(from, to)| *from >= place && *to <= end)
                        .count();
                    place = end;
                }
                Piece::Gone(text) => place += text.len(),
                Piece::New(_) => {}
            }
        }
        count
    }
}
