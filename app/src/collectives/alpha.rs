//! Krippendorff's alpha, as a bar and in words.

use leptos::prelude::*;
use model::{AlphaInterval, Undefined};

/// Where the line of the drawing begins, and how long 1 is.
const LEFT: f64 = 6.0;
const ONE: f64 = 50.0;

/// The place of a value on the line from -1 to 1.
fn place(value: f64) -> f64 {
    LEFT + (value.clamp(-1.0, 1.0) + 1.0) * ONE
}

/// `0.42`, `−0.10`; no minus before nothing.
pub fn two(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    if value < 0.0 && text != "0.00" {
        format!("\u{2212}{text}")
    } else {
        text
    }
}

/// Why there is no alpha.
const fn why(undefined: Undefined) -> &'static str {
    match undefined {
        Undefined::TooFewUnits => "undefined: too little was said by two agents to compare",
        Undefined::NoVariation => {
            "undefined: all values are the same, so there is no chance to compare with"
        }
        Undefined::TooFewValues => "undefined: nothing was said by two agents",
    }
}

/// The bar with its number and its interval.
#[component]
pub fn Alpha(
    alpha: Option<f64>,
    undefined: Option<Undefined>,
    interval: Option<AlphaInterval>,
) -> impl IntoView {
    let Some(alpha) = alpha else {
        let words = undefined.map_or("not computed", why);
        return view! { <span class="quiet">{words}</span> }.into_any();
    };
    let range = interval.map(|i| format!("{} to {}", two(i.low), two(i.high)));
    let label = match &range {
        Some(range) => format!("Alpha {}, interval {range}", two(alpha)),
        None => format!("Alpha {}", two(alpha)),
    };
    let bar = interval.map(|i| {
        let (from, to) = (place(i.low.min(i.high)), place(i.high.max(i.low)));
        view! {
            <rect
                class="alpha-interval"
                x=format!("{from:.1}")
                y="4"
                width=format!("{:.1}", (to - from).max(1.0))
                height="6"
                rx="3"
            ></rect>
        }
    });
    view! {
        <span class="alpha" data-testid="alpha">
            <svg class="alpha-bar" viewBox="0 0 112 14" width="112" height="14" role="img" aria-label=label>
                <line class="alpha-line" x1="6" y1="7" x2="106" y2="7"></line>
                <line class="alpha-zero" x1="56" y1="2" x2="56" y2="12"></line>
                {bar}
                <circle class="alpha-dot" cx=format!("{:.1}", place(alpha)) cy="7" r="3.5"></circle>
            </svg>
            <span class="alpha-number">{two(alpha)}</span>
            {range.map(|range| view! { <span class="alpha-range">{format!("({range})")}</span> })}
        </span>
    }
    .into_any()
}

/// What the number says, in plain words.
#[component]
pub fn AlphaNote(
    /// Some agents are of one vendor.
    shared: bool,
    /// All are.
    alone: bool,
) -> impl IntoView {
    let voices = match (shared, alone) {
        (_, true) => {
            " All agents here are of one vendor and count as one voice, so there is no such bar."
        }
        (true, false) => " Agents of one vendor count as one voice in it, so it is wider.",
        (false, false) => "",
    };
    view! {
        <p class="quiet alpha-note">
            "Alpha says how far agents agree beyond chance: 1 is perfect agreement, 0 is what chance gives, below 0 they disagree more than chance would. The thin bar is where it may well lie (95 %) if other such agents had been asked."
            {voices}
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_two_digits_and_a_minus_that_is_one() {
        assert_eq!(two(0.4249), "0.42");
        assert_eq!(two(-0.1), "\u{2212}0.10");
        assert_eq!(two(-0.001), "0.00");
        assert_eq!(two(1.0), "1.00");
    }

    #[test]
    fn the_line_goes_from_minus_one_to_one() {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(place(-1.0), 6.0) && near(place(0.0), 56.0) && near(place(1.0), 106.0));
        assert!(near(place(-7.0), 6.0) && near(place(7.0), 106.0));
    }
}
