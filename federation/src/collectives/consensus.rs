//! Whether the contributions agree. Two recommendations are the same when they
//! fold to the same text, when the normaliser is sure, or when a judging agent
//! has said so. Unsure without a judge counts as different: an agreement that
//! cannot be shown is not claimed.

use std::collections::{HashMap, HashSet};

use model::{
    ComparedBy, ComparedPair, Consensus, ConsensusGroup, ConsensusStatus, Contribution,
    ContributionId,
};
use serde_json::Value;

use super::{answer, sameness};

pub use sameness::Sameness;

/// A readable contribution, as the judgement needs it.
pub struct Voice<'a> {
    pub contribution: ContributionId,
    pub agent: &'a str,
    pub recommendation: &'a str,
}

/// The voices that count, by round and place.
pub fn voices(contributions: &[Contribution]) -> Vec<Voice<'_>> {
    contributions
        .iter()
        .filter(|c| c.is_current && c.readable)
        .filter_map(|c| {
            Some(Voice {
                contribution: c.id,
                agent: &c.agent_name,
                recommendation: answer::recommendation(c.content.as_ref()?)?,
            })
        })
        .collect()
}

/// The rationale of an answer, where it is a text.
pub(super) fn rationale(content: &Value) -> Option<String> {
    let text = content.get("rationale")?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The same for all texts that differ only in case, space and punctuation.
/// Symbols stay: `C`, `C#` and `C++` are three answers, as are `< 10` and
/// `> 10`, `5` and `-5`. A text of punctuation alone stands for itself.
pub fn fold(text: &str) -> String {
    let lower: Vec<char> = text.to_lowercase().chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in lower.iter().enumerate() {
        if matches!(c, '\'' | '’' | '‘') {
            continue;
        }
        if separates(&lower, at) {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    if words.is_empty() {
        return lower.iter().collect::<String>().trim().to_owned();
    }
    words.join(" ")
}

/// Whether the character parts words: space, punctuation, and a hyphen that is
/// no sign of a number.
fn separates(text: &[char], at: usize) -> bool {
    const PUNCTUATION: &str = ".,;:!?()[]{}\"“”„«»‹›…–—‐‑/\\_&*`¡¿·、。「」";
    let c = text[at];
    if c == '-' {
        let after_word = at > 0 && text[at - 1].is_alphanumeric();
        let before_digit = text.get(at + 1).is_some_and(char::is_ascii_digit);
        return after_word || !before_digit;
    }
    c.is_whitespace() || PUNCTUATION.contains(c)
}

/// Two texts that do not fold to the same, each by the first voice that has it.
pub struct Pair<'a> {
    pub left: &'a Voice<'a>,
    pub right: &'a Voice<'a>,
    pub sameness: Sameness,
}

/// All pairs of different texts, with what the normaliser says of each.
pub fn pairs<'a>(voices: &'a [Voice<'a>]) -> Vec<Pair<'a>> {
    let firsts = firsts(voices);
    let mut pairs = Vec::new();
    for (at, left) in firsts.iter().enumerate() {
        for right in &firsts[at + 1..] {
            pairs.push(Pair {
                left,
                right,
                sameness: sameness::compare(left.recommendation, right.recommendation),
            });
        }
    }
    pairs
}

/// The first voice with each text.
fn firsts<'a>(voices: &'a [Voice<'a>]) -> Vec<&'a Voice<'a>> {
    let mut seen = HashSet::new();
    voices
        .iter()
        .filter(|voice| seen.insert(fold(voice.recommendation)))
        .collect()
}

/// Judges the readable contributions of `asked` agents by what was found of
/// each pair of texts. Fewer than `quorum` are not judged: the status stays
/// `pending`.
pub fn judge(
    voices: &[Voice<'_>],
    asked: usize,
    quorum: i64,
    pairs: Vec<ComparedPair>,
) -> (ConsensusStatus, Consensus) {
    let groups = group(voices, &pairs);
    let readable = count(voices.len());
    let status = if readable < quorum {
        ConsensusStatus::Pending
    } else if groups.len() == 1 {
        ConsensusStatus::Consensus
    } else {
        ConsensusStatus::Divergent
    };
    let reason = Reasoned {
        groups: &groups,
        pairs: &pairs,
        readable,
        asked: count(asked),
        quorum,
    }
    .sentence(status);
    let consensus = Consensus {
        method: "grouped_recommendation".to_owned(),
        readable,
        asked: count(asked),
        quorum,
        groups,
        reason,
        pairs,
        vendors: Vec::new(),
        independence: None,
        fields: Vec::new(),
        minority: Vec::new(),
        origins: Vec::new(),
        review: None,
    };
    (status, consensus)
}

/// Largest group first; among equals, the one whose first member came first. A
/// text joins the first group in which it is the same as every other: what a
/// judge has found of two pairs is not taken to hold for the third.
fn group(voices: &[Voice<'_>], pairs: &[ComparedPair]) -> Vec<ConsensusGroup> {
    let same: HashSet<(ContributionId, ContributionId)> = pairs
        .iter()
        .filter(|pair| pair.same)
        .flat_map(|pair| [(pair.left, pair.right), (pair.right, pair.left)])
        .collect();
    let mut places: HashMap<String, usize> = HashMap::new();
    // Of each group: the first voice with each of its texts.
    let mut texts: Vec<Vec<ContributionId>> = Vec::new();
    for voice in firsts(voices) {
        let id = voice.contribution;
        let joins =
            |group: &Vec<ContributionId>| group.iter().all(|one| same.contains(&(*one, id)));
        let at = texts.iter().position(joins).unwrap_or_else(|| {
            texts.push(Vec::new());
            texts.len() - 1
        });
        texts[at].push(id);
        places.insert(fold(voice.recommendation), at);
    }
    let mut groups: Vec<Option<ConsensusGroup>> = texts.iter().map(|_| None).collect();
    for voice in voices {
        let Some(at) = places.get(&fold(voice.recommendation)) else {
            continue;
        };
        let group = groups[*at].get_or_insert_with(|| ConsensusGroup {
            recommendation: voice.recommendation.to_owned(),
            contribution_ids: Vec::new(),
            agents: Vec::new(),
        });
        group.contribution_ids.push(voice.contribution);
        group.agents.push(voice.agent.to_owned());
    }
    let mut groups: Vec<_> = groups.into_iter().flatten().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.contribution_ids.len()));
    groups
}

/// What the sentence of the judgement says.
struct Reasoned<'a> {
    groups: &'a [ConsensusGroup],
    pairs: &'a [ComparedPair],
    readable: i64,
    asked: i64,
    quorum: i64,
}

impl Reasoned<'_> {
    fn sentence(&self, status: ConsensusStatus) -> String {
        let Self {
            readable,
            asked,
            quorum,
            ..
        } = self;
        match status {
            ConsensusStatus::Pending => format!(
                "No quorum: {readable} of {asked} agents gave a readable recommendation, and {quorum} are needed. Nothing is judged and nothing is synthesised."
            ),
            ConsensusStatus::Consensus => format!(
                "All {readable} readable recommendations say the same{}; {asked} agents were asked.",
                self.how()
            ),
            ConsensusStatus::Divergent => {
                let largest = self.groups.first().map_or(0, |g| g.contribution_ids.len());
                format!(
                    "The {readable} readable recommendations fall into {} groups; the largest has {largest} of {readable}. {asked} agents were asked.{}",
                    self.groups.len(),
                    self.unsure()
                )
            }
        }
    }

    fn how(&self) -> &'static str {
        if self.pairs.is_empty() {
            ", but for case, space and punctuation"
        } else if self.pairs.iter().any(|pair| pair.by == ComparedBy::Judge) {
            " in other words, as a judging agent found"
        } else {
            " in other words"
        }
    }

    fn unsure(&self) -> String {
        let unsure = self.pairs.iter();
        let unsure = unsure.filter(|pair| pair.by == ComparedBy::Nobody).count();
        match unsure {
            0 => String::new(),
            1 => " One pair may say the same in other words; nobody has judged it.".to_owned(),
            n => format!(" {n} pairs may say the same in other words; nobody has judged them."),
        }
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn voices<'a>(said: &'a [&'a str]) -> Vec<Voice<'a>> {
        said.iter()
            .enumerate()
            .map(|(n, what)| Voice {
                contribution: ContributionId(Uuid::from_u128(n as u128)),
                agent: "agent",
                recommendation: what,
            })
            .collect()
    }

    #[test]
    fn folding() {
        for (a, b) in [
            ("Ship it now!", "  ship   it, now"),
            ("Don't ship", "dont ship"),
            ("ÜBERARBEITEN", "überarbeiten."),
            ("Save-and-return", "save and return"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} / {b}");
        }
        for (a, b) in [
            ("ship", "do not ship"),
            ("👍", "👎"),
            ("30 days", "3 days"),
            ("Timeout < 10 s", "Timeout > 10 s"),
            ("Use C", "Use C++"),
            ("Use C", "Use C#"),
            ("Change by -5 %", "Change by 5 %"),
            ("Yes 👍", "Yes 👎"),
        ] {
            assert_ne!(fold(a), fold(b), "{a} / {b}");
        }
    }

    #[test]
    fn judgements() {
        let cases: [(&[&str], ConsensusStatus); 5] = [
            (&[], ConsensusStatus::Pending),
            (&["Ship"], ConsensusStatus::Pending),
            (&["Ship", "ship!"], ConsensusStatus::Consensus),
            (&["Ship", "Wait"], ConsensusStatus::Divergent),
            (&["Ship", "Wait", "SHIP"], ConsensusStatus::Divergent),
        ];
        for (said, status) in cases {
            assert_eq!(judge(&voices(said), 3, 2, Vec::new()).0, status, "{said:?}");
        }
        let (_, consensus) = judge(&voices(&["Wait", "Ship", "SHIP"]), 4, 2, Vec::new());
        assert_eq!(consensus.groups[0].recommendation, "Ship");
        assert_eq!(consensus.groups[0].contribution_ids.len(), 2);
        assert_eq!((consensus.readable, consensus.asked), (3, 4));
    }

    fn compared(left: u128, right: u128, same: bool) -> ComparedPair {
        ComparedPair {
            left: ContributionId(Uuid::from_u128(left)),
            right: ContributionId(Uuid::from_u128(right)),
            same,
            by: ComparedBy::Judge,
            reason: String::new(),
            invocation_id: None,
            error_type: None,
        }
    }

    #[test]
    fn what_is_the_same_in_other_words_is_one_group() {
        let said = voices(&["Ship", "Release", "ship"]);
        let (status, consensus) = judge(&said, 3, 2, vec![compared(0, 1, true)]);
        assert_eq!(status, ConsensusStatus::Consensus);
        assert_eq!(consensus.groups[0].agents.len(), 3);
    }

    #[test]
    fn same_as_the_same_is_not_taken_for_the_same() {
        let said = voices(&["A", "B", "C"]);
        let found = vec![
            compared(0, 1, true),
            compared(1, 2, true),
            compared(0, 2, false),
        ];
        let (status, consensus) = judge(&said, 3, 2, found);
        assert_eq!(status, ConsensusStatus::Divergent);
        let sizes: Vec<_> = consensus.groups.iter().map(|g| g.agents.len()).collect();
        assert_eq!(sizes, [2, 1]);
    }

    proptest! {
        #[test]
        fn folding_is_stable(text in ".*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert_eq!(fold(&format!("  {text} ")), once);
        }

        #[test]
        fn every_voice_is_in_one_group(said in proptest::collection::vec("[a-c]{1,2}", 0..9)) {
            let said: Vec<&str> = said.iter().map(String::as_str).collect();
            let (_, consensus) = judge(&voices(&said), said.len(), 2, Vec::new());
            let mut ids: Vec<_> = consensus.groups.iter().flat_map(|g| g.contribution_ids.clone()).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), said.len());
        }
    }
}
