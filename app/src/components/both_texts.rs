//! Somebody saved while a form was being filled in: both texts, field by
//! field. Nothing that was typed is lost.

use leptos::prelude::*;

use super::{Notice, TonePill};
use crate::labels::Tone;

/// The stable code of a save on an old version.
pub const STALE: &str = "stale_version";

/// Who has changed a field that differs now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    OnlyTheirs,
    OnlyYours,
    Both,
}

/// Of two texts that came from `base`; `None` where they are the same.
pub fn changed<T: PartialEq>(base: &T, theirs: &T, yours: &T) -> Option<Changed> {
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

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Theirs,
    Yours,
}

/// A field of which there are two texts.
#[derive(Clone)]
pub struct FieldTexts {
    /// As the API names it.
    pub name: &'static str,
    label: &'static str,
    pub who: Changed,
    /// As people read them.
    theirs: String,
    yours: String,
    /// Whose text the form holds.
    holds: Signal<Option<Whose>>,
    choose: Callback<Whose>,
}

impl FieldTexts {
    /// `now` is what the form holds. `None` where both texts are the same.
    pub fn of<T: Clone + PartialEq + Send + Sync + 'static>(
        (name, label): (&'static str, &'static str),
        [base, theirs, yours]: [&T; 3],
        now: RwSignal<T>,
        shown: impl Fn(&T) -> String,
    ) -> Option<Self> {
        let who = changed(base, theirs, yours)?;
        let (told_theirs, told_yours) = (shown(theirs), shown(yours));
        let (theirs, yours) = (theirs.clone(), yours.clone());
        let texts = StoredValue::new((theirs, yours));
        let holds = Signal::derive(move || {
            now.with(|now| {
                texts.with_value(|(theirs, yours)| match now {
                    now if now == theirs => Some(Whose::Theirs),
                    now if now == yours => Some(Whose::Yours),
                    _ => None,
                })
            })
        });
        let choose = Callback::new(move |whose| {
            now.set(texts.with_value(|(theirs, yours)| match whose {
                Whose::Theirs => theirs.clone(),
                Whose::Yours => yours.clone(),
            }));
        });
        Some(Self {
            name,
            label,
            who,
            theirs: told_theirs,
            yours: told_yours,
            holds,
            choose,
        })
    }
}

/// Two texts of one thing.
#[derive(Clone)]
pub struct TwoTexts {
    /// The version that was saved meanwhile.
    pub version: i32,
    /// The fields that differ.
    pub fields: Vec<FieldTexts>,
}

impl TwoTexts {
    /// What the form shows first: your own texts, and theirs where you have
    /// changed nothing.
    pub fn settled(self) -> Self {
        for field in &self.fields {
            field.choose.run(match field.who {
                Changed::OnlyTheirs => Whose::Theirs,
                Changed::OnlyYours | Changed::Both => Whose::Yours,
            });
        }
        self
    }

    pub fn choose_all(&self, whose: Whose) {
        for field in &self.fields {
            field.choose.run(whose);
        }
    }
}

/// Shows both and lets a person choose; the form holds the choice.
#[component]
pub fn BothTexts(texts: TwoTexts) -> impl IntoView {
    let title = format!(
        "Somebody saved version {} while you were writing",
        texts.version
    );
    if texts.fields.is_empty() {
        return view! {
            <Notice tone=Tone::Warn title>
                <p>"It says the same as your text: there is nothing left to save."</p>
            </Notice>
        }
        .into_any();
    }
    let only_yours = texts.fields.iter().all(|f| f.who == Changed::OnlyYours);
    let said = if only_yours {
        "They changed nothing of what you have changed. Save again to put yours on top of theirs."
    } else {
        "Nothing of yours is lost. Choose a text for each field, or change it in the form; saving makes a new version on top of theirs."
    };
    let rows = texts.fields.iter().cloned();
    let rows = rows.map(|field| view! { <Row field /> }).collect_view();
    let all = [
        ("all-yours", "Use all of yours", Whose::Yours),
        ("all-theirs", "Use all of theirs", Whose::Theirs),
    ];
    let all = all.into_iter().map(move |(test, text, whose)| {
        let texts = texts.clone();
        view! {
            <button
                type="button"
                class="btn btn-small"
                data-testid=test
                on:click=move |_| texts.choose_all(whose)
            >
                {text}
            </button>
        }
    });
    view! {
        <Notice tone=Tone::Warn title>
            <p>{said}</p>
            <div class="conflict" data-testid="conflict">
                {rows}
            </div>
            <div class="conflict-all">{all.collect_view()}</div>
        </Notice>
    }
    .into_any()
}

#[component]
fn Row(field: FieldTexts) -> impl IntoView {
    let FieldTexts { holds, choose, .. } = field;
    let said = match field.who {
        Changed::OnlyTheirs => "only they changed it",
        Changed::OnlyYours => "only you changed it",
        Changed::Both => "both changed it",
    };
    let side = move |title: &'static str, text: String, whose: Whose| {
        let is_empty = text.is_empty();
        let is_chosen = move || (holds.get() == Some(whose)).to_string();
        view! {
            <div class="conflict-side">
                <p class="answer-label">{title}</p>
                <p class="conflict-text" class:conflict-empty=is_empty>
                    {if is_empty { "empty".to_owned() } else { text }}
                </p>
                <button
                    type="button"
                    class="btn btn-small"
                    aria-pressed=is_chosen
                    on:click=move |_| choose.run(whose)
                >
                    {format!("Use {}", title.to_lowercase())}
                </button>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="conflict-field" data-field=field.name>
            <p class="conflict-name">
                {field.label} " " <TonePill tone=Tone::Neutral text=said />
            </p>
            {side("Theirs", field.theirs, Whose::Theirs)}
            {side("Yours", field.yours, Whose::Yours)}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;

    use super::*;

    #[test]
    fn who_changed_what() {
        assert_eq!(changed(&"a", &"b", &"b"), None);
        assert_eq!(changed(&"a", &"b", &"a"), Some(Changed::OnlyTheirs));
        assert_eq!(changed(&"a", &"a", &"b"), Some(Changed::OnlyYours));
        assert_eq!(changed(&"a", &"b", &"c"), Some(Changed::Both));
    }

    #[test]
    fn what_only_one_side_changed_is_taken_from_it() {
        Owner::new().with(|| {
            let form = [RwSignal::new(1), RwSignal::new(2), RwSignal::new(3)];
            let of = |name, base, theirs, now: RwSignal<i32>| {
                let texts = [&base, &theirs, &now.get_untracked()];
                FieldTexts::of((name, name), texts, now, ToString::to_string)
            };
            let met = [
                of("kept", 1, 10, form[0]),
                of("mine", 0, 0, form[1]),
                of("both", 0, 30, form[2]),
            ];
            assert!(of("same", 0, 3, form[2]).is_none());
            let fields = met.into_iter().flatten().collect();
            let texts = TwoTexts { version: 2, fields }.settled();
            let holds = || form.map(|field| field.get_untracked());
            assert_eq!(holds(), [10, 2, 3]);
            assert_eq!(texts.fields[2].holds.get_untracked(), Some(Whose::Yours));
            texts.choose_all(Whose::Theirs);
            assert_eq!(holds(), [10, 0, 30]);
            texts.choose_all(Whose::Yours);
            assert_eq!(holds(), [1, 2, 3]);
            form[0].set(7);
            assert_eq!(texts.fields[0].holds.get_untracked(), None);
        });
    }
}
