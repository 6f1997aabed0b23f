//! The pages and their server functions.

use axum::{
    Router,
    handler::HandlerWithoutStateExt,
    http::{HeaderValue, header},
};
use leptos::{
    context::{provide_context, use_context},
    nonce::use_nonce,
};
use leptos_axum::{LeptosRoutes, ResponseOptions, render_app_async_with_context};

use crate::{files, middleware::headers::page_csp, state::AppState};

/// Every page at its URL, every server function at its own; other paths give
/// the site's public files or the page that says that there is none.
///
/// The files are not left to Leptos: its handler runs in the context of any
/// page that waits on the same thread, and takes that page's headers with it,
/// the cookies too.
pub fn router(state: &AppState) -> Router<AppState> {
    let context = {
        let engine = state.engine.clone();
        let site = state.site.clone();
        move || {
            provide_context(engine.clone());
            provide_context(site.clone());
            allow_own_scripts();
        }
    };
    let routes = leptos_axum::generate_route_list_with_exclusions_and_ssg_and_context(
        app::App,
        None,
        context.clone(),
    )
    .0;
    let options = state.leptos.clone();
    let no_page = {
        let options = options.clone();
        render_app_async_with_context(context.clone(), move || app::shell(options.clone()))
    };
    Router::new()
        .leptos_routes_with_context(state, routes, context, move || app::shell(options.clone()))
        .fallback_service(files::public(&state.leptos, no_page.into_service()))
}

/// Names the page's nonce in its content security policy.
fn allow_own_scripts() {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    if let Ok(policy) = HeaderValue::from_str(&page_csp(&nonce)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}
