//! The built files below `/pkg`.

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use leptos::prelude::LeptosOptions;
use tower_http::services::ServeDir;

/// For a URL that names a version: its content never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For other URLs: kept, but asked for each time.
const ASK_FIRST: &str = "no-cache";

/// Serves the files, compressed ones where the browser takes them.
pub fn router<S: Clone + Send + Sync + 'static>(options: &LeptosOptions) -> Router<S> {
    let folder = format!("{}/{}", options.site_root, options.site_pkg_dir);
    let files = ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    Router::new()
        .nest_service("/pkg", files)
        .layer(middleware::from_fn(cache))
}

async fn cache(request: Request, next: Next) -> Response {
    let versioned = request
        .uri()
        .query()
        .is_some_and(|query| query.starts_with("v=") || query.contains("&v="));
    let mut response = next.run(request).await;
    if response.status().is_success() || response.status().is_redirection() {
        let rule = if versioned { FOR_EVER } else { ASK_FIRST };
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    }
    response
}
