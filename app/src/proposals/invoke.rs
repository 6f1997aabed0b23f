//! Where one agent is asked: says who will answer before it starts, then shows
//! the answer in place.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{
    Caller, Hub, InvocationPoint, Proposal, ProposalStatus, Role, RouteExplanation, RouteVerdict,
};
use uuid::Uuid;

use super::follow::Live;
use super::head::{Author, Cancel, Progress};
use super::show::LiveAnswer;
use super::trouble::Trouble;
use crate::components::{Field, Notice, Refused, Skeleton, StatePill, describe};
use crate::error::AppError;
use crate::labels::{Labelled, Tone};
use crate::server_fns::proposals::{Invoke, InvokeForm, read_invoke_form, read_proposal};

/// What a point is called, what its button says, and what comes of it.
fn words(point: InvocationPoint) -> (&'static str, &'static str, &'static str) {
    match point {
        InvocationPoint::SummarizeCluster => (
            "Summarize cluster",
            "Summarize",
            "An agent reads what people did and said here and names its themes. A summary that you accept stays on this widget.",
        ),
        InvocationPoint::DraftRequirement => (
            "Draft requirement",
            "Draft a requirement",
            "An agent drafts one requirement from what people said. A draft that you accept becomes a candidate.",
        ),
        InvocationPoint::ProposeImplementation => (
            "Propose implementation",
            "Propose an implementation",
            "An agent says how to do what was decided. A proposal that you accept is attached to this decision.",
        ),
        InvocationPoint::DetectDuplicates => (
            "Detect duplicates",
            "Look for duplicates",
            "An agent compares this candidate with the most similar ones of the hub. You choose which one stays.",
        ),
    }
}

/// What a page keeps of one invocation point, however often it draws anew.
#[derive(Clone, Copy)]
pub struct InvokePlace {
    point: InvocationPoint,
    source: Signal<Option<Uuid>>,
    form: Resource<Option<Result<InvokeForm, AppError>>>,
    /// What was asked for here, now or by somebody else.
    asked: RwSignal<Option<Proposal>>,
    live: RwSignal<Option<Live>>,
}

impl InvokePlace {
    /// To be made where the page itself is, not in a part that is drawn again.
    pub fn new(point: InvocationPoint, source: Signal<Option<Uuid>>) -> Self {
        let form = Resource::new(
            move || source.get(),
            move |source| async move { Some(read_invoke_form(point, source?).await) },
        );
        let place = Self {
            point,
            source,
            form,
            asked: RwSignal::new(None),
            live: RwSignal::new(None),
        };
        place.keep();
        place
    }

    fn keep(self) {
        // Another source, another question.
        Effect::new(move |before: Option<Option<Uuid>>| {
            let now = self.source.get();
            if before.is_some_and(|before| before != now) {
                self.asked.set(None);
            }
            now
        });
        // What is under way is shown also to those who come to the page later.
        Effect::new(move |_| {
            let under_way = self.form.with(|form| match form {
                Some(Some(Ok(form))) => {
                    form.earlier.iter().find(|p| !p.status.has_ended()).cloned()
                }
                _ => None,
            });
            if under_way.is_some() && self.asked.with_untracked(Option::is_none) {
                self.asked.set(under_way);
            }
        });
        Effect::new(move |_| {
            let live = self.asked.get().map(|proposal| {
                let live = Live::new(proposal);
                live.follow();
                live
            });
            self.live.set(live);
        });
    }

    /// Back to the question.
    fn again(self) {
        self.asked.set(None);
        self.form.refetch();
    }
}

