//! What the parts of the page of one run share: which answers are shown,
//! compared and picked.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{CollectiveDetail, Consensus, Contribution, ContributionId, RoundState};
use serde_json::Value;

use super::align::{Cell, MINORITY, Mark, Who, cell, keys, mark};
use super::follow::Live;
use super::live_state::{LiveState, Shown};
use crate::address::{address, word};

/// Whose words each field gets; `None` stands for the synthesis.
pub type Picks = BTreeMap<String, Option<ContributionId>>;

/// Lives in the context of the page of one run.
#[derive(Clone, Copy)]
pub struct Board {
    pub live: Live,
    /// Answers in full, not in columns of one height.
    pub full: RwSignal<bool>,
    /// The fields of all answers line up.
    pub aligned: Memo<bool>,
    /// The round that the address names.
    pub chosen: Memo<Option<i32>>,
    pub shown: Memo<Shown>,
    /// With which one the others are compared.
    pub against: Memo<Option<Who>>,
    /// The fields, one row each.
    pub keys: Memo<Vec<String>>,
    /// Somebody puts a text together, field by field.
    pub picking: RwSignal<bool>,
    pub picks: RwSignal<Picks>,
}

impl Board {
    pub fn new(live: Live) -> Self {
        let query = use_query_map();
        let asked = move |name: &str| query.with(|query| word(query.get(name)));
        // A page that opens on a finished run shows the answers in full; one
        // that saw them grow keeps its height, so that nothing jumps.
        let full = RwSignal::new(live.state.with_untracked(LiveState::is_final));
        let aligned = Memo::new(move |_| full.get() && live.state.with(LiveState::is_final));
        let chosen = Memo::new(move |_| asked("round").and_then(|word| word.parse().ok()));
        let shown = Memo::new(move |_| live.state.with(|s| s.shown(chosen.get())));
        let against = Memo::new(move |_| {
            let who = asked("compare").and_then(|word| Who::read(&word))?;
            let there = live.state.with(|s| content(s, shown.get(), who).is_some());
            there.then_some(who)
        });
        let keys = Memo::new(move |_| {
            live.state.with(|s| {
                let members = s.members(shown.get());
                let answers = members.iter().filter(|c| lines_up(c));
                let mut contents = answers.filter_map(|c| c.content.as_ref()).peekable();
                if contents.peek().is_none() {
                    return Vec::new();
                }
                let synthesis = content(s, shown.get(), Who::Synthesis);
                let mut keys = keys(contents.chain(synthesis));
                keys.retain(|key| key != MINORITY);
                keys
            })
        });
        Self {
            live,
            full,
            aligned,
            chosen,
            shown,
            against,
            keys,
            picking: RwSignal::new(false),
            picks: RwSignal::new(Picks::new()),
        }
    }

    pub fn cell(self, who: Who, key: &str) -> Cell {
        let (shown, against) = (self.shown.get(), self.against.get());
        self.live.state.with(|s| {
            let base = against
                .filter(|base| *base != who)
                .map(|base| content(s, shown, base));
            cell(content(s, shown, who), base, key)
        })
    }

    pub fn mark(self, key: &str, id: ContributionId) -> Option<Mark> {
        let shown = self.shown.get();
        self.live
            .state
            .with(|s| mark(judged(&s.detail, shown)?, key, id))
    }

    /// The name of one that stands side by side.
    pub fn name(self, who: Who) -> String {
        let shown = self.shown.get();
        match who {
            Who::Synthesis => "the synthesis".to_owned(),
            Who::Agent(id) => self.live.state.with(|s| {
                let member = s.members(shown).into_iter();
                let mut named = member.filter(|c| c.agent_registration_id == id);
                named
                    .next()
                    .map(|c| c.agent_name.clone())
                    .unwrap_or_default()
            }),
        }
    }

