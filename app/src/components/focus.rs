//! The focus, where a page is drawn anew under it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Gives the focus back to the element with the same id, when what it stood in
/// has been drawn anew and nothing else has taken it.
#[component]
pub fn KeepFocus(
    /// Reads what the content is drawn from.
    drawn: Signal<()>,
    children: Children,
) -> impl IntoView {
    let last = StoredValue::new(None::<String>);
    let on_focus = move |event: leptos::ev::FocusEvent| {
        let target = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        last.set_value(target.map(|element| element.id()));
    };
    Effect::new(move |_| {
        drawn.get();
        request_animation_frame(move || {
            let lost = document()
                .active_element()
                .is_none_or(|e| e.tag_name() == "BODY");
            let id = last
                .try_get_value()
                .flatten()
                .filter(|id| lost && !id.is_empty());
            let element = id.and_then(|id| document().get_element_by_id(&id));
            if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                // Fails only where the element cannot have it.
                let _ = element.focus();
            }
        });
    });
    view! { <div on:focusin=on_focus>{children()}</div> }.into_any()
}