/// The panel of one invocation point.
#[component]
pub fn InvokePanel(place: InvokePlace) -> impl IntoView {
    let (name, _, what) = words(place.point);
    let id = format!("invoke-{}", place.point);
    let labelled_by = id.clone();
    view! {
        <section
            class="invoke"
            aria-labelledby=labelled_by
            data-testid="invoke"
            data-point=place.point.as_str()
        >
            <h3 class="invoke-title" id=id>
                {name}
            </h3>
            {move || match place.live.get() {
                Some(live) => view! { <Running live place /> }.into_any(),
                None => {
                    view! {
                        <p class="invoke-what">{what}</p>
                        <Question place />
                    }
                        .into_any()
                }
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Question(place: InvokePlace) -> impl IntoView {
    view! {
        <Transition fallback=|| view! { <Skeleton lines=2 /> }>
            {move || Suspend::new(async move {
                match place.form.await {
                    Some(Ok(form)) => {
                        let InvokeForm { hub, caller, route, idempotency_key, .. } = form;
                        let offered = caller.may(Role::Reviewer) && route.chosen_agent_id.is_some();
                        view! {
                            <Who hub caller route />
                            <Ask place key=idempotency_key offered />
                        }
                            .into_any()
                    }
                    Some(Err(error)) => view! { <Refused error /> }.into_any(),
                    None => ().into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// Who will answer, or why nobody can.
#[component]
fn Who(hub: Hub, caller: Caller, route: RouteExplanation) -> impl IntoView {
    let steward = caller.may(Role::Steward);
    let chosen = route
        .routes
        .iter()
        .find(|r| r.verdict == RouteVerdict::Chosen);
    let Some(chosen) = chosen else {
        return view! { <Nobody hub steward task_type=route.task_type.clone() conditions=!route.routes.is_empty() /> }.into_any();
    };
    let blocked = route.governance.clone().filter(|g| !g.allowed);
    let agent_path = format!("/agents/{}", chosen.policy.agent_registration_id);
    view! {
        <p class="invoke-who" data-testid="who-answers">
            <a class="link" href=agent_path>
                {chosen.agent_name.clone()}
            </a>
            " will answer "
            <span class="quiet">
                {format!("{} · {}", chosen.provider.label(), chosen.model_name)}
                {route.fallback.then_some(" · the next one where its provider is down")}
            </span>
        </p>
        {blocked
            .map(|verdict| {
                view! {
                    <Notice tone=Tone::Warn title="A policy does not allow this call">
                        <p>{verdict.reason}</p>
                        <p>
                            "Asking leaves a blocked proposal and calls no model. "
                            {if steward {
                                view! {
                                    <a class="link" href=format!("/governance?hub={}", hub.slug)>
                                        "Change the governance policies"
                                    </a>
                                }
                                    .into_any()
                            } else {
                                "A steward can change the hub's governance policies.".into_any()
                            }}
                        </p>
                    </Notice>
                }
            })}
    }
    .into_any()
}

/// No route: which task type lacks one, and the way on.
#[component]
fn Nobody(hub: Hub, steward: bool, task_type: String, conditions: bool) -> impl IntoView {
    let why = if conditions {
        "No agent that is routed for it is active and meets its policy's conditions."
    } else {
        "No agent is routed for it."
    };
    view! {
        <Notice tone=Tone::Warn title="Nobody can answer this">
            <p data-testid="no-route">
                "The task type is " <code class="code">{task_type}</code> ". " {why}
            </p>
            <p>
                {if steward {
                    view! {
                        <a class="link" href=format!("/routing?hub={}", hub.slug)>
                            "Route an agent for this task"
                        </a>
                    }
                        .into_any()
                } else {
                    "A steward can route an agent for this task.".into_any()
                }}
            </p>
        </Notice>
    }
    .into_any()
}

#[component]
fn Ask(place: InvokePlace, key: String, offered: bool) -> impl IntoView {
    let ask = ServerAction::<Invoke>::new();
    let refusal = RwSignal::new(None::<AppError>);
    Effect::new(move |_| match ask.value().get() {
        Some(Ok(id)) => {
            spawn_local(async move {
                match read_proposal(id).await {
                    Ok(proposal) => {
                        place.asked.try_set(Some(proposal));
                    }
                    Err(error) => {
                        refusal.try_set(Some(error));
                    }
                }
            });
        }
        Some(Err(error)) => refusal.set(Some(error)),
        None => {}
    });
    if !offered {
        return ().into_any();
    }
    let pending = ask.pending();
    let (_, button, _) = words(place.point);
    let field = field_id(place.point);
    let source = place.source.get_untracked().unwrap_or_default();
    let at = Signal::derive(move || refusal.get().and_then(|error| error.field("instructions")));
    view! {
        <ActionForm action=ask>
            <input type="hidden" name="point" value=place.point.as_str() />
            <input type="hidden" name="source" value=source.to_string() />
            <input type="hidden" name="idempotency_key" value=key />
            <details class="invoke-more">
                <summary>"Add instructions"</summary>
                <Field
                    id=field
                    label="What to look at in particular"
                    hint="The agent gets it as a quoted text."
                    error=at
                    optional=true
                >
                    <textarea
                        class="textarea"
                        id=field
                        name="instructions"
                        rows="3"
                        aria-describedby=describe(field)
                    ></textarea>
                </Field>
            </details>
            <div class="form-actions">
                <button
                    type="submit"
                    class="btn btn-primary"
                    data-testid="invoke-start"
                    disabled=move || pending.get()
                >
                    {move || if pending.get() { "Asking …" } else { button }}
                </button>
            </div>
            {move || {
                refusal
                    .get()
                    .filter(|error| error.errors.is_empty())
                    .map(|error| view! { <Refused error /> })
            }}
        </ActionForm>
    }
    .into_any()
}

/// Two panels may stand on one page.
fn field_id(point: InvocationPoint) -> &'static str {
    match point {
        InvocationPoint::SummarizeCluster => "instructions-summary",
        InvocationPoint::DraftRequirement => "instructions-requirement",
        InvocationPoint::ProposeImplementation => "instructions-implementation",
        InvocationPoint::DetectDuplicates => "instructions-duplicates",
    }
}

/// The answer in place: as it grows, with the way to end it, then with the way
/// to its page.
#[component]
fn Running(live: Live, place: InvokePlace) -> impl IntoView {
    let status = Memo::new(move |_| live.state.with(|state| state.proposal.status));
    let at_work = Memo::new(move |_| !status.get().has_ended());
    let may = place.form.with_untracked(
        |form| matches!(form, Some(Some(Ok(form))) if form.caller.may(Role::Reviewer)),
    );
    let held_back = place
        .form
        .with_untracked(|form| matches!(form, Some(Some(Ok(form))) if form.hub.decide_first));
    let waits = Memo::new(move |_| status.get() == ProposalStatus::Pending);
    let path = format!("/proposals/{}", live.id);
    view! {
        <div class="invoke-running" data-testid="invoke-running" data-status=move || status.get().as_str()>
            <div class="invoke-head">
                <StatePill value=move || status.get() />
                <Author live />
                {move || (may && at_work.get()).then(|| view! { <Cancel live /> })}
            </div>
            <Progress live />
            <Trouble live held_back />
            <div
                class="proposal-text"
                class:proposal-room=move || at_work.get() && !held_back
                data-testid="invoke-text"
                aria-busy=move || at_work.get().to_string()
            >
                <LiveAnswer live point=Some(place.point) />
            </div>
            <div class="form-actions">
                <a class="btn btn-primary" href=path data-testid="open-proposal">
                    {move || if waits.get() { "Open and decide" } else { "Open the proposal" }}
                </a>
                {move || {
                    (may && !at_work.get())
                        .then(|| {
                            view! {
                                <button type="button" class="btn needs-script" on:click=move |_| place.again()>
                                    "Ask again"
                                </button>
                            }
                        })
                }}
            </div>
        </div>
    }
    .into_any()
}
