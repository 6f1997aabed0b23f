//! The drawing: what of a tree is open, where each node stands, and what of it
//! is in view. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use super::layout::tidy;
use super::tree::{Spot, Tree};

/// Of a node's box.
pub const WIDTH: f64 = 232.0;
pub const HEIGHT: f64 = 62.0;
/// From one level to the next.
pub const LEVEL: f64 = WIDTH + 56.0;
/// From one sibling to the next.
pub const ROW: f64 = HEIGHT + 14.0;

/// A rectangle of the drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// A node with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub spot: Spot,
    pub level: usize,
    /// The left upper corner.
    pub x: f64,
    pub y: f64,
    /// Of how many siblings, and which from 1.
    pub siblings: usize,
    pub number: usize,
    /// `None` where nothing is below.
    pub open: Option<bool>,
    parent: Option<usize>,
    children: Vec<usize>,
}

/// The line that joins a parent with its children.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trunk {
    /// From the parent to the trunk.
    pub from: (f64, f64),
    pub x: f64,
    pub top: f64,
    pub bottom: f64,
}

/// Where a key leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Parent,
    Child,
    Before,
    After,
    First,
    Last,
}

#[derive(Clone, Debug, Default)]
pub struct Scene {
    items: Vec<Placed>,
    places: HashMap<Spot, usize>,
    /// The nodes of each level, from the top down.
    levels: Vec<Vec<usize>>,
    area: Area,
}

/// Shared by all that draw it.
pub type SharedScene = Arc<Scene>;

impl Scene {
    pub fn of(tree: &Tree) -> Self {
        let mut scene = Self::default();
        scene.collect(tree);
        let children: Vec<Vec<usize>> = scene.items.iter().map(|i| i.children.clone()).collect();
        let across = tidy(&children);
        let first = across.iter().copied().fold(f64::INFINITY, f64::min);
        let mut area = Area::default();
        for (item, across) in scene.items.iter_mut().zip(across) {
            item.y = (across - first) * ROW;
            #[expect(clippy::cast_precision_loss, reason = "a few levels")]
            let level = item.level as f64;
            item.x = level * LEVEL;
            area.right = area.right.max(item.x + WIDTH);
            area.bottom = area.bottom.max(item.y + HEIGHT);
        }
        scene.area = area;
        scene
    }

    /// The open nodes, level by level.
    fn collect(&mut self, tree: &Tree) {
        self.push(tree, Spot::Root, None, (1, 1));
        let mut at = 0;
        while at < self.items.len() {
            let item = &self.items[at];
            if let (Some(true), Some(branch)) = (item.open, item.spot.branch()) {
                let kids = tree.kids(branch);
                let more = tree.missing(branch) > 0;
                let siblings = kids.len() + usize::from(more);
                for (number, id) in kids.iter().enumerate() {
                    self.push(tree, Spot::Node(*id), Some(at), (siblings, number + 1));
                }
                if more {
                    self.push(tree, Spot::More(branch), Some(at), (siblings, siblings));
                }
            }
            at += 1;
        }
    }

    fn push(&mut self, tree: &Tree, spot: Spot, parent: Option<usize>, of: (usize, usize)) {
        let place = self.items.len();
        let level = parent.map_or(0, |parent| self.items[parent].level + 1);
        if let Some(parent) = parent {
            self.items[parent].children.push(place);
        }
        if self.levels.len() <= level {
            self.levels.push(Vec::new());
        }
        self.levels[level].push(place);
        self.places.insert(spot, place);
        let branch = spot.branch().filter(|branch| tree.has_children(*branch));
        self.items.push(Placed {
            spot,
            level,
            x: 0.0,
            y: 0.0,
            siblings: of.0,
            number: of.1,
            open: branch.map(|branch| tree.is_open(branch)),
            parent,
            children: Vec::new(),
        });
    }

    pub fn area(&self) -> Area {
        self.area
    }

    pub fn get(&self, spot: Spot) -> Option<&Placed> {
        self.items.get(*self.places.get(&spot)?)
    }

