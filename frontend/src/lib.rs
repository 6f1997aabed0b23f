//! The browser's entry: takes over the page that the server rendered.
// The types of views are as deep as the pages.
#![recursion_limit = "512"]

/// Called by the script of the page when the module is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
    // Tests, and styles for what only works with scripts, wait for this mark.
    if let Some(root) = leptos::prelude::document().document_element() {
        // Fails only where the name is no name.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
