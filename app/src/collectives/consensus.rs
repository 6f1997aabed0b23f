//! Whether the agents agree, and how that was judged.

use leptos::prelude::*;
use model::{Consensus, ConsensusGroup, ConsensusStatus};

use super::agreement::Agreement;
use super::follow::Live;
use super::live_state::LiveState;
use super::pairs::Pairs;
use super::scores::Scores;
use crate::components::{GroupBar, StatePill};
use crate::format;

/// The name of a group: A, B, C …
pub fn letter(place: usize) -> String {
    u8::try_from(place)
        .ok()
        .filter(|place| *place < 26)
        .map_or_else(
            || (place + 1).to_string(),
            |place| char::from(b'A' + place).to_string(),
        )
}

/// Status, reason and groups, and what they rest on.
#[component]
pub fn ConsensusPanel(live: Live) -> impl IntoView {
    let status = Memo::new(move |_| live.state.with(|s| s.detail.collective.consensus_status));
    let consensus = Memo::new(move |_| live.state.with(|s| s.detail.collective.consensus.clone()));
    let ended = Memo::new(move |_| live.state.with(LiveState::is_final));
    let judging = Memo::new(move |_| live.state.with(|s| s.judging.words()));
    view! {
        <section class="panel" aria-labelledby="consensus">
            <div class="panel-head">
                <h2 class="panel-title" id="consensus">
                    "Consensus"
                </h2>
                <span
                    data-testid="consensus-status"
                    data-status=move || status.get().as_str()
                >
                    <StatePill value=move || status.get() />
                </span>
            </div>
            <div class="card consensus">
                {move || match consensus.get() {
                    Some(consensus) => {
                        view! { <Judged live consensus status=status.get() /> }.into_any()
                    }
                    None if ended.get() => {
                        view! { <p class="quiet">"The run ended before the answers were compared."</p> }
                            .into_any()
                    }
                    None => {
                        let words = judging
                            .get()
                            .unwrap_or_else(|| {
                                "Judged when all agents have answered or failed.".to_owned()
                            });
                        view! { <p class="quiet">{words}</p> }.into_any()
                    }
                }}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Judged(live: Live, consensus: Consensus, status: ConsensusStatus) -> impl IntoView {
    let readable = consensus.readable;
    let several = consensus.groups.len() > 1;
    let facts = format!(
        "{} of {} could be read; {} are needed.",
        format::count(readable),
        format::counted(consensus.asked, "answer", "answers"),
        format::count(consensus.quorum),
    );
    let groups = consensus
        .groups
        .clone()
        .into_iter()
        .enumerate()
        .map(|(place, group)| {
            view! { <Group group letter=several.then(|| letter(place)) readable /> }
        });
    view! {
        <p class="consensus-reason" data-tone=crate::labels::Labelled::tone(status).class()>
            {consensus.reason.clone()}
        </p>
        <p class="quiet">{facts}</p>
        <ol class="groups">{groups.collect_view()}</ol>
        <Vendors consensus=consensus.clone() />
        <Agreement live consensus=consensus.clone() />
        <Pairs live pairs=consensus.pairs />
        {consensus.review.map(|review| view! { <Scores review /> })}
    }
    .into_any()
}

#[component]
fn Group(group: ConsensusGroup, letter: Option<String>, readable: i64) -> impl IntoView {
    let some = i64::try_from(group.agents.len()).unwrap_or(i64::MAX);
    let words = format!(
        "{} of {}",
        format::count(some),
        format::counted(readable, "agent", "agents")
    );
    view! {
        <li class="group">
            <p class="group-title">
                {letter.map(|letter| view! { <span class="tag">"group " {letter}</span> })}
                <span class="group-words">{group.recommendation}</span>
            </p>
            <div class="group-count">
                <GroupBar some all=readable label=words.clone() />
                <span>{words}</span>
            </div>
            <p class="quiet">{group.agents.join(", ")}</p>
        </li>
    }
    .into_any()
}

/// `3 agents of 2 vendors`, and what that means for the judgement.
#[component]
fn Vendors(consensus: Consensus) -> impl IntoView {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let vendors = consensus.vendors;
    let agents = vendors
        .iter()
        .map(|vendor| count(vendor.agents.len()))
        .sum();
    let words = format!(
        "{} of {}",
        format::counted(agents, "agent", "agents"),
        format::counted(count(vendors.len()), "vendor", "vendors")
    );
    let each: Vec<String> = vendors
        .iter()
        .map(|vendor| format!("{}: {}", vendor.name, vendor.agents.join(", ")))
        .collect();
    (!vendors.is_empty()).then(|| {
        view! {
            <div class="vendors" data-testid="vendors">
                <p>
                    <strong>{words}</strong>
                    <span class="quiet">{format!(" ({})", each.join("; "))}</span>
                </p>
                {consensus.independence.map(|text| view! { <p>{text}</p> })}
            </div>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_letters_then_numbers() {
        assert_eq!(letter(0), "A");
        assert_eq!(letter(25), "Z");
        assert_eq!(letter(26), "27");
        assert_eq!(letter(1_000), "1001");
    }
}
