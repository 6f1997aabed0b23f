//! Agreement field by field: so many of so many, alpha, who gave which value.

use leptos::prelude::*;
use model::{Consensus, ContributionId, FieldAgreement, FieldCluster, FieldKind};

use super::align::{is_scattered, spread_words};
use super::alpha::{Alpha, AlphaNote};
use super::consensus::letter;
use super::follow::Live;
use super::live_state::LiveState;
use crate::format;

/// Longest value in the table, in characters; the whole stands in the answers.
const VALUE_CHARS: usize = 90;

/// The agents of some contributions, by their place.
pub fn agent_names(state: &LiveState, ids: &[ContributionId]) -> Vec<String> {
    let members = state.detail.contributions.iter();
    members
        .filter(|c| ids.contains(&c.id))
        .map(|c| c.agent_name.clone())
        .collect()
}

/// A long text, cut at a word.
pub fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let begin: String = text.chars().take(chars).collect();
    let whole = begin.rsplit_once(' ').map_or(begin.as_str(), |(b, _)| b);
    format!("{whole} …")
}

/// A table with one row for each field. Nothing for runs older than it.
#[component]
pub fn Agreement(live: Live, consensus: Consensus) -> impl IntoView {
    if consensus.fields.is_empty() {
        return ().into_any();
    }
    let shared = consensus.independence.is_some();
    let alone = consensus.vendors.len() == 1;
    let rows = consensus
        .fields
        .into_iter()
        .map(|field| view! { <Row live field /> });
    view! {
        <h3 class="consensus-title">"Field by field"</h3>
        <div class="table-scroll" tabindex="0" role="region" aria-label="Agreement field by field">
            <table class="table agreement" data-testid="agreement">
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">"Agree"</th>
                        <th scope="col">"Alpha, from \u{2212}1 to 1"</th>
                        <th scope="col">"Who gave what"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <AlphaNote shared alone />
    }
    .into_any()
}

#[component]
fn Row(live: Live, field: FieldAgreement) -> impl IntoView {
    let agree = format!(
        "{} of {}",
        format::count(field.agreeing),
        format::count(field.given)
    );
    let odd = live
        .state
        .with_untracked(|s| agent_names(s, &field.odd_ones));
    let spread = spread_words(&field, &field.field);
    view! {
        <tr data-field=field.field.clone()>
            <th scope="row">{format::words(&field.field)}</th>
            <td class="agreement-count" data-label="Agree">
                {agree}
            </td>
            <td data-label="Alpha">
                <Alpha alpha=field.alpha undefined=field.undefined interval=field.interval />
            </td>
            <td>
                {spread.map(|text| view! { <p>{text}</p> })} <Clusters live field=field.clone() />
                {field
                    .capped
                    .then(|| view! { <p class="quiet">"There are more; too many to compare."</p> })}
                {(!odd.is_empty())
                    .then(|| {
                        let words = if odd.len() == 1 { "The odd one out" } else { "The odd ones out" };
                        view! { <p class="odd-words">{format!("{words}: {}", odd.join(", "))}</p> }
                    })}
            </td>
        </tr>
    }
    .into_any()
}

/// The values with those who gave them. Of a list, the points that more than
/// one names.
#[component]
fn Clusters(live: Live, field: FieldAgreement) -> impl IntoView {
    let kind = field.kind;
    if is_scattered(&field) {
        let words = match kind {
            FieldKind::List => "Each names other points",
            FieldKind::Number => "Each another number",
            _ => "Each in other words",
        };
        return view! { <p class="quiet">{words}</p> }.into_any();
    }
    let several = field.clusters.len() > 1;
    let all = field.clusters.len();
    let shown: Vec<_> = field
        .clusters
        .into_iter()
        .enumerate()
        .filter(|(_, cluster)| kind != FieldKind::List || cluster.contribution_ids.len() > 1)
        .collect();
    let alone = i64::try_from(all - shown.len()).unwrap_or(i64::MAX);
    let rows = shown.into_iter().map(|(place, cluster)| {
        let letter = several.then(|| letter(place));
        view! { <Cluster live cluster letter kind /> }
    });
    view! {
        <ul class="clusters">{rows.collect_view()}</ul>
        {(alone > 0)
            .then(|| {
                let more = format::counted(alone, "more point", "more points");
                view! { <p class="quiet">{format!("{more} that only one names")}</p> }
            })}
    }
    .into_any()
}

#[component]
fn Cluster(
    live: Live,
    cluster: FieldCluster,
    letter: Option<String>,
    kind: FieldKind,
) -> impl IntoView {
    let names = live
        .state
        .with_untracked(|s| agent_names(s, &cluster.contribution_ids));
    // Prose is read side by side, not here.
    let value = (kind != FieldKind::Text).then(|| cut(&cluster.value, VALUE_CHARS));
    view! {
        <li class="cluster">
            {letter
                .map(|letter| {
                    view! {
                        <span class="mark-letter" data-letter=letter.clone()>
                            {letter.clone()}
                        </span>
                    }
                })}
            {value.map(|value| view! { <span>{value}</span> })}
            <span class="quiet">{names.join(", ")}</span>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_at_a_word() {
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("one two three", 9), "one two …");
        assert_eq!(cut("ünïcödéwithoutspace", 4), "ünïc …");
    }
}
