//! One price: its two amounts, changed in place.

use leptos::prelude::*;
use model::ModelPrice;

use super::Actions;
use crate::components::{BothTexts, FieldTexts, STALE, Stamp, TwoTexts, sentence};
use crate::error::AppError;
use crate::labels::Labelled;
use crate::server_fns::prices::read_price;

const AMOUNTS: [(&str, &str); 2] = [
    ("input_usd_per_million", "Input"),
    ("output_usd_per_million", "Output"),
];

/// What stands in the two fields of a row.
pub type Typed = [RwSignal<String>; AMOUNTS.len()];

fn texts(price: &ModelPrice) -> [String; AMOUNTS.len()] {
    [
        price.input_usd_per_million.to_string(),
        price.output_usd_per_million.to_string(),
    ]
}

/// What was typed meets what somebody else saved; both began with `base`.
fn meet(typed: Typed, base: &ModelPrice, theirs: &ModelPrice) -> TwoTexts {
    let (base, saved) = (texts(base), texts(theirs));
    let fields = AMOUNTS.into_iter().enumerate().filter_map(|(n, field)| {
        let yours = typed[n].get_untracked();
        let three = [&base[n], &saved[n], &yours];
        FieldTexts::of(field, three, typed[n], |text| {
            format!("{text} USD for 1 million tokens")
        })
    });
    TwoTexts {
        version: theirs.version,
        fields: fields.collect(),
    }
    .settled()
}

/// The two amounts of a model, each with what is wrong with it.
#[component]
pub fn Amounts(
    /// Tells the ids of this row from those of others.
    key: String,
    /// The model.
    name: String,
    typed: Typed,
    refusal: Signal<Option<AppError>>,
) -> impl IntoView {
    let each = AMOUNTS.into_iter().zip(["in", "out"]).zip(typed);
    let each = each.map(move |(((field, label), short), value)| {
        let id = format!("{short}-{key}");
        let error = Signal::derive(move || refusal.get().and_then(|e| e.field(field)));
        view! {
            <div class="price-amount" class:field-wrong=move || error.get().is_some()>
                <label class="filter-label" for=id.clone()>{short}</label>
                <input
                    class="input"
                    id=id.clone()
                    name=field
                    inputmode="decimal"
                    autocomplete="off"
                    required
                    value=value.get_untracked()
                    prop:value=move || value.get()
                    on:input=move |event| value.set(event_target_value(&event))
                    aria-label=format!("{label} price of {name}, USD for 1 million tokens")
                    aria-describedby=format!("{id}-error")
                />
                <p class="field-error" id=format!("{id}-error") role="alert">
                    {move || error.get().map(sentence)}
                </p>
            </div>
        }
    });
    each.collect_view()
}

/// What was refused and no field says.
#[component]
pub fn RowRefusal(refusal: Signal<Option<AppError>>) -> impl IntoView {
    let text = move || {
        let error = refusal.get().filter(|error| error.errors.is_empty())?;
        Some(error.message)
    };
    view! { <p class="field-error price-refusal" role="alert">{text}</p> }.into_any()
}

#[component]
pub fn PriceRow(price: ModelPrice, actions: Actions) -> impl IntoView {
    let (name, provider, at) = (price.model_name.clone(), price.provider, price.updated_at);
    let (key, shown) = (name.clone(), name);
    let controls = if actions.may_edit {
        view! { <Controls price actions /> }.into_any()
    } else {
        let [input, output] = texts(&price);
        view! { <span>{format!("{input} in, {output} out")}</span> }.into_any()
    };
    view! {
        <li class="price-row" data-testid="price" data-model=key>
            <span class="price-model">
                <strong>{shown}</strong>
                <span class="quiet">{provider.label()} " · " <Stamp at /></span>
            </span>
            {controls}
        </li>
    }
    .into_any()
}

#[component]
fn Controls(price: ModelPrice, actions: Actions) -> impl IntoView {
    let id = price.id;
    let (key, name) = (id.to_string(), price.model_name.clone());
    let typed: Typed = texts(&price).map(RwSignal::new);
    let version = RwSignal::new(price.version);
    let base = StoredValue::new(price);
    let conflict = RwSignal::new(None::<TwoTexts>);
    let refusal = actions.refusal_of(key.clone());
    let late = Memo::new(move |_| {
        let changed = actions.change.value();
        let is_late = changed.with(|v| matches!(v, Some(Err(error)) if error.is(STALE)));
        is_late && refusal.get().is_some()
    });
    let unread = RwSignal::new(None::<AppError>);
    Effect::new(move |_| {
        if !late.get() {
            return;
        }
        leptos::task::spawn_local(async move {
            match read_price(id).await {
                Ok(theirs) => {
                    let met = base.with_value(|base| meet(typed, base, &theirs));
                    version.set(theirs.version);
                    base.set_value(theirs);
                    conflict.set(Some(met));
                }
                Err(error) => unread.set(Some(error)),
            }
        });
    });
    // Both texts say it better than the sentence.
    let said = Signal::derive(move || {
        let refusal = refusal.get().filter(|_| !late.get());
        unread.get().or(refusal)
    });
    let (changing, deleting) = (actions.change.pending(), actions.delete.pending());
    let delete_label = format!("Delete the price of {name}");
    let (sent, sent_too) = (key.clone(), key.clone());
    let first_version = version.get_untracked();
    let version = move || {
        view! {
            <input type="hidden" name="price_id" value=id.to_string() />
            <input type="hidden" name="version" value=first_version prop:value=move || version.get() />
        }
    };
    view! {
        <ActionForm action=actions.change attr:class="price-form" on:submit=move |_| actions.begin(&sent)>
            {version()}
            <Amounts key name typed refusal />
            <button type="submit" class="btn btn-small" disabled=move || changing.get()>"Save"</button>
        </ActionForm>
        <details class="ask" name="price-ask">
            <summary class="btn btn-quiet btn-small" aria-label=delete_label>"Delete"</summary>
            <ActionForm action=actions.delete attr:class="ask-body" on:submit=move |_| actions.begin(&sent_too)>
                {version()}
                <p>"Delete this price? Policies with a cost ceiling then pass over the agents of this model."</p>
                <button type="submit" class="btn btn-danger btn-small" disabled=move || deleting.get()>"Delete the price"</button>
            </ActionForm>
        </details>
        <RowRefusal refusal=said />
        {move || conflict.get().map(|texts| view! { <div class="price-both"><BothTexts texts /></div> })}
    }
    .into_any()
}
