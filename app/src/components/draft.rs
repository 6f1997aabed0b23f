//! The fields of a form as they stand while it is filled in.

use leptos::prelude::*;

use super::{FieldTexts, TwoTexts};

/// The fields that a save changes: name in the API, words for people.
pub type Fields = &'static [(&'static str, &'static str)];

/// One text for each field, as the form sends it.
pub type Texts = Vec<String>;

/// A field's text as people read it, by its name in the API.
pub type Shown = Callback<(&'static str, String), String>;

/// One text for each field.
#[derive(Clone, Copy)]
pub struct Draft {
    fields: Fields,
    texts: StoredValue<Vec<RwSignal<String>>>,
}

impl Draft {
    /// A field without a text begins empty.
    pub fn new(fields: Fields, texts: Texts) -> Self {
        let mut texts = texts;
        texts.resize(fields.len(), String::new());
        Self {
            fields,
            texts: StoredValue::new(texts.into_iter().map(RwSignal::new).collect()),
        }
    }

    /// The text of one field, by its name in the API.
    pub fn of(&self, field: &str) -> RwSignal<String> {
        let place = self.fields.iter().position(|(name, _)| *name == field);
        self.texts.with_value(|texts| texts[place.unwrap_or(0)])
    }

    pub fn texts(&self) -> Texts {
        self.texts
            .with_value(|texts| texts.iter().map(|text| text.get_untracked()).collect())
    }

    /// What was typed here meets what somebody else saved as `version`; both
    /// began with `base`.
    pub fn meets(
        &self,
        base: &Texts,
        (version, theirs): (i32, &Texts),
        yours: &Texts,
        shown: Shown,
    ) -> TwoTexts {
        let fields = self.fields.iter().enumerate().filter_map(|(n, field)| {
            let three = [&base[n], &theirs[n], &yours[n]];
            let now = self.texts.with_value(|texts| texts[n]);
            FieldTexts::of(*field, three, now, |text| {
                shown.run((field.0, text.clone()))
            })
        });
        TwoTexts {
            version,
            fields: fields.collect(),
        }
        .settled()
    }
}
