//! The built files below `/pkg`, and the site's public ones.

use std::convert::Infallible;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use leptos::prelude::LeptosOptions;
use tower::{Service, ServiceBuilder};
use tower_http::services::ServeDir;

/// For a URL that names a version or a build: its content never changes.
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

/// The public files of the site; `other` answers where there is none.
pub fn public<F>(
    options: &LeptosOptions,
    other: F,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ use<F>
where
    F: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let files = ServeDir::new(options.site_root.to_string())
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(other);
    ServiceBuilder::new()
        .layer(middleware::from_fn(cache))
        .service(files)
}

async fn cache(request: Request, next: Next) -> Response {
    let versioned = request
        .uri()
        .query()
        .is_some_and(|query| query.starts_with("v=") || query.contains("&v="))
        || names_a_build(request.uri().path());
    let mut response = next.run(request).await;
    if response.status().is_success() || response.status().is_redirection() {
        let rule = if versioned { FOR_EVER } else { ASK_FIRST };
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    }
    response
}

/// Whether a path is a part of one build of the site: `/pkg/NAME.BUILD.wasm`.
fn names_a_build(path: &str) -> bool {
    const BUILD_DIGITS: usize = 12;
    path.strip_suffix(".wasm")
        .and_then(|rest| rest.rsplit_once('.'))
        .is_some_and(|(_, build)| {
            build.len() == BUILD_DIGITS && build.bytes().all(|b| b.is_ascii_hexdigit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_names_its_build() {
        assert!(names_a_build("/pkg/split_run.3e7aedfb089e.wasm"));
        for other in [
            "/pkg/app_bg.wasm",
            "/pkg/app.js",
            "/pkg/a.3e7aedfb089.wasm",
            "/pkg/a.3e7aedfb089g.wasm",
            "/pkg/.wasm",
        ] {
            assert!(!names_a_build(other), "{other}");
        }
    }
}
