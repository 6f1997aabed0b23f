//! What is known of a tree: its nodes as far as they are loaded, and which of
//! them are open. Pure.

use std::collections::{HashMap, HashSet};

use model::{
    Delegation, DelegationId, DelegationNode, DelegationStatus, ProposalId, ProposalStatus,
    TreePart, TreeRoot, TreeView,
};

/// Nodes that are read at once.
pub const PART: usize = 500;
/// Nodes that one reading may bring at the most.
pub const PART_MAX: usize = 2_000;
/// A tree of more nodes is folded at first, but for its first levels.
const OPEN_AT_FIRST: usize = 60;

/// Something that stands in the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// The proposal whose tree it is.
    Root,
    Node(DelegationId),
    /// The place of children that are not loaded; of the root where `None`.
    More(Option<DelegationId>),
}

impl Spot {
    /// The node itself, as a parent of others.
    pub fn branch(self) -> Option<Option<DelegationId>> {
        match self {
            Self::Root => Some(None),
            Self::Node(id) => Some(Some(id)),
            Self::More(_) => None,
        }
    }

    pub fn of(branch: Option<DelegationId>) -> Self {
        branch.map_or(Self::Root, Self::Node)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub root: TreeRoot,
    nodes: HashMap<DelegationId, DelegationNode>,
    /// In the order in which they were made.
    kids: HashMap<Option<DelegationId>, Vec<DelegationId>>,
    results: HashMap<ProposalId, DelegationId>,
    /// Found by a search: siblings before them may not be loaded.
    loose: HashSet<DelegationId>,
    /// What a person opened or folded.
    said: HashMap<Option<DelegationId>, bool>,
    /// Others are open down to this level.
    open_level: i32,
    /// Parts that were read below the first one.
    parts: Vec<TreeView>,
}

impl Tree {
    pub fn new(part: TreePart) -> Self {
        let mut tree = Self {
            root: part.root.clone(),
            nodes: HashMap::new(),
            kids: HashMap::new(),
            results: HashMap::new(),
            loose: HashSet::new(),
            said: HashMap::new(),
            open_level: i32::MAX,
            parts: Vec::new(),
        };
        let mut levels: Vec<i32> = part.nodes.iter().map(|node| node.depth).collect();
        levels.sort_unstable();
        if let Some(over) = levels.get(OPEN_AT_FIRST) {
            // The first level is always shown.
            tree.open_level = (over - 2).max(0);
        }
        tree.absorb(part, &TreeView::default());
        tree
    }

    /// Takes in what was read.
    pub fn absorb(&mut self, part: TreePart, view: &TreeView) {
        self.root = part.root;
        let searched = view.find.is_some();
        for node in part.nodes {
            let id = node.id;
            if !searched {
                self.loose.remove(&id);
            } else if !self.nodes.contains_key(&id) {
                self.loose.insert(id);
            }
            self.put(node);
        }
        let further = view.under.is_some() || view.after.is_some();
        if further && !searched && !self.parts.contains(view) {
            self.parts.push(view.clone());
        }
    }

    fn put(&mut self, node: DelegationNode) {
        let id = node.id;
        let kids = self.kids.entry(node.parent_id).or_default();
        if let Err(place) = kids.binary_search(&id) {
            kids.insert(place, id);
        }
        self.results.insert(node.result_proposal_id, id);
        self.nodes.insert(id, node);
    }

