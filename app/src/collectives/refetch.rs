//! Merges wishes to read the database again: many at once make one reading,
//! and a wish during a reading makes exactly one more.

/// Where the reading stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merge {
    planned: bool,
    reading: bool,
    again: bool,
}

impl Merge {
    /// Someone wants a reading. `true`: plan one now.
    pub fn want(&mut self) -> bool {
        if self.reading {
            self.again = true;
            return false;
        }
        !std::mem::replace(&mut self.planned, true)
    }

    /// The planned reading begins.
    pub fn begin(&mut self) {
        *self = Self {
            reading: true,
            ..Self::default()
        };
    }

    /// The reading has ended. `true`: plan another.
    pub fn end(&mut self) -> bool {
        self.reading = false;
        if std::mem::take(&mut self.again) {
            return self.want();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wishes_at_once_are_one_reading() {
        let mut merge = Merge::default();
        let planned = (0..5).filter(|_| merge.want()).count();
        assert_eq!(planned, 1);
        merge.begin();
        assert!(!merge.end());
        assert!(merge.want());
    }

    #[test]
    fn wishes_during_a_reading_are_one_more() {
        let mut merge = Merge::default();
        assert!(merge.want());
        merge.begin();
        assert!(!merge.want());
        assert!(!merge.want());
        assert!(merge.end());
        assert!(!merge.want());
        merge.begin();
        assert!(!merge.end());
    }
}
