//! The navigation: hub, pages, theme, who is signed in.

use leptos::prelude::*;
use leptos::{ev, html};
use leptos_router::hooks::{use_location, use_navigate};
use model::{Caller, Role};
use wasm_bindgen::JsCast;

use super::hub::use_hub_slug;
use super::waiting::use_waiting;
use super::{FrameResource, ThemeSwitch};
use crate::components::{Icon, Sign, Skeleton, open_dialog};
use crate::labels::Labelled;
use crate::server_fns::hubs::Frame;
use crate::server_fns::people::SignOut;

/// On a wide screen a column on the left, on a phone a bar with a menu.
#[component]
pub fn Sidebar(frame: FrameResource, help: NodeRef<html::Dialog>) -> impl IntoView {
    let menu = NodeRef::<html::Input>::new();
    let path = use_location().pathname;
    Effect::new(move |_| {
        path.track();
        // A menu that was left open would hide the new page.
        if let Some(menu) = menu.get_untracked() {
            menu.set_checked(false);
        }
    });
    view! {
        <header class="sidebar">
            <div class="sidebar-head">
                <a class="brand" href="/">
                    <BrandSign />
                    "Inter-Hub"
                </a>
                <input
                    type="checkbox"
                    id="menu"
                    class="menu-toggle"
                    aria-label="Show the menu"
                    node_ref=menu
                />
                <label class="menu-button" for="menu" aria-hidden="true">
                    <Icon sign=Sign::Menu />
                </label>
            </div>
            <div class="sidebar-body">
                <Transition fallback=|| view! { <Skeleton lines=1 /> }>
                    {move || Suspend::new(async move {
                        frame.await.ok().map(|frame| view! { <HubSwitcher frame /> })
                    })}
                </Transition>
                <nav class="nav" aria-label="Pages">
                    <NavLink to="/" sign=Sign::Overview text="Overview" />
                    <InboxLink />
                    <NavLink to="/collectives" sign=Sign::Collectives text="Collective proposals" />
                    <NavLink to="/proposals" sign=Sign::Proposals text="Proposals" />
                    <NavLink to="/delegations" sign=Sign::Delegations text="Delegations" />
                    <NavLink to="/widgets" sign=Sign::Widgets text="Widgets" />
                    <NavLink to="/candidates" sign=Sign::Candidates text="Candidates" />
                    <NavLink to="/decisions" sign=Sign::Decisions text="Decisions" />
                    <NavLink to="/agents" sign=Sign::Agents text="Agents" />
                    <NavLink to="/performance" sign=Sign::Performance text="Performance" />
                    <NavLink to="/routing" sign=Sign::Routing text="Routing" />
                    <NavLink to="/governance" sign=Sign::Governance text="Governance" />
                    <Transition>
                        {move || Suspend::new(async move {
                            let caller = frame.await.ok().map(|frame| frame.caller);
                            caller.filter(|caller| caller.may(Role::Admin)).map(|_| view! { <AdminLinks /> })
                        })}
                    </Transition>
                </nav>
                <Foot frame help />
            </div>
        </header>
    }
    .into_any()
}

#[component]
fn Foot(frame: FrameResource, help: NodeRef<html::Dialog>) -> impl IntoView {
    view! {
        <div class="sidebar-foot">
            <div class="sidebar-tools">
                <ThemeSwitch />
                <button
                    type="button"
                    class="btn btn-quiet btn-small needs-script"
                    on:click=move |_| open_dialog(help)
                >
                    <Icon sign=Sign::Help />
                    "Keyboard"
                </button>
            </div>
            <Transition>
                {move || Suspend::new(async move {
                    frame.await.ok().map(|frame| view! { <SignedIn caller=frame.caller /> })
                })}
            </Transition>
        </div>
    }
    .into_any()
}

#[component]
fn BrandSign() -> impl IntoView {
    view! {
        <svg class="brand-sign" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true" focusable="false">
            <circle cx="8" cy="8" r="2.4" fill="currentColor"></circle>
            <g fill="none" stroke="currentColor" stroke-width="1.4">
                <path d="M8 5.6V2.9M10 9.4l2.5 1.6M6 9.4l-2.5 1.6"></path>
                <circle cx="8" cy="1.9" r="1.1"></circle>
                <circle cx="13.4" cy="11.6" r="1.1"></circle>
                <circle cx="2.6" cy="11.6" r="1.1"></circle>
            </g>
        </svg>
    }
}

