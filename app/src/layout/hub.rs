//! Which hub the pages are about.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

/// The slug of the current hub, as far as the address or this tab know it;
/// where they do not, the server takes the hub last looked at.
#[derive(Clone, Copy)]
pub struct HubSlug {
    slug: Memo<Option<String>>,
    path: Memo<String>,
    /// A path whose page is about something of a hub, and the slug of that hub.
    told: RwSignal<Option<(String, String)>>,
}

impl HubSlug {
    pub fn get(self) -> Option<String> {
        self.slug.get()
    }

    /// The page is about something of the hub `slug`, which its address does
    /// not name: the frame around it shows that hub.
    pub fn is_about(self, slug: String) {
        Effect::new(move |_| {
            let path = self.path.get_untracked();
            self.told.set(Some((path, slug.clone())));
        });
    }

    /// A path of this site with the current hub in its query.
    pub fn path(self, path: &str) -> String {
        match self.slug.get() {
            Some(slug) => format!("{path}?hub={slug}"),
            None => path.to_owned(),
        }
    }
}

/// Makes the current hub known to the pages.
pub fn provide_hub_slug() -> HubSlug {
    let query = use_query_map();
    let path = use_location().pathname;
    let told = RwSignal::new(None::<(String, String)>);
    let slug = Memo::new(move |known: Option<&Option<String>>| {
        let asked = query.with(|query| query.get("hub"));
        let told = told.with(|told| {
            let (at, slug) = told.as_ref()?;
            path.with(|path| path == at).then(|| slug.clone())
        });
        // The page of one proposal has no hub in its address; the tab keeps it.
        asked
            .filter(|slug| model::validate::is_slug(slug))
            .or(told)
            .or_else(|| known.cloned().flatten())
    });
    let hub = HubSlug { slug, path, told };
    provide_context(hub);
    hub
}

/// The current hub of the frame around this page.
pub fn use_hub_slug() -> HubSlug {
    use_context::<HubSlug>().unwrap_or_else(provide_hub_slug)
}
