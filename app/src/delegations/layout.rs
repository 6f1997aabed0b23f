//! Where the nodes of a tree stand: a tidy drawing, in linear time. Pure.
//!
//! The rules are those of E. M. Reingold and J. S. Tilford, "Tidier Drawings of
//! Trees" (1981), for any number of children, in the linear form of
//! C. Buchheim, M. Jünger and S. Leipert, "Improving Walker's Algorithm to Run
//! in Linear Time" (2002). Nothing recurses: a chain may be long.

/// Between the middles of siblings.
const SIBLINGS: f64 = 1.0;
/// Between the middles of neighbours that are none.
const COUSINS: f64 = 1.2;
/// No node.
const NONE: usize = usize::MAX;

/// The place of each node across the direction in which the tree grows; the
/// distance of siblings is 1. `children` are those of each node in their order;
/// node 0 is the root and stands for the whole tree.
pub fn tidy(children: &[Vec<usize>]) -> Vec<f64> {
    let mut drawing = Drawing::new(children);
    drawing.place_below();
    drawing.across()
}

struct Drawing<'a> {
    children: &'a [Vec<usize>],
    parent: Vec<usize>,
    /// Which child of its parent.
    number: Vec<usize>,
    /// Each after its parent, right ones first.
    order: Vec<usize>,
    prelim: Vec<f64>,
    /// What is added to all below.
    modifier: Vec<f64>,
    shift: Vec<f64>,
    change: Vec<f64>,
    /// The next node of the contour, below a leaf.
    thread: Vec<usize>,
    ancestor: Vec<usize>,
    default_ancestor: Vec<usize>,
    /// Steps along contours, which make the whole linear.
    steps: usize,
}

impl<'a> Drawing<'a> {
    fn new(children: &'a [Vec<usize>]) -> Self {
        let count = children.len();
        let mut parent = vec![NONE; count];
        let mut number = vec![0; count];
        let mut default_ancestor = vec![NONE; count];
        let mut order = Vec::with_capacity(count);
        let mut open = if count == 0 { Vec::new() } else { vec![0] };
        while let Some(node) = open.pop() {
            order.push(node);
            default_ancestor[node] = children[node].first().copied().unwrap_or(NONE);
            for (place, child) in children[node].iter().enumerate() {
                parent[*child] = node;
                number[*child] = place;
                open.push(*child);
            }
        }
        Self {
            children,
            parent,
            number,
            order,
            prelim: vec![0.0; count],
            modifier: vec![0.0; count],
            shift: vec![0.0; count],
            change: vec![0.0; count],
            thread: vec![NONE; count],
            ancestor: (0..count).collect(),
            default_ancestor,
            steps: 0,
        }
    }

    /// The first walk: children before their parent, left before right.
    fn place_below(&mut self) {
        for at in (0..self.order.len()).rev() {
            let node = self.order[at];
            self.execute_shifts(node);
            let own = &self.children[node];
            let middle = match (own.first(), own.last()) {
                (Some(first), Some(last)) => f64::midpoint(self.prelim[*first], self.prelim[*last]),
                _ => 0.0,
            };
            match self.left_sibling(node) {
                Some(left) => {
                    self.prelim[node] = self.prelim[left] + SIBLINGS;
                    self.modifier[node] = self.prelim[node] - middle;
                    self.apportion(node, left);
                }
                None => self.prelim[node] = middle,
            }
        }
    }

    /// The second walk: sums up what is added on the way down.
    fn across(&self) -> Vec<f64> {
        let mut added = vec![0.0; self.children.len()];
        let mut across = vec![0.0; self.children.len()];
        for node in &self.order {
            let above = self.parent[*node];
            if above != NONE {
                added[*node] = added[above] + self.modifier[above];
            }
            across[*node] = self.prelim[*node] + added[*node];
        }
        across
    }

    fn left_sibling(&self, node: usize) -> Option<usize> {
        let before = self.number[node].checked_sub(1)?;
        self.children[self.parent[node]].get(before).copied()
    }

    /// Moves a subtree away from those on its left, and spreads what lies
    /// between.
    fn apportion(&mut self, node: usize, left: usize) {
        let first = self.children[self.parent[node]][0];
        // Inner and outer contours of what is right (this subtree) and left.
        let (mut in_right, mut out_right, mut in_left, mut out_left) = (node, node, left, first);
        let mut sums = [in_right, out_right, in_left, out_left].map(|n| self.modifier[n]);
        loop {
            let (next_left, next_right) = (self.next_right(in_left), self.next_left(in_right));
            if next_left == NONE || next_right == NONE {
                break;
            }
            self.steps += 1;
            in_left = next_left;
            in_right = next_right;
            out_left = self.next_left(out_left);
            out_right = self.next_right(out_right);
            self.ancestor[out_right] = node;
            let gap = (self.prelim[in_left] + sums[2]) - (self.prelim[in_right] + sums[0]);
            let shift = gap + COUSINS;
            if shift > 0.0 {
                self.move_subtree(self.greatest_left(in_left, node), node, shift);
                sums[0] += shift;
                sums[1] += shift;
            }
            for (sum, at) in sums
                .iter_mut()
                .zip([in_right, out_right, in_left, out_left])
            {
                *sum += self.modifier[at];
            }
        }
        let below_left = self.next_right(in_left);
        if below_left != NONE && self.next_right(out_right) == NONE {
            self.thread[out_right] = below_left;
            self.modifier[out_right] += sums[2] - sums[1];
        }
        let below_right = self.next_left(in_right);
        if below_right != NONE && self.next_left(out_left) == NONE {
            self.thread[out_left] = below_right;
            self.modifier[out_left] += sums[0] - sums[3];
            self.default_ancestor[self.parent[node]] = node;
        }
    }

