//! A moment.

use chrono::{DateTime, SecondsFormat, Utc};
use leptos::prelude::*;

use crate::format;

/// A moment in UTC, readable for people and programs.
#[component]
pub fn Stamp(at: DateTime<Utc>) -> impl IntoView {
    view! {
        <time class="stamp" datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true)>
            {format::date(at)}
        </time>
    }
}
