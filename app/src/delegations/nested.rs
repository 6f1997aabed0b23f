//! The tree without scripts: lists in lists, with links.

use std::collections::HashMap;

use leptos::prelude::*;
use model::{DelegationId, DelegationNode, TreePart};

use super::tree::Standing;
use super::words::used_of;
use crate::format;
use crate::labels::Labelled;

type Kids = HashMap<Option<DelegationId>, Vec<DelegationNode>>;

#[component]
pub fn NestedTree(part: TreePart) -> impl IntoView {
    let root = part.root.proposal_id;
    let all = part.root.below;
    let shown = i64::try_from(part.nodes.len()).unwrap_or(i64::MAX);
    let mut kids = Kids::new();
    for node in part.nodes {
        kids.entry(node.parent_id).or_default().push(node);
    }
    view! {
        <div class="without-script nested">
            {branch(&kids, None)}
            {(all > shown)
                .then(|| {
                    view! {
                        <p class="quiet">
                            {format!("{} of {} are shown here. ", format::count(shown), format::count(all))}
                            <a class="link" href=format!("/proposals/{root}/delegations.json") rel="external">
                                "The whole tree as JSON"
                            </a>
                        </p>
                    }
                })}
        </div>
    }
    .into_any()
}

fn branch(kids: &Kids, of: Option<DelegationId>) -> AnyView {
    let Some(own) = kids.get(&of) else {
        return ().into_any();
    };
    let rows = own.iter().map(|node| {
        let line = line(node);
        if kids.contains_key(&Some(node.id)) {
            let below = branch(kids, Some(node.id));
            view! {
                <li>
                    <details open=node.depth < 2>
                        <summary>{line}</summary>
                        {below}
                    </details>
                </li>
            }
            .into_any()
        } else {
            view! { <li class="nested-leaf">{line}</li> }.into_any()
        }
    });
    view! { <ul class="nested-list">{rows.collect_view()}</ul> }.into_any()
}

fn line(node: &DelegationNode) -> AnyView {
    let standing = Standing::of(node.status, node.result_status);
    view! {
        <span class="nested-line">
            <strong>{node.agent_name.clone()}</strong>
            " "
            <a class="link" href=format!("/proposals/{}", node.result_proposal_id)>
                {node.scope.clone()}
            </a>
            " "
            <span class="quiet">
                {format!("{}, {}", standing.label(), used_of(node.spent_tokens, node.token_budget))}
            </span>
        </span>
    }
    .into_any()
}
