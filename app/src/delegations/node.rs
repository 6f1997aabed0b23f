//! One node of the drawing, with the line that leads to it.

use leptos::prelude::*;
use model::DelegationId;

use super::place::TreePlace;
use super::scene::{HEIGHT, LEVEL, Placed, WIDTH};
use super::tree::{Spot, Standing, Tree};
use crate::format;
use crate::labels::Labelled;

/// Characters of a line that fit into a box.
const LINE: usize = 33;
const NAME: usize = 22;
/// The bar that shows how much is used.
const BAR: f64 = 84.0;

/// What a node says.
#[derive(Clone, Debug, PartialEq)]
struct Face {
    name: String,
    line: String,
    standing: Option<Standing>,
    used: i64,
    held: i64,
    budget: i64,
    below: i64,
    open: i64,
    /// All of it in words.
    label: String,
}

impl Face {
    fn of(tree: &Tree, spot: Spot) -> Option<Self> {
        match spot {
            Spot::Root => Some(Self::of_root(tree)),
            Spot::Node(id) => Self::of_node(tree, id),
            Spot::More(branch) => {
                let more = tree.missing(branch);
                Some(Self {
                    name: format!("{} more", format::count(more)),
                    line: String::new(),
                    standing: None,
                    used: 0,
                    held: 0,
                    budget: 0,
                    below: 0,
                    open: 0,
                    label: format!(
                        "{} not loaded yet. Enter loads them.",
                        format::counted(more, "delegation is", "delegations are")
                    ),
                })
            }
        }
    }

    fn of_root(tree: &Tree) -> Self {
        let root = &tree.root;
        let name = root.agent_name.clone();
        let mut face = Self {
            name: name.unwrap_or_else(|| "No agent yet".to_owned()),
            line: root.title.clone(),
            standing: Some(Standing::of_proposal(root.status)),
            used: root.spent_tokens,
            held: root.reserved_tokens,
            budget: root.limit_tokens,
            below: root.below,
            open: root.open,
            label: String::new(),
        };
        face.label = face.words("The proposal");
        face
    }

    fn of_node(tree: &Tree, id: DelegationId) -> Option<Self> {
        let node = tree.node(id)?;
        let mut face = Self {
            name: node.agent_name.clone(),
            line: node.scope.split_whitespace().collect::<Vec<_>>().join(" "),
            standing: Some(Standing::of(node.status, node.result_status)),
            used: node.spent_tokens,
            held: node.reserved_tokens,
            budget: node.token_budget,
            below: node.below,
            open: node.open,
            label: String::new(),
        };
        face.label = face.words("Subtask");
        Some(face)
    }

    fn words(&self, kind: &str) -> String {
        let standing = self.standing.map_or("", Labelled::label);
        let mut words = format!(
            "{}: {standing}. {kind}: {}. {} of {} used.",
            self.name,
            self.line,
            format::count(self.used),
            format::counted(self.budget, "token", "tokens"),
        );
        if self.below > 0 {
            let below = format::counted(self.below, "delegation", "delegations");
            words.push_str(&format!(" {below} below."));
        }
        if self.open > 0 && self.below > 0 {
            words.push_str(&format!(" {} at work.", format::count(self.open)));
        }
        words
    }
}

/// As much as fits, with a mark where something is left out.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

/// So much of the bar.
#[expect(clippy::cast_precision_loss, reason = "tokens of a budget")]
fn share(some: i64, all: i64) -> f64 {
    (some as f64 / all.max(1) as f64).clamp(0.0, 1.0) * BAR
}

/// The id of a node's element.
pub fn element_id(spot: Spot) -> String {
    match spot {
        Spot::Root => "tree-root".to_owned(),
        Spot::Node(id) => format!("tree-{id}"),
        Spot::More(None) => "tree-more".to_owned(),
        Spot::More(Some(id)) => format!("tree-more-{id}"),
    }
}

