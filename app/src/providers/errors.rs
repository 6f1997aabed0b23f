//! What a provider did not answer.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::ProviderError;

use crate::address::word;
use crate::components::{EmptyState, PageLinks, Refused, Skeleton, Stamp};
use crate::format;
use crate::labels::Labelled;
use crate::server_fns::providers::{ProviderErrors, read_provider_errors};

/// Newest first.
#[component]
pub fn ErrorList(errors: Vec<ProviderError>) -> impl IntoView {
    let rows = errors.into_iter().map(|error| view! { <Row error /> });
    view! { <ul class="provider-errors">{rows.collect_view()}</ul> }.into_any()
}

#[component]
fn Row(error: ProviderError) -> impl IntoView {
    let status = match error.http_status {
        Some(status) => format!("HTTP {status}"),
        None => "no HTTP status".to_owned(),
    };
    let from = match error.invocation_id {
        Some(id) => view! {
            <a class="link" href=format!("/receipts/{id}")>
                "Receipt"
            </a>
        }
        .into_any(),
        None => view! { <span>"in a test"</span> }.into_any(),
    };
    view! {
        <li class="provider-error" data-testid="provider-error" data-type=error.error_type.clone()>
            <p class="provider-line">
                <strong class="provider-error-type">{format::words(&error.error_type)}</strong>
                <span>{status}</span>
                <code class="code">{error.model_name}</code>
                <Stamp at=error.occurred_at />
                {from}
            </p>
            <p class="provider-message">{error.error}</p>
        </li>
    }
    .into_any()
}

/// `/settings/:provider`
#[component]
pub fn ProviderErrorsPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let provider = params.with(|params| params.get("provider").unwrap_or_default());
        (provider, query.with(|query| word(query.get("cursor"))))
    });
    let list = Resource::new(
        move || asked.get(),
        |(provider, cursor)| read_provider_errors(provider, cursor),
    );
    view! {
        <Title text="Errors of a provider" />
        <p class="crumbs">
            <a class="link" href="/settings">
                "Settings"
            </a>
        </p>
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(answer) => {
                        let later = asked.get_untracked().1.is_some();
                        view! { <All answer later /> }.into_any()
                    }
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn All(answer: ProviderErrors, later: bool) -> impl IntoView {
    let ProviderErrors { provider, page } = answer;
    let first = format!("/settings/{provider}");
    let older = page
        .next_cursor
        .map(|cursor| format!("{first}?cursor={cursor}"));
    let newest = later.then_some(first);
    view! {
        <div class="page-head">
            <div>
                <h1 class="page-title">{format!("Errors of {}", provider.label())}</h1>
                <p class="page-lead">
                    "Calls and tests that it did not answer, also where another provider answered the call after it."
                </p>
            </div>
        </div>
        <section class="card">
            {if page.items.is_empty() {
                view! {
                    <EmptyState title="No error">
                        <p>
                            "Each call and test was answered, or none was made. "
                            <a class="link" href=format!("/settings#{provider}")>
                                "Test it"
                            </a>
                        </p>
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! { <ErrorList errors=page.items /> }.into_any()
            }}
        </section>
        <PageLinks newest older />
    }
    .into_any()
}