    /// Shows a delegation that was just started or changed here, before the
    /// tree is read again.
    pub fn show(&mut self, fresh: &Delegation) {
        if let Some(node) = self.nodes.get_mut(&fresh.id) {
            node.status = fresh.status;
            node.result_status = fresh.result_status;
            node.truncated = fresh.truncated;
            return;
        }
        let parent_id = self.results.get(&fresh.parent_proposal_id).copied();
        if parent_id.is_none() && fresh.parent_proposal_id != self.root.proposal_id {
            return;
        }
        let above = parent_id.and_then(|id| self.nodes.get(&id));
        self.put(DelegationNode {
            id: fresh.id,
            parent_id,
            result_proposal_id: fresh.result_proposal_id,
            agent_name: fresh.receiving_agent_name.clone(),
            scope: fresh.scope.chars().take(120).collect(),
            status: fresh.status,
            result_status: fresh.result_status,
            depth: above.map_or(1, |above| above.depth + 1),
            token_budget: fresh.token_budget,
            spent_tokens: fresh.tokens_used.unwrap_or(0),
            reserved_tokens: 0,
            truncated: fresh.truncated,
            children: 0,
            below: 0,
            open: 1,
        });
        self.root.below += 1;
        self.root.open += 1;
        if let Some(node) = parent_id.and_then(|id| self.nodes.get_mut(&id)) {
            node.children += 1;
            node.below += 1;
            node.open += 1;
        }
        self.open_to(fresh.id);
    }

    pub fn node(&self, id: DelegationId) -> Option<&DelegationNode> {
        self.nodes.get(&id)
    }

    pub fn is_empty(&self) -> bool {
        self.root.below == 0
    }

    /// How many nodes are loaded.
    pub fn loaded(&self) -> usize {
        self.nodes.len()
    }

    pub fn kids(&self, branch: Option<DelegationId>) -> &[DelegationId] {
        self.kids.get(&branch).map_or(&[], Vec::as_slice)
    }

    /// Children of a branch that are not loaded. Of the root only the sum with
    /// all below them is known.
    pub fn missing(&self, branch: Option<DelegationId>) -> i64 {
        let kids = self.kids(branch);
        let known = match branch {
            None => {
                let below = |id: &DelegationId| self.nodes.get(id).map_or(0, |n| n.below + 1);
                self.root.below - kids.iter().map(below).sum::<i64>()
            }
            Some(id) => {
                let all = self.nodes.get(&id).map_or(0, |node| node.children);
                all - i64::try_from(kids.len()).unwrap_or(i64::MAX)
            }
        };
        known.max(0)
    }

    /// Whether there is anything below.
    pub fn has_children(&self, branch: Option<DelegationId>) -> bool {
        !self.kids(branch).is_empty() || self.missing(branch) > 0
    }

    pub fn is_open(&self, branch: Option<DelegationId>) -> bool {
        let level = branch.map_or(0, |id| self.nodes.get(&id).map_or(0, |n| n.depth));
        let said = self.said.get(&branch).copied();
        said.unwrap_or(level <= self.open_level) && self.has_children(branch)
    }

    pub fn set_open(&mut self, branch: Option<DelegationId>, open: bool) {
        self.said.insert(branch, open);
    }

    /// Opens or folds all that is loaded.
    pub fn set_all(&mut self, open: bool) {
        self.said.clear();
        self.open_level = if open { i32::MAX } else { 0 };
    }

    /// Opens all that is above a node.
    pub fn open_to(&mut self, id: DelegationId) {
        let mut at = self.nodes.get(&id).map(|node| node.parent_id);
        while let Some(branch) = at {
            if !self.is_open(branch) {
                self.said.insert(branch, true);
            }
            at = branch.map(|id| self.nodes.get(&id).and_then(|node| node.parent_id));
        }
    }

    /// What to read for the next children of a branch.
    pub fn next_part(&self, branch: Option<DelegationId>) -> TreeView {
        let kids = self.kids(branch).iter().rev();
        TreeView {
            under: branch,
            after: kids.copied().find(|id| !self.loose.contains(id)),
            most: PART,
            find: None,
        }
    }

    /// The branch to which a subtask was handed, where all of it was loaded and
    /// the new one is not.
    pub fn grows(&self, parent: ProposalId, new: DelegationId) -> Option<Option<DelegationId>> {
        if self.nodes.contains_key(&new) {
            return None;
        }
        let branch = match self.results.get(&parent) {
            Some(id) => Some(*id),
            None if parent == self.root.proposal_id => None,
            None => return None,
        };
        (self.missing(branch) == 0).then_some(branch)
    }

