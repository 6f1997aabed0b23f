//! Prices that nobody has entered yet.

use leptos::prelude::*;
use model::{Provider, UnpricedModel};

use super::Actions;
use super::row::{Amounts, RowRefusal};
use crate::format;
use crate::labels::Labelled;
use crate::routing::term_fields::TermField;

/// Models in use without a price: two numbers and a click.
#[component]
pub fn Missing(missing: Vec<UnpricedModel>, actions: Actions) -> impl IntoView {
    let pending = actions.add.pending();
    let rows = missing.into_iter().enumerate().map(move |(n, model)| {
        let form = format!("missing-{n}");
        let refusal = actions.refusal_of(form.clone());
        let typed = ["", ""].map(|none| RwSignal::new(none.to_owned()));
        let id = form.clone();
        let (key, shown) = (model.model_name.clone(), model.model_name.clone());
        let (sent, title) = (model.model_name.clone(), model.model_name);
        let used = format::counted(model.agents, "active agent", "active agents");
        view! {
            <li class="price-row" data-testid="missing-price" data-model=key>
                <span class="price-model">
                    <strong>{shown}</strong>
                    <span class="quiet">{format!("{} · {used}", model.provider.label())}</span>
                </span>
                {actions.may_edit.then(|| view! {
                    <ActionForm action=actions.add attr:class="price-form" on:submit=move |_| actions.begin(&form)>
                        <input type="hidden" name="provider" value=model.provider.as_str() />
                        <input type="hidden" name="model_name" value=sent />
                        <Amounts key=id name=title typed refusal />
                        <button type="submit" class="btn btn-small" disabled=move || pending.get()>"Add"</button>
                    </ActionForm>
                    <RowRefusal refusal />
                })}
            </li>
        }
    });
    view! {
        <section class="card" aria-labelledby="missing" data-testid="missing-prices">
            <div class="card-head">
                <h2 class="card-title" id="missing">"In use without a price"</h2>
            </div>
            <p class="quiet">"Policies with a cost ceiling pass over the agents of these models, and their calls show no cost unless the provider tells it."</p>
            <ul class="price-list">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}

#[component]
pub fn AddPriceForm(actions: Actions) -> impl IntoView {
    let pending = actions.add.pending();
    let options = Provider::ALL
        .iter()
        .map(|provider| view! { <option value=provider.as_str()>{provider.label()}</option> });
    let refusal = actions.refusal_of("new".to_owned());
    let at = move |field: &'static str| {
        Signal::derive(move || refusal.get().and_then(|e| e.field(field)))
    };
    view! {
        <details class="route-add">
            <summary class="link-quiet" data-testid="price-add">"Add a price"</summary>
            <ActionForm action=actions.add on:submit=move |_| actions.begin("new")>
                <div class="term-fields">
                    <TermField id="new-provider".to_owned() label="Provider" hint="" error=at("provider")>
                        <select class="select" id="new-provider" name="provider">{options.collect_view()}</select>
                    </TermField>
                    <TermField id="new-model".to_owned() label="Model" hint="As the agents name it." error=at("model_name")>
                        <input class="input" id="new-model" name="model_name" maxlength="200" required autocomplete="off" />
                    </TermField>
                    <TermField id="new-input".to_owned() label="Input" hint="USD for 1 million tokens." error=at("input_usd_per_million")>
                        <input class="input" id="new-input" name="input_usd_per_million" inputmode="decimal" required autocomplete="off" />
                    </TermField>
                    <TermField id="new-output".to_owned() label="Output" hint="USD for 1 million tokens." error=at("output_usd_per_million")>
                        <input class="input" id="new-output" name="output_usd_per_million" inputmode="decimal" required autocomplete="off" />
                    </TermField>
                </div>
                <RowRefusal refusal />
                <div class="form-actions">
                    <button type="submit" class="btn btn-primary btn-small" data-testid="price-add-send" disabled=move || pending.get()>
                        "Add the price"
                    </button>
                </div>
            </ActionForm>
        </details>
    }
    .into_any()
}
