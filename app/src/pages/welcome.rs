//! A one-time link: the first sign-in, or one without a password.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::entrance::Entrance;
use crate::components::{Field, Notice, Refused, Skeleton, describe};
use crate::labels::Tone;
use crate::server_fns::people::{Welcome, link_valid};

/// `/welcome?token=…`
#[component]
pub fn WelcomePage() -> impl IntoView {
    let query = use_query_map();
    let token = Memo::new(move |_| query.with(|query| query.get("token")).unwrap_or_default());
    let valid = Resource::new(move || token.get(), link_valid);
    view! {
        <Title text="Welcome" />
        <Entrance title="Welcome">
            <Transition fallback=|| view! { <Skeleton lines=4 /> }>
                {move || Suspend::new(async move {
                    match valid.await {
                        Ok(true) => view! { <WelcomeForm token=token.get_untracked() /> }.into_any(),
                        Ok(false) => view! { <UsedUp /> }.into_any(),
                        Err(error) => view! { <Refused error /> }.into_any(),
                    }
                })}
            </Transition>
        </Entrance>
    }
    .into_any()
}

#[component]
fn UsedUp() -> impl IntoView {
    view! {
        <Notice tone=Tone::Warn title="This link is used up">
            <p>
                "It signs in once, and only for a while. For a new one, run "
                <code class="code">"inter-hub admin link"</code>
                " on the server. With a password you can "
                <a class="link" href="/login">
                    "sign in here"
                </a> "."
            </p>
        </Notice>
    }
}

#[component]
fn WelcomeForm(token: String) -> impl IntoView {
    let welcome = ServerAction::<Welcome>::new();
    let value = welcome.value();
    let refusal = move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned()));
    let at =
        move |field: &'static str| Signal::derive(move || refusal().and_then(|e| e.field(field)));
    let pending = welcome.pending();
    view! {
        <p class="entrance-lead">"This link makes you the admin of this Inter-Hub."</p>
        {move || {
            refusal()
                .filter(|error| error.errors.is_empty())
                .map(|error| {
                    view! {
                        <Notice tone=Tone::Bad>
                            <p>{error.message}</p>
                        </Notice>
                    }
                })
        }}
        <ActionForm action=welcome>
            <div class="form">
                <input type="hidden" name="token" value=token />
                <NameField error=at("display_name") />
                <Field id="login" label="Login" hint="You sign in with it later." error=at("login")>
                    <input
                        class="input"
                        id="login"
                        name="login"
                        value="admin"
                        autocomplete="username"
                        autocapitalize="none"
                        maxlength="200"
                        required
                        aria-describedby=describe("login")
                    />
                </Field>
                <PasswordField error=at("password") />
                <button type="submit" class="btn btn-primary btn-wide" disabled=move || pending.get()>
                    {move || if pending.get() { "Signing in …" } else { "Sign in" }}
                </button>
            </div>
        </ActionForm>
    }
    .into_any()
}

#[component]
fn NameField(#[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <Field
            id="display_name"
            label="Your name"
            hint="Others see it beside what you decide."
            error=error
        >
            <input
                class="input"
                id="display_name"
                name="display_name"
                autocomplete="name"
                maxlength="200"
                required
                autofocus
                aria-describedby=describe("display_name")
            />
        </Field>
    }
    .into_any()
}

#[component]
fn PasswordField(#[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <Field
            id="password"
            label="Password"
            hint="At least 10 characters. Without one you need a new link for each sign-in."
            error=error
            optional=true
        >
            <input
                class="input"
                id="password"
                name="password"
                type="password"
                autocomplete="new-password"
                maxlength="200"
                aria-describedby=describe("password")
            />
        </Field>
    }
    .into_any()
}
