//! One hub: its fields and its capability manifest.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{DELEGATION_DEPTH, Hub, QUORUM, Role, TRUST_DECISIONS, TRUST_THRESHOLD, WhatIf};

use super::form::{HubFields, HubRefusal, HubText, SaveHub};
use super::manifest::Manifest;
use crate::address::word;
use crate::components::{Field, Notice, Refused, Skeleton, Stamp, StatePill, TonePill, describe};
use crate::error::{AppError, refusal};
use crate::format;
use crate::governance::WhatIfPanel;
use crate::labels::{Labelled, Tone};
use crate::server_fns::hubs::{HubAnswer, UpdateHub, read_hub};
use crate::server_fns::manifests::PutManifest;

/// `/hubs/:id`
#[component]
pub fn HubPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let update = ServerAction::<UpdateHub>::new();
    let put = ServerAction::<PutManifest>::new();
    let asked = Memo::new(move |_| {
        let id = params.with(|params| params.get("id").unwrap_or_default());
        (id, query.with(|query| word(query.get("version"))))
    });
    // A refused save leaves the form as it is; one that went through is shown.
    let saved = Memo::new(move |before: Option<&usize>| {
        let done = matches!(update.value().get(), Some(Ok(())))
            || matches!(put.value().get(), Some(Ok(())));
        let both = update.version().get() + put.version().get();
        if done {
            both
        } else {
            before.copied().unwrap_or(0)
        }
    });
    let shown = Resource::new(
        move || (asked.get(), saved.get()),
        |((id, version), _)| read_hub(id, version),
    );
    view! {
        <p class="crumbs">
            <a class="link" href="/hubs">
                "Hubs"
            </a>
        </p>
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(answer) => view! { <Shown answer update put /> }.into_any(),
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Shown(
    answer: HubAnswer,
    update: ServerAction<UpdateHub>,
    put: ServerAction<PutManifest>,
) -> impl IntoView {
    let HubAnswer {
        caller,
        hub,
        manifest,
        earlier,
        versions,
    } = answer;
    let may_change = caller.may(Role::Admin);
    let title = hub.name.clone();
    let id = hub.id;
    view! {
        <Title text=title.clone() />
        <div class="page-head">
            <div>
                <h1 class="page-title">{title}</h1>
                <p class="page-lead">
                    <code class="code">{hub.slug.clone()}</code>
                </p>
            </div>
            <a class="btn" href=format!("/governance?hub={}", hub.slug)>
                "Policies"
            </a>
        </div>
        {if may_change {
            view! { <Edit hub update /> }.into_any()
        } else {
            view! { <Facts hub /> }.into_any()
        }}
        <Manifest hub_id=id manifest earlier versions may_change put />
    }
    .into_any()
}

#[component]
fn Facts(hub: Hub) -> impl IntoView {
    let default = hub.governance_default;
    let (word, tone, what) = if hub.decide_first {
        (
            "On",
            Tone::Active,
            "Reviewers record their own judgement before they see the agent's recommendation and confidence.",
        )
    } else {
        (
            "Off",
            Tone::Neutral,
            "Reviewers see the agent's recommendation and confidence at once.",
        )
    };
    let tokens = hub.tokens_per_proposal.map_or_else(
        || "the server's limit, 100,000 where nothing else is set".to_owned(),
        format::count,
    );
    let levels = hub.delegation_depth.map_or_else(
        || format!("{DELEGATION_DEPTH}, as nothing else is set"),
        |n| n.to_string(),
    );
    let answers = hub.quorum.map_or_else(
        || format!("{QUORUM}, as nothing else is set"),
        |n| n.to_string(),
    );
    let acceptance = hub.trust_threshold.map_or_else(
        || format!("{TRUST_THRESHOLD}, as nothing else is set"),
        |n| n.to_string(),
    );
    let decisions = hub.trust_decisions.map_or_else(
        || format!("{TRUST_DECISIONS}, as nothing else is set"),
        |n| format::count(n.into()),
    );
    view! {
        <section class="card">
            <p>{hub.description.unwrap_or_else(|| "No description.".to_owned())}</p>
            <p class="hub-default">
                <span class="hub-default-name">"Governance default"</span>
                <StatePill value=move || default />
            </p>
            <p class="hub-default" data-testid="decide-first">
                <span class="hub-default-name">"Decide first"</span>
                <TonePill tone text=word />
                <span class="quiet">{what}</span>
            </p>
            <dl class="facts">
                <div class="fact hub-fact"><dt>"Tokens per proposal"</dt><dd>{tokens}</dd></div>
                <div class="fact hub-fact"><dt>"Levels of delegation"</dt><dd>{levels}</dd></div>
                <div class="fact hub-fact"><dt>"Answers needed"</dt><dd>{answers}</dd></div>
                <div class="fact hub-fact"><dt>"Acceptance for more trust"</dt><dd>{acceptance}</dd></div>
                <div class="fact hub-fact"><dt>"Decisions for a suggestion"</dt><dd>{decisions}</dd></div>
            </dl>
        </section>
    }
}

#[component]
fn Edit(hub: Hub, update: ServerAction<UpdateHub>) -> impl IntoView {
    let error = refusal(update.value());
    let busy = Signal::derive(move || update.pending().get());
    let default = RwSignal::new(hub.governance_default);
    let standing = hub.governance_default;
    let id = hub.id;
    // Only a change has an effect to be asked for.
    let asked = Memo::new(move |_| {
        let wanted = default.get();
        (wanted != standing).then_some(WhatIf {
            hub_id: id,
            agent_registration_id: None,
            artifact_type: None,
            allowed_actions: None,
            is_active: None,
            policy_id: None,
            governance_default: Some(wanted),
        })
    });
    let text = HubText {
        name: hub.name.clone(),
        slug: hub.slug.clone(),
        description: hub.description.clone().unwrap_or_default(),
    };
    let decide_first = hub.decide_first;
    let seen = RwSignal::new(hub.updated_at);
    let theirs = RwSignal::new(None::<Hub>);
    let read = Action::new(move |_: &()| async move {
        let now = crate::server_fns::hubs::read_hub(id.to_string(), None).await;
        now.ok().map(|answer| answer.hub)
    });
    Effect::new(move |_| {
        if error.get().is_some_and(|e| e.is("stale_version")) {
            read.dispatch(());
        }
    });
    Effect::new(move |_| theirs.set(read.value().get().flatten()));
    let first_seen = hub.updated_at.to_rfc3339();
    view! {
        <section class="form-beside">
            <div class="form-page">
                {move || match theirs.get() {
                    Some(theirs) => view! { <Stale theirs keep=move |at| {
                        seen.set(at);
                        update.clear();
                        read.clear();
                    } /> }.into_any(),
                    None => view! { <HubRefusal error /> }.into_any(),
                }}
                <ActionForm action=update>
                    <div class="form">
                        <input type="hidden" name="id" value=id.to_string() />
                        <input type="hidden" name="updated_at" value=first_seen
                            prop:value=move || seen.get().to_rfc3339() />
                        <HubFields text default error />
                        <div class="box">
                            <input type="checkbox" id="decide_first" name="decide_first" value="true"
                                checked=decide_first />
                            <label class="box-label" for="decide_first">"Decide first"</label>
                            <span class="box-hint">
                                "Reviewers record their own judgement before they see the agent's recommendation and confidence."
                            </span>
                        </div>
                        <Delegating tokens=hub.tokens_per_proposal levels=hub.delegation_depth error />
                        <Quorum answers=hub.quorum error />
                        <EarnedTrust threshold=hub.trust_threshold decisions=hub.trust_decisions error />
                        <SaveHub busy word="Save" />
                    </div>
                </ActionForm>
            </div>
            {move || default.get().ne(&standing).then(|| view! { <WhatIfPanel asked first=None /> })}
        </section>
    }
    .into_any()
}

/// How much a proposal may use, and how far work is handed on.
#[component]
fn Delegating(
    tokens: Option<i64>,
    levels: Option<i32>,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let at =
        move |field: &'static str| Signal::derive(move || error.get().and_then(|e| e.field(field)));
    view! {
        <Field
            id="tokens_per_proposal"
            label="Tokens per proposal"
            hint="Of one proposal with all that is delegated from it. Empty: the server's limit, 100,000 where nothing else is set."
            error=at("tokens_per_proposal")
            optional=true
        >
            <input class="input hub-number" id="tokens_per_proposal" name="tokens_per_proposal" type="number"
                inputmode="numeric" step="1" value=tokens.map(|n| n.to_string())
                aria-describedby=describe("tokens_per_proposal") />
        </Field>
        <Field
            id="delegation_depth"
            label="Levels of delegation"
            hint=format!("Below a proposal, 0 to 32. 0: nothing can be delegated. Empty: {DELEGATION_DEPTH}.")
            error=at("delegation_depth")
            optional=true
        >
            <input class="input hub-number" id="delegation_depth" name="delegation_depth" type="number"
                inputmode="numeric" step="1" value=levels.map(|n| n.to_string())
                aria-describedby=describe("delegation_depth") />
        </Field>
    }
    .into_any()
}

/// How many answers a collective proposal needs.
#[component]
fn Quorum(answers: Option<i32>, error: Signal<Option<AppError>>) -> impl IntoView {
    let wrong = Signal::derive(move || error.get().and_then(|e| e.field("quorum")));
    view! {
        <Field
            id="quorum"
            label="Answers needed"
            hint=format!(
                "Of a collective proposal, 2 to 50: with fewer readable answers nothing is compared and no synthesis is written. Empty: {QUORUM}.",
            )
            error=wrong
            optional=true
        >
            <input class="input hub-number" id="quorum" name="quorum" type="number"
                inputmode="numeric" step="1" value=answers.map(|n| n.to_string())
                aria-describedby=describe("quorum") />
        </Field>
    }
    .into_any()
}

/// What an agent's record needs before a change of trust is suggested.
#[component]
fn EarnedTrust(
    threshold: Option<f64>,
    decisions: Option<i32>,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let at =
        move |field: &'static str| Signal::derive(move || error.get().and_then(|e| e.field(field)));
    view! {
        <Field
            id="trust_threshold"
            label="Acceptance for more trust"
            hint=format!(
                "A share above 0 and below 1 of what people decided: more trust is suggested where the 95 % interval of an agent's acceptance is above it, less where its acceptance is below it. Empty: {TRUST_THRESHOLD}.",
            )
            error=at("trust_threshold")
            optional=true
        >
            <input class="input hub-number" id="trust_threshold" name="trust_threshold" type="number"
                inputmode="decimal" step="any" value=threshold.map(|n| n.to_string())
                aria-describedby=describe("trust_threshold") />
        </Field>
        <Field
            id="trust_decisions"
            label="Decisions for a suggestion"
            hint=format!(
                "Fewest decisions of 30 days, 5 to 10,000, on which a change of trust or routing is suggested. Empty: {TRUST_DECISIONS}.",
            )
            error=at("trust_decisions")
            optional=true
        >
            <input class="input hub-number" id="trust_decisions" name="trust_decisions" type="number"
                inputmode="numeric" step="1" value=decisions.map(|n| n.to_string())
                aria-describedby=describe("trust_decisions") />
        </Field>
    }
    .into_any()
}

/// What stands now, beside the form that came too late.
#[component]
fn Stale(
    theirs: Hub,
    keep: impl Fn(chrono::DateTime<chrono::Utc>) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let at = theirs.updated_at;
    let again = format!("/hubs/{}", theirs.id);
    view! {
        <Notice tone=Tone::Warn title="Somebody changed this hub meanwhile">
            <p>"Your text is below, not saved. This is saved now:"</p>
            <dl class="receipt-list stale-list" data-testid="stale-theirs">
                <div class="receipt-line"><dt>"Name"</dt><dd>{theirs.name}</dd></div>
                <div class="receipt-line"><dt>"Slug"</dt><dd>{theirs.slug}</dd></div>
                <div class="receipt-line">
                    <dt>"Description"</dt>
                    <dd>{theirs.description.unwrap_or_else(|| "none".to_owned())}</dd>
                </div>
                <div class="receipt-line"><dt>"Default"</dt><dd>{theirs.governance_default.label()}</dd></div>
                <div class="receipt-line"><dt>"Changed"</dt><dd><Stamp at /></dd></div>
            </dl>
            <div class="form-actions">
                <a class="btn btn-small" href=again rel="external">"Take the saved one"</a>
                <button type="button" class="btn btn-small" on:click=move |_| keep(at)>
                    "Keep mine, save it next"
                </button>
            </div>
        </Notice>
    }
    .into_any()
}
