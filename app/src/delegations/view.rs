//! Which part of the drawing is looked at, and how large. Pure.

use super::scene::Area;

/// Smaller nobody could read it, and too much would be in view.
const ZOOM_MIN: f64 = 0.4;
const ZOOM_MAX: f64 = 1.6;
/// Below it only names can be read.
const READABLE: f64 = 0.75;
/// What stays free around the drawing.
const MARGIN: f64 = 20.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Where the drawing's origin stands, in pixels.
    pub x: f64,
    pub y: f64,
    pub zoom: f64,
    pub width: f64,
    pub height: f64,
}

impl Default for View {
    fn default() -> Self {
        Self {
            x: MARGIN,
            y: MARGIN,
            zoom: 1.0,
            width: 960.0,
            height: 480.0,
        }
    }
}

impl View {
    /// What of the drawing is in view, with a little around it.
    pub fn area(&self) -> Area {
        let around = 40.0;
        Area {
            left: (-self.x - around) / self.zoom,
            top: (-self.y - around) / self.zoom,
            right: (self.width - self.x + around) / self.zoom,
            bottom: (self.height - self.y + around) / self.zoom,
        }
    }

    /// Moves the drawing as far as there is something to see.
    pub fn pan(&mut self, dx: f64, dy: f64, drawing: Area) {
        self.x += dx;
        self.y += dy;
        self.keep_in(drawing);
    }

    /// Larger or smaller around a point of the screen.
    pub fn zoom_by(&mut self, factor: f64, at: (f64, f64), drawing: Area) {
        let zoom = (self.zoom * factor).clamp(ZOOM_MIN, ZOOM_MAX);
        let real = zoom / self.zoom;
        self.x = at.0 - (at.0 - self.x) * real;
        self.y = at.1 - (at.1 - self.y) * real;
        self.zoom = zoom;
        self.keep_in(drawing);
    }

    pub fn middle(&self) -> (f64, f64) {
        (self.width / 2.0, self.height / 2.0)
    }

    /// As large as the whole fits, if it can be read so.
    pub fn fit(&mut self, drawing: Area) {
        let wide = (self.width - 2.0 * MARGIN) / drawing.right.max(1.0);
        let high = (self.height - 2.0 * MARGIN) / drawing.bottom.max(1.0);
        self.zoom = wide.min(high).clamp(ZOOM_MIN, 1.0);
        self.x = MARGIN;
        self.y = (self.height - drawing.bottom * self.zoom) / 2.0;
        self.keep_in(drawing);
    }

    /// Large enough to read the small print.
    pub fn readable(&mut self) {
        self.zoom = self.zoom.max(READABLE);
    }

    /// Moves no more than is needed to see `one`.
    pub fn show(&mut self, one: Area, drawing: Area) {
        let left = one.left * self.zoom + self.x;
        let right = one.right * self.zoom + self.x;
        let top = one.top * self.zoom + self.y;
        let bottom = one.bottom * self.zoom + self.y;
        self.x += nudge(left, right, self.width);
        self.y += nudge(top, bottom, self.height);
        self.keep_in(drawing);
    }

    fn keep_in(&mut self, drawing: Area) {
        self.x = held(self.x, drawing.right * self.zoom, self.width);
        self.y = held(self.y, drawing.bottom * self.zoom, self.height);
    }
}

/// What fits may stand anywhere inside; of what does not, something is always
/// to be seen up to its edge.
fn held(at: f64, size: f64, room: f64) -> f64 {
    let last = room - size - MARGIN;
    at.clamp(last.min(MARGIN), last.max(MARGIN))
}

fn nudge(from: f64, to: f64, room: f64) -> f64 {
    if from < MARGIN {
        MARGIN - from
    } else if to > room - MARGIN {
        // The beginning counts where both do not fit.
        (room - MARGIN - to).max(MARGIN - from)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: Area = Area {
        left: 0.0,
        top: 0.0,
        right: 2_000.0,
        bottom: 300_000.0,
    };
    const SMALL: Area = Area {
        left: 0.0,
        top: 0.0,
        right: 232.0,
        bottom: 60.0,
    };

    #[test]
    fn the_drawing_is_never_lost() {
        let mut view = View::default();
        view.pan(10_000.0, 10_000.0, LARGE);
        assert_eq!((view.x, view.y), (MARGIN, MARGIN));
        view.pan(0.0, -1e9, LARGE);
        assert_eq!(view.y, view.height - LARGE.bottom - MARGIN);
        view.pan(-1e9, -1e9, SMALL);
        assert_eq!((view.x, view.y), (MARGIN, MARGIN));
    }

    #[test]
    fn what_is_zoomed_stays_under_the_pointer() {
        let mut view = View::default();
        view.pan(0.0, -5_000.0, LARGE);
        let at = (480.0, 240.0);
        let under = |view: &View| ((at.0 - view.x) / view.zoom, (at.1 - view.y) / view.zoom);
        let before = under(&view);
        view.zoom_by(0.8, at, LARGE);
        let after = under(&view);
        assert!((before.1 - after.1).abs() < 1e-6);
        for _ in 0..50 {
            view.zoom_by(0.5, at, LARGE);
        }
        assert_eq!(view.zoom, ZOOM_MIN);
    }

    #[test]
    fn all_fits_or_is_as_small_as_can_be_read() {
        let mut view = View::default();
        view.fit(SMALL);
        assert_eq!(view.zoom, 1.0);
        assert_eq!(view.y, (480.0 - 60.0) / 2.0);
        view.fit(LARGE);
        assert_eq!(view.zoom, ZOOM_MIN);
        view.readable();
        assert_eq!(view.zoom, READABLE);
    }

    #[test]
    fn a_node_is_brought_into_view_and_no_further() {
        let mut view = View::default();
        let seen = Area {
            left: 300.0,
            top: 100.0,
            right: 532.0,
            bottom: 160.0,
        };
        let before = view;
        view.show(seen, LARGE);
        assert_eq!(view, before);
        let far = Area {
            top: 9_000.0,
            bottom: 9_060.0,
            ..seen
        };
        view.show(far, LARGE);
        assert!((far.bottom + view.y - (view.height - MARGIN)).abs() < 1e-6);
    }
}
