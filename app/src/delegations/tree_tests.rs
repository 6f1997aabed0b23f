use model::HubId;

use super::*;

fn id(n: u128) -> DelegationId {
    DelegationId(uuid::Uuid::from_u128(n))
}

fn result(n: u128) -> ProposalId {
    ProposalId(uuid::Uuid::from_u128(n + 1_000_000))
}

const ROOT: ProposalId = ProposalId(uuid::Uuid::from_u128(7));

fn node(n: u128, parent: Option<u128>, depth: i32) -> DelegationNode {
    DelegationNode {
        id: id(n),
        parent_id: parent.map(id),
        result_proposal_id: result(n),
        agent_name: "Ada".to_owned(),
        scope: "part".to_owned(),
        status: DelegationStatus::Completed,
        result_status: ProposalStatus::Pending,
        depth,
        token_budget: 1_000,
        spent_tokens: 10,
        reserved_tokens: 0,
        truncated: false,
        children: 0,
        below: 0,
        open: 0,
    }
}

fn part(all: &[DelegationNode], shown: usize) -> TreePart {
    let mut all = all.to_vec();
    model::add_up(&mut all);
    // `add_up` counts what is pending anew.
    let root = TreeRoot {
        proposal_id: ROOT,
        title: "Root".to_owned(),
        agent_name: None,
        status: ProposalStatus::Pending,
        below: i64::try_from(all.len()).unwrap_or(0),
        open: all.iter().filter(|n| n.depth == 1).map(|n| n.open).sum(),
        limit_tokens: 100_000,
        spent_tokens: 0,
        reserved_tokens: 0,
        left_tokens: 90_000,
    };
    all.truncate(shown);
    TreePart {
        root,
        nodes: all,
        found: Vec::new(),
        matches: 0,
    }
}

/// 10 below the root, 20 below each of these.
fn large() -> Vec<DelegationNode> {
    let mut all: Vec<_> = (1..=10).map(|n| node(n, None, 1)).collect();
    all.extend((0..200).map(|n| node(100 + n, Some(1 + n / 20), 2)));
    all
}

#[test]
fn a_small_tree_is_open_and_a_large_one_is_folded() {
    let small = Tree::new(part(&large()[..30], 30));
    assert!(small.is_open(None));
    assert!(small.is_open(Some(id(1))));
    let large = Tree::new(part(&large(), 210));
    assert!(large.is_open(None));
    assert!(!large.is_open(Some(id(1))));
}

#[test]
fn what_is_not_loaded_is_known_and_read_next() {
    let mut tree = Tree::new(part(&large(), 25));
    assert_eq!(tree.missing(None), 0);
    assert_eq!(tree.missing(Some(id(1))), 5);
    assert_eq!(tree.missing(Some(id(2))), 20);
    let next = tree.next_part(Some(id(1)));
    assert_eq!((next.under, next.after), (Some(id(1)), Some(id(114))));
    let mut more = part(&large(), 210);
    more.nodes
        .retain(|n| n.parent_id == Some(id(1)) && n.id > id(114));
    tree.absorb(more, &next);
    assert_eq!(tree.missing(Some(id(1))), 0);
    // What was read further down is read again while somebody works there.
    assert_eq!(tree.readings().len(), 1);
    let mut busy = large();
    busy[20].status = DelegationStatus::Pending;
    tree.absorb(part(&busy, 25), &TreeView::default());
    assert_eq!(tree.readings().len(), 2);
    assert!(tree.at_work());
}

#[test]
fn what_a_search_brings_leaves_no_gap_in_what_is_read_next() {
    let mut tree = Tree::new(part(&large(), 12));
    let mut found = part(&large(), 210);
    found.nodes.retain(|n| n.id == id(1) || n.id == id(110));
    let view = TreeView {
        find: Some("x".to_owned()),
        ..TreeView::default()
    };
    tree.absorb(found, &view);
    assert_eq!(tree.kids(Some(id(1))), [id(100), id(101), id(110)]);
    assert_eq!(tree.next_part(Some(id(1))).after, Some(id(101)));
    tree.set_all(false);
    tree.open_to(id(110));
    assert!(tree.is_open(None) && tree.is_open(Some(id(1))));
    assert!(!tree.is_open(Some(id(2))));
}

#[test]
fn a_new_delegation_is_shown_before_the_tree_is_read() {
    let mut tree = Tree::new(part(&large()[..1], 1));
    let now = chrono::DateTime::UNIX_EPOCH;
    let agent = model::AgentId(uuid::Uuid::nil());
    let new = Delegation {
        id: id(50),
        hub_id: HubId(uuid::Uuid::nil()),
        delegating_agent_id: agent,
        delegating_agent_name: "Ada".to_owned(),
        receiving_agent_id: agent,
        receiving_agent_name: "Bob".to_owned(),
        receiving_agent_version: Some(1),
        parent_proposal_id: result(1),
        root_proposal_id: ROOT,
        result_proposal_id: result(50),
        depth: 2,
        scope: "s".repeat(300),
        token_budget: 500,
        tokens_used: None,
        tokens_left: 500,
        closed: false,
        status: DelegationStatus::Pending,
        result_status: ProposalStatus::Queued,
        result: None,
        truncated: false,
        invocation_id: None,
        error_type: None,
        error: None,
        started_by: "Ada".to_owned(),
        created_at: now,
        completed_at: None,
    };
    assert_eq!(tree.grows(result(1), id(50)), Some(Some(id(1))));
    tree.show(&new);
    assert_eq!(tree.grows(result(1), id(50)), None);
    assert_eq!(tree.kids(Some(id(1))), [id(50)]);
    assert_eq!(tree.missing(Some(id(1))), 0);
    assert_eq!(tree.missing(None), 0);
    assert!(tree.at_work());
    let shown = tree.node(id(50)).map(|n| (n.depth, n.scope.len()));
    assert_eq!(shown, Some((2, 120)));
    // Of another tree.
    let mut other = new.clone();
    other.id = id(51);
    other.parent_proposal_id = result(99);
    tree.show(&other);
    assert!(tree.node(id(51)).is_none());
}

#[test]
fn each_standing_tells_itself_apart() {
    let all = [
        Standing::of(DelegationStatus::Pending, ProposalStatus::Queued),
        Standing::of(DelegationStatus::Pending, ProposalStatus::Running),
        Standing::of(DelegationStatus::Completed, ProposalStatus::Pending),
        Standing::of(DelegationStatus::Completed, ProposalStatus::Accepted),
        Standing::of(DelegationStatus::Completed, ProposalStatus::Revised),
        Standing::of(DelegationStatus::Completed, ProposalStatus::Rejected),
        Standing::of(DelegationStatus::Failed, ProposalStatus::Failed),
        Standing::of(DelegationStatus::Failed, ProposalStatus::BlockedByPolicy),
        Standing::of(DelegationStatus::Failed, ProposalStatus::Unknown),
        Standing::of(DelegationStatus::Cancelled, ProposalStatus::Cancelled),
    ];
    for (place, one) in all.iter().enumerate() {
        for other in &all[place + 1..] {
            assert_ne!(one.mark(), other.mark());
        }
    }
}