/// A node in its place. It follows the tree by itself.
pub fn node(place: TreePlace, spot: Spot) -> AnyView {
    let at = Memo::new(move |_| place.scene.with(|drawn| drawn.0.get(spot).cloned()));
    let face = Memo::new(move |_| place.tree.with(|tree| Face::of(tree, spot)));
    let chosen = Memo::new(move |_| place.chosen.get() == spot);
    let found = Memo::new(move |_| match spot {
        Spot::Node(id) => place.found.with(|found| found.ids.contains(&id)),
        _ => false,
    });
    let of = move |read: fn(&Placed) -> usize| at.with(|at| at.as_ref().map(read));
    let open = Memo::new(move |_| at.with(|at| at.as_ref().and_then(|at| at.open)));
    let shift = move || {
        at.with(|at| {
            at.as_ref()
                .map(|at| format!("translate({} {})", at.x, at.y))
        })
    };
    let tone = move || {
        let standing = face.with(|face| face.as_ref().and_then(|face| face.standing));
        standing.map_or("neutral", |standing| standing.tone().class())
    };
    let on_click = move |_| {
        if place.dragged.get_value() {
            return;
        }
        place.chosen.set(spot);
        match spot {
            Spot::More(branch) => place.load(branch),
            _ => place.detail.set(true),
        }
    };
    view! {
        <g
            class="tree-node"
            class:tree-node-chosen=move || chosen.get()
            class:tree-node-found=move || found.get()
            class:tree-node-more=matches!(spot, Spot::More(_))
            id=element_id(spot)
            role="treeitem"
            transform=shift
            data-testid="tree-node"
            data-tone=tone
            aria-level=move || of(|at| at.level + 1)
            aria-setsize=move || of(|at| at.siblings)
            aria-posinset=move || of(|at| at.number)
            aria-expanded=move || open.get().map(|open| open.to_string())
            aria-selected=move || chosen.get().to_string()
            aria-label=move || face.with(|face| face.as_ref().map(|face| face.label.clone()))
            on:click=on_click
            on:dblclick=move |_| place.toggle(spot)
        >
            {(spot != Spot::Root)
                .then(|| view! { <path class="tree-line" d=format!("M{} {}H0", (WIDTH - LEVEL) / 2.0, HEIGHT / 2.0)></path> })}
            <rect class="tree-box" width=WIDTH height=HEIGHT rx="8"></rect>
            {move || face.get().map(inside)}
            {move || open.get().map(|open| fold(place, spot, open, face))}
        </g>
    }
    .into_any()
}

/// Agent, standing, scope, budget.
fn inside(face: Face) -> AnyView {
    let Some(standing) = face.standing else {
        return view! {
            <text class="tree-more" x=WIDTH / 2.0 y=HEIGHT / 2.0 + 4.0 text-anchor="middle">
                {format!("{} …", face.name)}
            </text>
        }
        .into_any();
    };
    let used = format!(
        "{} of {}",
        format::count(face.used),
        format::count(face.budget)
    );
    view! {
        <path class="tree-mark" transform="translate(12 9.5) scale(1.1)" d=standing.mark()></path>
        <text class="tree-name" x="29" y="20">
            {cut(&face.name, NAME)}
        </text>
        <text class="tree-word" x=WIDTH - 12.0 y="20" text-anchor="end">
            {standing.label()}
        </text>
        <text class="tree-scope" x="12" y="37">
            {cut(&face.line, LINE)}
        </text>
        <rect class="tree-bar" x="12" y="48" width=BAR height="4" rx="2"></rect>
        <rect class="tree-bar-held" x="12" y="48" width=share(face.used + face.held, face.budget) height="4" rx="2"></rect>
        <rect class="tree-bar-used" x="12" y="48" width=share(face.used, face.budget) height="4" rx="2"></rect>
        <text class="tree-used" x=WIDTH - 12.0 y="53" text-anchor="end">
            {used}
        </text>
    }
    .into_any()
}

/// Folds and unfolds; says how many are below where they are not shown.
fn fold(place: TreePlace, spot: Spot, open: bool, face: Memo<Option<Face>>) -> AnyView {
    let below = move || {
        let below = face.with(|face| face.as_ref().map_or(0, |face| face.below));
        if open {
            "\u{2212}".to_owned()
        } else {
            format!("+{}", format::count(below))
        }
    };
    let wide = move || 10.0_f64.mul_add(0.7, 7.0 * count_of(&below()));
    view! {
        <g
            class="tree-fold"
            data-testid="tree-fold"
            transform=format!("translate({WIDTH} {})", HEIGHT / 2.0)
            on:click=move |event| {
                event.stop_propagation();
                place.chosen.set(spot);
                place.toggle(spot);
            }
            on:dblclick=move |event| event.stop_propagation()
        >
            <rect x=move || -wide() / 2.0 y="-9" width=wide height="18" rx="9"></rect>
            <text y="4" text-anchor="middle">
                {below}
            </text>
        </g>
    }
    .into_any()
}

#[expect(clippy::cast_precision_loss, reason = "a few characters")]
fn count_of(text: &str) -> f64 {
    text.chars().count().max(2) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_it_does_not_fit() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("größer", 5), "größ…");
    }

    #[test]
    fn a_bar_is_never_longer_than_its_place() {
        assert_eq!(share(50, 100), BAR / 2.0);
        assert_eq!(share(150, 100), BAR);
        assert_eq!(share(5, 0), BAR);
        assert_eq!(share(0, 0), 0.0);
    }
}
