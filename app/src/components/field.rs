//! A form field's label, hint and error.

use leptos::prelude::*;

/// The ids that describe a field, for `aria-describedby`.
pub fn describe(id: &str) -> String {
    format!("{id}-hint {id}-error")
}

/// Label, hint and error around one control whose id is `id`.
#[component]
pub fn Field(
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    /// Empty where nothing is wrong.
    #[prop(into)]
    error: Signal<Option<String>>,
    #[prop(optional)] optional: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field" class:field-wrong=move || error.get().is_some()>
            <label class="field-label" for=id>
                {label}
                {optional.then(|| view! { <span class="field-optional">"optional"</span> })}
            </label>
            {children()}
            <p class="field-hint" id=format!("{id}-hint")>
                {hint}
            </p>
            <p class="field-error" id=format!("{id}-error") role="alert">
                {move || error.get().map(sentence)}
            </p>
        </div>
    }
    .into_any()
}

/// `must not be empty` as `Must not be empty.`
pub fn sentence(text: String) -> String {
    let mut chars = text.chars();
    let mut sentence: String = match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => return text,
    };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_sentence() {
        assert_eq!(
            sentence("must not be empty".to_owned()),
            "Must not be empty."
        );
        assert_eq!(sentence("Why?".to_owned()), "Why?");
        assert_eq!(sentence(String::new()), "");
    }
}
