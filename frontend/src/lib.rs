//! The browser's entry: takes over the page that the server rendered.
// The types of views are as deep as the pages.
#![recursion_limit = "512"]

use leptos::prelude::document;

/// Called by the script of the page when the module is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(take_over());
}

/// Ends when the code of the page's area is loaded too.
async fn take_over() {
    let (Some(body), Some(root)) = (document().body(), document().document_element()) else {
        return;
    };
    leptos::mount::hydrate_from_async(body, app::App)
        .await
        .forget();
    // Tests, and styles for what only works with scripts, wait for this mark.
    // Fails only where the name is no name.
    let _ = root.set_attribute("data-hydrated", "");
}
