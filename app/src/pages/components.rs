//! Every component in every state, for developers.

use leptos::prelude::*;
use leptos_meta::Title;

use super::NotFoundPage;
use super::samples::{ControlSamples, FeedbackSamples, FieldSamples, PillSamples};
use crate::collectives::AnswerSamples;
use crate::components::Toasts;
use crate::layout::ThemeSwitch;
use crate::site::use_site;

/// `/dev/components`, where development is on.
#[component]
pub fn ComponentsPage() -> impl IntoView {
    if !use_site().development {
        return view! { <NotFoundPage /> }.into_any();
    }
    view! {
        <Title text="Components" />
        <main class="samples" id="main">
            <div class="page-head">
                <h1 class="page-title">"Components"</h1>
                <ThemeSwitch />
            </div>
            <Sample title="States">
                <PillSamples />
            </Sample>
            <Sample title="Controls">
                <ControlSamples />
            </Sample>
            <Sample title="Fields">
                <FieldSamples />
            </Sample>
            <Sample title="Feedback">
                <FeedbackSamples />
            </Sample>
            <Sample title="Answers, whole and growing">
                <AnswerSamples />
            </Sample>
            <Sample title="Table">
                <TableSample />
            </Sample>
        </main>
        <Toasts />
    }
    .into_any()
}

#[component]
fn Sample(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="stack">
            <h2 class="panel-title">{title}</h2>
            {children()}
        </section>
    }
}

#[component]
fn TableSample() -> impl IntoView {
    view! {
        <div class="table-scroll">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Agent"</th>
                        <th scope="col">"Took"</th>
                        <th scope="col">"Tokens"</th>
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row">"Careful reader"</th>
                        <td>"3.2 s"</td>
                        <td>"1,204"</td>
                    </tr>
                    <tr>
                        <th scope="row">"Quick drafter"</th>
                        <td>"0.9 s"</td>
                        <td>"611"</td>
                    </tr>
                </tbody>
            </table>
        </div>
    }
}
