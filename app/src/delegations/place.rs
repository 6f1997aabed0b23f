//! A tree in the page: what is known of it, what is chosen and looked at. It
//! follows the work by its proposal's one stream of events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Delegation, DelegationId, HubId, ProposalEvent, TreePart, TreeView};

use super::scene::{Area, HEIGHT, Scene, SharedScene, WIDTH};
use super::tree::{Spot, Tree};
use super::view::View;
use crate::collectives::{LiveText, Merge};
use crate::error::AppError;
use crate::events::on_hub_change;
use crate::proposals::Live;
use crate::server_fns::delegations::read_tree_part;

/// How long wishes to read the tree are collected: it is read about twice a
/// second at the most.
const COLLECT: Duration = Duration::from_millis(450);
/// How long after a failure is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// What was looked for in the tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub text: String,
    pub ids: Vec<DelegationId>,
    /// In the whole tree.
    pub all: i64,
    /// Which of them is shown, from 0.
    pub at: usize,
}

#[derive(Clone, Copy)]
pub struct TreePlace {
    pub live: Live,
    pub tree: RwSignal<Tree>,
    pub scene: Memo<Drawn>,
    pub view: RwSignal<View>,
    pub chosen: RwSignal<Spot>,
    /// The texts that grow.
    pub texts: RwSignal<HashMap<DelegationId, LiveText>>,
    pub found: RwSignal<Found>,
    pub refusal: RwSignal<Option<AppError>>,
    /// Whether the detail of what is chosen is open.
    pub detail: RwSignal<bool>,
    pub canvas: NodeRef<html::Div>,
    /// Whoever looks may cancel and close.
    pub may: bool,
    /// The pointer has dragged the drawing since it went down.
    pub dragged: StoredValue<bool>,
    merge: StoredValue<Merge>,
    /// Branches to which something was added that is not loaded.
    grown: StoredValue<Vec<Option<DelegationId>>>,
}

/// A drawing; the same one is not drawn again.
#[derive(Clone)]
pub struct Drawn(pub SharedScene);

impl PartialEq for Drawn {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl TreePlace {
    pub fn new(live: Live, part: TreePart, hub: HubId, may: bool) -> Self {
        let first = part.nodes.first().map(|node| Spot::Node(node.id));
        let tree = RwSignal::new(Tree::new(part));
        let place = Self {
            live,
            tree,
            scene: Memo::new(move |_| Drawn(Arc::new(tree.with(Scene::of)))),
            view: RwSignal::new(View::default()),
            chosen: RwSignal::new(first.unwrap_or(Spot::Root)),
            texts: RwSignal::new(HashMap::new()),
            found: RwSignal::new(Found::default()),
            refusal: RwSignal::new(None),
            detail: RwSignal::new(true),
            canvas: NodeRef::new(),
            may,
            dragged: StoredValue::new(false),
            merge: StoredValue::new(Merge::default()),
            grown: StoredValue::new(Vec::new()),
        };
        place.follow(hub);
        place
    }

    /// The proposal's stream tells while somebody works at or below it; else
    /// the hub's says when that begins.
    fn follow(self, hub: HubId) {
        self.live
            .told
            .set_value(Some(Callback::new(move |event| self.hear(event))));
        self.live
            .closed
            .set_value(Some(Callback::new(move |()| self.refresh())));
        let at_work = Memo::new(move |_| self.tree.with(Tree::at_work));
        Effect::new(move |_| self.live.below.set(at_work.get()));
        let idle = Signal::derive(move || {
            let rests = !at_work.get() && self.live.state.with(|state| state.has_ended());
            rests.then_some(hub)
        });
        let idle = Memo::new(move |_| idle.get());
        on_hub_change(idle.into(), move || self.refresh());
        // What is chosen may have been folded away.
        Effect::new(move |_| {
            let drawn = self.scene.get();
            let chosen = self.chosen.get_untracked();
            let near = self
                .tree
                .with_untracked(|tree| drawn.0.nearest(tree, chosen));
            if near != chosen {
                self.chosen.set(near);
            }
        });
    }

    fn hear(self, event: ProposalEvent) {
        match event {
            ProposalEvent::DelegationDelta {
                delegation_id,
                attempt,
                offset,
                text,
            } => {
                self.texts.try_update(|texts| {
                    let known = texts.entry(delegation_id).or_default();
                    known.push(attempt, offset, &text);
                });
            }
            ProposalEvent::DelegationStarted {
                delegation_id,
                attempt,
            } => {
                self.texts.try_update(|texts| {
                    texts.entry(delegation_id).or_default().restart(attempt);
                });
                self.refresh();
            }
            ProposalEvent::DelegationQueued {
                delegation_id,
                parent_proposal_id,
                ..
            } => {
                let branch = self
                    .tree
                    .try_with_untracked(|tree| tree.grows(parent_proposal_id, delegation_id));
                if let Some(Some(branch)) = branch {
                    self.grown.try_update_value(|grown| {
                        if !grown.contains(&branch) {
                            grown.push(branch);
                        }
                    });
                }
                self.refresh();
            }
            ProposalEvent::AnswerDelta { .. } => {}
            _ => self.refresh(),
        }
    }

