//! Somebody saved the same thing while it was being changed here: both texts,
//! field by field. Nothing that was typed is lost.

use leptos::prelude::*;

use super::{Notice, TonePill};
use crate::labels::Tone;

/// The fields that a save changes: name in the API, words for people.
pub type Fields = &'static [(&'static str, &'static str)];

/// One text for each field, as the form sends it.
pub type Texts = Vec<String>;

/// A field's text as people read it, by its name in the API.
pub type Shown = Callback<(&'static str, String), String>;

/// The fields as they stand in a form.
#[derive(Clone, Copy)]
pub struct Draft {
    fields: Fields,
    texts: StoredValue<Vec<RwSignal<String>>>,
}

impl Draft {
    /// A field without a text begins empty.
    pub fn new(fields: Fields, texts: Texts) -> Self {
        let mut texts = texts;
        texts.resize(fields.len(), String::new());
        Self {
            fields,
            texts: StoredValue::new(texts.into_iter().map(RwSignal::new).collect()),
        }
    }

    /// The text of one field, by its name in the API.
    pub fn of(&self, field: &str) -> RwSignal<String> {
        let place = self.fields.iter().position(|(name, _)| *name == field);
        self.at(place.unwrap_or(0))
    }

    pub fn at(&self, place: usize) -> RwSignal<String> {
        self.texts.with_value(|texts| texts[place])
    }

    pub fn texts(&self) -> Texts {
        self.texts
            .with_value(|texts| texts.iter().map(|text| text.get_untracked()).collect())
    }
}

/// Who has changed a field that differs now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    OnlyTheirs,
    OnlyYours,
    Both,
}

/// Of two texts that came from `base`; `None` where they are the same.
fn changed(base: &str, theirs: &str, yours: &str) -> Option<Changed> {
    if theirs == yours {
        None
    } else if yours == base {
        Some(Changed::OnlyTheirs)
    } else if theirs == base {
        Some(Changed::OnlyYours)
    } else {
        Some(Changed::Both)
    }
}

/// Two texts of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    pub version: i32,
    pub theirs: Texts,
    pub yours: Texts,
    /// The fields that differ, by place.
    pub fields: Vec<(usize, Changed)>,
}

impl Conflict {
    pub fn new(base: &Texts, version: i32, theirs: Texts, yours: Texts) -> Self {
        let fields = (0..base.len())
            .filter_map(|n| Some((n, changed(&base[n], &theirs[n], &yours[n])?)))
            .collect();
        Self {
            version,
            theirs,
            yours,
            fields,
        }
    }

    /// What the form shows first: your own texts, and theirs where you have
    /// changed nothing.
    pub fn settle(&self, draft: Draft) {
        for (place, who) in &self.fields {
            let text = match who {
                Changed::OnlyTheirs => &self.theirs[*place],
                Changed::OnlyYours | Changed::Both => &self.yours[*place],
            };
            draft.at(*place).set(text.clone());
        }
    }

    fn take(&self, draft: Draft, texts: &Texts) {
        for (place, _) in &self.fields {
            draft.at(*place).set(texts[*place].clone());
        }
    }
}

/// Shows both and lets a person choose; the form below holds the choice.
#[component]
pub fn ConflictPanel(conflict: Conflict, draft: Draft, shown: Shown) -> impl IntoView {
    let rows = conflict.fields.iter().map(|(place, who)| {
        let (theirs, yours) = (
            conflict.theirs[*place].clone(),
            conflict.yours[*place].clone(),
        );
        view! { <Row place=*place who=*who theirs yours draft shown /> }
    });
    let rows = rows.collect_view();
    let none = conflict.fields.is_empty();
    let version = conflict.version;
    let (all_theirs, all_yours) = (conflict.clone(), conflict);
    view! {
        <Notice
            tone=Tone::Warn
            title=format!("Somebody saved version {version} while you were writing")
        >
            {if none {
                view! { <p>"It says the same as your text: there is nothing left to save."</p> }.into_any()
            } else {
                view! {
                    <p>
                        "Nothing of yours is lost. Choose a text for each field, or change it in the form below; saving makes a new version on top of theirs."
                    </p>
                    <div class="conflict" data-testid="conflict">
                        {rows}
                    </div>
                    <div class="conflict-all">
                        <button
                            type="button"
                            class="btn btn-small"
                            data-testid="all-yours"
                            on:click=move |_| all_yours.take(draft, &all_yours.yours)
                        >
                            "Use all of yours"
                        </button>
                        <button
                            type="button"
                            class="btn btn-small"
                            data-testid="all-theirs"
                            on:click=move |_| all_theirs.take(draft, &all_theirs.theirs)
                        >
                            "Use all of theirs"
                        </button>
                    </div>
                }
                    .into_any()
            }}
        </Notice>
    }
    .into_any()
}

#[component]
fn Row(
    place: usize,
    who: Changed,
    theirs: String,
    yours: String,
    draft: Draft,
    shown: Shown,
) -> impl IntoView {
    let (name, label) = draft.fields[place];
    let said = match who {
        Changed::OnlyTheirs => "only they changed it",
        Changed::OnlyYours => "only you changed it",
        Changed::Both => "both changed it",
    };
    let side = move |whose: &'static str, text: String| {
        let (mine, chosen) = (text.clone(), text.clone());
        let text = shown.run((name, text));
        let is_chosen = move || draft.at(place).with(|now| *now == chosen);
        view! {
            <div class="conflict-side">
                <p class="answer-label">{whose}</p>
                <p class="conflict-text">
                    {if text.is_empty() { "empty".to_owned() } else { text }}
                </p>
                <button
                    type="button"
                    class="btn btn-quiet btn-small"
                    aria-pressed=move || is_chosen().to_string()
                    on:click=move |_| draft.at(place).set(mine.clone())
                >
                    {format!("Use {}", whose.to_lowercase())}
                </button>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="conflict-field" data-field=name>
            <p class="conflict-name">
                {label} " " <TonePill tone=Tone::Neutral text=said />
            </p>
            {side("Theirs", theirs)}
            {side("Yours", yours)}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;

    use super::*;

    const FIELDS: Fields = &[("title", "Title"), ("body", "Text"), ("status", "Status")];

    fn texts(all: [&str; 3]) -> Texts {
        all.map(str::to_owned).to_vec()
    }

    #[test]
    fn who_changed_what() {
        assert_eq!(changed("a", "b", "b"), None);
        assert_eq!(changed("a", "b", "a"), Some(Changed::OnlyTheirs));
        assert_eq!(changed("a", "a", "b"), Some(Changed::OnlyYours));
        assert_eq!(changed("a", "b", "c"), Some(Changed::Both));
    }

    #[test]
    fn what_only_one_side_changed_is_taken_from_it() {
        let owner = Owner::new();
        owner.with(|| {
            let base = texts(["Old", "text", "open"]);
            let yours = texts(["Yours", "text", "open"]);
            let theirs = texts(["Old", "theirs", "open"]);
            let conflict = Conflict::new(&base, 2, theirs, yours.clone());
            assert_eq!(
                conflict.fields,
                [(0, Changed::OnlyYours), (1, Changed::OnlyTheirs)]
            );
            let draft = Draft::new(FIELDS, yours);
            conflict.settle(draft);
            assert_eq!(draft.texts(), ["Yours", "theirs", "open"]);
            conflict.take(draft, &conflict.theirs);
            assert_eq!(draft.texts()[0], "Old");
            assert_eq!(draft.of("status").get_untracked(), "open");
        });
    }
}
