//! Whether the contributions agree: by their recommendation, folded.

use model::{Consensus, ConsensusGroup, ConsensusStatus, ContributionId};

/// A readable contribution, as the judgement needs it.
pub struct Voice<'a> {
    pub contribution: ContributionId,
    pub agent: &'a str,
    pub recommendation: &'a str,
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

/// Judges the readable contributions of `asked` agents. Fewer than `quorum`
/// are not judged: the status stays `pending`.
pub fn judge(voices: &[Voice<'_>], asked: usize, quorum: i64) -> (ConsensusStatus, Consensus) {
    let groups = group(voices);
    let readable = count(voices.len());
    let status = if readable < quorum {
        ConsensusStatus::Pending
    } else if groups.len() == 1 {
        ConsensusStatus::Consensus
    } else {
        ConsensusStatus::Divergent
    };
    let reason = reason(status, &groups, readable, count(asked), quorum);
    let consensus = Consensus {
        method: "folded_recommendation".to_owned(),
        readable,
        asked: count(asked),
        quorum,
        groups,
        reason,
    };
    (status, consensus)
}

/// Largest group first; among equals, the one whose first member came first.
fn group(voices: &[Voice<'_>]) -> Vec<ConsensusGroup> {
    let mut groups: Vec<(String, ConsensusGroup)> = Vec::new();
    for voice in voices {
        let folded = fold(voice.recommendation);
        let at = groups.iter().position(|(key, _)| *key == folded);
        let at = at.unwrap_or_else(|| {
            groups.push((
                folded,
                ConsensusGroup {
                    recommendation: voice.recommendation.to_owned(),
                    contribution_ids: Vec::new(),
                    agents: Vec::new(),
                },
            ));
            groups.len() - 1
        });
        let group = &mut groups[at].1;
        group.contribution_ids.push(voice.contribution);
        group.agents.push(voice.agent.to_owned());
    }
    let mut groups: Vec<_> = groups.into_iter().map(|(_, group)| group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.contribution_ids.len()));
    groups
}

fn reason(
    status: ConsensusStatus,
    groups: &[ConsensusGroup],
    readable: i64,
    asked: i64,
    quorum: i64,
) -> String {
    match status {
        ConsensusStatus::Pending => format!(
            "No quorum: {readable} of {asked} agents gave a readable recommendation, and {quorum} are needed. Nothing is judged and nothing is synthesised."
        ),
        ConsensusStatus::Consensus => format!(
            "All {readable} readable recommendations are the same, but for case, space and punctuation; {asked} agents were asked."
        ),
        ConsensusStatus::Divergent => {
            let largest = groups.first().map_or(0, |g| g.contribution_ids.len());
            format!(
                "The {readable} readable recommendations fall into {} groups; the largest has {largest} of {readable}. {asked} agents were asked.",
                groups.len()
            )
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
            assert_eq!(judge(&voices(said), 3, 2).0, status, "{said:?}");
        }
        let (_, consensus) = judge(&voices(&["Wait", "Ship", "SHIP"]), 4, 2);
        assert_eq!(consensus.groups[0].recommendation, "Ship");
        assert_eq!(consensus.groups[0].contribution_ids.len(), 2);
        assert_eq!((consensus.readable, consensus.asked), (3, 4));
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
            let (_, consensus) = judge(&voices(&said), said.len(), 2);
            let mut ids: Vec<_> = consensus.groups.iter().flat_map(|g| g.contribution_ids.clone()).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), said.len());
        }
    }
}
