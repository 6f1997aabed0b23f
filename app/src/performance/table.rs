//! The numbers of a chart as a table, for those who do not see it, and as
//! files.

use leptos::prelude::*;
use model::{Cell, NumberTable};

use crate::format;

/// Where the numbers of a chart are as files.
#[derive(Clone, Debug)]
pub struct Files {
    pub csv: String,
    pub json: String,
}

/// Closed at first; printed open.
#[component]
pub fn Numbers(
    /// What the table is of.
    #[prop(into)]
    caption: String,
    table: NumberTable,
    #[prop(optional_no_strip)] files: Option<Files>,
) -> impl IntoView {
    let label = format!("{caption}, as a table");
    let heads = table.columns.into_iter();
    let heads = heads.map(|name| view! { <th scope="col">{name}</th> });
    let heads = heads.collect_view();
    let rows = table.rows.into_iter().map(row).collect_view();
    view! {
        <details class="chart-numbers">
            <summary class="link-quiet">"Numbers as a table"</summary>
            <div class="table-scroll" role="region" aria-label=label tabindex="0">
                <table class="table numbers-table">
                    <caption class="sr-only">{caption}</caption>
                    <thead>
                        <tr>{heads}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {files.map(|files| view! { <FileLinks files /> })}
        </details>
    }
    .into_any()
}

fn row(cells: Vec<Cell>) -> AnyView {
    let cells = cells.into_iter().enumerate().map(|(place, cell)| {
        let text = text(cell);
        if place == 0 {
            view! { <th scope="row">{text}</th> }.into_any()
        } else {
            view! { <td>{text}</td> }.into_any()
        }
    });
    view! { <tr>{cells.collect_view()}</tr> }.into_any()
}

/// Three places are what a person reads; the files have all.
fn text(cell: Cell) -> String {
    match cell {
        Cell::Count(count) => format::count(count),
        Cell::Number(number) => {
            let text = format!("{:.3}", number.abs());
            let text = text.trim_end_matches('0').trim_end_matches('.');
            let sign = if number < 0.0 && text != "0" {
                "\u{2212}"
            } else {
                ""
            };
            format!("{sign}{text}")
        }
        Cell::Text(text) => text,
        Cell::None => "\u{2013}".to_owned(),
    }
}

/// The files themselves; past the router, which knows no such pages.
#[component]
pub fn FileLinks(files: Files) -> impl IntoView {
    view! {
        <p class="numbers-files">
            <a class="link" href=files.csv rel="external" download="">
                "CSV"
            </a>
            <a class="link" href=files.json rel="external" download="">
                "JSON"
            </a>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_short() {
        assert_eq!(text(Cell::Count(12_345)), "12,345");
        assert_eq!(text(Cell::Number(0.825_54)), "0.826");
        assert_eq!(text(Cell::Number(-0.5)), "\u{2212}0.5");
        assert_eq!(text(Cell::Number(-0.000_1)), "0");
        assert_eq!(text(Cell::Number(10.0)), "10");
        assert_eq!(text(Cell::None), "\u{2013}");
    }
}
