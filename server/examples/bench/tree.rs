//! A tree of many delegations.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use federation::{
    Engine, delegations, hubs, proposals,
    store::{delegations::NewDelegationRow, proposals::NewProposal},
    widgets,
};
use model::{
    Caller, DelegationId, HubPatch, InvocationPoint, NewInvocation, NewWidget, Proposal,
    ProposalId, TreeView,
};

use crate::{hub_of, median, millis};

const NODES: usize = 10_000;
const LOOKS: usize = 21;

/// A tree of many delegations: the recursive query alone, and the part of the
/// tree that a page asks for.
pub async fn tree(engine: &Engine) -> Result<()> {
    let caller = Caller::command();
    let root = root_of_tree(engine).await?;
    let (agent, hub) = (root.agent_registration_id.context("an agent")?, root.hub_id);
    let account = engine
        .store()
        .account_of_proposal(root.id)
        .await?
        .context("an account")?;
    let content = root.content.clone().context("an answer")?;
    let mut all = vec![(root.id, account.id, 0)];
    let mut tx = engine.store().begin().await?;
    for n in 0..NODES {
        // Ten below each: 10, 100, 1,000, and the rest on the fourth level.
        let (parent, account, depth) = all[n / 10];
        let (id, result): (DelegationId, ProposalId) = (engine.clock().id(), engine.clock().id());
        let tokens = [5_000_000, 400_000, 30_000, 2_000][usize::try_from(depth)?];
        let own = tx.grant(account, id, tokens).await?.context("a budget")?;
        let scope = format!("Part {n}: what do people need who cannot see the calendar?");
        let new = NewProposal {
            id: result,
            hub_id: hub,
            task_type: &root.task_type,
            artifact_type: &root.artifact_type,
            title: &scope,
            instructions: None,
            source_widget_id: root.source_widget_id,
            source_candidate_id: None,
            source_decision_id: None,
            agent: Some((agent, 1)),
        };
        tx.insert_proposal(&new, &caller).await?;
        let row = NewDelegationRow {
            id,
            hub_id: hub,
            delegating: (agent, 1),
            receiving: (agent, 1),
            parent_proposal_id: parent,
            root_proposal_id: root.id,
            result_proposal_id: result,
            depth: depth + 1,
            scope: &scope,
            token_budget: tokens.min(1_000_000),
        };
        tx.insert_delegation(&row, &caller).await?;
        tx.complete_delegation(result, &content, false).await?;
        all.push((result, own, depth + 1));
    }
    tx.commit().await?;
    let (mut query, mut part) = (Vec::new(), Vec::new());
    for _ in 0..LOOKS {
        let begun = Instant::now();
        let nodes = engine.store().delegation_links(root.id).await?;
        query.push(millis(begun));
        ensure!(nodes.len() == NODES, "{} nodes of {NODES}", nodes.len());
        let begun = Instant::now();
        let view = TreeView {
            most: 500,
            ..TreeView::default()
        };
        let read = delegations::part(engine, &caller, root.id, view).await?;
        part.push(millis(begun));
        ensure!(read.nodes.len() == 500, "{} nodes", read.nodes.len());
    }
    println!(
        "a tree of {NODES} delegations: recursive query {:.1} ms, the first 500 nodes with the sums of all {:.1} ms",
        median(query),
        median(part)
    );
    Ok(())
}

/// An answered proposal in a hub of its own, with a large limit.
async fn root_of_tree(engine: &Engine) -> Result<Proposal> {
    let caller = Caller::command();
    let hub = hub_of(engine, "tree", 1, "scripted/ms-50").await?;
    let limit = HubPatch {
        tokens_per_proposal: Some(Some(100_000_000)),
        ..HubPatch::default()
    };
    hubs::update(engine, &caller, hub, limit).await?;
    let new = NewWidget {
        hub_id: hub,
        slug: "calendar".to_owned(),
        title: "Calendar".to_owned(),
        description: None,
    };
    let widget = widgets::create(engine, &caller, new).await?;
    let point = InvocationPoint::DraftRequirement;
    let new = NewInvocation::default();
    let started = proposals::start(engine, &caller, point, widget.id.0, new, None).await?;
    Ok(proposals::wait(engine, &caller, started.id).await?)
}
