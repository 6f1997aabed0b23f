//! The pages and their server functions.

use axum::{
    Router,
    http::{HeaderValue, header},
};
use leptos::{
    context::{provide_context, use_context},
    nonce::use_nonce,
};
use leptos_axum::{LeptosRoutes, ResponseOptions, file_and_error_handler_with_context};

use crate::{middleware::headers::page_csp, state::AppState};

/// Every page at its URL, every server function at its own; other paths give
/// the site's public files or the page that says that there is none.
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
    Router::new()
        .leptos_routes_with_context(state, routes, context.clone(), move || {
            app::shell(options.clone())
        })
        .fallback(file_and_error_handler_with_context::<AppState, _>(
            context,
            app::shell,
        ))
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
