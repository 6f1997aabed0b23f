//! Light, dark, or as the system has it.

use leptos::prelude::*;

use crate::components::{Icon, Sign};
use crate::theme::{ThemeChoice, apply_theme, rendered_theme, stored_theme};

const fn sign(choice: ThemeChoice) -> Sign {
    match choice {
        ThemeChoice::System => Sign::System,
        ThemeChoice::Light => Sign::Light,
        ThemeChoice::Dark => Sign::Dark,
    }
}

/// Three buttons, one of them pressed.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let rendered = rendered_theme();
    let chosen = RwSignal::new(rendered);
    Effect::new(move |_| {
        // The cookie may have run out while the browser still knows.
        if let Some(stored) = stored_theme().filter(|stored| *stored != rendered) {
            chosen.set(stored);
            apply_theme(stored);
        }
    });
    let buttons = ThemeChoice::ALL.iter().map(|choice| {
        let choice = *choice;
        view! {
            <button
                type="button"
                class="segment"
                data-theme-choice=choice.word()
                title=choice.label()
                aria-label=choice.label()
                aria-pressed=move || (chosen.get() == choice).to_string()
                on:click=move |_| {
                    chosen.set(choice);
                    apply_theme(choice);
                }
            >
                <Icon sign=sign(choice) />
            </button>
        }
    });
    view! {
        <div class="segments needs-script" role="group" aria-label="Theme" data-testid="theme-switch">
            {buttons.collect_view()}
        </div>
    }
    .into_any()
}
