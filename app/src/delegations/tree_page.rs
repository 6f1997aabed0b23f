//! A whole tree on the whole screen.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::ProposalId;

use super::form::may_delegate;
use super::panel::{TreeBox, Ways};
use super::place::TreePlace;
use super::tree::Tree;
use super::words::WayDown;
use crate::components::{EmptyState, Refused, Skeleton};
use crate::error::AppError;
use crate::layout::use_hub_slug;
use crate::proposals::Live;
use crate::server_fns::delegations::{TreePage, read_tree_page};

/// `/proposals/{id}/tree`
#[component]
pub fn DelegationTreePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| {
            let id = params.get("id");
            id.and_then(|id| id.parse::<ProposalId>().ok())
        })
    });
    let read = Resource::new(
        move || id.get(),
        async |id| match id {
            Some(id) => read_tree_page(id).await,
            None => Err(not_there("proposal")),
        },
    );
    view! {
        <Transition fallback=|| view! { <Skeleton lines=10 /> }>
            {move || Suspend::new(async move {
                match read.await {
                    Ok(page) => view! { <Whole page /> }.into_any(),
                    Err(error) => {
                        view! {
                            <Title text="Delegation tree" />
                            <h1 class="page-title sr-only">"Delegation tree"</h1>
                            <Refused error />
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
    .into_any()
}

/// The address names nothing.
pub fn not_there(what: &str) -> AppError {
    #[cfg(feature = "ssr")]
    crate::server_fns::request::status(axum::http::StatusCode::NOT_FOUND);
    AppError::new(
        "not_found",
        format!("The address names no {what}. Look for it in the list."),
    )
}

#[component]
fn Whole(page: TreePage) -> impl IntoView {
    let TreePage {
        caller,
        hub,
        proposal,
        way,
        part,
    } = page;
    use_hub_slug().is_about(hub.slug.clone());
    let (id, title) = (proposal.id, proposal.title.clone());
    let plain = part.clone();
    let live = Live::new(proposal);
    let place = TreePlace::new(live, part, hub.id, may_delegate(&caller));
    live.follow();
    let empty = Memo::new(move |_| place.tree.with(Tree::is_empty));
    view! {
        <Title text=format!("Tree: {title}") />
        <div class="tree-page">
            {(!way.is_empty())
                .then(|| view! { <nav class="crumbs" aria-label="The way down"><WayDown way /></nav> })}
            <div class="panel-head">
                <h1 class="panel-title">
                    <a class="link" href=format!("/proposals/{id}")>{title}</a>
                </h1>
                <Ways id full=false />
            </div>
            {move || {
                if empty.get() {
                    view! {
                        <EmptyState title="Nothing was delegated from here yet">
                            <p>
                                "Hand on a subtask "
                                <a class="link" href=format!("/proposals/{id}#delegations")>"on the proposal's page"</a>
                                "; its tree grows here."
                            </p>
                        </EmptyState>
                    }
                        .into_any()
                } else {
                    view! { <TreeBox place part=plain.clone() full=true /> }.into_any()
                }
            }}
        </div>
    }
    .into_any()
}
