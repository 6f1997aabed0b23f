//! Light, dark, or as the system has it.

use leptos::prelude::*;

/// The name of the cookie and of the entry in the browser's storage.
pub const THEME: &str = "theme";

/// What the person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

impl ThemeChoice {
    pub const ALL: &'static [Self] = &[Self::System, Self::Light, Self::Dark];

    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// Reads a word; anything unknown means the system's theme.
    pub fn read(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The value of `data-theme`; none leaves it to the system.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light | Self::Dark => Some(self.word()),
        }
    }
}

/// The choice with which the document was rendered.
pub fn rendered_theme() -> ThemeChoice {
    #[cfg(feature = "ssr")]
    {
        crate::server_fns::request::cookie(THEME)
            .map(|word| ThemeChoice::read(&word))
            .unwrap_or_default()
    }
    #[cfg(not(feature = "ssr"))]
    {
        document()
            .document_element()
            .and_then(|root| root.get_attribute("data-theme"))
            .map(|word| ThemeChoice::read(&word))
            .unwrap_or_default()
    }
}

/// Shows the choice at once and keeps it for the next page. Browser only.
pub fn apply_theme(choice: ThemeChoice) {
    let page = document();
    if let Some(root) = page.document_element() {
        // Both fail only where the name is no name.
        let _ = match choice.attribute() {
            Some(word) => root.set_attribute("data-theme", word),
            None => root.remove_attribute("data-theme"),
        };
    }
    if let Ok(Some(storage)) = window().local_storage() {
        // Storage may be full or forbidden; the cookie stands beside it.
        let _ = storage.set_item(THEME, choice.word());
    }
    write_cookie(THEME, choice.word());
}

/// What this browser has stored, if it has. Browser only.
pub fn stored_theme() -> Option<ThemeChoice> {
    let storage = window().local_storage().ok().flatten()?;
    let word = storage.get_item(THEME).ok().flatten()?;
    Some(ThemeChoice::read(&word))
}

/// Writes a plain preference cookie for a year. Browser only.
pub fn write_cookie(name: &str, value: &str) {
    use wasm_bindgen::JsCast;

    if let Ok(page) = document().dyn_into::<web_sys::HtmlDocument>() {
        // A browser that refuses cookies still shows the page.
        let _ = page.set_cookie(&format!(
            "{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax"
        ));
    }
}
