//! Every component in every state, as data for the page of components.

use leptos::html;
use leptos::prelude::*;
use model::{ConsensusStatus, DecisionStatus, MemberState, Outcome, RunState, SynthesisState};

use crate::components::{
    Dialog, EmptyState, Field, GroupBar, Notice, ShareMeter, Skeleton, StatePill, TonePill,
    describe, open_dialog, use_toast,
};
use crate::labels::{Labelled, Tone};

/// All values of a closed set as pills.
fn pills<T: Labelled + Send + Sync + 'static>(name: &'static str, all: &'static [T]) -> AnyView {
    view! {
        <div class="samples-row">
            <span class="quiet">{name}</span>
            {all
                .iter()
                .map(|value| {
                    let value = *value;
                    view! { <StatePill value=move || value /> }
                })
                .collect_view()}
        </div>
    }
    .into_any()
}

/// Pills, tags and keys.
#[component]
pub fn PillSamples() -> impl IntoView {
    view! {
        {pills("Run", RunState::ALL)}
        {pills("Member", MemberState::ALL)}
        {pills("Synthesis", SynthesisState::ALL)}
        {pills("Consensus", ConsensusStatus::ALL)}
        {pills("Decision", DecisionStatus::ALL)}
        {pills("Outcome", Outcome::ALL)}
        <div class="samples-row">
            {Tone::ALL
                .iter()
                .map(|tone| view! { <TonePill tone=*tone text=tone.class() /> })
                .collect_view()} <span class="tag">"tag"</span> <kbd class="kbd">"g"</kbd>
            <kbd class="kbd">"Ctrl"</kbd>
        </div>
    }
    .into_any()
}

/// Buttons, links, tabs, segments.
#[component]
pub fn ControlSamples() -> impl IntoView {
    let kinds = [
        "",
        "btn-primary",
        "btn-danger",
        "btn-danger-quiet",
        "btn-quiet",
    ];
    let rows = [("", false), ("btn-small", false), ("", true)];
    view! {
        {rows
            .into_iter()
            .map(|(size, disabled)| {
                view! {
                    <div class="samples-row">
                        {kinds
                            .into_iter()
                            .map(|kind| {
                                let word = if disabled { "Disabled" } else { "Button" };
                                view! {
                                    <button
                                        type="button"
                                        class=format!("btn {kind} {size}")
                                        disabled=disabled
                                    >
                                        {word}
                                    </button>
                                }
                            })
                            .collect_view()}
                    </div>
                }
            })
            .collect_view()}
        <div class="samples-row">
            <a class="link" href="/dev/components">
                "A link"
            </a>
            <code class="code">"inter-hub serve"</code>
        </div>
        <nav class="tabs" aria-label="Sample tabs">
            <a class="tab" href="/dev/components" aria-current="page">
                "Current tab"
            </a>
            <a class="tab" href="/dev/components">
                "Another tab"
            </a>
        </nav>
    }
    .into_any()
}

/// Fields as they are, wrong, and disabled.
#[component]
pub fn FieldSamples() -> impl IntoView {
    let fine = Signal::stored(None::<String>);
    let wrong = Signal::stored(Some("must not be empty".to_owned()));
    view! {
        <div class="form">
            <Field id="sample-plain" label="Plain" hint="A hint." error=fine>
                <input class="input" id="sample-plain" aria-describedby=describe("sample-plain") />
            </Field>
            <Field id="sample-wrong" label="Wrong" error=wrong>
                <input class="input" id="sample-wrong" aria-describedby=describe("sample-wrong") />
            </Field>
            <Field id="sample-off" label="Disabled" error=fine>
                <input class="input" id="sample-off" value="Cannot be changed" disabled />
            </Field>
            <Field id="sample-text" label="Text" error=fine optional=true>
                <textarea class="textarea" id="sample-text" rows="3"></textarea>
            </Field>
            <Field id="sample-choice" label="Choice" error=fine>
                <select class="select" id="sample-choice">
                    <option>"One"</option>
                    <option>"Another"</option>
                </select>
            </Field>
        </div>
    }
    .into_any()
}

/// Notices, empty states, skeletons, meters, dialog, toast.
#[component]
pub fn FeedbackSamples() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let toast = use_toast();
    view! {
        <div class="stack">
            {Tone::ALL
                .iter()
                .map(|tone| {
                    view! {
                        <Notice tone=*tone title="What happened">
                            <p>"The reason, and the way on."</p>
                        </Notice>
                    }
                })
                .collect_view()}
            <div class="card">
                <EmptyState title="Nothing here yet">
                    <p>"What to do next."</p>
                </EmptyState>
            </div>
            <div class="card">
                <Skeleton />
            </div>
            <div class="samples-row">
                <ShareMeter label="Confidence" share=0.0 />
                <ShareMeter label="Confidence" share=0.45 />
                <ShareMeter label="Confidence" share=1.0 />
                <GroupBar some=2 all=3 label="2 of 3 agents" />
            </div>
            <div class="samples-row">
                <button type="button" class="btn" on:click=move |_| open_dialog(dialog)>
                    "Open a dialog"
                </button>
                {Tone::ALL
                    .iter()
                    .map(|tone| {
                        let tone = *tone;
                        view! {
                            <button
                                type="button"
                                class="btn"
                                on:click=move |_| toast(tone, "Done.".to_owned())
                            >
                                {format!("Toast, {}", tone.class())}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </div>
        <Dialog node=dialog id="sample-dialog" title="A dialog">
            <p>"It keeps the focus in until it is closed."</p>
        </Dialog>
    }
    .into_any()
}
