//! Earlier versions of an agent, each with what it changed.

use leptos::prelude::*;
use model::{AgentChange, AgentVersionRow, DiffLine, LineKind, Page};

use super::draft::{label, shown};
use super::show::TabPages;
use crate::components::Stamp;
use crate::format;
use crate::labels::Labelled;

/// The tab of versions, newest first.
#[component]
pub fn Versions(page: Page<AgentVersionRow>, path: String, first: bool) -> impl IntoView {
    let rows = page.items.into_iter().map(|row| view! { <Version row /> });
    view! {
        <div class="stack tab-body">{rows.collect_view()}</div>
        <TabPages path tab="versions" next=page.next_cursor first />
    }
    .into_any()
}

#[component]
fn Version(row: AgentVersionRow) -> impl IntoView {
    let AgentVersionRow { version, changes } = row;
    let none = changes.is_empty();
    let changes = changes
        .into_iter()
        .map(|change| view! { <Change change /> });
    let changes = changes.collect_view();
    let number = version.version;
    view! {
        <section class="card version" id=format!("v{number}") data-testid="version" data-version=number.to_string()>
            <div class="card-head">
                <h2 class="card-title">{format!("Version {number}")}</h2>
                <p class="quiet">
                    {version.created_by.clone()} " · " <Stamp at=version.created_at />
                </p>
            </div>
            {if none {
                view! { <p class="quiet">"As it was registered."</p> }.into_any()
            } else {
                view! { <div class="changes">{changes}</div> }.into_any()
            }}
            <details class="whole">
                <summary>"The whole version"</summary>
                <dl class="facts">
                    <div class="fact">
                        <dt>"Name"</dt>
                        <dd>{format!("{} ({})", version.name, version.slug)}</dd>
                    </div>
                    {version.description.map(|text| view! {
                        <div class="fact">
                            <dt>"Description"</dt>
                            <dd class="answer-text">{text}</dd>
                        </div>
                    })}
                    <div class="fact">
                        <dt>"Model"</dt>
                        <dd>{format!("{} · {}", version.provider.label(), version.model_name)}</dd>
                    </div>
                    <div class="fact">
                        <dt>"Trust"</dt>
                        <dd>{version.trust_level.label()}</dd>
                    </div>
                    <div class="fact">
                        <dt>"Capabilities"</dt>
                        <dd>
                            {if version.capabilities.is_empty() {
                                "none".to_owned()
                            } else {
                                version.capabilities.join(", ")
                            }}
                        </dd>
                    </div>
                </dl>
                {version.system_prompt.map(|prompt| view! { <pre class="prompt-text">{prompt}</pre> })}
            </details>
        </section>
    }
    .into_any()
}

#[component]
fn Change(change: AgentChange) -> impl IntoView {
    let field = change.field;
    let name = label(&field);
    let word = |text: Option<String>| shown(&field, &text.unwrap_or_default());
    let (before, after) = (word(change.before), word(change.after));
    let moved = change.added.is_empty() && change.removed.is_empty();
    let what = if field == "capabilities" && !moved {
        let tag = |class: &'static str, mark: &'static str, all: Vec<String>| {
            all.into_iter()
                .map(|tag| view! { <span class=class>{format!("{mark} {tag}")}</span> })
                .collect_view()
        };
        view! {
            <span class="pills">
                {tag("tag tag-removed", "−", change.removed)} {tag("tag tag-added", "+", change.added)}
            </span>
        }
        .into_any()
    } else if change.lines.is_empty() {
        view! {
            <span class="change-words">
                <del>{before}</del>
                " → "
                <ins>{after}</ins>
            </span>
        }
        .into_any()
    } else {
        view! { <Lines lines=change.lines /> }.into_any()
    };
    view! {
        <div class="change" data-field=field>
            <h3 class="answer-label">{name}</h3>
            {what}
        </div>
    }
    .into_any()
}

#[component]
fn Lines(lines: Vec<DiffLine>) -> impl IntoView {
    let rows = lines.into_iter().map(|line| {
        let (mark, said) = match line.kind {
            LineKind::Same => (" ", ""),
            LineKind::Added => ("+", "added: "),
            LineKind::Removed => ("−", "removed: "),
            LineKind::Skipped => ("⋯", ""),
        };
        let text = match line.kind {
            LineKind::Skipped => {
                let number = line.text.parse().unwrap_or(0);
                format::counted(number, "line is the same", "lines are the same")
            }
            _ => line.text,
        };
        view! {
            <li class="diff-line" data-kind=line.kind.as_str()>
                <span class="diff-mark" aria-hidden="true">
                    {mark}
                </span>
                <span class="sr-only">{said}</span>
                <span class="diff-text">{text}</span>
            </li>
        }
    });
    view! { <ol class="diff">{rows.collect_view()}</ol> }.into_any()
}
