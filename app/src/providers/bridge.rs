//! The bridge of this instance.

use leptos::prelude::*;
use model::BridgeStatus;

use super::words;
use crate::components::{Notice, StatePill};
use crate::format;
use crate::labels::{Labelled, Tone};

/// Which bridge runs, and how it is.
#[component]
pub fn BridgeCard(bridge: RwSignal<BridgeStatus>) -> impl IntoView {
    view! {
        <section class="card" data-testid="bridge" aria-labelledby="bridge"
            data-state=move || bridge.with(|bridge| bridge.state.as_str())>
            <div class="provider-head">
                <h2 class="card-title" id="bridge">
                    "Bridge"
                </h2>
                <StatePill value=move || bridge.with(|bridge| bridge.state) />
                // Past the router: bridge and keys are looked at anew.
                <a class="btn btn-small panel-push" href="/settings" rel="external">
                    "Look again"
                </a>
            </div>
            {move || view! { <About bridge=bridge.get() /> }}
        </section>
    }
    .into_any()
}

#[component]
fn About(bridge: BridgeStatus) -> impl IntoView {
    let tone = match bridge.state.tone() {
        Tone::Bad => Tone::Bad,
        _ => Tone::Warn,
    };
    let problem = bridge.problem.clone().map(|problem| {
        view! {
            <div class="notice-place" data-testid="bridge-problem">
                <Notice tone>
                    <p>{problem}</p>
                </Notice>
            </div>
        }
    });
    let facts = facts(bridge).into_iter().map(|(name, value)| {
        view! {
            <div class="fact">
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    view! {
        {problem}
        <dl class="facts">{facts.collect_view()}</dl>
    }
    .into_any()
}

/// What there is to tell, each with its name.
fn facts(bridge: BridgeStatus) -> Vec<(&'static str, String)> {
    let kind = format!("{}: {}", bridge.kind.label(), words::kind_says(bridge.kind));
    let mut facts = vec![("Kind", kind)];
    let ready = bridge.ready_for_seconds.map(|seconds| {
        let time = format::duration(seconds.saturating_mul(1_000));
        format!("ready for {time}")
    });
    let process = bridge.process_id.map(|id| format!("number {id}"));
    let process: Vec<_> = process.into_iter().chain(ready).collect();
    if !process.is_empty() {
        facts.push(("Process", process.join(", ")));
    }
    if bridge.restarts > 0 {
        let times = format::counted(i64::from(bridge.restarts), "time", "times");
        facts.push(("Started again", times));
    }
    if let Some(calls) = bridge.calls_under_way {
        facts.push(("Calls under way", format::count(i64::from(calls))));
    }
    if let Some(detail) = bridge.detail {
        facts.push(("What runs", detail));
    }
    facts
}

#[cfg(test)]
mod tests {
    use model::{BridgeKind, BridgeState};

    use super::*;

    #[test]
    fn only_what_is_known_is_told() {
        let native = BridgeStatus::new(BridgeKind::Native, BridgeState::Ready);
        assert_eq!(facts(native).len(), 1);
        let serve = BridgeStatus {
            process_id: Some(4_711),
            ready_for_seconds: Some(75),
            restarts: 1,
            calls_under_way: Some(0),
            detail: Some("llm-connect 0.3".to_owned()),
            ..BridgeStatus::new(BridgeKind::Serve, BridgeState::Ready)
        };
        let told = facts(serve);
        assert_eq!(
            told[1..3],
            [
                ("Process", "number 4711, ready for 1 min 15 s".to_owned()),
                ("Started again", "1 time".to_owned()),
            ]
        );
        assert_eq!(told.len(), 5);
    }
}