    /// Begins to put a text together: from the synthesis, where there is one.
    pub fn pick(self) {
        self.full.set(true);
        let keys = self.live.state.with_untracked(standing_keys);
        let written = self
            .live
            .state
            .with_untracked(|s| s.detail.collective.synthesis_content.clone());
        if self.picks.with_untracked(Picks::is_empty)
            && let Some(written) = written
        {
            let has = |key: &String| written.get(key).is_some_and(|v| !v.is_null());
            let picks = keys.into_iter().filter(has).map(|key| (key, None));
            self.picks.set(picks.collect());
        }
        self.picking.set(true);
    }

    /// Answers that stand: nothing else can be picked.
    pub fn stands(self, id: ContributionId) -> bool {
        let state = &self.live.state;
        state.with(|s| {
            s.detail
                .contributions
                .iter()
                .any(|c| c.id == id && s.stands(c))
        })
    }
}

/// The board of the page around.
pub fn use_board() -> Option<Board> {
    use_context::<Board>()
}

/// Whether its fields can be lined up: it is an answer that could be read.
pub fn lines_up(c: &Contribution) -> bool {
    c.kind.is_opinion() && c.readable && c.content.is_some()
}

/// The stored content of one that stands side by side.
pub fn content(state: &LiveState, shown: Shown, who: Who) -> Option<&Value> {
    match who {
        Who::Agent(id) => {
            let mut members = state.members(shown).into_iter();
            let member = members.find(|c| c.agent_registration_id == id)?;
            member.content.as_ref()
        }
        Who::Synthesis => synthesis(&state.detail, shown),
    }
}

/// The synthesis that was made of what is shown.
fn synthesis(detail: &CollectiveDetail, shown: Shown) -> Option<&Value> {
    match replaced_in(detail, shown) {
        Some(round) => round.synthesis_content.as_ref(),
        None => detail.collective.synthesis_content.as_ref(),
    }
}

/// The judgement of what is shown.
pub fn judged(detail: &CollectiveDetail, shown: Shown) -> Option<&Consensus> {
    match replaced_in(detail, shown) {
        Some(round) => round.consensus.as_ref(),
        None => detail.collective.consensus.as_ref(),
    }
}

/// The round that is shown, where a later one has replaced what came of it.
fn replaced_in(detail: &CollectiveDetail, shown: Shown) -> Option<&model::CollectiveRound> {
    let Shown::Round(number) = shown else {
        return None;
    };
    let round = detail.rounds.iter().find(|round| round.number == number)?;
    let replaced = round.consensus.is_some() || round.synthesis_content.is_some();
    replaced.then_some(round)
}

/// The answers that a person may take words from, by place.
pub fn standing(state: &LiveState) -> Vec<&Contribution> {
    let members = state.members(Shown::Current).into_iter();
    members.filter(|c| state.stands(c)).collect()
}

/// The fields that can be picked.
pub fn standing_keys(state: &LiveState) -> Vec<String> {
    let answers = standing(state)
        .into_iter()
        .filter_map(|c| c.content.as_ref());
    keys(answers.chain(state.detail.collective.synthesis_content.as_ref()))
}

/// The rounds that can be looked at, with their words.
pub fn rounds_to_see(state: &LiveState) -> Vec<(i32, String)> {
    let rounds = state.detail.rounds.iter();
    rounds
        .filter(|round| round.state != RoundState::Skipped && state.has_round(round.number))
        .map(|round| {
            let kind = super::rounds::kind_words(round.kind);
            (round.number, format!("Round {}: {kind}", round.number))
        })
        .collect()
}

/// Changes one word of the address, keeping the other.
pub fn use_address(board: Board) -> impl Fn(&str, Option<String>) + Clone {
    let navigate = use_navigate();
    move |name, value| {
        let mut round = board.chosen.get_untracked().map(|n| n.to_string());
        let mut compare = board.against.get_untracked().map(Who::word);
        match name {
            "round" => round = value,
            _ => compare = value,
        }
        let path = format!("/collectives/{}", board.live.id);
        let to = address(&path, &[("round", &round), ("compare", &compare)]);
        let options = NavigateOptions {
            replace: true,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(&to, options);
    }
}
