//! One round of a run: who is asked, and for what.

use std::collections::HashMap;

use model::{
    AgentId, CollectiveRound, Contribution, ContributionId, RoundKind, RoundMember, RoundState,
    RunEvent,
};
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::{Map, Value, json};

use super::Run;
use crate::{
    Result,
    collectives::{answer::Answer, prompts, rounds},
    store::collectives::{Member, NewMember},
};

/// Highest score of a review.
const BEST_SCORE: f64 = 10.0;
/// Longest critique that is kept, in characters.
const CRITIQUE_MAX: usize = 4_000;

/// A round that is held, with all that its prompts need.
pub(super) struct Stage<'a> {
    pub run: &'a Run<'a>,
    pub round: &'a CollectiveRound,
    /// What was answered before this round.
    before: Vec<Contribution>,
}

/// What one member is asked.
pub(super) struct Question {
    pub prompt: String,
    pub template: &'static str,
    pub schema: Value,
    pub purpose: &'static str,
    /// The answers under letters, in this order.
    lettered: Vec<ContributionId>,
}

/// Begins a round, or takes it up again. `None` where it is not held: too few
/// answers can be read.
pub(super) async fn open<'a>(
    run: &'a Run<'a>,
    round: &'a CollectiveRound,
) -> Result<Option<Stage<'a>>> {
    let number = round.number;
    let before = before(run, number).await?;
    let stage = Stage { run, round, before };
    if round.state == RoundState::Pending && !stage.begin().await? {
        return Ok(None);
    }
    Ok(Some(stage))
}

/// What was answered before a round, with whose word counted then: what was
/// stored in the round itself, by somebody who died since, is not among it.
async fn before(run: &Run<'_>, number: i32) -> Result<Vec<Contribution>> {
    let store = run.engine.store();
    let mut contributions = store.contributions(run.id()).await?;
    let mut rounds = store.collective_rounds(run.id()).await?;
    contributions.retain(|c| c.round < number);
    rounds.retain(|r| r.number < number);
    rounds::mark(&mut contributions, &rounds);
    Ok(contributions)
}

