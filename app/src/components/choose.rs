//! A select in a row of filters.

use leptos::prelude::*;

/// One select; `options` are values with their words, and an empty value with
/// the word `any` comes first.
#[component]
pub fn Choose(
    name: &'static str,
    label: &'static str,
    #[prop(default = "All")] any: &'static str,
    options: Vec<(String, String)>,
    chosen: Option<String>,
) -> impl IntoView {
    let id = format!("choose-{name}");
    let none = chosen.is_none();
    let options = options.into_iter().map(|(value, text)| {
        let selected = chosen.as_deref() == Some(value.as_str());
        view! {
            <option value=value selected=selected>
                {text}
            </option>
        }
    });
    view! {
        <div class="filter">
            <label class="filter-label" for=id.clone()>
                {label}
            </label>
            <select class="select select-small" id=id name=name>
                <option value="" selected=none>
                    {any}
                </option>
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}