/// The pages for admins.
#[component]
fn AdminLinks() -> impl IntoView {
    view! {
        <NavLink to="/hubs" sign=Sign::Hubs text="Hubs" />
        <NavLink to="/types" sign=Sign::Types text="Types" />
        <NavLink to="/settings" sign=Sign::Settings text="Settings" />
    }
}

#[component]
fn NavLink(to: &'static str, sign: Sign, text: &'static str) -> impl IntoView {
    let hub = use_hub_slug();
    let path = use_location().pathname;
    let current = move || {
        let path = path.get();
        let here = if to == "/" {
            path == "/"
        } else {
            path.starts_with(to)
        };
        here.then_some("page")
    };
    view! {
        <a class="nav-link" href=move || hub.path(to) aria-current=current>
            <Icon sign />
            {text}
        </a>
    }
}

/// The inbox with how much waits in it. Counted again on each page, and when
/// somebody decides on this one.
#[component]
fn InboxLink() -> impl IntoView {
    let hub = use_hub_slug();
    let path = use_location().pathname;
    let decided = use_waiting();
    let waiting = Resource::new(
        move || (hub.get(), path.get(), decided.get()),
        |(hub, _, _)| crate::server_fns::reviews::count_inbox(hub),
    );
    view! {
        <a class="nav-link" href=move || hub.path("/inbox")
            aria-current=move || path.get().starts_with("/inbox").then_some("page")>
            <Icon sign=Sign::Inbox />
            "Inbox"
            <Transition>
                {move || Suspend::new(async move {
                    let count = waiting.await.unwrap_or(0);
                    (count > 0)
                        .then(|| {
                            view! {
                                <span class="nav-count" data-testid="inbox-count">
                                    {crate::format::count(count)}
                                </span>
                            }
                        })
                })}
            </Transition>
        </a>
    }
}

/// The list, where the path is of one row: it has an id in it.
fn without_id(path: String) -> String {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some(noun), Some(id)) if id.parse::<uuid::Uuid>().is_ok() => format!("/{noun}"),
        _ => path,
    }
}

#[component]
fn HubSwitcher(frame: Frame) -> impl IntoView {
    let location = use_location();
    let path = location.pathname;
    // The page of one proposal belongs to its hub: switching leads to the list.
    let target = move || {
        let path = path.get();
        match path.strip_prefix("/collectives/") {
            Some(rest) if rest != "new" => "/collectives".to_owned(),
            _ => without_id(path),
        }
    };
    let navigate = use_navigate();
    let on_change = move |event: ev::Event| {
        let select = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::HtmlSelectElement>().ok());
        if let Some(select) = select {
            let to = format!("{}?hub={}", untrack(target), select.value());
            navigate(&to, Default::default());
        }
    };
    let current = frame.hub.map(|hub| hub.slug);
    let chosen = current.clone();
    let options = frame.hubs.into_iter().map(|hub| {
        let selected = current.as_deref() == Some(hub.slug.as_str());
        view! {
            <option value=hub.slug selected=selected>
                {hub.name}
            </option>
        }
    });
    view! {
        <form class="hub-switcher" method="get" action=target>
            <label class="sr-only" for="hub">
                "Hub"
            </label>
            <select
                class="select"
                id="hub"
                name="hub"
                data-testid="hub-switcher"
                prop:value=chosen
                on:change=on_change
            >
                {options.collect_view()}
            </select>
            <button type="submit" class="btn btn-small without-script">
                "Go"
            </button>
        </form>
    }
    .into_any()
}

#[component]
fn SignedIn(caller: Caller) -> impl IntoView {
    let sign_out = ServerAction::<SignOut>::new();
    view! {
        <div class="signed-in">
            <p class="signed-in-name">
                <span class="signed-in-who">{caller.name}</span>
                <span class="signed-in-role">{caller.role.label()}</span>
            </p>
            <ActionForm action=sign_out>
                <button type="submit" class="btn btn-quiet btn-small" data-testid="sign-out">
                    "Sign out"
                </button>
            </ActionForm>
        </div>
    }
    .into_any()
}
