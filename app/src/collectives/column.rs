//! One agent's column: who it is, what it says, what it took.

use leptos::html;
use leptos::prelude::*;
use model::{Contribution, ContributionId, MemberState, Verdict};

use super::answer::Answer;
use super::answer_view::AnswerView;
use super::decisions::{Choice, use_decisions};
use super::follow::Live;
use super::live_state::ColumnView;
use super::receipt::ReceiptButton;
use crate::components::{Icon, Sign, StatePill};
use crate::format;
use crate::labels::{Labelled, way_on};

/// The column of one contribution.
#[component]
pub fn Column(live: Live, id: ContributionId, now: ReadSignal<Option<i64>>) -> impl IntoView {
    let column = Memo::new(move |_| live.state.with(|s| s.column(id)));
    let first = column.get_untracked();
    first.map(|first| view! { <ColumnOf live first column now /> })
}

#[component]
fn ColumnOf(
    live: Live,
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
    view! {
        <article
            class="column"
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
                    {format!("{} · {}", known.provider.label(), known.model_name)}
                </p>
                <p class="column-facts">
                    {place(&known)} <Group live id /> <Progress column now />
                </p>
            </header>
            <ColumnBody column answer status />
            <footer class="column-foot">
                <Used column />
                <div class="column-actions">
                    <Accept column />
                    <ReceiptButton
                        receipt
                        id=format!("receipt-{id}")
                        title=format!("Receipt of {}", known.agent_name)
                    />
                </div>
            </footer>
        </article>
    }
    .into_any()
}

/// The stored content, or the text so far.
fn answer_of(column: &ColumnView) -> Answer {
    match &column.contribution.content {
        Some(content) => Answer::of_content(content),
        None => Answer::of_text(&column.text),
    }
}

fn place(contribution: &Contribution) -> String {
    match contribution.place {
        0 => "1st, writes the synthesis".to_owned(),
        1 => "2nd".to_owned(),
        2 => "3rd".to_owned(),
        n => format!("{}th", n + 1),
    }
}

/// The letter of the group of like answers, where there is more than one.
#[component]
fn Group(live: Live, id: ContributionId) -> impl IntoView {
    let letter = Memo::new(move |_| {
        live.state.with(|s| {
            let groups = &s.detail.collective.consensus.as_ref()?.groups;
            let place = groups
                .iter()
                .position(|g| g.contribution_ids.contains(&id))?;
            (groups.len() > 1).then(|| super::consensus::letter(place))
        })
    });
    move || {
        {
            letter
                .get()
                .map(|letter| view! { <span class="tag">"group " {letter}</span> })
        }
        .into_any()
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
    view! {
        <div
            class="column-body"
            data-testid="column-text"
            aria-busy=move || (status.get() == MemberState::Running).to_string()
            node_ref=body
            on:scroll=on_scroll
        >
            <AnswerView answer />
            <div class="answer-row">
                <Trouble column answer status />
            </div>
        </div>
    }
    .into_any()
}

/// Waiting, or why there is no answer and the way on.
#[component]
fn Trouble(
    column: Memo<Option<ColumnView>>,
    answer: Memo<Answer>,
    status: Memo<MemberState>,
) -> impl IntoView {
    let error = Memo::new(move |_| {
        column.with(|c| {
            let c = &c.as_ref()?.contribution;
            Some((c.error_type.clone(), c.error.clone()))
        })
    });
    let empty = Memo::new(move |_| answer.with(Answer::is_empty));
    let unread = Memo::new(move |_| {
        column.with(|c| {
            c.as_ref()
                .is_some_and(|c| c.contribution.content.is_some() && !c.contribution.readable)
        })
    });
    move || {
        let (error_type, error) = error.get().unwrap_or_default();
        let (reason, way) = match status.get() {
            MemberState::Pending => {
                return view! { <p class="quiet">"Waits to be asked."</p> }.into_any();
            }
            MemberState::Running if empty.get() => {
                return view! { <p class="quiet">"Asked, no text yet."</p> }.into_any();
            }
            MemberState::Running => return ().into_any(),
            MemberState::Completed if unread.get() => (
                "No recommendation could be read from this answer, so it counts in no group."
                    .to_owned(),
                "",
            ),
            MemberState::Completed => return ().into_any(),
            MemberState::Failed => (
                error.unwrap_or_else(|| "The model gave no answer.".to_owned()),
                way_on(error_type.as_deref()),
            ),
            MemberState::Blocked => (
                error.unwrap_or_else(|| "A governance policy does not allow this call.".to_owned()),
                "No model was called. A steward can change the hub's governance policies.",
            ),
            MemberState::Cancelled => (
                "The run was cancelled before this agent had answered.".to_owned(),
                "",
            ),
            MemberState::Unknown => (
                error.unwrap_or_else(|| {
                    "The server stopped during the call and cannot tell how it ended.".to_owned()
                }),
                "What was reserved counts as spent. Start a new run to ask again.",
            ),
        };
        view! {
            <div class="trouble" data-tone=status.get().tone().class()>
                <p>{reason}</p>
                {(!way.is_empty()).then(|| view! { <p class="quiet">{way}</p> })}
            </div>
        }
        .into_any()
    }
}

/// Time, tokens and cost of an answer.
#[component]
fn Used(column: Memo<Option<ColumnView>>) -> impl IntoView {
    let used = move || {
        column.with(|c| {
            let c = &c.as_ref()?.contribution;
            Some(used_words(
                c.duration_ms().filter(|_| c.status.is_final()),
                c.tokens_in,
                c.tokens_out,
                c.cost_microusd,
            ))
        })
    };
    view! { <p class="used">{move || used().unwrap_or_default()}</p> }
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
fn Accept(column: Memo<Option<ColumnView>>) -> impl IntoView {
    let decisions = use_decisions();
    let offered = Memo::new(move |_| {
        let decide = decisions.is_some_and(|d| d.choices.get().decide);
        column.with(|c| {
            c.as_ref()
                .filter(|c| decide && c.contribution.readable)
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
