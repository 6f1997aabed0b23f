//! One agent's column: who it is, what it says, what it took.

use leptos::html;
use leptos::prelude::*;
use model::{Contribution, ContributionId, MemberState, RoundKind, Verdict};
use serde_json::Value;

use super::align::Who;
use super::answer::Answer;
use super::answer_view::AnswerView;
use super::board::{Board, judged};
use super::decisions::{Choice, use_decisions};
use super::follow::Live;
use super::given::GivenReviews;
use super::live_state::ColumnView;
use super::partial_json;
use super::receipt::{Receipt, ReceiptToggle};
use super::table::AlignedBody;
use super::trouble::Trouble;
use crate::components::{Icon, Sign, StatePill};
use crate::format;
use crate::labels::Labelled;

/// The column of one contribution.
#[component]
pub fn Column(board: Board, id: ContributionId, now: ReadSignal<Option<i64>>) -> impl IntoView {
    let live = board.live;
    let column = Memo::new(move |_| live.state.with(|s| s.column(id)));
    let first = column.get_untracked();
    first.map(|first| view! { <ColumnOf board first column now /> })
}

#[component]
fn ColumnOf(
    board: Board,
    first: ColumnView,
    column: Memo<Option<ColumnView>>,
    now: ReadSignal<Option<i64>>,
) -> impl IntoView {
    let known = first.contribution;
    let id = known.id;
    let of = move |read: fn(&Contribution) -> MemberState| {
        Memo::new(move |_| {
            column.with(|c| {
                c.as_ref()
                    .map_or(MemberState::Unknown, |c| read(&c.contribution))
            })
        })
    };
    let status = of(|c| c.status);
    let answer = Memo::new(move |_| column.with(|c| c.as_ref().map(answer_of).unwrap_or_default()));
    let receipt =
        Memo::new(move |_| column.with(|c| c.as_ref().and_then(|c| c.contribution.invocation_id)));
    let open = RwSignal::new(false);
    let who = Who::Agent(known.agent_registration_id);
    let live = board.live;
    let body = move || {
        if board.aligned.get() {
            let note = view! { <Trouble column answer /> }.into_any();
            view! { <AlignedBody board who id answer note /> }.into_any()
        } else {
            view! { <ColumnBody live column answer status /> }.into_any()
        }
    };
    view! {
        <article
            class="column"
            id=format!("column-{}", known.agent_registration_id)
            data-testid="agent-column"
            data-agent=known.agent_name.clone()
            data-status=move || status.get().as_str()
            aria-label=known.agent_name.clone()
        >
            <header class="column-head">
                <div class="column-title">
                    <h3 class="column-name">{known.agent_name.clone()}</h3>
                    <StatePill value=move || status.get() />
                </div>
                <p class="column-model">
                    {model_words(&known)}
                    <a class="link" href=version_path(&known)>
                        {format!("version {}", known.agent_version)}
                    </a>
                </p>
                <p class="column-facts">
                    {place(&known)} <Group board id /> <Progress column now />
                </p>
            </header>
            {body}
            <footer class="column-foot">
                <Used column />
                <div class="column-actions">
                    <Accept live column />
                    <ReceiptToggle receipt open />
                </div>
            </footer>
            <Receipt receipt open />
        </article>
    }
    .into_any()
}

/// `OpenRouter · maker/model · `; the vendor, where the name does not say it.
fn model_words(known: &Contribution) -> String {
    let provider = known.provider.label();
    let model = &known.model_name;
    let said = |text: &str| text.to_lowercase().contains(&known.vendor);
    if known.vendor.is_empty() || said(provider) || said(model) {
        format!("{provider} · {model} · ")
    } else {
        format!("{provider} · {model} · {} · ", known.vendor)
    }
}

/// Where the version that answers can be read.
fn version_path(known: &Contribution) -> String {
    crate::agents::version_path(known.agent_registration_id, known.agent_version)
}

/// The stored content, or the text so far.
fn answer_of(column: &ColumnView) -> Answer {
    match &column.contribution.content {
        Some(content) => Answer::of_content(content),
        None => Answer::of_text(&column.text),
    }
}

/// The stored reviews, or those that are written so far.
fn reviews_of(column: Memo<Option<ColumnView>>) -> Option<Value> {
    column.with(|c| {
        let c = c.as_ref()?;
        c.contribution.content.clone().or_else(|| {
            let fields = partial_json::read_object(&c.text)?;
            Some(Value::Object(fields.into_iter().collect()))
        })
    })
}

/// Where the routing policies put it; the first is asked to synthesise.
fn place(contribution: &Contribution) -> String {
    format!("preference {}", contribution.place + 1)
}

/// The letter of the group of like answers, where there is more than one.
#[component]
fn Group(board: Board, id: ContributionId) -> impl IntoView {
    let letter = Memo::new(move |_| {
        let shown = board.shown.get();
        board.live.state.with(|s| {
            let groups = &judged(&s.detail, shown)?.groups;
            let place = groups
                .iter()
                .position(|g| g.contribution_ids.contains(&id))?;
            (groups.len() > 1).then(|| super::consensus::letter(place))
        })
    });
    move || {
        letter
            .get()
            .map(|letter| view! { <span class="tag">"group " {letter}</span> })
    }
}

