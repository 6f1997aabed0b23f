//! `/routing/prices`: what models cost.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{ModelPrice, Provider, Role, UnpricedModel};
use wasm_bindgen::JsCast;

use super::conditions::TermField;
use crate::components::{EmptyState, Notice, Refused, Skeleton, Stamp};
use crate::error::AppError;
use crate::format;
use crate::labels::{Labelled, Tone};
use crate::server_fns::prices::{
    AddPrice, ChangePrice, DeletePrice, PriceQuery, PricesAnswer, read_prices,
};

/// What the forms of the page share.
#[derive(Clone, Copy)]
struct Actions {
    may_edit: bool,
    add: ServerAction<AddPrice>,
    change: ServerAction<ChangePrice>,
    delete: ServerAction<DeletePrice>,
    /// The form that was sent last.
    sent: RwSignal<String>,
}

impl Actions {
    /// The form `form` is being sent: what was said of others is over.
    fn begin(self, form: &str) {
        self.add.clear();
        self.change.clear();
        self.delete.clear();
        self.sent.set(form.to_owned());
    }

    /// Why something was refused, whatever it was.
    fn refusal(self) -> Option<AppError> {
        let add = self.add.value().get().and_then(Result::err);
        let change = || self.change.value().get().and_then(Result::err);
        let delete = || self.delete.value().get().and_then(Result::err);
        add.or_else(change).or_else(delete)
    }

    /// What is wrong with a field of the form `form`.
    fn at(self, form: &'static str, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            let is_it = self.sent.with(|sent| sent == form);
            self.refusal().filter(|_| is_it)?.field(field)
        })
    }
}

