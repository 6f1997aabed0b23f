//! An agent's answer by the fields of its task: never as HTML, whatever an
//! agent wrote.

use leptos::prelude::*;
use model::InvocationPoint;

use crate::collectives::{Answer, Shown, shown};
use crate::components::{ShareMeter, TonePill};
use crate::format;
use crate::labels::Tone;

/// How a field is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Title,
    Text,
    List,
    Steps,
    Themes,
    Duplicates,
    Kept,
}

/// The fields of a task, in the order in which they are read.
fn fields(point: Option<InvocationPoint>) -> &'static [(&'static str, Look)] {
    match point {
        Some(InvocationPoint::SummarizeCluster) => {
            &[("Summary", Look::Text), ("Themes", Look::Themes)]
        }
        Some(InvocationPoint::DraftRequirement) => &[
            ("Title", Look::Title),
            ("Body", Look::Text),
            ("Acceptance criteria", Look::List),
        ],
        Some(InvocationPoint::ProposeImplementation) => &[
            ("Approach", Look::Text),
            ("Steps", Look::Steps),
            ("Effort", Look::Text),
            ("Alternatives", Look::List),
        ],
        Some(InvocationPoint::DetectDuplicates) => &[
            ("Duplicates", Look::Duplicates),
            ("Kept candidate id", Look::Kept),
        ],
        None => &[],
    }
}

/// The answer, the task's own fields first.
#[component]
pub fn TaskAnswer(
    #[prop(into)] answer: Signal<Answer>,
    point: Option<InvocationPoint>,
) -> impl IntoView {
    move || answer.with(|answer| whole(answer, point))
}

fn whole(answer: &Answer, point: Option<InvocationPoint>) -> AnyView {
    let wanted = fields(point);
    let own = wanted.iter().filter_map(|(name, look)| {
        let value = answer.others.iter().find(|(known, _)| known == name)?;
        Some(field(name, *look, value.1.clone()))
    });
    let rest = answer
        .others
        .iter()
        .filter(|(name, _)| wanted.iter().all(|(known, _)| known != name));
    view! {
        <div class="task-answer">
            {answer
                .recommendation
                .clone()
                .map(|text| view! { <p class="answer-recommendation">{text}</p> })}
            {answer.text.clone().map(|text| view! { <p class="answer-text">{text}</p> })}
            {own.collect_view()}
            {answer.rationale.clone().map(|why| named("Why", shown(why)))}
            {answer.confidence.map(|share| view! { <ShareMeter label="Confidence" share /> })}
            {list("Risks", answer.risks.clone())}
            {list("Evidence", answer.evidence.clone())}
            {rest
                .map(|(name, value)| named(name.clone(), shown(value.clone())))
                .collect_view()}
        </div>
    }
    .into_any()
}

fn named(name: impl Into<String>, value: AnyView) -> AnyView {
    let name: String = name.into();
    view! {
        <div class="task-field">
            <p class="answer-label">{name}</p>
            {value}
        </div>
    }
    .into_any()
}

fn list(name: &'static str, items: Vec<Shown>) -> AnyView {
    if items.is_empty() {
        return ().into_any();
    }
    named(name, shown(Shown::List(items)))
}

fn field(name: &'static str, look: Look, value: Shown) -> AnyView {
    match (look, value) {
        (Look::Title, Shown::Text(text)) => view! { <p class="task-title">{text}</p> }.into_any(),
        (Look::Steps, Shown::List(items)) => named(
            name,
            view! {
                <ol class="numbers">
                    {items.into_iter().map(|item| view! { <li>{shown(item)}</li> }).collect_view()}
                </ol>
            }
            .into_any(),
        ),
        (Look::Themes, Shown::List(items)) => {
            named(name, items.into_iter().map(theme).collect_view().into_any())
        }
        (Look::Duplicates, Shown::List(items)) => named(
            "Compared with",
            view! {
                <ul class="compared">{items.into_iter().map(duplicate).collect_view()}</ul>
            }
            .into_any(),
        ),
        (Look::Kept, Shown::Text(id)) => named("The one to keep", candidate(&id, None)),
        (_, value) => named(name, shown(value)),
    }
}

/// A named part's text.
fn part(parts: &[(String, Shown)], name: &str) -> Option<String> {
    let (_, value) = parts.iter().find(|(known, _)| known == name)?;
    match value {
        Shown::Text(text) => Some(text.clone()),
        Shown::List(_) | Shown::Named(_) => None,
    }
}

fn theme(value: Shown) -> AnyView {
    let Shown::Named(parts) = value else {
        return shown(value);
    };
    let quotes = parts.iter().find(|(name, _)| name == "Quotes");
    let quotes = match quotes {
        Some((_, Shown::List(quotes))) => quotes.clone(),
        Some((_, one)) => vec![one.clone()],
        None => Vec::new(),
    };
    let quoted = |quote: Shown| match quote {
        Shown::Text(text) => view! { <blockquote class="quote">{text}</blockquote> }.into_any(),
        other => shown(other),
    };
    view! {
        <div class="theme">
            <p class="theme-title">
                {part(&parts, "Title")}
                {part(&parts, "Count").map(|count| view! { <span class="tag">{count}</span> })}
            </p>
            {quotes.into_iter().map(quoted).collect_view()}
        </div>
    }
    .into_any()
}

/// A candidate by its title; while it is a label of the prompt, by that.
fn candidate(id: &str, title: Option<String>) -> AnyView {
    match id.parse::<uuid::Uuid>() {
        Ok(id) => view! {
            <a class="link" href=format!("/candidates/{id}")>
                {title.unwrap_or_else(|| "Open the candidate".to_owned())}
            </a>
        }
        .into_any(),
        Err(_) => id.to_owned().into_any(),
    }
}

fn duplicate(value: Shown) -> AnyView {
    let Shown::Named(parts) = value else {
        return view! { <li>{shown(value)}</li> }.into_any();
    };
    let id = part(&parts, "Candidate id").unwrap_or_default();
    let same = part(&parts, "Same").is_some_and(|word| word == "Yes");
    let score = part(&parts, "Score")
        .and_then(|score| score.parse::<f64>().ok())
        .filter(|score| (0.0..=1.0).contains(score));
    let (tone, word) = if same {
        (Tone::Warn, "The same")
    } else {
        (Tone::Neutral, "Another thing")
    };
    view! {
        <li class="compared-one">
            <p class="compared-title">
                {candidate(&id, part(&parts, "Title"))} <TonePill tone text=word />
                {score.map(|score| view! { <span class="quiet">{format::percent(score)}</span> })}
            </p>
            {part(&parts, "Reason").map(|text| view! { <p class="answer-text">{text}</p> })}
        </li>
    }
    .into_any()
}