impl Stage<'_> {
    /// `false` where the round is skipped.
    async fn begin(&self) -> Result<bool> {
        let number = self.round.number;
        let members = self.members().await?;
        let readable = self.readable().count();
        let needed = usize::try_from(self.run.quorum).unwrap_or(usize::MAX);
        let mut tx = self.run.begin().await?;
        if number > 1 && (members.is_empty() || (self.is_planned() && readable < needed)) {
            tx.end_collective_round(self.run.id(), number, RoundState::Skipped)
                .await?;
            tx.commit().await?;
            return Ok(false);
        }
        if tx.begin_collective_round(self.run.id(), number).await? && number > 1 {
            for member in &members {
                tx.insert_member(self.run.id(), number, member).await?;
            }
            let event = RunEvent::RoundStarted {
                round: number,
                kind: self.round.kind,
                members: members.iter().map(told).collect(),
            };
            tx.tell_run(self.run.id().0, &event).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Ends the round, once.
    pub(super) async fn close(&self) -> Result<()> {
        let number = self.round.number;
        let mut tx = self.run.begin().await?;
        let ended = tx
            .end_collective_round(self.run.id(), number, RoundState::Finished)
            .await?;
        if ended && number > 1 {
            tx.tell_run(self.run.id().0, &RunEvent::RoundFinished { round: number })
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// It was chosen at the start.
    fn is_planned(&self) -> bool {
        self.run.is_planned(self.round.number)
    }

    /// The answers that count so far and can be read.
    fn readable(&self) -> impl Iterator<Item = &Contribution> {
        self.before.iter().filter(|c| c.is_current && c.readable)
    }

    /// Those who have answered; in a round that a person asks for, all who are
    /// still active.
    async fn members(&self) -> Result<Vec<NewMember>> {
        let planned = self.is_planned();
        let mut members = Vec::new();
        for one in self.before.iter().filter(|c| c.is_current) {
            let agent = one.agent_registration_id;
            let asked = if planned {
                one.readable
            } else {
                self.run.is_active(agent).await?
            };
            if asked {
                members.push(NewMember {
                    contribution_id: self.run.engine.clock().id(),
                    agent_registration_id: agent,
                    agent_version: one.agent_version,
                    place: one.place,
                });
            }
        }
        Ok(members)
    }

    /// What a member is asked in this round.
    pub(super) fn question(&self, member: &Member) -> Question {
        let asked = self.run.asked(self.round.note.as_deref());
        let agent = member.agent_registration_id;
        let own = self.readable().find(|c| c.agent_registration_id == agent);
        let others = self.others(agent, member.place);
        let lettered: Vec<ContributionId> = others.iter().map(|c| c.id).collect();
        let letters: Vec<String> = (0..others.len()).map(letter).collect();
        let given: Vec<prompts::Given<'_>> = letters
            .iter()
            .zip(&others)
            .filter_map(|(name, c)| {
                Some(prompts::Given {
                    name,
                    content: c.content.as_ref()?,
                })
            })
            .collect();
        let answer = |prompt, template| Question {
            prompt,
            template,
            schema: prompts::schema(),
            purpose: "contribution",
            lettered: Vec::new(),
        };
        match (self.round.kind, own.and_then(|c| c.content.as_ref())) {
            (RoundKind::Review, _) => Question {
                prompt: prompts::review(asked, &given),
                template: prompts::REVIEW,
                schema: prompts::review_schema(),
                purpose: "review",
                lettered,
            },
            (RoundKind::Revise, Some(content)) => {
                let critiques = own.map(|c| self.critiques(c.id)).unwrap_or_default();
                let prompt = prompts::revision(asked, content, &given, &critiques);
                answer(prompt, prompts::REVISION)
            }
            _ => answer(prompts::contribution(asked), prompts::CONTRIBUTION),
        }
    }

    /// The others' readable answers in an order that the run's seed shuffles
    /// for each member anew.
    fn others(&self, agent: AgentId, place: i32) -> Vec<&Contribution> {
        let mut others: Vec<&Contribution> = self
            .readable()
            .filter(|c| c.agent_registration_id != agent)
            .collect();
        let seed = u64::try_from(self.run.seed).unwrap_or(0);
        let round = u64::try_from(self.round.number).unwrap_or(0);
        let place = u64::try_from(place).unwrap_or(0);
        let seed = seed ^ (round << 48) ^ ((place + 1) << 32);
        others.shuffle(&mut SmallRng::seed_from_u64(seed));
        others
    }

    /// What reviewers said of an answer before this round.
    fn critiques(&self, answer: ContributionId) -> Vec<String> {
        critiques_of(&rounds::reviews(&self.before), answer)
    }
}

/// What was said of an answer, without who said it.
pub(super) fn critiques_of(reviews: &[&Contribution], answer: ContributionId) -> Vec<String> {
    let id = answer.to_string();
    reviews
        .iter()
        .filter_map(|c| c.content.as_ref()?.get("reviews")?.as_array())
        .flatten()
        .filter(|review| review.get("contribution_id").and_then(Value::as_str) == Some(&id))
        .filter_map(|review| review.get("critique")?.as_str())
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
        .collect()
}

impl Question {
    /// An answer as it is stored: of a review, the letters become the ids of
    /// the contributions that they stood for.
    pub(super) fn read(&self, answer: &Answer) -> Answer {
        if self.purpose != "review" {
            return answer.clone();
        }
        let reviews = self.reviews(&answer.content);
        if reviews.is_empty() {
            return Answer {
                content: answer.content.clone(),
                readable: false,
            };
        }
        Answer {
            content: json!({ "reviews": reviews }),
            readable: true,
        }
    }

    /// The first review of each letter that has a score from 0 to 10.
    fn reviews(&self, content: &Value) -> Vec<Value> {
        let given = content.get("reviews").and_then(Value::as_array);
        let mut found: HashMap<usize, Value> = HashMap::new();
        for review in given.into_iter().flatten().filter_map(Value::as_object) {
            let Some((at, score)) = place_of(review).zip(score_of(review)) else {
                continue;
            };
            let Some(id) = self.lettered.get(at) else {
                continue;
            };
            let critique: Option<String> = review
                .get("critique")
                .and_then(Value::as_str)
                .map(|text| text.chars().take(CRITIQUE_MAX).collect());
            found.entry(at).or_insert_with(
                || json!({ "contribution_id": id, "score": score, "critique": critique }),
            );
        }
        let mut found: Vec<(usize, Value)> = found.into_iter().collect();
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, review)| review).collect()
    }
}

fn place_of(review: &Map<String, Value>) -> Option<usize> {
    let name = review.get("answer")?.as_str()?.trim();
    let name = name.strip_prefix("Answer ").unwrap_or(name);
    // As many letters as there may be answers.
    (0..1_000).find(|at| letter(*at).eq_ignore_ascii_case(name))
}

fn score_of(review: &Map<String, Value>) -> Option<f64> {
    let score = match review.get("score")? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (0.0..=BEST_SCORE).contains(&score).then_some(score)
}

/// A, B, … Z, then A1, B1, …
fn letter(at: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
    match at / 26 {
        0 => letter.to_string(),
        more => format!("{letter}{more}"),
    }
}

fn told(member: &NewMember) -> RoundMember {
    RoundMember {
        contribution_id: member.contribution_id,
        agent_registration_id: member.agent_registration_id,
        place: member.place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn question(letters: u128) -> Question {
        Question {
            prompt: String::new(),
            template: prompts::REVIEW,
            schema: Value::Null,
            purpose: "review",
            lettered: (0..letters)
                .map(|n| ContributionId(Uuid::from_u128(n)))
                .collect(),
        }
    }

    fn read(letters: u128, content: Value) -> Answer {
        question(letters).read(&Answer {
            content,
            readable: false,
        })
    }

    #[test]
    fn letters_become_contributions() {
        let answer = read(
            3,
            json!({ "reviews": [
                { "answer": "c", "score": 7, "critique": "clear" },
                { "answer": " Answer A ", "score": "2.5" },
            ] }),
        );
        assert!(answer.readable);
        let ids: Vec<_> = (0..3).map(|n| ContributionId(Uuid::from_u128(n))).collect();
        assert_eq!(
            answer.content,
            json!({ "reviews": [
                { "contribution_id": ids[0], "score": 2.5, "critique": null },
                { "contribution_id": ids[2], "score": 7.0, "critique": "clear" },
            ] })
        );
    }

    #[test]
    fn what_names_no_answer_or_has_no_score_does_not_count() {
        for content in [
            json!({ "reviews": [{ "answer": "D", "score": 7 }] }),
            json!({ "reviews": [{ "answer": "A", "score": 11 }] }),
            json!({ "reviews": [{ "answer": "A", "score": -1 }] }),
            json!({ "reviews": [{ "answer": "A" }] }),
            json!({ "reviews": "A: 7" }),
            json!({ "text": "no" }),
        ] {
            let answer = read(3, content.clone());
            assert!(!answer.readable, "{content}");
            assert_eq!(answer.content, content);
        }
        let twice = read(
            1,
            json!({ "reviews": [{ "answer": "A", "score": 1 }, { "answer": "A", "score": 9 }] }),
        );
        assert_eq!(twice.content["reviews"][0]["score"], 1.0);
        assert_eq!(twice.content["reviews"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn letters_do_not_repeat() {
        let letters: std::collections::HashSet<_> = (0..1_000).map(letter).collect();
        assert_eq!(letters.len(), 1_000);
    }
}
