//! Facts about this installation that pages need.

use leptos::prelude::*;

/// What the server says of itself; it stands in the context of each request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// No model is called: a scripted one answers.
    pub rehearsal: bool,
    /// Cookies are for TLS only.
    pub secure_cookies: bool,
    /// Pages for developers are shown.
    pub development: bool,
}

/// The facts, on the server from the context, in the browser from the
/// attributes that the document carries, so that both render the same.
pub fn use_site() -> Site {
    if let Some(site) = use_context::<Site>() {
        return site;
    }
    if cfg!(feature = "ssr") {
        return Site::default();
    }
    let Some(root) = document().document_element() else {
        return Site::default();
    };
    Site {
        rehearsal: root.has_attribute("data-rehearsal"),
        secure_cookies: root.has_attribute("data-secure-cookies"),
        development: root.has_attribute("data-development"),
    }
}