    /// How many nodes are drawn or could be.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn trunk(&self, spot: Spot) -> Option<Trunk> {
        let item = self.get(spot)?;
        let middle = |place: &usize| self.items[*place].y + HEIGHT / 2.0;
        let first = item.children.first().map(middle)?;
        let last = item.children.last().map(middle)?;
        let own = item.y + HEIGHT / 2.0;
        Some(Trunk {
            from: (item.x + WIDTH, own),
            x: item.x + WIDTH + (LEVEL - WIDTH) / 2.0,
            top: first.min(own),
            bottom: last.max(own),
        })
    }

    /// The nodes in view, and always `kept`.
    pub fn nodes_in(&self, view: Area, kept: Spot) -> Vec<Spot> {
        let mut spots = Vec::new();
        for level in &self.levels {
            let x = level.first().map_or(0.0, |first| self.items[*first].x);
            // The line that leads to a box belongs to it.
            if x > view.right || x + WIDTH < view.left - LEVEL {
                continue;
            }
            let from = level.partition_point(|place| self.items[*place].y + HEIGHT < view.top);
            let rest = level[from..].iter().map(|place| &self.items[*place]);
            spots.extend(
                rest.take_while(|item| item.y <= view.bottom)
                    .map(|i| i.spot),
            );
        }
        if self.places.contains_key(&kept) && !spots.contains(&kept) {
            spots.push(kept);
        }
        spots
    }

    /// The parents whose trunks are in view.
    pub fn trunks_in(&self, view: Area) -> Vec<Spot> {
        let in_view = |spot: &Spot| {
            self.trunk(*spot).is_some_and(|trunk| {
                trunk.x >= view.left
                    && trunk.from.0 <= view.right
                    && trunk.bottom >= view.top
                    && trunk.top <= view.bottom
            })
        };
        let parents = self.items.iter().filter(|item| !item.children.is_empty());
        parents.map(|item| item.spot).filter(in_view).collect()
    }

    /// Where a step leads; `None` where nothing is there.
    pub fn step(&self, from: Spot, step: Step) -> Option<Spot> {
        let place = *self.places.get(&from)?;
        let item = &self.items[place];
        let level = &self.levels[item.level];
        let here = level.iter().position(|other| *other == place)?;
        let to = match step {
            Step::Parent => item.parent,
            Step::Child => item.children.first().copied(),
            Step::Before => here.checked_sub(1).map(|before| level[before]),
            Step::After => level.get(here + 1).copied(),
            Step::First => Some(0),
            Step::Last => self.levels.last().and_then(|level| level.last()).copied(),
        };
        to.map(|place| self.items[place].spot)
    }

    /// The nearest of the nodes above that is drawn.
    pub fn nearest(&self, tree: &Tree, spot: Spot) -> Spot {
        let mut at = spot;
        while !self.places.contains_key(&at) {
            at = match at {
                Spot::Root => return Spot::Root,
                Spot::Node(id) => Spot::of(tree.node(id).and_then(|node| node.parent_id)),
                Spot::More(branch) => {
                    let last = tree.kids(branch).last();
                    last.map_or(Spot::of(branch), |id| Spot::Node(*id))
                }
            };
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use model::{
        DelegationId, DelegationNode, DelegationStatus, ProposalId, ProposalStatus, TreePart,
        TreeRoot,
    };

    use super::*;

    fn id(n: u128) -> DelegationId {
        DelegationId(uuid::Uuid::from_u128(n))
    }

    /// `wide` below the root, `wide` below each of these.
    fn tree(wide: u128) -> Tree {
        let node = |n: u128, parent: Option<u128>, depth: i32| DelegationNode {
            id: id(n),
            parent_id: parent.map(id),
            result_proposal_id: ProposalId(uuid::Uuid::from_u128(n + (1 << 40))),
            agent_name: "Ada".to_owned(),
            scope: "part".to_owned(),
            status: DelegationStatus::Completed,
            result_status: ProposalStatus::Pending,
            depth,
            token_budget: 10,
            spent_tokens: 1,
            reserved_tokens: 0,
            truncated: false,
            children: 0,
            below: 0,
            open: 0,
        };
        let mut nodes: Vec<_> = (1..=wide).map(|n| node(n, None, 1)).collect();
        let second = (0..wide * wide).map(|n| node(1 << 20 | n, Some(1 + n / wide), 2));
        nodes.extend(second);
        model::add_up(&mut nodes);
        let below = i64::try_from(nodes.len()).unwrap_or(0);
        Tree::new(TreePart {
            root: TreeRoot {
                proposal_id: ProposalId(uuid::Uuid::nil()),
                title: "Root".to_owned(),
                agent_name: None,
                status: ProposalStatus::Pending,
                below,
                open: 0,
                limit_tokens: 10,
                spent_tokens: 0,
                reserved_tokens: 0,
                left_tokens: 10,
            },
            nodes,
            found: Vec::new(),
            matches: 0,
        })
    }

    #[test]
    fn only_what_is_in_view_is_drawn() {
        let mut tree = tree(99);
        tree.set_all(true);
        let scene = Scene::of(&tree);
        assert_eq!(scene.len(), 1 + 99 + 99 * 99);
        let view = Area {
            left: 0.0,
            top: 200_000.0,
            right: 1_440.0,
            bottom: 200_900.0,
        };
        let drawn = scene.nodes_in(view, Spot::Root);
        assert!(drawn.contains(&Spot::Root), "what is chosen stays");
        assert!((10..40).contains(&drawn.len()), "{}", drawn.len());
        for spot in drawn.iter().filter(|spot| **spot != Spot::Root) {
            let y = scene.get(*spot).map_or(0.0, |item| item.y);
            assert!(y + HEIGHT >= view.top && y <= view.bottom);
        }
        assert!((1..5).contains(&scene.trunks_in(view).len()));
    }

    #[test]
    fn a_folded_branch_is_not_there() {
        let mut tree = tree(3);
        let scene = Scene::of(&tree);
        assert_eq!(scene.len(), 13);
        tree.set_open(Some(id(2)), false);
        let scene = Scene::of(&tree);
        assert_eq!(scene.len(), 10);
        let folded = scene.get(Spot::Node(id(2))).and_then(|item| item.open);
        assert_eq!(folded, Some(false));
        // Who was chosen in it is so no more: the nearest above is.
        let gone = Spot::Node(id(1 << 20 | 4));
        assert_eq!(scene.nearest(&tree, gone), Spot::Node(id(2)));
    }

    #[test]
    fn arrows_walk_the_tree() {
        let tree = tree(3);
        let scene = Scene::of(&tree);
        let (first, second) = (Spot::Node(id(1)), Spot::Node(id(2)));
        assert_eq!(scene.step(Spot::Root, Step::Child), Some(first));
        assert_eq!(scene.step(first, Step::After), Some(second));
        assert_eq!(scene.step(second, Step::Before), Some(first));
        assert_eq!(scene.step(second, Step::Parent), Some(Spot::Root));
        assert_eq!(scene.step(first, Step::Before), None);
        assert_eq!(scene.step(Spot::Root, Step::Parent), None);
        let last = Spot::Node(id(1 << 20 | 8));
        assert_eq!(scene.step(first, Step::Last), Some(last));
        assert_eq!(scene.step(last, Step::First), Some(Spot::Root));
        // From the last child of one to the first child of the next.
        let end = Spot::Node(id(1 << 20 | 2));
        assert_eq!(
            scene.step(end, Step::After),
            Some(Spot::Node(id(1 << 20 | 3)))
        );
    }

    #[test]
    fn a_trunk_reaches_from_the_first_child_to_the_last() {
        let tree = tree(3);
        let scene = Scene::of(&tree);
        let trunk = scene.trunk(Spot::Root);
        let y = |spot| scene.get(spot).map(|item| item.y + HEIGHT / 2.0);
        assert_eq!(trunk.map(|t| t.top), y(Spot::Node(id(1))));
        assert_eq!(trunk.map(|t| t.bottom), y(Spot::Node(id(3))));
        assert_eq!(scene.trunk(Spot::Node(id(1 << 20))), None);
    }
}