    /// Reads what is shown again, soon.
    pub fn refresh(self) {
        self.plan(COLLECT);
    }

    fn plan(self, after: Duration) {
        if self.merge.try_update_value(Merge::want) == Some(true) {
            set_timeout(move || self.read_again(), after);
        }
    }

    fn read_again(self) {
        if self.merge.try_update_value(Merge::begin).is_none() {
            return;
        }
        let Some(mut views) = self.tree.try_with_untracked(Tree::readings) else {
            return;
        };
        let grown = self.grown.try_update_value(std::mem::take);
        spawn_local(async move {
            let whole = self.tree.try_with_untracked(|tree| {
                tree.missing(None) == 0 && tree.loaded() < super::tree::PART
            });
            if whole == Some(false) {
                let next = |branch| self.tree.try_with_untracked(|tree| tree.next_part(branch));
                views.extend(grown.unwrap_or_default().into_iter().filter_map(next));
            }
            let read = self.read(views).await;
            if self.merge.try_update_value(Merge::end) == Some(true) {
                let after = if read.is_ok() { COLLECT } else { RETRY };
                set_timeout(move || self.read_again(), after);
            } else if read.is_err_and(|error| error.may_pass()) {
                self.plan(RETRY);
            }
        });
    }

    async fn read(self, views: Vec<TreeView>) -> Result<(), AppError> {
        for view in views {
            let part = read_tree_part(self.live.id, view.clone()).await?;
            self.tree.try_update(|tree| tree.absorb(part, &view));
        }
        Ok(())
    }

    /// Reads the next children of a branch and opens it.
    pub fn load(self, branch: Option<DelegationId>) {
        let view = self.tree.with_untracked(|tree| tree.next_part(branch));
        spawn_local(async move {
            let read = self.read(vec![view]).await;
            self.refusal.try_set(read.err());
            self.tree.try_update(|tree| tree.set_open(branch, true));
        });
    }

    /// Opens or folds a branch; what is not loaded is read.
    pub fn toggle(self, spot: Spot) {
        let Some(branch) = spot.branch() else {
            if let Spot::More(branch) = spot {
                self.load(branch);
            }
            return;
        };
        let (open, empty) = self.tree.with_untracked(|tree| {
            let empty = tree.kids(branch).is_empty() && tree.missing(branch) > 0;
            (tree.is_open(branch), empty)
        });
        if !open && empty {
            self.load(branch);
        } else {
            self.tree.update(|tree| tree.set_open(branch, !open));
        }
    }

    /// Chooses a node and brings it into view.
    pub fn choose(self, spot: Spot) {
        self.chosen.set(spot);
        self.bring(spot);
    }

    /// Brings a node into view.
    pub fn bring(self, spot: Spot) {
        let drawn = self.scene.get_untracked().0;
        if let Some(item) = drawn.get(spot) {
            let one = Area {
                left: item.x,
                top: item.y,
                right: item.x + WIDTH,
                bottom: item.y + HEIGHT,
            };
            self.view.update(|view| view.show(one, drawn.area()));
        }
    }

    /// Shows what a person did here, before the tree is read again.
    pub fn show(self, fresh: &Delegation) {
        self.tree.update(|tree| tree.show(fresh));
        self.refresh();
    }

    /// Looks for nodes; the same text again goes on to the next one.
    pub fn find(self, text: String) {
        let text = text.trim().to_owned();
        let known = self.found.get_untracked();
        if text.is_empty() {
            self.found.set(Found::default());
            return;
        }
        if known.text == text && !known.ids.is_empty() {
            self.show_found((known.at + 1) % known.ids.len());
            return;
        }
        spawn_local(async move {
            let view = TreeView {
                most: super::tree::PART,
                find: Some(text.clone()),
                ..TreeView::default()
            };
            match read_tree_part(self.live.id, view.clone()).await {
                Ok(part) => {
                    let found = Found {
                        text,
                        ids: part.found.clone(),
                        all: part.matches,
                        at: 0,
                    };
                    self.tree.try_update(|tree| tree.absorb(part, &view));
                    let any = !found.ids.is_empty();
                    if self.found.try_set(found).is_none() && any {
                        self.show_found(0);
                    }
                }
                Err(error) => {
                    self.refusal.try_set(Some(error));
                }
            }
        });
    }

    fn show_found(self, at: usize) {
        let id = self.found.try_update(|found| {
            found.at = at;
            found.ids.get(at).copied()
        });
        if let Some(Some(id)) = id {
            self.tree.update(|tree| tree.open_to(id));
            self.view.update(View::readable);
            self.choose(Spot::Node(id));
        }
    }
}
