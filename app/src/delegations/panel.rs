//! The delegations of a proposal, on its page.

use leptos::prelude::*;
use model::{Delegation, HubId, ProposalId, TreePart};

use super::canvas::Canvas;
use super::detail::Detail;
use super::form::{DelegateBox, may_delegate};
use super::nested::NestedTree;
use super::place::TreePlace;
use super::tools::Tools;
use super::tree::{Spot, Tree};
use crate::components::{Refused, Skeleton};
use crate::format;
use crate::proposals::Live;
use crate::server_fns::delegations::{DelegationsView, read_delegations_of};

#[component]
pub fn DelegationsPanel(live: Live, hub: HubId) -> impl IntoView {
    let first = Resource::new(|| (), move |()| read_delegations_of(live.id));
    view! {
        <section class="panel" id="delegations" aria-labelledby="delegations-title" data-testid="delegations">
            <Transition fallback=|| view! { <Skeleton lines=3 /> }>
                {move || Suspend::new(async move {
                    match first.await {
                        Ok(view) => view! { <Panel live hub view /> }.into_any(),
                        Err(error) => view! { <Refused error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

#[component]
fn Panel(live: Live, hub: HubId, view: DelegationsView) -> impl IntoView {
    let DelegationsView { caller, part, form } = view;
    let may = may_delegate(&caller);
    let plain = part.clone();
    let place = TreePlace::new(live, part, hub, may);
    let empty = Memo::new(move |_| place.tree.with(Tree::is_empty));
    // An answer that came, or tokens that were handed on or came back.
    let changes = Memo::new(move |_| {
        let root = place
            .tree
            .with(|tree| (tree.root.left_tokens, tree.root.below));
        (live.state.with(|state| state.proposal.status), root)
    });
    let started = Callback::new(move |new: Delegation| {
        place.show(&new);
        place.detail.set(true);
        place.choose(Spot::Node(new.id));
    });
    let id = live.id;
    view! {
        <div class="panel-head">
            <h2 class="panel-title" id="delegations-title">"Delegations"</h2>
            <span class="panel-note" role="status" data-testid="delegations-sum">{move || sum(place)}</span>
            {move || (!empty.get()).then(|| view! { <Ways id full=true /> })}
        </div>
        <DelegateBox id may first=form changes=Signal::derive(move || changes.track()) started />
        {move || {
            if empty.get() {
                view! {
                    <p class="quiet" data-testid="no-delegations">
                        "Nothing was delegated from here yet. An agent can hand a part of its work to another one, within a budget."
                    </p>
                }
                    .into_any()
            } else {
                view! { <TreeBox place part=plain.clone() full=false /> }.into_any()
            }
        }}
    }
    .into_any()
}

/// How many, how many at work, and what is used of the chain.
fn sum(place: TreePlace) -> String {
    place.tree.with(|tree| {
        let root = &tree.root;
        if root.below == 0 {
            return String::new();
        }
        let all = format::counted(root.below, "delegation", "delegations");
        let open = if root.open > 0 {
            format!(", {} at work", format::count(root.open))
        } else {
            String::new()
        };
        let used = super::words::used_of(root.spent_tokens, root.limit_tokens);
        format!("{all}{open} · {used}")
    })
}

/// Where the tree goes: the whole screen, and files.
#[component]
pub fn Ways(id: ProposalId, full: bool) -> impl IntoView {
    view! {
        <span class="panel-push tree-ways">
            {full
                .then(|| {
                    view! {
                        <a class="link" href=format!("/proposals/{id}/tree") data-testid="full-tree">
                            "Full screen"
                        </a>
                    }
                })}
            <a class="link" href=format!("/proposals/{id}/delegations.json") rel="external" download="" data-testid="tree-json">
                "JSON"
            </a>
            <a class="link" href=format!("/proposals/{id}/delegations.prov.json") rel="external" download="" data-testid="tree-prov">
                "PROV-JSON"
            </a>
        </span>
    }
    .into_any()
}

/// The drawing with its tools and what is chosen; lists without scripts.
#[component]
pub fn TreeBox(place: TreePlace, part: TreePart, full: bool) -> impl IntoView {
    let ready = RwSignal::new(false);
    Effect::new(move |_| ready.set(true));
    let detail = move || ready.get() && place.detail.get();
    view! {
        // Its own page has no heading between the title and what is chosen.
        {full.then(|| view! { <h2 class="sr-only">"The tree"</h2> })}
        <NestedTree part />
        <div class="tree-place needs-script" class:tree-full=full>
            {move || ready.get().then(|| view! { <Tools place /> })}
            {move || place.refusal.get().map(|error| view! { <Refused error /> })}
            <div class="tree-room" class:tree-room-wide=move || !place.detail.get()>
                {move || ready.get().then(|| view! { <Canvas place /> })}
                {move || detail().then(|| view! { <Detail place /> })}
            </div>
        </div>
    }
    .into_any()
}
