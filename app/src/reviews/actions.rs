//! The reviewer's panel: decide, write, see what was decided, take it back.

use leptos::prelude::*;
use model::{ConfidenceSource, Effect as Left, Proposal, ProposalReview, ProposalStatus, Verdict};
use wasm_bindgen::JsCast;

use super::desk::{Desk, Mode};
use super::difference::Difference;
use super::duplicates::ChooseDuplicates;
use super::editor::Editor;
use super::judge::JudgeForm;
use super::plain::{DECIDE, PlainDecision, REJECT, UNDO};
use crate::components::{Icon, Notice, Sign, Stamp, TonePill};
use crate::format;
use crate::labels::{Labelled, Tone};

/// Where a refusal is said; who decides by key may be looking elsewhere.
pub const REFUSAL: &str = "review-refusal";

/// Gives an element the focus. Browser only.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Fails only where the element cannot have it.
        let _ = element.focus();
    }
}

/// All that a reviewer does with one proposal.
#[component]
pub fn ReviewPanel(desk: Desk) -> impl IntoView {
    let proposal = Memo::new(move |_| desk.answer.with(|a| a.detail.proposal.clone()));
    let body = move || {
        let row = proposal.get();
        match row.status {
            ProposalStatus::Pending if row.covered => view! { <JudgeForm desk /> }.into_any(),
            ProposalStatus::Pending if desk.may() => view! { <Open desk row /> }.into_any(),
            ProposalStatus::Pending => view! {
                <p class="quiet">"Deciding needs the role reviewer; an admin can give it to you."</p>
            }
            .into_any(),
            status if status.is_decided() => view! { <Decided desk row /> }.into_any(),
            _ => ().into_any(),
        }
    };
    view! {
        <div class="review-panel" data-testid="review-panel"
            data-status=move || proposal.with(|row| row.status.as_str())>
            <Refusal desk />
            <Changed desk />
            {body}
            <HowSure desk />
            <History desk />
        </div>
    }
    .into_any()
}

/// Why a verdict was not taken.
#[component]
fn Refusal(desk: Desk) -> impl IntoView {
    move || {
        let error = desk.refusal.get()?;
        let fields = error.errors.clone();
        Some(view! {
            <div id=REFUSAL tabindex="-1">
                <Notice tone=Tone::Bad title="Your decision was not taken">
                    <p>{error.message}</p>
                    <ul class="bullets">
                        {fields
                            .into_iter()
                            .map(|e| view! { <li>{format!("{}: {}", e.field, e.message)}</li> })
                            .collect_view()}
                    </ul>
                </Notice>
            </div>
        })
    }
}

/// What changed since the answer that was on the screen.
#[component]
fn Changed(desk: Desk) -> impl IntoView {
    move || {
        let old = desk.before.get()?;
        let row = desk.answer.with(|a| a.detail.proposal.clone());
        let new = row.content.filter(|now| *now != old)?;
        Some(view! {
            <Notice tone=Tone::Warn title="Another answer stands here now">
                <p>"This changed since you read it. Decide anew."</p>
                <Difference artifact_type=row.artifact_type old new label="What changed" />
            </Notice>
        })
    }
}

/// Nobody has decided yet.
#[component]
fn Open(desk: Desk, row: Proposal) -> impl IntoView {
    let pending = desk.pending;
    let mode = desk.mode;
    let is_report = row.artifact_type == "duplicate_report";
    let buttons: &[_] = if is_report { &REJECT } else { &DECIDE };
    view! {
        <PlainDecision row buttons />
        {is_report.then(|| view! { <ChooseDuplicates desk /> })}
        <div class="decision-actions needs-script">
            <button type="button" class="btn btn-primary" data-testid="accept" aria-keyshortcuts="a"
                disabled=move || pending.get() on:click=move |_| desk.decide(Verdict::Accepted, None)>
                <Icon sign=Sign::Check />
                "Accept"
            </button>
            <button type="button" class="btn" data-testid="revise" aria-keyshortcuts="e"
                aria-expanded=move || (mode.get() == Mode::Revising).to_string()
                disabled=move || pending.get() on:click=move |_| mode.set(Mode::Revising)>
                <Icon sign=Sign::Pen />
                "Revise"
            </button>
            <button type="button" class="btn btn-danger-quiet" data-testid="reject" aria-keyshortcuts="r"
                disabled=move || pending.get() on:click=move |_| desk.decide(Verdict::Rejected, None)>
                <Icon sign=Sign::Cross />
                "Reject"
            </button>
            <CommentButton desk />
        </div>
        {move || (mode.get() == Mode::Revising).then(|| view! { <Editor desk /> })}
        <CommentForm desk />
    }
    .into_any()
}

#[component]
fn CommentButton(desk: Desk) -> impl IntoView {
    view! {
        <button type="button" class="btn btn-quiet" data-testid="comment" aria-keyshortcuts="c"
            on:click=move |_| desk.mode.set(Mode::Commenting)>
            "Comment"
        </button>
    }
}

