//! Two texts, word by word.

use leptos::prelude::*;
use model::difference::{Piece, words};
use serde_json::Value;

/// What became of `old`: what is gone and what is new, in its place.
#[component]
pub fn Difference(
    artifact_type: String,
    old: Value,
    new: Value,
    #[prop(into)] label: String,
) -> impl IntoView {
    let old = model::as_text(&artifact_type, &old);
    let new = model::as_text(&artifact_type, &new);
    let pieces = words(&old, &new).into_iter().map(|piece| match piece {
        Piece::Same(text) => view! { <span>{text}</span> }.into_any(),
        Piece::Gone(text) => view! { <del class="diff-gone">{text}</del> }.into_any(),
        Piece::New(text) => view! { <ins class="diff-new">{text}</ins> }.into_any(),
    });
    view! {
        <div class="diff" role="group" aria-label=label data-testid="difference">
            {pieces.collect_view()}
        </div>
    }
    .into_any()
}
