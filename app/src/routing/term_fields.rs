//! The fields of a policy's conditions, for a new policy and for one that is
//! changed.

use leptos::prelude::*;
use model::{RoutingPolicy, TrustLevel};

use crate::components::{FieldTexts, TwoTexts, sentence};
use crate::error::AppError;
use crate::format;
use crate::labels::Labelled;

/// Name in the API, words for people.
const TERMS: [(&str, &str); 3] = [
    ("max_cost_microusd_per_1k", "Cost ceiling"),
    ("required_capabilities", "Capabilities"),
    ("min_trust_level", "Trust"),
];

/// One text for each of the conditions, as the form sends it.
pub type Texts = [String; TERMS.len()];

/// The texts of a policy.
pub fn texts(policy: &RoutingPolicy) -> Texts {
    let ceiling = policy.max_cost_microusd_per_1k.map(format::plain_amount);
    let trust = policy.min_trust_level.map(|level| level.to_string());
    [
        ceiling.unwrap_or_default(),
        policy.required_capabilities.join(", "),
        trust.unwrap_or_default(),
    ]
}

/// A condition as people read it.
fn shown(field: &str, text: &str) -> String {
    if text.is_empty() {
        return "none".to_owned();
    }
    match field {
        "max_cost_microusd_per_1k" => format!("{text} USD for 1,000 tokens"),
        "min_trust_level" => text
            .parse::<TrustLevel>()
            .map_or_else(|_| text.to_owned(), at_least),
        _ => text.to_owned(),
    }
}

fn at_least(level: TrustLevel) -> String {
    format!("{} or more", level.label())
}

/// The conditions as they stand in a form.
#[derive(Clone, Copy)]
pub struct Terms([RwSignal<String>; TERMS.len()]);

impl Terms {
    pub fn new(texts: Texts) -> Self {
        Self(texts.map(RwSignal::new))
    }

    pub fn texts(self) -> Texts {
        self.0.map(|text| text.get_untracked())
    }

    pub fn set(self, texts: Texts) {
        for (field, text) in self.0.into_iter().zip(texts) {
            field.set(text);
        }
    }

    /// What was typed here meets what somebody else saved; both began with
    /// `base`.
    pub fn meets(self, base: &RoutingPolicy, theirs: &RoutingPolicy) -> TwoTexts {
        let (base, saved, yours) = (texts(base), texts(theirs), self.texts());
        let fields = TERMS.into_iter().enumerate().filter_map(|(n, field)| {
            let three = [&base[n], &saved[n], &yours[n]];
            FieldTexts::of(field, three, self.0[n], |text| shown(field.0, text))
        });
        TwoTexts {
            version: theirs.version,
            fields: fields.collect(),
        }
        .settled()
    }
}

/// The three fields.
#[component]
pub fn TermFields(
    /// Tells the ids of this form from those of others.
    key: String,
    terms: Terms,
    refusal: Signal<Option<AppError>>,
) -> impl IntoView {
    let at = move |field: &'static str| {
        Signal::derive(move || refusal.get().and_then(|e| e.field(field)))
    };
    let (cost, needs, least) = (
        format!("ceiling-{key}"),
        format!("needs-{key}"),
        format!("trust-{key}"),
    );
    let [ceiling, capabilities, trust] = terms.0;
    let chosen = trust.get_untracked();
    let is_any = chosen.is_empty();
    let options = TrustLevel::ALL.iter().map(move |level| {
        view! {
            <option value=level.as_str() selected=chosen == level.as_str()>
                {at_least(*level)}
            </option>
        }
    });
    view! {
        <div class="term-fields">
            <TermField id=cost.clone() label="Cost ceiling" hint="USD for 1,000 tokens; the dearer price counts." error=at("max_cost_microusd_per_1k")>
                <TermInput id=cost name="ceiling_usd" value=ceiling is_amount=true />
            </TermField>
            <TermField id=needs.clone() label="Capabilities" hint="Separated by commas; all are needed." error=at("required_capabilities")>
                <TermInput id=needs name="required_capabilities" value=capabilities />
            </TermField>
            <TermField id=least.clone() label="Trust" hint="" error=at("min_trust_level")>
                <select
                    class="select"
                    id=least
                    name="min_trust_level"
                    prop:value=move || trust.get()
                    on:change=move |event| trust.set(event_target_value(&event))
                >
                    <option value="" selected=is_any>"Any"</option>
                    {options.collect_view()}
                </select>
            </TermField>
        </div>
    }
    .into_any()
}

#[component]
fn TermInput(
    id: String,
    name: &'static str,
    value: RwSignal<String>,
    #[prop(optional)] is_amount: bool,
) -> impl IntoView {
    view! {
        <input
            class="input"
            id=id
            name=name
            inputmode=is_amount.then_some("decimal")
            autocomplete="off"
            placeholder="none"
            value=value.get_untracked()
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        />
    }
    .into_any()
}

/// A field whose id is made at run time: these forms stand several times on a
/// page.
#[component]
pub fn TermField(
    id: String,
    label: &'static str,
    hint: &'static str,
    error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field" class:field-wrong=move || error.get().is_some()>
            <label class="field-label" for=id>{label}</label>
            {children()}
            <p class="field-hint">{hint}</p>
            <p class="field-error" role="alert">{move || error.get().map(sentence)}</p>
        </div>
    }
    .into_any()
}