#[component]
fn CommentForm(desk: Desk) -> impl IntoView {
    let shown = move || desk.mode.get() == Mode::Commenting;
    move || {
        shown().then(|| {
            request_focus("review-comment");
            view! {
                <div class="field">
                    <label class="field-label" for="review-comment">"Comment"</label>
                    <textarea class="textarea" id="review-comment" rows="3" maxlength="20000"
                        prop:value=move || desk.comment.get()
                        on:input=move |event| desk.comment.set(event_target_value(&event))></textarea>
                    <div class="decision-actions">
                        <button type="button" class="btn" data-testid="send-comment"
                            disabled=move || desk.pending.get()
                            on:click=move |_| desk.decide(Verdict::Commented, None)>
                            "Comment"
                        </button>
                        <button type="button" class="btn btn-quiet"
                            on:click=move |_| desk.mode.set(Mode::Reading)>
                            "Cancel"
                        </button>
                    </div>
                </div>
            }
        })
    }
}

fn request_focus(id: &'static str) {
    Effect::new(move |_| request_animation_frame(move || focus(id)));
}

/// Who decided what, what it left in the hub, and undo.
#[component]
fn Decided(desk: Desk, row: Proposal) -> impl IntoView {
    let (effects, can_undo) = desk
        .answer
        .with_untracked(|a| (a.detail.effects.clone(), a.detail.can_undo));
    let (label, tone) = (row.status.label(), row.status.tone());
    let revised = row.status == ProposalStatus::Revised;
    let both = row
        .content
        .clone()
        .zip(row.final_content.clone())
        .filter(|_| revised);
    let of = row.artifact_type.clone();
    let plain = can_undo.then(|| view! { <PlainDecision row=row.clone() buttons=&UNDO /> });
    view! {
        <p class="decided">
            <TonePill tone text=label />
            {if row.auto_applied {
                " by the policy, without a person ".to_owned()
            } else {
                format!(" by {} ", row.decided_by.clone().unwrap_or_default())
            }}
            {row.decided_at.map(|at| view! { <Stamp at /> })}
        </p>
        {both
            .map(|(old, new)| {
                view! {
                    <p class="answer-label">"What the person changed"</p>
                    <Difference artifact_type=of old new label="What the person changed" />
                }
            })}
        <ul class="bullets">{effects.into_iter().map(effect).collect_view()}</ul>
        {plain}
        <div class="decision-actions needs-script">
            {can_undo
                .then(|| {
                    view! {
                        <button type="button" class="btn" data-testid="undo" aria-keyshortcuts="u"
                            disabled=move || desk.pending.get()
                            on:click=move |_| desk.decide(Verdict::Undone, None)>
                            "Undo"
                        </button>
                    }
                })}
            {desk.may().then(|| view! { <CommentButton desk /> })}
        </div>
        <CommentForm desk />
    }
    .into_any()
}

fn effect(left: Left) -> AnyView {
    let (text, href) = match left {
        Left::Candidate { id, title } => (
            format!("Became the candidate “{title}”"),
            format!("/candidates/{id}"),
        ),
        Left::Summary { widget_id, .. } => (
            "Is kept as a summary of its widget".to_owned(),
            format!("/widgets/{widget_id}"),
        ),
        Left::Implementation {
            decision_record_id, ..
        } => (
            "Is attached to its decision record".to_owned(),
            format!("/decisions/{decision_record_id}"),
        ),
        Left::Duplicate {
            duplicate_candidate_id,
            ..
        } => (
            "Marked a candidate as a duplicate".to_owned(),
            format!("/candidates/{duplicate_candidate_id}"),
        ),
    };
    view! {
        <li>
            <a class="link" data-testid="effect" href=href>{text}</a>
        </li>
    }
    .into_any()
}

/// How sure agent and people are, each by name; and one's own.
#[component]
fn HowSure(desk: Desk) -> impl IntoView {
    let all = Memo::new(move |_| desk.answer.with(|a| a.detail.annotations.clone()));
    let may = desk.may();
    let score = RwSignal::new(String::new());
    let send = move || {
        if let Ok(score) = score.get_untracked().parse::<f64>() {
            desk.annotate(score / 100.0);
        }
    };
    view! {
        <div class="how-sure">
            <p class="answer-label">"How sure"</p>
            <ul class="bullets">
                {move || {
                    all.get()
                        .into_iter()
                        .map(|one| {
                            let who = one.annotated_by.unwrap_or_default();
                            let kind = if one.source == ConfidenceSource::Agent { "agent" } else { "person" };
                            view! {
                                <li>{format!("{who} ({kind}): {}", format::percent(one.score))}</li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            {may
                .then(|| {
                    view! {
                        <div class="how-sure-form needs-script">
                            <label class="field-label" for="own-score">"You, in percent"</label>
                            <input class="input" id="own-score" type="number" min="0" max="100"
                                on:input=move |event| score.set(event_target_value(&event)) />
                            <button type="button" class="btn btn-small"
                                disabled=move || desk.pending.get() on:click=move |_| send()>
                                "Say"
                            </button>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

/// Every record, oldest first.
#[component]
fn History(desk: Desk) -> impl IntoView {
    let reviews = Memo::new(move |_| desk.answer.with(|a| a.detail.reviews.clone()));
    move || {
        let reviews = reviews.get();
        (!reviews.is_empty()).then(|| {
            view! {
                <ol class="review-history">{reviews.into_iter().map(record).collect_view()}</ol>
            }
        })
    }
}

fn record(one: ProposalReview) -> AnyView {
    let at = one.created_at;
    view! {
        <li>
            <strong>{one.reviewer}</strong>
            {format!(" {} ", one.verdict.label().to_lowercase())}
            <Stamp at />
            {one.comment.map(|text| view! { <blockquote class="comment">{text}</blockquote> })}
        </li>
    }
    .into_any()
}