/// Attempt and, while it answers, the seconds so far.
#[component]
fn Progress(column: Memo<Option<ColumnView>>, now: ReadSignal<Option<i64>>) -> impl IntoView {
    let text = move || {
        let (status, attempt, started_at) = column.with(|c| {
            let c = &c.as_ref()?.contribution;
            Some((c.status, c.attempt, c.started_at))
        })?;
        let mut parts = Vec::new();
        if attempt > 1 {
            parts.push(format!("attempt {attempt}"));
        }
        if status == MemberState::Running
            && let (Some(from), Some(now)) = (started_at, now.get())
        {
            parts.push(format::elapsed(from, now));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    };
    move || text().map(|text| view! { <span class="column-progress">{text}</span> })
}

#[component]
fn ColumnBody(
    live: Live,
    column: Memo<Option<ColumnView>>,
    answer: Memo<Answer>,
    status: Memo<MemberState>,
) -> impl IntoView {
    let body = NodeRef::<html::Div>::new();
    // Follows the growing text until the reader scrolls up.
    let follows = StoredValue::new(true);
    let on_scroll = move |_| {
        if let Some(body) = body.get_untracked() {
            let below = body.scroll_height() - body.scroll_top() - body.client_height();
            follows.set_value(below < 24);
        }
    };
    Effect::new(move |_| {
        answer.track();
        if status.get() != MemberState::Running {
            return;
        }
        request_animation_frame(move || {
            if follows.try_get_value() == Some(true)
                && let Some(body) = body.get_untracked()
            {
                body.set_scroll_top(body.scroll_height());
            }
        });
    });
    let note = view! { <Trouble column answer /> }.into_any();
    let reviews = column.with_untracked(|c| {
        c.as_ref()
            .is_some_and(|c| c.contribution.kind == RoundKind::Review)
    });
    let text = if reviews {
        view! {
            <div class="answer-row">{note}</div>
            {move || reviews_of(column).map(|content| view! { <GivenReviews live content /> })}
        }
        .into_any()
    } else {
        view! { <AnswerView answer note /> }.into_any()
    };
    view! {
        <div
            class="column-body"
            data-testid="column-text"
            // A long answer scrolls, by keyboard too.
            tabindex="0"
            role="group"
            aria-label="Answer"
            aria-busy=move || (status.get() == MemberState::Running).to_string()
            node_ref=body
            on:scroll=on_scroll
        >
            {text}
        </div>
    }
    .into_any()
}

/// Time, tokens and cost of an answer.
#[component]
fn Used(column: Memo<Option<ColumnView>>) -> impl IntoView {
    let used = move || {
        column.with(|c| {
            let c = &c.as_ref()?.contribution;
            Some(used_words(
                c.duration_ms().filter(|_| answered_or_failed(c.status)),
                c.tokens_in,
                c.tokens_out,
                c.cost_microusd,
            ))
        })
    };
    view! { <p class="used">{move || used().unwrap_or_default()}</p> }
}

/// Whether a model was asked and the call has ended.
fn answered_or_failed(status: MemberState) -> bool {
    matches!(status, MemberState::Completed | MemberState::Failed)
}

/// `12.4 s · 1,200 tokens in · 300 out · $0.0031 USD`.
pub fn used_words(
    duration_ms: Option<i64>,
    tokens_in: Option<i64>,
    tokens_out: Option<i64>,
    cost_microusd: Option<i64>,
) -> String {
    let mut parts = Vec::new();
    if let Some(ms) = duration_ms {
        parts.push(format::duration(ms));
    }
    if let Some(tokens) = tokens_in {
        parts.push(format!("{} in", format::counted(tokens, "token", "tokens")));
    }
    if let Some(tokens) = tokens_out {
        parts.push(format!(
            "{} out",
            format::counted(tokens, "token", "tokens")
        ));
    }
    if let Some(cost) = cost_microusd {
        parts.push(format!("{} USD", format::cost(cost)));
    }
    parts.join(" · ")
}

#[component]
fn Accept(live: Live, column: Memo<Option<ColumnView>>) -> impl IntoView {
    let decisions = use_decisions();
    let offered = Memo::new(move |_| {
        let decide = decisions.is_some_and(|d| d.choices.get().decide);
        column.with(|c| {
            c.as_ref()
                .filter(|c| decide && live.state.with(|s| s.stands(&c.contribution)))
                .map(|c| c.contribution.id)
        })
    });
    move || {
        let (decisions, id) = decisions.zip(offered.get())?;
        Some(view! {
            <button
                type="button"
                class="btn btn-small needs-script"
                data-testid="accept-contribution"
                disabled=move || decisions.pending.get()
                on:click=move |_| {
                    decisions
                        .decide(
                            Verdict::Accepted,
                            Choice {
                                contribution_id: Some(id),
                                ..Choice::default()
                            },
                        );
                }
            >
                <Icon sign=Sign::Check />
                "Accept this one"
            </button>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_says_its_units() {
        assert_eq!(
            used_words(Some(12_400), Some(1_200), Some(1), Some(3_100)),
            "12.4 s · 1,200 tokens in · 1 token out · $0.0031 USD"
        );
        assert_eq!(used_words(None, None, None, None), "");
    }
}
