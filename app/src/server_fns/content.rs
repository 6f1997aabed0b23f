//! What the lists of widgets, candidates and decisions are asked for, and what
//! their forms have in common.

use serde::{Deserialize, Serialize};

/// Which rows a list shows, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentQuery {
    pub hub: Option<String>,
    pub q: Option<String>,
    pub status: Option<String>,
    pub widget: Option<String>,
    /// Of widgets: whether they have open candidates.
    pub open: Option<String>,
    pub cursor: Option<String>,
}

#[cfg(feature = "ssr")]
impl ContentQuery {
    pub fn page(&self) -> model::PageRequest {
        model::PageRequest {
            limit: model::LIMIT_DEFAULT,
            after: self.cursor.as_deref().and_then(|text| text.parse().ok()),
        }
    }
}

/// A text as it was typed, with the line ends of the API.
#[cfg(feature = "ssr")]
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// A form has no null: what is empty is none.
#[cfg(feature = "ssr")]
pub fn filled(text: &str) -> Option<String> {
    let text = lines(text);
    (!text.trim().is_empty()).then_some(text)
}

/// A word or an id that a select sends; refused with the field's name.
#[cfg(feature = "ssr")]
pub fn chosen<T: std::str::FromStr>(
    field: &str,
    text: &str,
    wanted: &str,
) -> Result<T, crate::error::AppError> {
    text.parse()
        .map_err(|_| super::request::wrong(field, wanted))
}

/// As [`chosen`], where nothing may be chosen too.
#[cfg(feature = "ssr")]
pub fn maybe_chosen<T: std::str::FromStr>(
    field: &str,
    text: &str,
    wanted: &str,
) -> Result<Option<T>, crate::error::AppError> {
    match text.trim() {
        "" => Ok(None),
        text => chosen(field, text, wanted).map(Some),
    }
}

/// The widgets of a hub for a select, newest first: as many as a page holds.
#[cfg(feature = "ssr")]
pub async fn widget_names(
    engine: &federation::Engine,
    caller: &model::Caller,
    hub: model::HubId,
) -> Result<Vec<(String, String)>, crate::error::AppError> {
    let filter = model::WidgetFilter {
        hub_id: Some(hub),
        ..model::WidgetFilter::default()
    };
    let page = model::PageRequest {
        limit: model::LIMIT_MAX,
        after: None,
    };
    let rows = federation::widgets::list(engine, caller, filter, page)
        .await
        .map_err(super::request::refuse)?;
    let name = |row: model::WidgetRow| (row.widget.id.to_string(), row.widget.title);
    Ok(rows.items.into_iter().map(name).collect())
}
