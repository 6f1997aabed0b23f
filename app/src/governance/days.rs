//! A small chart of seven days, with its numbers as a table.

use leptos::prelude::*;
use model::BlockedOnDay;

use crate::format;

/// The sizes of the drawing; a bar for each day.
const STEP: i64 = 34;
const WIDTH: i64 = 22;
const HEIGHT: i64 = 64;

/// A day as in `23 Feb`.
pub fn day(date: chrono::NaiveDate) -> String {
    date.format("%-d %b").to_string()
}

/// The bars; each leads to the receipts of its day.
#[component]
pub fn DayChart(
    days: Vec<BlockedOnDay>,
    link: Callback<chrono::NaiveDate, String>,
) -> impl IntoView {
    let most = days.iter().map(|day| day.blocked).max().unwrap_or(0).max(1);
    let bars = days.iter().enumerate().map(|(place, of)| {
        let place = i64::try_from(place).unwrap_or(0);
        // What is there can be seen, however small beside the highest.
        let height = if of.blocked == 0 {
            1
        } else {
            (of.blocked * HEIGHT / most).max(3)
        };
        view! {
            <rect
                class="bar"
                class:bar-none=of.blocked == 0
                x=(place * STEP + (STEP - WIDTH) / 2).to_string()
                y=(HEIGHT - height).to_string()
                width=WIDTH.to_string()
                height=height.to_string()
                rx="2"
            ></rect>
        }
    });
    let viewbox = format!("0 0 {} {HEIGHT}", STEP * 7);
    let bars = bars.collect_view();
    let heads = days.iter().map(|of| {
        let (number, whole) = (of.date.format("%-d").to_string(), day(of.date));
        view! {
            <th scope="col">
                <span aria-hidden="true">{number}</span>
                <span class="sr-only">{whole}</span>
            </th>
        }
    });
    let heads = heads.collect_view();
    let cells = days.into_iter().map(|of| {
        view! {
            <td>
                <a class="day-number" href=link.run(of.date)>
                    {format::count(of.blocked)}
                    <span class="sr-only">" blocked"</span>
                </a>
            </td>
        }
    });
    let cells = cells.collect_view();
    view! {
        <div class="days">
            <svg class="days-chart" viewBox=viewbox aria-hidden="true" focusable="false">
                {bars}
            </svg>
            {table(heads, cells)}
        </div>
    }
    .into_any()
}

fn table(heads: impl IntoView + 'static, cells: impl IntoView + 'static) -> AnyView {
    view! {
        <table class="days-table">
            <caption class="sr-only">"Blocked calls for each day in UTC"</caption>
            <thead>
                <tr>{heads}</tr>
            </thead>
            <tbody>
                <tr>{cells}</tr>
            </tbody>
        </table>
    }
    .into_any()
}
