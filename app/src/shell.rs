//! The document around the app.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::router::App;
use crate::site::use_site;
use crate::theme::rendered_theme;

/// The whole HTML document, rendered on the server.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let site = use_site();
    let stylesheet = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    view! {
        <!DOCTYPE html>
        <html
            lang="en"
            data-theme=rendered_theme().attribute()
            data-rehearsal=site.rehearsal.then_some("")
            data-development=site.development.then_some("")
            data-secure-cookies=site.secure_cookies.then_some("")
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="stylesheet" href=stylesheet />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