    /// What to read again where something has changed: the top, and the parts
    /// further down at which somebody works.
    pub fn readings(&self) -> Vec<TreeView> {
        let most = self
            .nodes
            .len()
            .next_multiple_of(PART)
            .clamp(PART, PART_MAX);
        let mut views = vec![TreeView {
            most,
            ..TreeView::default()
        }];
        let busy = self.busy_branches();
        let below = |view: &&TreeView| match view.under {
            Some(id) => busy.contains(&id),
            None => self.root.open > 0,
        };
        views.extend(self.parts.iter().filter(below).cloned());
        views
    }

    /// The delegations at or below which somebody works, as far as is known.
    fn busy_branches(&self) -> HashSet<DelegationId> {
        let mut busy = HashSet::new();
        for node in self.nodes.values() {
            if node.open == 0 && !self.works(node) {
                continue;
            }
            let mut at = Some(node.id);
            while let Some(id) = at.filter(|id| busy.insert(*id)) {
                at = self.nodes.get(&id).and_then(|node| node.parent_id);
            }
        }
        busy
    }

    /// Its result is being written. What a search brought is not read again.
    fn works(&self, node: &DelegationNode) -> bool {
        !node.result_status.has_ended() && !self.loose.contains(&node.id)
    }

    /// Somebody works here, as far as is known.
    pub fn at_work(&self) -> bool {
        self.root.open > 0 || self.nodes.values().any(|node| self.works(node))
    }
}

/// Where a node stands, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Queued,
    Running,
    ToReview,
    Accepted,
    Revised,
    Rejected,
    Failed,
    Blocked,
    Cancelled,
    Unknown,
}

impl Standing {
    pub fn of(status: DelegationStatus, result: ProposalStatus) -> Self {
        match (status, result) {
            (DelegationStatus::Cancelled, _) => Self::Cancelled,
            (DelegationStatus::Failed, ProposalStatus::BlockedByPolicy) => Self::Blocked,
            (DelegationStatus::Failed, ProposalStatus::Unknown) => Self::Unknown,
            (DelegationStatus::Failed, _) => Self::Failed,
            (_, result) => Self::of_proposal(result),
        }
    }

    pub fn of_proposal(status: ProposalStatus) -> Self {
        match status {
            ProposalStatus::Queued => Self::Queued,
            ProposalStatus::Running => Self::Running,
            ProposalStatus::Pending => Self::ToReview,
            ProposalStatus::Accepted => Self::Accepted,
            ProposalStatus::Rejected => Self::Rejected,
            ProposalStatus::Revised => Self::Revised,
            ProposalStatus::BlockedByPolicy => Self::Blocked,
            ProposalStatus::Failed => Self::Failed,
            ProposalStatus::Cancelled => Self::Cancelled,
            ProposalStatus::Unknown => Self::Unknown,
        }
    }

    /// A mark of 10 by 10 that tells it apart without colour.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Queued => "M5 1.2a3.8 3.8 0 1 1 0 7.6a3.8 3.8 0 1 1 0-7.6z",
            Self::Running => "M5 1.2a3.8 3.8 0 1 1-3.8 3.8M5 2.8V5l1.6 1",
            Self::ToReview => "M5 1v5M5 8.2v.4",
            Self::Accepted => "M1.5 5.4L4 7.9 8.6 2.4",
            Self::Revised => "M1.8 8.2l.5-2 4.7-4.7 1.5 1.5L3.8 7.7z",
            Self::Rejected => "M2 2l6 6M8 2L2 8",
            Self::Failed => "M5 1L9.2 8.6H.8zM5 4v2M5 7.4v.1",
            Self::Blocked => "M5 1.2a3.8 3.8 0 1 1 0 7.6a3.8 3.8 0 1 1 0-7.6zM2.4 7.6l5.2-5.2",
            Self::Cancelled => "M2 5h6",
            Self::Unknown => "M3.2 3.4a1.8 1.8 0 1 1 2.6 1.6c-.5.3-.8.6-.8 1.2M5 8.3v.2",
        }
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
