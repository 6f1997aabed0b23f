//! One receipt.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{Invocation, InvocationId};

use crate::collectives::ReceiptDetails;
use crate::components::{Refused, Skeleton};
use crate::error::AppError;
use crate::format;
use crate::layout::use_hub_slug;
use crate::server_fns::invocations::read_receipt;

/// `/receipts/:id`
#[component]
pub fn ReceiptPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let receipt = Resource::new(
        move || id.get(),
        |id| async move {
            match id.parse::<InvocationId>() {
                Ok(id) => read_receipt(id).await,
                Err(_) => Err(AppError::new(
                    "not_found",
                    "There is no receipt with this id.",
                )),
            }
        },
    );
    view! {
        <Title text="Receipt" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match receipt.await {
                    Ok(receipt) => view! { <Shown receipt /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Shown(receipt: Invocation) -> impl IntoView {
    let hub = use_hub_slug();
    let title = format!(
        "{}: {}",
        format::words(&receipt.purpose),
        format::words(&receipt.artifact_type).to_lowercase()
    );
    let id = receipt.id.to_string();
    view! {
        <p class="crumbs">
            <a class="link" href=move || hub.path("/receipts")>
                "Receipts"
            </a>
        </p>
        <div class="page-head">
            <div>
                <h1 class="page-title">{title}</h1>
                <p class="page-lead">
                    <code class="code">{id}</code>
                </p>
            </div>
        </div>
        <section class="card receipt-place" data-testid="receipt" aria-label="Receipt">
            <div class="receipt receipt-page">
                <ReceiptDetails receipt />
            </div>
        </section>
    }
    .into_any()
}
