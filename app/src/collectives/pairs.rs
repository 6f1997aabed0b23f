//! Pairs of recommendations that were compared, and who found what.

use leptos::prelude::*;
use model::{ComparedBy, ComparedPair, ContributionId};

use super::follow::Live;
use super::live_state::LiveState;
use crate::format;

/// Most pairs that are shown opened.
const OPEN_MAX: usize = 3;

fn side(state: &LiveState, id: ContributionId) -> (String, String) {
    let mut members = state.detail.contributions.iter();
    let Some(c) = members.find(|c| c.id == id) else {
        return (String::new(), String::new());
    };
    let said = c.content.as_ref().and_then(|c| c.get("recommendation"));
    let said = said.and_then(serde_json::Value::as_str).unwrap_or_default();
    (c.agent_name.clone(), said.to_owned())
}

const fn by_words(by: ComparedBy) -> &'static str {
    match by {
        ComparedBy::Normaliser => "The normaliser was sure",
        ComparedBy::Judge => "A judging agent found so",
        ComparedBy::Nobody => "Nobody could tell, so they count as different",
    }
}

/// All pairs; nothing where none had to be compared.
#[component]
pub fn Pairs(live: Live, pairs: Vec<ComparedPair>) -> impl IntoView {
    if pairs.is_empty() {
        return ().into_any();
    }
    let number = i64::try_from(pairs.len()).unwrap_or(i64::MAX);
    let same = pairs.iter().filter(|pair| pair.same).count();
    let open = pairs.len() <= OPEN_MAX;
    let title = format!(
        "{} of recommendations compared, {same} found to say the same",
        format::counted(number, "pair", "pairs")
    );
    let rows = pairs.into_iter().map(|pair| view! { <Pair live pair /> });
    view! {
        <details class="pairs" open=open data-testid="pairs">
            <summary class="consensus-title">{title}</summary>
            <ul class="pairs-list">{rows.collect_view()}</ul>
        </details>
    }
    .into_any()
}

#[component]
fn Pair(live: Live, pair: ComparedPair) -> impl IntoView {
    let (left, right) = live
        .state
        .with_untracked(|s| (side(s, pair.left), side(s, pair.right)));
    let found = if pair.same { "the same" } else { "different" };
    let receipt = pair.invocation_id.map(|id| {
        view! {
            <a class="link" href=format!("/receipts/{id}")>
                "Receipt"
            </a>
        }
    });
    let failed = pair.error_type.map(|kind| {
        format!(
            "The judge gave no answer: {}. ",
            format::words(&kind).to_lowercase()
        )
    });
    view! {
        <li class="pair" data-same=pair.same.to_string() data-by=pair.by.as_str()>
            <p>
                {left.0} " " <q>{left.1}</q> " and " {right.0} " " <q>{right.1}</q> ": "
                <strong>{found}</strong>
            </p>
            <p class="quiet">
                {failed} {format!("{}: {} ", by_words(pair.by), pair.reason)} {receipt}
            </p>
        </li>
    }
    .into_any()
}
