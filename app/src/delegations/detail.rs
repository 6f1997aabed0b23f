//! What is chosen in the tree, beside it.

use leptos::prelude::*;
use model::{Delegation, DelegationId, DelegationNode, DelegationStatus, TreeRoot};

use super::actions::{CancelBranch, CloseAccount};
use super::place::TreePlace;
use super::tree::{Spot, Standing};
use super::words::{rest, standing_pill, used_of, way_on};
use crate::collectives::Answer;
use crate::components::{Icon, Sign};
use crate::format;
use crate::labels::Labelled;
use crate::proposals::TaskAnswer;
use crate::server_fns::delegations::read_delegation;

#[component]
pub fn Detail(place: TreePlace) -> impl IntoView {
    let spot = Memo::new(move |_| place.chosen.get());
    view! {
        <section
            class="tree-detail"
            id="tree-detail"
            tabindex="-1"
            aria-label="What is chosen"
            data-testid="tree-detail"
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    place.detail.set(false);
                    if let Some(canvas) = place.canvas.get_untracked() {
                        // Fails only where it is not in the page.
                        let _ = canvas.focus();
                    }
                }
            }
        >
            {move || match spot.get() {
                Spot::Root => view! { <RootDetail place /> }.into_any(),
                Spot::Node(id) => view! { <NodeDetail place id /> }.into_any(),
                Spot::More(_) => {
                    view! { <p class="quiet">"These are not loaded yet. Enter loads them."</p> }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Shut(place: TreePlace) -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn btn-quiet btn-small tree-detail-shut"
            aria-label="Close the detail"
            on:click=move |_| place.detail.set(false)
        >
            <Icon sign=Sign::Cross />
        </button>
    }
}

#[component]
fn RootDetail(place: TreePlace) -> impl IntoView {
    let root = Memo::new(move |_| place.tree.with(|tree| tree.root.clone()));
    move || {
        let TreeRoot {
            proposal_id,
            title,
            agent_name,
            status,
            below,
            open,
            limit_tokens,
            spent_tokens,
            reserved_tokens,
            left_tokens,
        } = root.get();
        view! {
            <div class="tree-detail-head">
                <h3 class="tree-detail-name">{agent_name.unwrap_or_else(|| "No agent yet".to_owned())}</h3>
                {standing_pill(Standing::of_proposal(status))}
                <Shut place />
            </div>
            <p class="tree-detail-scope">{title}</p>
            <dl class="facts">
                {fact("Budget", used_of(spent_tokens, limit_tokens))}
                {(reserved_tokens > 0).then(|| fact("Held by calls", format::count(reserved_tokens)))}
                {fact("Left to hand on", format::counted(left_tokens, "token", "tokens"))}
                {fact("Below", below_words(below, open))}
            </dl>
            <div class="form-actions">
                <a class="btn btn-small" href=format!("/proposals/{proposal_id}")>"Open the proposal"</a>
            </div>
        }
    }
}

fn below_words(below: i64, open: i64) -> String {
    let all = format::counted(below, "delegation", "delegations");
    if open > 0 {
        format!("{all}, {} at work", format::count(open))
    } else {
        all
    }
}

/// One line of the facts.
pub fn fact(name: &'static str, value: impl IntoView + 'static) -> AnyView {
    view! {
        <div class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

/// What of a node a reading of the row depends on.
type Mark = (DelegationStatus, model::ProposalStatus, i64, i64);

fn mark(node: &DelegationNode) -> Mark {
    (
        node.status,
        node.result_status,
        node.spent_tokens,
        node.children,
    )
}

#[component]
fn NodeDetail(place: TreePlace, id: DelegationId) -> impl IntoView {
    let node = Memo::new(move |_| place.tree.with(|tree| tree.node(id).cloned()));
    let marked = Memo::new(move |_| node.with(|node| node.as_ref().map(mark)));
    let row = LocalResource::new(move || {
        marked.track();
        read_delegation(id)
    });
    // The row that was read last stays while it is read again.
    let known = RwSignal::new(None::<Delegation>);
    Effect::new(move |_| {
        if let Some(Ok(row)) = row.get() {
            known.set(Some(row));
        }
    });
    let told = Callback::new(move |now: Option<Delegation>| {
        if let Some(now) = now {
            place.show(&now);
            known.set(Some(now));
        }
        place.refresh();
    });
    view! {
        {move || node.get().map(|node| head(place, &node))}
        <p class="tree-detail-scope" data-testid="detail-scope">
            {move || {
                let whole = known.with(|row| row.as_ref().map(|row| row.scope.clone()));
                whole.or_else(|| node.with(|node| node.as_ref().map(|node| node.scope.clone())))
            }}
        </p>
        <Text place id known />
        {move || known.get().map(|row| facts(&row, node.get()))}
        {move || {
            let (row, node) = known.get().zip(node.get())?;
            Some(doings(place, &row, &node, told))
        }}
    }
    .into_any()
}

fn head(place: TreePlace, node: &DelegationNode) -> AnyView {
    let standing = Standing::of(node.status, node.result_status);
    view! {
        <div class="tree-detail-head">
            <h3 class="tree-detail-name">{node.agent_name.clone()}</h3>
            <span data-testid="detail-status" data-status=node.status.as_str()>
                {standing_pill(standing)}
            </span>
            <Shut place />
        </div>
    }
    .into_any()
}

/// The answer as it grows, then what it recommends.
#[component]
fn Text(place: TreePlace, id: DelegationId, known: RwSignal<Option<Delegation>>) -> impl IntoView {
    let running = Memo::new(move |_| {
        known.with(|row| {
            row.as_ref()
                .is_none_or(|row| !row.result_status.has_ended())
        })
    });
    let growing = Memo::new(move |_| {
        let text = place
            .texts
            .with(|texts| texts.get(&id).map(|known| known.text.clone()));
        text.filter(|text| !text.is_empty())
    });
    let answer = Memo::new(move |_| match (running.get(), growing.get()) {
        (true, Some(text)) => Answer::of_text(&text),
        _ => known.with(|row| {
            let result = row.as_ref().and_then(|row| row.result.as_ref());
            result.map(Answer::of_content).unwrap_or_default()
        }),
    });
    let shown = Memo::new(move |_| running.get() || !answer.with(Answer::is_empty));
    move || {
        shown.get().then(|| {
            view! {
                <div class="tree-detail-text" data-testid="detail-text" aria-busy=move || running.get().to_string()
                    tabindex="0" role="region" aria-label="The answer">
                    {move || {
                        (running.get() && answer.with(Answer::is_empty))
                            .then(|| view! { <p class="quiet">"Asked, no text yet."</p> })
                    }}
                    <TaskAnswer answer point=None />
                </div>
            }
        })
    }
}

fn facts(row: &Delegation, node: Option<DelegationNode>) -> AnyView {
    let used = node
        .as_ref()
        .map_or(row.tokens_used.unwrap_or(0), |node| node.spent_tokens);
    let held = node.as_ref().map_or(0, |node| node.reserved_tokens);
    let (below, open) = node.map_or((0, 0), |node| (node.below, node.open));
    let trouble = row.error.clone().map(|error| {
        let way = way_on(row);
        view! {
            <div class="trouble" data-tone=super::words::standing(row).tone().class() data-testid="detail-trouble">
                <p>{error}</p>
                {way.map(|way| view! { <p class="quiet">{way}</p> })}
            </div>
        }
    });
    view! {
        {trouble}
        {row.truncated
            .then(|| view! { <p class="quiet">"The answer was cut at the budget's limit."</p> })}
        <dl class="facts">
            {fact("Handed on by", row.delegating_agent_name.clone())}
            {fact("Budget", used_of(used, row.token_budget))}
            {(held > 0).then(|| fact("Held by calls", format::count(held)))}
            {fact("Rest", rest(row))}
            {(below > 0).then(|| fact("Below", below_words(below, open)))}
        </dl>
    }
    .into_any()
}

fn doings(
    place: TreePlace,
    row: &Delegation,
    node: &DelegationNode,
    told: Callback<Option<Delegation>>,
) -> AnyView {
    let answered = row.status == DelegationStatus::Completed;
    let cancels = place.may && node.open > 0;
    let closes =
        place.may && answered && node.open == 0 && !row.closed && row.result_status.has_ended();
    let (id, left) = (row.id, row.tokens_left);
    view! {
        <div class="form-actions tree-detail-doings">
            {cancels.then(|| view! { <CancelBranch id answered told /> })}
            <a class="btn btn-small" data-testid="open-result" href=format!("/proposals/{}", row.result_proposal_id)>
                {if answered { "Open, review, delegate further" } else { "Open the result" }}
            </a>
            <a class="btn btn-quiet btn-small" href=format!("/delegations/{id}")>"Delegation"</a>
            {row.invocation_id
                .map(|id| view! { <a class="btn btn-quiet btn-small" href=format!("/receipts/{id}")>"Receipt"</a> })}
            {closes.then(|| view! { <CloseAccount id tokens_left=left told /> })}
        </div>
    }
    .into_any()
}
