//! Refuses changes that another site makes a browser send.
//!
//! A browser says where a request comes from, in `Sec-Fetch-Site` and `Origin`.
//! A request that says neither does not come from a browser.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::caller::bearer;
use crate::{problem::Problem, settings::PublicUrl};

/// Lets through what is safe, comes from the site itself, or from a program
/// that names a token and no cookie.
pub async fn check(
    State(public): State<Option<PublicUrl>>,
    request: Request,
    next: Next,
) -> Response {
    if is_allowed(&request, public.as_ref()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::FORBIDDEN,
        "cross_origin",
        "This request came from another site. Do it on this site's own page.",
    )
    .into_response()
}

fn is_allowed(request: &Request, public: Option<&PublicUrl>) -> bool {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    ) {
        return true;
    }
    let headers = request.headers();
    if bearer(headers).is_some() && !headers.contains_key(header::COOKIE) {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => origin
            .to_str()
            .is_ok_and(|origin| is_own(origin, request.uri(), headers, public)),
    }
}

/// Whether an origin is this site: the host that was asked, or the public URL.
fn is_own(origin: &str, uri: &Uri, headers: &HeaderMap, public: Option<&PublicUrl>) -> bool {
    if public.is_some_and(|url| url.origin() == origin) {
        return true;
    }
    let Some((_, authority)) = origin.split_once("://") else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(|authority| authority.as_str()));
    host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn allowed(method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder()
            .method(method)
            .uri("/rpc/x")
            .header("host", "hub.example:3000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let public = PublicUrl::parse("https://hub.example").ok();
        is_allowed(&request.body(Body::empty()).unwrap(), public.as_ref())
    }

    #[test]
    fn what_a_browser_says_counts() {
        assert!(allowed("GET", &[("sec-fetch-site", "cross-site")]));
        assert!(allowed("POST", &[("sec-fetch-site", "same-origin")]));
        assert!(allowed("POST", &[("sec-fetch-site", "none")]));
        assert!(!allowed("POST", &[("sec-fetch-site", "same-site")]));
        assert!(!allowed("DELETE", &[("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn an_origin_is_held_against_the_host() {
        assert!(allowed("POST", &[("origin", "http://hub.example:3000")]));
        assert!(allowed("POST", &[("origin", "https://hub.example")]));
        for bad in ["http://hub.example:3001", "https://evil.example", "null"] {
            assert!(!allowed("POST", &[("origin", bad)]), "{bad}");
        }
        assert!(allowed("POST", &[]));
    }

    #[test]
    fn a_token_without_a_cookie_needs_no_origin() {
        let evil = ("sec-fetch-site", "cross-site");
        assert!(allowed("POST", &[("authorization", "Bearer t"), evil]));
        assert!(!allowed(
            "POST",
            &[("authorization", "Bearer t"), ("cookie", "a=b"), evil]
        ));
    }
}
