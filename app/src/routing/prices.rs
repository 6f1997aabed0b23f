//! `/routing/prices`: what models cost.

mod enter;
mod row;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{ModelPrice, Provider, Role};
use wasm_bindgen::JsCast;

use self::enter::{AddPriceForm, Missing};
use self::row::PriceRow;
use crate::components::{EmptyState, Notice, Refused, STALE, Skeleton};
use crate::error::AppError;
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

    /// Why the form `form` was refused.
    fn refusal_of(self, form: String) -> Signal<Option<AppError>> {
        Signal::derive(move || {
            let is_it = self.sent.with(|sent| *sent == form);
            self.refusal().filter(|_| is_it)
        })
    }

    /// What no form on the page says: all of it without scripts, and that a
    /// price is gone.
    fn untold(self) -> Option<AppError> {
        let refusal = self.refusal()?;
        let without_scripts = self.sent.with(String::is_empty);
        (without_scripts || refusal.is("not_found")).then_some(refusal)
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
    // What was refused leaves the page as it is, with what was typed; but a
    // price that is gone, or not the one that was to be deleted, is read anew.
    Effect::new(move |_| {
        let gone = |error: &AppError| error.is("not_found");
        let done = add.value().with(|v| matches!(v, Some(Ok(_))))
            || change.value().with(|v| match v {
                Some(Ok(_)) => true,
                Some(Err(error)) => gone(error),
                None => false,
            })
            || delete.value().with(|v| match v {
                Some(Ok(())) => true,
                Some(Err(error)) => gone(error) || error.is(STALE),
                None => false,
            });
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
        {move || actions.untold().map(|error| view! {
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

#[component]
fn PriceTable(prices: Vec<ModelPrice>, actions: Actions) -> impl IntoView {
    let rows = prices
        .into_iter()
        .map(move |price| view! { <PriceRow price actions /> });
    view! { <ul class="price-list">{rows.collect_view()}</ul> }.into_any()
}
