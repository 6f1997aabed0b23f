//! Looking at a tree: what is covered, exported, drawn.

use federation::{delegations, hubs, reviews};
use model::*;

use super::chain::*;
use crate::{common::TestStore, point::*, support::*};

both_engines!(
    opinions_stay_covered,
    an_export_names_all_that_took_part,
    a_part_of_a_tree_is_read,
);

async fn opinions_stay_covered(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let patch = HubPatch {
        decide_first: Some(true),
        ..HubPatch::default()
    };
    hubs::update(&desk.engine, &admin(), desk.place.hub.id, patch)
        .await
        .unwrap();
    let rae = person("Rae", Role::Reviewer);
    let ask = |by: &Caller| {
        let new = NewDelegation {
            receiving_agent_id: desk.others[0].id,
            scope: "Repeat the recommendation in the body.".to_owned(),
            token_budget: 20_000,
        };
        let by = by.clone();
        let (engine, root) = (desk.engine.clone(), desk.root.id);
        async move { delegations::start(&engine, &by, root, new, None).await }
    };
    assert_eq!(ask(&rae).await.unwrap_err().code(), "judge_first");
    let judged = NewJudgement {
        verdict: Judgement::Accepted,
        score: None,
        rationale: None,
    };
    let ada = admin();
    reviews::judge(&desk.engine, &ada, desk.root.id, judged)
        .await
        .unwrap();
    let done = ask(&ada).await.unwrap();
    let done = settled(&desk.engine, done.id).await;
    let covered = |content: &serde_json::Value| {
        content.get("recommendation").is_none() && content.get("title").is_some()
    };
    let read = delegations::get(&desk.engine, &rae, done.id).await.unwrap();
    assert!(covered(read.result.as_ref().unwrap()));
    let tree = delegations::tree(&desk.engine, &rae, desk.root.id)
        .await
        .unwrap();
    let node = &tree.delegations[0];
    assert!(covered(node.delegation.result.as_ref().unwrap()));
    assert!(covered(node.result.proposal.content.as_ref().unwrap()));
    assert!(covered(tree.proposal.content.as_ref().unwrap()));
    let prov = delegations::prov(&desk.engine, &rae, desk.root.id)
        .await
        .unwrap();
    assert!(!prov.to_string().contains("Show free slots first"));
    desk.engine.shutdown().await;
}

async fn an_export_names_all_that_took_part(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let first = desk.ask(desk.root.id, &desk.others[0], 20_000).await;
    let second = desk
        .ask(first.result_proposal_id, &desk.others[1], 5_000)
        .await;
    // From the middle: the way up is in it too.
    let id = first.result_proposal_id;
    let prov = delegations::prov(&desk.engine, &admin(), id).await.unwrap();
    for proposal in [desk.root.id, id, second.result_proposal_id] {
        let name = format!("ih:proposal/{proposal}");
        assert!(prov["entity"].get(&name).is_some(), "{name}");
    }
    let count = |kind: &str| prov[kind].as_object().map_or(0, |all| all.len());
    assert_eq!(count("activity"), 3);
    assert_eq!(count("wasGeneratedBy"), 3);
    // Two delegations, three proposals about one widget, two events behind it.
    assert_eq!(count("wasDerivedFrom"), 2 + 3 + 2);
    assert_eq!(prov["prefix"]["ih"], "urn:inter-hub:");
    // Whatever a relation names is described.
    let described = |name: &serde_json::Value| {
        let name = name.as_str().unwrap();
        ["entity", "activity", "agent"]
            .iter()
            .any(|kind| prov[kind].get(name).is_some())
    };
    for kind in [
        "used",
        "wasGeneratedBy",
        "wasDerivedFrom",
        "wasAssociatedWith",
        "actedOnBehalfOf",
    ] {
        for relation in prov[kind].as_object().unwrap().values() {
            for (key, name) in relation.as_object().unwrap() {
                if key.starts_with("prov:") {
                    assert!(described(name), "{kind} {key} {name}");
                }
            }
        }
    }
    desk.engine.shutdown().await;
}

async fn a_part_of_a_tree_is_read(store: TestStore) {
    let desk = Desk::new(&store, obliging()).await;
    let mut tops = Vec::new();
    for agent in &desk.others[..3] {
        tops.push(desk.ask(desk.root.id, agent, 5_000).await);
    }
    let below = desk
        .ask(tops[0].result_proposal_id, &desk.others[3], 1_500)
        .await;
    let part = |view: TreeView| async {
        let caller = admin();
        delegations::part(&desk.engine, &caller, desk.root.id, view)
            .await
            .unwrap()
    };
    let ids = |part: &TreePart| part.nodes.iter().map(|n| n.id).collect::<Vec<_>>();
    let whole = part(TreeView {
        most: 100,
        ..TreeView::default()
    })
    .await;
    assert_eq!(ids(&whole), [tops[0].id, tops[1].id, tops[2].id, below.id]);
    assert_eq!((whole.root.below, whole.root.open), (4, 0));
    assert_eq!(whole.root.spent_tokens, 5 * 120);
    assert_eq!(
        (whole.nodes[0].children, whole.nodes[0].spent_tokens),
        (1, 240)
    );
    // A wide branch is read on after the last child that is known.
    let first = part(TreeView {
        most: 1,
        ..TreeView::default()
    })
    .await;
    assert_eq!(ids(&first), [tops[0].id]);
    let next = part(TreeView {
        most: 100,
        after: Some(tops[0].id),
        ..TreeView::default()
    })
    .await;
    assert_eq!(ids(&next), [tops[1].id, tops[2].id]);
    let branch = part(TreeView {
        most: 100,
        under: Some(tops[0].id),
        ..TreeView::default()
    })
    .await;
    assert_eq!(ids(&branch), [below.id]);
    let found = part(TreeView {
        most: 100,
        find: Some("THE D".to_owned()),
        ..TreeView::default()
    })
    .await;
    assert_eq!((found.found.clone(), found.matches), (vec![below.id], 1));
    assert_eq!(ids(&found), [tops[0].id, below.id]);
    desk.engine.shutdown().await;
}
