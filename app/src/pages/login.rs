//! Sign in by password.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::entrance::Entrance;
use crate::components::{Field, Notice, describe};
use crate::error::AppError;
use crate::labels::Tone;
use crate::server_fns::people::SignIn;

/// `/login`
#[component]
pub fn LoginPage() -> impl IntoView {
    let query = use_query_map();
    let next = move || query.with(|query| query.get("next"));
    let sign_in = ServerAction::<SignIn>::new();
    let value = sign_in.value();
    let refusal = move || value.with(|v| v.as_ref().and_then(|r| r.as_ref().err().cloned()));
    let at =
        move |field: &'static str| Signal::derive(move || refusal().and_then(|e| e.field(field)));
    let pending = sign_in.pending();
    view! {
        <Title text="Sign in" />
        <Entrance title="Sign in">
            <Wrong refusal=Signal::derive(refusal) />
            <ActionForm action=sign_in>
                <div class="form">
                    {move || next().map(|next| view! { <input type="hidden" name="next" value=next /> })}
                    <Field id="login" label="Login" error=at("login")>
                        <input
                            class="input"
                            id="login"
                            name="login"
                            autocomplete="username"
                            autocapitalize="none"
                            required
                            autofocus
                            aria-describedby=describe("login")
                        />
                    </Field>
                    <Field id="password" label="Password" error=at("password")>
                        <input
                            class="input"
                            id="password"
                            name="password"
                            type="password"
                            autocomplete="current-password"
                            required
                            aria-describedby=describe("password")
                        />
                    </Field>
                    <button type="submit" class="btn btn-primary btn-wide" disabled=move || pending.get()>
                        {move || if pending.get() { "Signing in …" } else { "Sign in" }}
                    </button>
                </div>
            </ActionForm>
            <p class="entrance-note">
                "No password? On the server, " <code class="code">"inter-hub admin link"</code>
                " prints a one-time link that signs you in."
            </p>
        </Entrance>
    }
    .into_any()
}

/// Why the sign-in was refused.
#[component]
fn Wrong(refusal: Signal<Option<AppError>>) -> impl IntoView {
    move || {
        refusal.get().map(|error| {
            view! {
                <Notice tone=Tone::Bad>
                    <p>{error.message}</p>
                </Notice>
            }
        })
    }
}
