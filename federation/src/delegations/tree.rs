//! The tree below a proposal: whole for programs, in parts for pages.

use std::collections::{HashMap, HashSet};

use model::{
    Caller, DelegatedTree, Delegation, DelegationId, DelegationNode, DelegationTree, Proposal,
    ProposalId, ProposalStatus, Role, TreePart, TreeRoot, TreeView, add_up,
};

use crate::{
    Engine, Error, Result,
    error::require,
    proposals::{self, find},
    reviews,
    store::{
        self,
        delegations::{Label, Link},
    },
};

/// Nodes in one part at the most.
const MOST: usize = 2_000;
/// Matches that are shown at the most.
const MATCHES: usize = 100;

/// The whole tree, nested.
pub async fn tree(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<DelegationTree> {
    require(caller, Role::Viewer)?;
    let proposal = proposals::get(engine, caller, id).await?;
    let store = engine.store();
    let rows = store.delegations_below(id).await?;
    let rows = reviews::cover_results(engine, caller, rows).await?;
    let results = store.results_below(id).await?;
    let results = reviews::cover_all(engine, caller, results).await?;
    Ok(nest(proposal, rows, results))
}

/// Puts the rows together, from the lowest up: each is made after its parent.
fn nest(root: Proposal, rows: Vec<Delegation>, results: Vec<Proposal>) -> DelegationTree {
    let mut results: HashMap<ProposalId, Proposal> =
        results.into_iter().map(|one| (one.id, one)).collect();
    let mut below: HashMap<ProposalId, Vec<DelegatedTree>> = HashMap::new();
    for delegation in rows.into_iter().rev() {
        // A delegation that came between the two reads is not in this tree.
        let Some(proposal) = results.remove(&delegation.result_proposal_id) else {
            continue;
        };
        let delegations = taken(&mut below, proposal.id);
        below
            .entry(delegation.parent_proposal_id)
            .or_default()
            .push(DelegatedTree {
                delegation,
                result: DelegationTree {
                    proposal,
                    delegations,
                },
            });
    }
    let delegations = taken(&mut below, root.id);
    DelegationTree {
        proposal: root,
        delegations,
    }
}

/// In the order in which they were made.
fn taken(
    below: &mut HashMap<ProposalId, Vec<DelegatedTree>>,
    parent: ProposalId,
) -> Vec<DelegatedTree> {
    let mut found = below.remove(&parent).unwrap_or_default();
    found.reverse();
    found
}

/// The tree as it is drawn, or a part of it.
pub async fn part(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
    view: TreeView,
) -> Result<TreePart> {
    require(caller, Role::Viewer)?;
    let proposal = find(engine, id).await?;
    let account = engine
        .store()
        .account_of_proposal(id)
        .await?
        .ok_or_else(|| Error::Internal("a proposal has lost its account".to_owned()))?;
    let chain = engine.store().chain_of(account.id).await?;
    let (links, spending) = tokio::join!(
        engine.store().delegation_links(id),
        engine.store().spending_below(chain),
    );
    let mut nodes = bare(links?, spending?);
    add_up(&mut nodes);
    let mut root = TreeRoot {
        proposal_id: id,
        title: proposal.title,
        agent_name: proposal.agent_name,
        status: proposal.status,
        below: 0,
        open: i64::from(!proposal.status.has_ended()),
        limit_tokens: account.limit_tokens,
        spent_tokens: account.spent_tokens,
        reserved_tokens: account.reserved_tokens,
        left_tokens: account.left(),
    };
    for top in nodes.iter().filter(|node| node.parent_id.is_none()) {
        root.below += top.below + 1;
        root.open += top.open;
        root.spent_tokens += top.spent_tokens;
        root.reserved_tokens += top.reserved_tokens;
    }
    let wanted = view.find.as_deref().map(str::trim);
    let mut part = match wanted.filter(|text| !text.is_empty()) {
        Some(text) => {
            let word = text.to_lowercase();
            let pattern = store::part(Some(&word)).unwrap_or_default();
            let found = engine.store().delegations_that_say(id, &pattern, &word);
            matching(root, nodes, found.await?)
        }
        None => cut(root, nodes, &view),
    };
    let ids: Vec<DelegationId> = part.nodes.iter().map(|node| node.id).collect();
    label(
        &mut part.nodes,
        engine.store().delegation_labels(&ids).await?,
    );
    Ok(part)
}

/// The nodes without their words; the token numbers are each account's own.
fn bare(links: Vec<Link>, spending: Vec<(DelegationId, i64, i64)>) -> Vec<DelegationNode> {
    let spending: HashMap<DelegationId, (i64, i64)> = spending
        .into_iter()
        .map(|(id, spent, reserved)| (id, (spent, reserved)))
        .collect();
    let node = |link: Link| {
        let (spent_tokens, reserved_tokens) = spending.get(&link.id).copied().unwrap_or_default();
        DelegationNode {
            id: link.id,
            parent_id: link.parent_id,
            result_proposal_id: link.result_proposal_id,
            agent_name: String::new(),
            scope: String::new(),
            status: link.status,
            result_status: ProposalStatus::Queued,
            depth: link.depth,
            token_budget: 0,
            spent_tokens,
            reserved_tokens,
            truncated: false,
            children: 0,
            below: 0,
            open: 0,
        }
    };
    links.into_iter().map(node).collect()
}

/// Gives the nodes their words.
fn label(nodes: &mut [DelegationNode], labels: Vec<Label>) {
    let mut labels: HashMap<DelegationId, Label> =
        labels.into_iter().map(|label| (label.id, label)).collect();
    for node in nodes {
        if let Some(label) = labels.remove(&node.id) {
            node.agent_name = label.agent_name;
            node.scope = label.scope;
            node.result_status = label.result_status;
            node.token_budget = label.token_budget;
            node.truncated = label.truncated;
        }
    }
}

/// The nodes that match, with the way to them.
fn matching(root: TreeRoot, nodes: Vec<DelegationNode>, matches: Vec<DelegationId>) -> TreePart {
    let count = i64::try_from(matches.len()).unwrap_or(i64::MAX);
    let found: Vec<_> = matches.into_iter().take(MATCHES).collect();
    let parents: HashMap<_, _> = nodes.iter().map(|n| (n.id, n.parent_id)).collect();
    let mut kept = HashSet::new();
    for id in &found {
        let mut at = Some(*id);
        while let Some(id) = at.filter(|id| kept.insert(*id)) {
            at = parents.get(&id).copied().flatten();
        }
    }
    TreePart {
        root,
        nodes: nodes.into_iter().filter(|n| kept.contains(&n.id)).collect(),
        found,
        matches: count,
    }
}

/// The nodes of the wanted branch, those near its top first, at most as many
/// as are wanted.
fn cut(root: TreeRoot, nodes: Vec<DelegationNode>, view: &TreeView) -> TreePart {
    let most = view.most.clamp(1, MOST);
    let mut inside: HashSet<DelegationId> = HashSet::new();
    let nodes = nodes
        .into_iter()
        .filter(|node| {
            let first = node.parent_id == view.under && view.after.is_none_or(|id| node.id > id);
            let wanted = first || node.parent_id.is_some_and(|id| inside.contains(&id));
            wanted && inside.insert(node.id)
        })
        .take(most)
        .collect();
    TreePart {
        root,
        nodes,
        found: Vec::new(),
        matches: 0,
    }
}
