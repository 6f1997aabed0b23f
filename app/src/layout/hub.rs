//! Which hub the pages are about.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The slug of the current hub, as far as the address or this tab know it;
/// where they do not, the server takes the hub last looked at.
#[derive(Clone, Copy)]
pub struct HubSlug(Memo<Option<String>>);

impl HubSlug {
    pub fn get(self) -> Option<String> {
        self.0.get()
    }

    /// A path of this site with the current hub in its query.
    pub fn path(self, path: &str) -> String {
        match self.0.get() {
            Some(slug) => format!("{path}?hub={slug}"),
            None => path.to_owned(),
        }
    }
}

/// Makes the current hub known to the pages.
pub fn provide_hub_slug() -> HubSlug {
    let query = use_query_map();
    let slug = HubSlug(Memo::new(move |known: Option<&Option<String>>| {
        let asked = query.with(|query| query.get("hub"));
        // The page of one proposal has no hub in its address; the tab keeps it.
        asked
            .filter(|slug| model::validate::is_slug(slug))
            .or_else(|| known.cloned().flatten())
    }));
    provide_context(slug);
    slug
}

/// The current hub of the frame around this page.
pub fn use_hub_slug() -> HubSlug {
    use_context::<HubSlug>().unwrap_or_else(provide_hub_slug)
}