    /// The next node down the left contour.
    fn next_left(&self, node: usize) -> usize {
        let child = self.children[node].first().copied();
        child.unwrap_or(self.thread[node])
    }

    /// The next node down the right contour.
    fn next_right(&self, node: usize) -> usize {
        let child = self.children[node].last().copied();
        child.unwrap_or(self.thread[node])
    }

    /// The sibling of `node` in whose subtree `at` stands.
    fn greatest_left(&self, at: usize, node: usize) -> usize {
        let known = self.ancestor[at];
        if self.parent[known] == self.parent[node] {
            known
        } else {
            self.default_ancestor[self.parent[node]]
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of siblings")]
    fn move_subtree(&mut self, from: usize, node: usize, shift: f64) {
        let between = (self.number[node] - self.number[from]).max(1) as f64;
        self.change[node] -= shift / between;
        self.shift[node] += shift;
        self.change[from] += shift / between;
        self.prelim[node] += shift;
        self.modifier[node] += shift;
    }

    /// Spreads the children that lie between those that were moved.
    fn execute_shifts(&mut self, node: usize) {
        let (mut shift, mut change) = (0.0, 0.0);
        for child in self.children[node].iter().rev() {
            self.prelim[*child] += shift;
            self.modifier[*child] += shift;
            change += self.change[*child];
            shift += self.shift[*child] + change;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEAR: f64 = 1e-6;

    /// The tree in which node `i + 1` hangs below node `wish[i] % (i + 1)`.
    fn tree(wishes: &[usize]) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); wishes.len() + 1];
        for (before, wish) in wishes.iter().enumerate() {
            children[wish % (before + 1)].push(before + 1);
        }
        children
    }

    /// The nodes of each level, from the left to the right.
    fn levels(children: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let mut levels = vec![vec![0]];
        while let Some(last) = levels.last() {
            let next: Vec<usize> = last.iter().flat_map(|n| children[*n].clone()).collect();
            if next.is_empty() {
                break;
            }
            levels.push(next);
        }
        levels
    }

    fn check(children: &[Vec<usize>]) {
        let across = tidy(children);
        for level in levels(children) {
            for pair in level.windows(2) {
                let apart = across[pair[1]] - across[pair[0]];
                assert!(apart >= SIBLINGS - NEAR, "{pair:?} are {apart} apart");
            }
        }
        for (node, own) in children.iter().enumerate() {
            if let (Some(first), Some(last)) = (own.first(), own.last()) {
                let middle = f64::midpoint(across[*first], across[*last]);
                assert!(
                    (across[node] - middle).abs() < NEAR,
                    "{node} is not centred"
                );
            }
        }
    }

    #[test]
    fn a_single_node_and_no_node() {
        assert_eq!(tidy(&[]), Vec::<f64>::new());
        assert_eq!(tidy(&[Vec::new()]), [0.0]);
    }

    #[test]
    fn siblings_stand_in_their_order_with_the_parent_in_the_middle() {
        assert_eq!(
            tidy(&[vec![1, 2, 3], vec![], vec![], vec![]]),
            [1.0, 0.0, 1.0, 2.0]
        );
    }

    #[test]
    fn what_lies_between_two_wide_subtrees_is_spread() {
        // Wide, leaf, leaf, wide.
        let mut children = vec![vec![1, 2, 3, 4], vec![5, 6, 7, 8], vec![], vec![]];
        children.extend([vec![9, 10, 11, 12], vec![], vec![], vec![], vec![]]);
        children.extend([vec![], vec![], vec![], vec![]]);
        check(&children);
        let across = tidy(&children);
        let gaps: Vec<f64> = (1..4).map(|n| across[n + 1] - across[n]).collect();
        assert!(
            gaps.iter().all(|gap| (gap - gaps[0]).abs() < NEAR),
            "{gaps:?}"
        );
    }

    #[test]
    fn ten_thousand_nodes_are_laid_out_at_once() {
        let chain: Vec<usize> = (0..9_999).collect();
        let star = vec![0; 9_999];
        let bushy: Vec<usize> = (0..9_999).map(|n| n / 7).collect();
        let comb: Vec<usize> = (0..9_999).map(|n| n - n % 2).collect();
        let began = std::time::Instant::now();
        for wishes in [chain, star, bushy, comb] {
            check(&tree(&wishes));
        }
        assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
    }

    proptest! {
        #[test]
        fn nothing_overlaps_and_parents_are_centred(wishes in prop::collection::vec(any::<usize>(), 0..200)) {
            check(&tree(&wishes));
        }

        #[test]
        fn a_narrow_tree_is_tidy_too(wishes in prop::collection::vec(0_usize..4, 0..120)) {
            // Below one of the last four: long branches side by side.
            let near: Vec<usize> =
                wishes.iter().enumerate().map(|(n, back)| n.saturating_sub(*back)).collect();
            check(&tree(&near));
        }

        #[test]
        fn contours_are_walked_once(wishes in prop::collection::vec(any::<usize>(), 0..400)) {
            let children = tree(&wishes);
            let mut drawing = Drawing::new(&children);
            drawing.place_below();
            // Each step ends at a node whose contour is never walked again.
            prop_assert!(drawing.steps <= children.len());
        }
    }
}
