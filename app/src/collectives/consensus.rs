//! Whether the agents agree, and how that was judged.

use leptos::prelude::*;
use model::{Consensus, ConsensusGroup, ConsensusStatus};

use super::follow::Live;
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

/// Status, reason and groups.
#[component]
pub fn ConsensusPanel(live: Live) -> impl IntoView {
    let status = Memo::new(move |_| live.state.with(|s| s.detail.collective.consensus_status));
    let consensus = Memo::new(move |_| live.state.with(|s| s.detail.collective.consensus.clone()));
    let ended = Memo::new(move |_| live.state.with(super::live_state::LiveState::is_final));
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
            <div class="card">
                {move || match consensus.get() {
                    Some(consensus) => {
                        view! { <Judged consensus status=status.get() /> }.into_any()
                    }
                    None if ended.get() => {
                        view! { <p class="quiet">"The run ended before the answers were compared."</p> }
                            .into_any()
                    }
                    None => {
                        view! { <p class="quiet">"Judged when all agents have answered or failed."</p> }
                            .into_any()
                    }
                }}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Judged(consensus: Consensus, status: ConsensusStatus) -> impl IntoView {
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
        .into_iter()
        .enumerate()
        .map(|(place, group)| {
            view! { <Group group letter=several.then(|| letter(place)) readable /> }
        });
    view! {
        <p class="consensus-reason" data-tone=crate::labels::Labelled::tone(status).class()>
            {consensus.reason}
        </p>
        <p class="quiet">{facts}</p>
        <ol class="groups">{groups.collect_view()}</ol>
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
