//! Where a number is in a drawing. Pure.

/// From numbers to places on a line, both in the order of growing numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    from: f64,
    to: f64,
    first: f64,
    last: f64,
}

impl Scale {
    /// `from` is at `first`, `to` at `last`.
    pub const fn new(from: f64, to: f64, first: f64, last: f64) -> Self {
        Self {
            from,
            to,
            first,
            last,
        }
    }

    /// Where `number` is; in the middle where the scale has no width.
    pub fn place(self, number: f64) -> f64 {
        let width = self.to - self.from;
        if width == 0.0 {
            return f64::midpoint(self.first, self.last);
        }
        self.first + (number - self.from) / width * (self.last - self.first)
    }

    /// The same as text for an attribute.
    pub fn at(self, number: f64) -> String {
        place(self.place(number))
    }
}

/// A place as text: a tenth of a unit is finer than a screen.
pub fn place(place: f64) -> String {
    format!("{place:.1}")
}

/// Points that follow each other without a gap.
pub fn pieces(points: &[(f64, Option<f64>)]) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    for (x, y) in points {
        match y {
            Some(y) => piece.push((*x, *y)),
            None => pieces.push(std::mem::take(&mut piece)),
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// A line through points, as the path of an SVG.
pub fn line(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (x, y) in points {
        path.push_str(if path.is_empty() { "M" } else { "L" });
        path.push_str(&place(*x));
        path.push(' ');
        path.push_str(&place(*y));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_place() {
        let up = Scale::new(0.0, 1.0, 100.0, 20.0);
        assert_eq!(up.at(0.0), "100.0");
        assert_eq!(up.at(0.25), "80.0");
        let one_day = Scale::new(3.0, 3.0, 10.0, 30.0);
        assert_eq!(one_day.at(3.0), "20.0");
    }

    #[test]
    fn a_gap_parts_a_line() {
        let points = [
            (0.0, None),
            (1.0, Some(0.5)),
            (2.0, Some(0.6)),
            (3.0, None),
            (4.0, Some(0.1)),
        ];
        let pieces = pieces(&points);
        assert_eq!(pieces, [vec![(1.0, 0.5), (2.0, 0.6)], vec![(4.0, 0.1)]]);
        assert_eq!(line(&pieces[0]), "M1.0 0.5L2.0 0.6");
        assert!(super::pieces(&[(0.0, None)]).is_empty());
    }
}