/// `/routing/prices`
#[component]
pub fn PricesPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| PriceQuery {
            provider: query.get("provider").filter(|word| !word.is_empty()),
            cursor: query.get("cursor"),
        })
    });
    let (add, change, delete) = (
        ServerAction::<AddPrice>::new(),
        ServerAction::<ChangePrice>::new(),
        ServerAction::<DeletePrice>::new(),
    );
    let sent = RwSignal::new(String::new());
    let changes = RwSignal::new(0_u32);
    // What was refused leaves the page as it is, with what was typed.
    Effect::new(move |_| {
        let done = add.value().with(|v| matches!(v, Some(Ok(_))))
            || change.value().with(|v| matches!(v, Some(Ok(_))))
            || delete.value().with(|v| matches!(v, Some(Ok(()))));
        if done {
            changes.update(|n| *n = n.wrapping_add(1));
        }
    });
    let prices = Resource::new(
        move || (asked.get(), changes.get()),
        |(query, _)| read_prices(query),
    );
    view! {
        <Title text="Model prices" />
        <Transition fallback=|| view! { <Skeleton lines=8 /> }>
            {move || Suspend::new(async move {
                match prices.await {
                    Ok(answer) => {
                        let may_edit = answer.caller.may(Role::Steward);
                        let actions = Actions { may_edit, add, change, delete, sent };
                        view! { <Prices answer actions asked=asked.get_untracked() /> }.into_any()
                    }
                    Err(error) => view! { <Refused error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Prices(answer: PricesAnswer, actions: Actions, asked: PriceQuery) -> impl IntoView {
    let PricesAnswer { page, missing, .. } = answer;
    let mut prices = page.items;
    prices.sort_by(|a, b| (a.provider, &a.model_name).cmp(&(b.provider, &b.model_name)));
    let filtered = asked.provider.is_some();
    let with_provider = |start: &str| match &asked.provider {
        Some(provider) => format!("{start}provider={provider}"),
        None => String::new(),
    };
    let older = page
        .next_cursor
        .map(|cursor| format!("/routing/prices?cursor={cursor}{}", with_provider("&")));
    let newest = asked
        .cursor
        .is_some()
        .then(|| format!("/routing/prices{}", with_provider("?")));
    let is_empty = prices.is_empty();
    view! {
        <p class="crumbs"><a class="link" href="/routing">"Routing"</a> "›" <span>"Model prices"</span></p>
        <div class="page-head">
            <div>
                <h1 class="page-title">"Model prices"</h1>
                <p class="page-lead">
                    "USD for 1 million tokens, for all hubs. The cost on receipts and the ceilings of routing policies are counted with them."
                </p>
            </div>
        </div>
        {move || actions.refusal().map(|error| view! {
            <Notice tone=Tone::Bad title="Nothing was changed">
                <p>{error.message}</p>
                <ul class="bullets">
                    {error.errors.into_iter().map(|e| view! { <li>{format!("{}: {}", e.field, e.message)}</li> }).collect_view()}
                </ul>
            </Notice>
        })}
        <div class="stack">
            {(!missing.is_empty()).then(|| view! { <Missing missing actions /> })}
            <section class="card" aria-labelledby="prices">
                <div class="card-head">
                    <h2 class="card-title" id="prices">"Prices"</h2>
                    <ProviderFilter chosen=asked.provider />
                </div>
                {if !is_empty {
                    view! { <PriceTable prices actions /> }.into_any()
                } else if filtered {
                    view! {
                        <EmptyState title="No price of this provider">
                            <p><a class="link" href="/routing/prices">"Show all prices"</a></p>
                        </EmptyState>
                    }.into_any()
                } else {
                    view! {
                        <EmptyState title="No price yet">
                            <p>"A policy with a cost ceiling passes over agents whose model has no price. A steward can enter prices here."</p>
                        </EmptyState>
                    }.into_any()
                }}
                {actions.may_edit.then(|| view! { <AddPriceForm actions /> })}
            </section>
        </div>
        <nav class="pages" aria-label="Pages of the list">
            {newest.map(|to| view! { <a class="btn" href=to>"Newest"</a> })}
            {older.map(|to| view! { <a class="btn" href=to rel="next">"Older"</a> })}
        </nav>
    }
    .into_any()
}

#[component]
fn ProviderFilter(chosen: Option<String>) -> impl IntoView {
    let navigate = use_navigate();
    let on_change = move |event: leptos::ev::Event| {
        let select = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::HtmlSelectElement>().ok());
        if let Some(select) = select {
            let value = select.value();
            let query = if value.is_empty() {
                String::new()
            } else {
                format!("?provider={value}")
            };
            navigate(&format!("/routing/prices{query}"), Default::default());
        }
    };
    let options = Provider::ALL.iter().map(|provider| {
        let selected = chosen.as_deref() == Some(provider.as_str());
        view! { <option value=provider.as_str() selected=selected>{provider.label()}</option> }
    });
    view! {
        <form class="filters" method="get" action="/routing/prices" on:change=on_change>
            <div class="filter">
                <label class="filter-label" for="filter-provider">"Provider"</label>
                <select class="select select-small" id="filter-provider" name="provider">
                    <option value="" selected=chosen.is_none()>"All"</option>
                    {options.collect_view()}
                </select>
            </div>
            <button type="submit" class="btn btn-small without-script">"Filter"</button>
        </form>
    }
    .into_any()
}

/// Models in use without a price: two numbers and a click.
#[component]
fn Missing(missing: Vec<UnpricedModel>, actions: Actions) -> impl IntoView {
    let pending = actions.add.pending();
    let rows = missing.into_iter().map(move |model| {
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
                    <ActionForm action=actions.add attr:class="price-form" on:submit=move |_| actions.begin("")>
                        <input type="hidden" name="provider" value=model.provider.as_str() />
                        <input type="hidden" name="model_name" value=sent />
                        <Amounts name=title input=String::new() output=String::new() />
                        <button type="submit" class="btn btn-small" disabled=move || pending.get()>"Add"</button>
                    </ActionForm>
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
fn Amounts(name: String, input: String, output: String) -> impl IntoView {
    view! {
        <label class="price-amount">
            <span class="filter-label">"in"</span>
            <input
                class="input"
                name="input_usd_per_million"
                inputmode="decimal"
                autocomplete="off"
                required
                value=input
                aria-label=format!("Input price of {name}, USD for 1 million tokens")
            />
        </label>
        <label class="price-amount">
            <span class="filter-label">"out"</span>
            <input
                class="input"
                name="output_usd_per_million"
                inputmode="decimal"
                autocomplete="off"
                required
                value=output
                aria-label=format!("Output price of {name}, USD for 1 million tokens")
            />
        </label>
    }
    .into_any()
}

#[component]
fn PriceTable(prices: Vec<ModelPrice>, actions: Actions) -> impl IntoView {
    let rows = prices
        .into_iter()
        .map(move |price| view! { <PriceRow price actions /> });
    view! { <ul class="price-list">{rows.collect_view()}</ul> }.into_any()
}

#[component]
fn PriceRow(price: ModelPrice, actions: Actions) -> impl IntoView {
    let name = price.model_name;
    let (key, shown) = (name.clone(), name.clone());
    let delete_label = format!("Delete the price of {name}");
    let (input, output) = (price.input_usd_per_million, price.output_usd_per_million);
    let (changing, deleting) = (actions.change.pending(), actions.delete.pending());
    let sent = move |_| actions.begin("");
    let controls = if actions.may_edit {
        view! {
            <ActionForm action=actions.change attr:class="price-form" on:submit=sent>
                <input type="hidden" name="price_id" value=price.id.to_string() />
                <Amounts name input=input.to_string() output=output.to_string() />
                <button type="submit" class="btn btn-small" disabled=move || changing.get()>"Save"</button>
            </ActionForm>
            <details class="ask" name="price-ask">
                <summary class="btn btn-quiet btn-small" aria-label=delete_label>"Delete"</summary>
                <ActionForm action=actions.delete attr:class="ask-body" on:submit=sent>
                    <input type="hidden" name="price_id" value=price.id.to_string() />
                    <p>"Delete this price? Policies with a cost ceiling then pass over the agents of this model."</p>
                    <button type="submit" class="btn btn-danger btn-small" disabled=move || deleting.get()>"Delete the price"</button>
                </ActionForm>
            </details>
        }
        .into_any()
    } else {
        view! { <span>{format!("{input} in, {output} out")}</span> }.into_any()
    };
    view! {
        <li class="price-row" data-testid="price" data-model=key>
            <span class="price-model">
                <strong>{shown}</strong>
                <span class="quiet">{price.provider.label()} " · " <Stamp at=price.updated_at /></span>
            </span>
            {controls}
        </li>
    }
    .into_any()
}

#[component]
fn AddPriceForm(actions: Actions) -> impl IntoView {
    let pending = actions.add.pending();
    let options = Provider::ALL
        .iter()
        .map(|provider| view! { <option value=provider.as_str()>{provider.label()}</option> });
    let at = move |field| actions.at("new", field);
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
