//! Whether two recommendations say the same.

/// What the normaliser finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sameness {
    Same(&'static str),
    Different(&'static str),
    Unsure,
}

pub fn compare(a: &str, b: &str) -> Sameness {
    if super::consensus::fold(a) == super::consensus::fold(b) {
        return Sameness::Same("They fold to the same text.");
    }
    Sameness::Unsure
}
