//! What a proposal is about, beside it.

use leptos::prelude::*;
use model::{Proposal, ProposalSource};

use crate::format;

/// Texts that are shown before one asks for more.
const SHORT: usize = 8;

fn page_of(kind: &str) -> &'static str {
    match kind {
        "widget" => "widgets",
        "decision_record" => "decisions",
        _ => "candidates",
    }
}

#[component]
pub fn SourcePanel(source: ProposalSource, proposal: Proposal) -> impl IntoView {
    let ProposalSource {
        kind,
        id,
        title,
        parts,
        more,
    } = source;
    let mut first = parts;
    let rest = first.split_off(first.len().min(SHORT));
    let number = i64::try_from(rest.len()).unwrap_or(i64::MAX);
    let texts = |parts: Vec<model::SourcePart>| {
        parts
            .into_iter()
            .map(|part| {
                view! {
                    <div class="source-part">
                        <dt>{part.name}</dt>
                        <dd>{part.text}</dd>
                    </div>
                }
            })
            .collect_view()
    };
    view! {
        <section class="panel source" aria-labelledby="source" data-testid="source">
            <div class="panel-head">
                <h2 class="panel-title" id="source">
                    "Source"
                </h2>
                <a class="link panel-push" href=format!("/{}/{id}", page_of(&kind))>
                    "Open"
                </a>
            </div>
            <div class="card source-body" tabindex="0" role="region" aria-label=title>
                {proposal
                    .instructions
                    .map(|text| {
                        view! {
                            <p class="answer-label">"Asked with these instructions"</p>
                            <p class="answer-text">{text}</p>
                        }
                    })}
                <dl class="source-parts">{texts(first)}</dl>
                {(number > 0)
                    .then(|| {
                        view! {
                            <details class="source-more">
                                <summary>{format!("{} more", format::counted(number, "text", "texts"))}</summary>
                                <dl class="source-parts">{texts(rest)}</dl>
                            </details>
                        }
                    })}
                {(more > 0)
                    .then(|| {
                        view! {
                            <p class="quiet">
                                {format!("{} not shown here.", format::counted(more, "older one is", "older ones are"))}
                            </p>
                        }
                    })}
            </div>
        </section>
    }
    .into_any()
}
