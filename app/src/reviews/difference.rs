//! Two texts, word by word.

use leptos::prelude::*;
use model::difference::{Piece, words};
use serde_json::Value;

/// What became of `old`: what is gone and what is new, in its place. Parts that
/// are the same are left out.
#[component]
pub fn Difference(
    artifact_type: String,
    old: Value,
    new: Value,
    #[prop(into)] label: String,
) -> impl IntoView {
    let (old, new, some_same) = apart(old, new);
    let nothing = old == new;
    let old = model::as_text(&artifact_type, &old);
    let new = model::as_text(&artifact_type, &new);
    let pieces = words(&old, &new).into_iter().map(|piece| match piece {
        Piece::Same(text) => view! { <span>{text}</span> }.into_any(),
        Piece::Gone(text) => view! { <del class="difference-gone">{text}</del> }.into_any(),
        Piece::New(text) => view! { <ins class="difference-new">{text}</ins> }.into_any(),
    });
    let rest = match (nothing, some_same) {
        (true, _) => Some("Nothing is changed."),
        (false, true) => Some("The other parts are the same."),
        (false, false) => None,
    };
    view! {
        <div class="difference" role="group" aria-label=label data-testid="difference">
            {(!nothing).then(|| view! { <div class="difference-text">{pieces.collect_view()}</div> })}
            {rest.map(|text| view! { <p class="quiet">{text}</p> })}
        </div>
    }
    .into_any()
}

/// Both without the parts that they share; whether there are such.
fn apart(old: Value, new: Value) -> (Value, Value, bool) {
    match (old, new) {
        (Value::Object(mut old), Value::Object(mut new)) => {
            let all = old.len();
            let before = old.clone();
            old.retain(|name, value| new.get(name) != Some(&*value));
            new.retain(|name, value| before.get(name) != Some(&*value));
            let some_same = old.len() < all;
            (old.into(), new.into(), some_same)
        }
        (old, new) => (old, new, false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_that_are_the_same_are_left_out() {
        let old = json!({ "title": "T", "body": "one", "gone": 1, "risks": ["r"] });
        let new = json!({ "title": "T", "body": "two", "more": 2, "risks": ["r"] });
        let left = (
            json!({ "body": "one", "gone": 1 }),
            json!({ "body": "two", "more": 2 }),
            true,
        );
        assert_eq!(apart(old.clone(), new), left);
        assert_eq!(apart(old.clone(), old), (json!({}), json!({}), true));
        let texts = (json!("a"), json!({ "text": "b" }), false);
        assert_eq!(apart(texts.0.clone(), texts.1.clone()), texts);
    }
}
