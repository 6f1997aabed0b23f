//! Somebody saved the agent while it was being changed here: both texts, field
//! by field. Nothing that was typed is lost.

use leptos::prelude::*;
use model::Agent;

use super::draft::{Changed, Draft, FIELDS, Texts, changed, shown, texts};
use crate::components::{Notice, TonePill};
use crate::labels::Tone;

/// Two texts of one agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    pub version: i32,
    pub theirs: Texts,
    pub yours: Texts,
    /// The fields that differ, by place in [`FIELDS`].
    pub fields: Vec<(usize, Changed)>,
}

impl Conflict {
    pub fn new(base: &Texts, theirs: &Agent, yours: Texts) -> Self {
        let version = theirs.version;
        let theirs = texts(theirs);
        let fields = (0..FIELDS.len())
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
pub fn ConflictPanel(conflict: Conflict, draft: Draft) -> impl IntoView {
    let rows = conflict.fields.iter().map(|(place, who)| {
        let (theirs, yours) = (
            conflict.theirs[*place].clone(),
            conflict.yours[*place].clone(),
        );
        view! { <Row place=*place who=*who theirs yours draft /> }
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
fn Row(place: usize, who: Changed, theirs: String, yours: String, draft: Draft) -> impl IntoView {
    let (name, label) = FIELDS[place];
    let said = match who {
        Changed::OnlyTheirs => "only they changed it",
        Changed::OnlyYours => "only you changed it",
        Changed::Both => "both changed it",
    };
    let side = move |whose: &'static str, text: String| {
        let (mine, chosen) = (text.clone(), text.clone());
        let text = shown(name, &text);
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

    use super::super::draft::nothing;
    use super::*;

    fn agent(name: &str, model: &str) -> Agent {
        let now = chrono::DateTime::UNIX_EPOCH;
        Agent {
            id: model::AgentId(uuid::Uuid::nil()),
            hub_id: model::HubId(uuid::Uuid::nil()),
            name: name.to_owned(),
            slug: "a".to_owned(),
            description: None,
            provider: model::Provider::Openai,
            model_name: model.to_owned(),
            trust_level: model::TrustLevel::Advisory,
            capabilities: vec!["x".to_owned(), "y".to_owned()],
            system_prompt: None,
            is_active: true,
            version: 2,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn what_only_one_side_changed_is_taken_from_it() {
        let owner = Owner::new();
        owner.with(|| {
            let base = texts(&agent("Old", "m"));
            let mut yours = base.clone();
            yours[0] = "Yours".to_owned();
            let conflict = Conflict::new(&base, &agent("Old", "theirs"), yours.clone());
            assert_eq!(
                conflict.fields,
                [(0, Changed::OnlyYours), (4, Changed::OnlyTheirs)]
            );
            let draft = Draft::new(yours);
            conflict.settle(draft);
            let now = draft.texts();
            assert_eq!((now[0].as_str(), now[4].as_str()), ("Yours", "theirs"));
            conflict.take(draft, &conflict.theirs);
            assert_eq!(draft.texts()[0], "Old");
            assert_ne!(nothing(), base);
        });
    }
}
