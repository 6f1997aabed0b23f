//! What a page says beside its content: notices, refusals, emptiness, waiting.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::error::AppError;
use crate::labels::Tone;
use crate::layout::go_to_login;

/// A sentence that matters, in a box of its own.
#[component]
pub fn Notice(
    tone: Tone,
    #[prop(optional, into)] title: String,
    children: Children,
) -> impl IntoView {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    view! {
        <div class="notice" data-tone=tone.class() role=role>
            {(!title.is_empty()).then(|| view! { <p class="notice-title">{title}</p> })}
            <div class="notice-body">{children()}</div>
        </div>
    }
    .into_any()
}

/// A refusal with its reason and the way on. Who is not signed in is led to
/// the sign-in page and back.
#[component]
pub fn Refused(error: AppError) -> impl IntoView {
    let location = use_location();
    if error.is(AppError::NOT_SIGNED_IN) {
        go_to_login(&location);
    }
    let title = match error.code.as_str() {
        "not_found" => "This page is not there",
        "not_allowed" => "Your role does not allow this",
        AppError::NOT_SIGNED_IN => "You are not signed in",
        AppError::UNREACHABLE => "The server cannot be reached",
        _ => "This did not work",
    };
    let fields = error.errors.clone();
    view! {
        <Notice tone=Tone::Bad title=title>
            <p>{error.message.clone()}</p>
            {(!fields.is_empty())
                .then(|| {
                    view! {
                        <ul class="bullets">
                            {fields
                                .into_iter()
                                .map(|e| view! { <li>{format!("{}: {}", e.field, e.message)}</li> })
                                .collect_view()}
                        </ul>
                    }
                })}
            {error
                .is("not_found")
                .then(|| view! { <p><a class="link" href="/collectives">"Go to the list"</a></p> })}
            {error
                .is(AppError::NOT_SIGNED_IN)
                .then(|| view! { <p><a class="link" href="/login">"Go to the sign-in page"</a></p> })}
        </Notice>
    }
    .into_any()
}

/// Nothing is here yet, and what to do next.
#[component]
pub fn EmptyState(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            <div class="empty-body">{children()}</div>
        </div>
    }
    .into_any()
}

/// The place of something that is being read.
#[component]
pub fn Skeleton(#[prop(default = 3)] lines: usize) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label="Loading">
            {(0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view()}
        </div>
    }
}
