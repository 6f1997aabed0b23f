//! What changed from one version to the next. Pure.

use model::{AgentChange, AgentVersion, DiffLine, LineKind};

/// Unchanged lines that are shown around a change.
const CONTEXT: usize = 2;
/// Texts whose changed part is larger than this are told as replaced: the
/// comparison takes as many steps as the product of their lines.
const MOST_STEPS: usize = 1_000_000;

/// The fields that differ, in the order of the form.
pub fn between(before: &AgentVersion, after: &AgentVersion) -> Vec<AgentChange> {
    let word = |field: &str, before: &str, after: &str| {
        (before != after).then(|| AgentChange {
            field: field.to_owned(),
            before: Some(before.to_owned()),
            after: Some(after.to_owned()),
            ..AgentChange::default()
        })
    };
    let text = |field: &str, before: &Option<String>, after: &Option<String>| {
        (before != after).then(|| AgentChange {
            field: field.to_owned(),
            lines: fold(lines(
                before.as_deref().unwrap_or_default(),
                after.as_deref().unwrap_or_default(),
            )),
            ..AgentChange::default()
        })
    };
    let (b, a) = (before, after);
    [
        word("name", &b.name, &a.name),
        word("slug", &b.slug, &a.slug),
        text("description", &b.description, &a.description),
        word("provider", b.provider.as_str(), a.provider.as_str()),
        word("model_name", &b.model_name, &a.model_name),
        word(
            "trust_level",
            b.trust_level.as_str(),
            a.trust_level.as_str(),
        ),
        capabilities(&b.capabilities, &a.capabilities),
        text("system_prompt", &b.system_prompt, &a.system_prompt),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn capabilities(before: &[String], after: &[String]) -> Option<AgentChange> {
    let without = |all: &[String], other: &[String]| {
        all.iter()
            .filter(|one| !other.contains(one))
            .cloned()
            .collect()
    };
    (before != after).then(|| AgentChange {
        field: "capabilities".to_owned(),
        added: without(after, before),
        removed: without(before, after),
        // Where only their order changed, this says so.
        before: Some(before.join(", ")),
        after: Some(after.join(", ")),
        ..AgentChange::default()
    })
}

fn line(kind: LineKind, text: &str) -> DiffLine {
    DiffLine {
        kind,
        text: text.to_owned(),
    }
}

/// All lines of both texts: what stayed, what went, what came.
pub fn lines(before: &str, after: &str) -> Vec<DiffLine> {
    let split = |text| -> Vec<&str> {
        match text {
            "" => Vec::new(),
            text => text.split('\n').collect(),
        }
    };
    let (before, after) = (split(before), split(after));
    let head = shared(before.iter(), after.iter());
    let (old, new) = (&before[head..], &after[head..]);
    let tail = shared(old.iter().rev(), new.iter().rev());
    let same = |lines: &[&str]| -> Vec<DiffLine> {
        lines.iter().map(|l| line(LineKind::Same, l)).collect()
    };
    let mut all = same(&before[..head]);
    all.extend(middle(&old[..old.len() - tail], &new[..new.len() - tail]));
    all.extend(same(&old[old.len() - tail..]));
    all
}

/// How many lines are the same from the beginning.
fn shared<'a>(
    one: impl Iterator<Item = &'a &'a str>,
    other: impl Iterator<Item = &'a &'a str>,
) -> usize {
    one.zip(other).take_while(|(a, b)| a == b).count()
}

/// By the longest common subsequence.
fn middle(old: &[&str], new: &[&str]) -> Vec<DiffLine> {
    let removed = |text: &&str| line(LineKind::Removed, text);
    let added = |text: &&str| line(LineKind::Added, text);
    if old.len().saturating_mul(new.len()) > MOST_STEPS {
        return old
            .iter()
            .map(removed)
            .chain(new.iter().map(added))
            .collect();
    }
    let width = new.len() + 1;
    // longest[i * width + j]: of old[i..] and new[j..].
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let mut out = Vec::with_capacity(old.len() + new.len());
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            out.push(line(LineKind::Same, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            out.push(removed(&old[i]));
            i += 1;
        } else {
            out.push(added(&new[j]));
            j += 1;
        }
    }
    out.extend(old[i..].iter().map(removed));
    out.extend(new[j..].iter().map(added));
    out
}

/// Leaves out unchanged lines that are far from any change.
fn fold(lines: Vec<DiffLine>) -> Vec<DiffLine> {
    let mut near = vec![false; lines.len()];
    for (at, line) in lines.iter().enumerate() {
        if line.kind != LineKind::Same {
            let from = at.saturating_sub(CONTEXT);
            let to = (at + CONTEXT + 1).min(lines.len());
            near[from..to].fill(true);
        }
    }
    let mut out = Vec::new();
    let mut skipped = 0_usize;
    let tell = |out: &mut Vec<DiffLine>, skipped: &mut usize| {
        if *skipped > 0 {
            out.push(line(LineKind::Skipped, &skipped.to_string()));
            *skipped = 0;
        }
    };
    for (line, near) in lines.into_iter().zip(near) {
        if near {
            tell(&mut out, &mut skipped);
            out.push(line);
        } else {
            skipped += 1;
        }
    }
    tell(&mut out, &mut skipped);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What remains without the lines of one kind.
    fn side(lines: &[DiffLine], without: LineKind) -> String {
        let kept: Vec<&str> = lines
            .iter()
            .filter(|l| l.kind != without)
            .map(|l| l.text.as_str())
            .collect();
        kept.join("\n")
    }

    fn text() -> impl Strategy<Value = String> {
        // Few different lines, so that many are shared.
        proptest::collection::vec("[abc]{0,1}", 0..14).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_the_lines(before in text(), after in text()) {
            let all = lines(&before, &after);
            prop_assert_eq!(side(&all, LineKind::Added), before.clone());
            prop_assert_eq!(side(&all, LineKind::Removed), after.clone());
            let changed = all.iter().any(|l| l.kind != LineKind::Same);
            prop_assert_eq!(changed, before != after);
        }

        #[test]
        fn folding_loses_no_change(before in text(), after in text()) {
            let all = lines(&before, &after);
            let folded = fold(all.clone());
            let changes = |lines: &[DiffLine]| -> Vec<DiffLine> {
                let changed = |l: &&DiffLine| matches!(l.kind, LineKind::Added | LineKind::Removed);
                lines.iter().filter(changed).cloned().collect()
            };
            prop_assert_eq!(changes(&all), changes(&folded));
            let skipped: usize = folded
                .iter()
                .filter(|l| l.kind == LineKind::Skipped)
                .map(|l| l.text.parse::<usize>().unwrap())
                .sum();
            let told = folded.iter().filter(|l| l.kind != LineKind::Skipped).count();
            prop_assert_eq!(told + skipped, all.len());
        }
    }

    #[test]
    fn the_fewest_lines_are_told() {
        let all = lines("one\ntwo\nthree", "one\n2\nthree");
        let kinds: Vec<LineKind> = all.iter().map(|l| l.kind).collect();
        use LineKind::{Added, Removed, Same};
        assert_eq!(kinds, [Same, Removed, Added, Same]);
    }

    #[test]
    fn a_huge_text_is_told_as_replaced() {
        let long = |word: &str| {
            (0..1_100)
                .map(|n| format!("{word}{n}\n"))
                .collect::<String>()
        };
        let all = lines(&long("a"), &long("b"));
        assert_eq!(side(&all, LineKind::Added), long("a"));
        assert_eq!(side(&all, LineKind::Removed), long("b"));
    }
}
