//! What stands in the form of an agent, field by field.

use model::{Agent, Provider, TrustLevel};

use crate::components::{Fields, Texts};
use crate::labels::Labelled;

/// The fields that a save changes: name in the API, words for people.
pub const FIELDS: Fields = &[
    ("name", "Name"),
    ("slug", "Slug"),
    ("description", "Description"),
    ("provider", "Provider"),
    ("model_name", "Model"),
    ("trust_level", "Trust"),
    ("capabilities", "Capabilities"),
    ("system_prompt", "System prompt"),
];

/// The label of a field.
pub fn label(field: &str) -> &'static str {
    FIELDS
        .iter()
        .find(|(name, _)| *name == field)
        .map_or("Field", |(_, label)| label)
}

/// The texts of an agent.
pub fn texts(agent: &Agent) -> Texts {
    vec![
        agent.name.clone(),
        agent.slug.clone(),
        agent.description.clone().unwrap_or_default(),
        agent.provider.to_string(),
        agent.model_name.clone(),
        agent.trust_level.to_string(),
        agent.capabilities.join(", "),
        agent.system_prompt.clone().unwrap_or_default(),
    ]
}

/// What a new agent begins with.
pub fn nothing() -> Texts {
    let mut texts = vec![String::new(); FIELDS.len()];
    texts[3] = Provider::Openai.to_string();
    texts[5] = TrustLevel::Advisory.to_string();
    texts
}

/// A field's text as people read it.
pub fn shown(field: &str, text: &str) -> String {
    match field {
        "provider" => text
            .parse::<Provider>()
            .map_or_else(|_| text.to_owned(), |p| p.label().to_owned()),
        "trust_level" => text
            .parse::<TrustLevel>()
            .map_or_else(|_| text.to_owned(), |t| t.label().to_owned()),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_place() {
        let draft = nothing();
        for (place, (name, _)) in FIELDS.iter().enumerate() {
            let words = ["provider", "trust_level"].contains(name);
            assert_eq!(draft[place].is_empty(), !words, "{name}");
        }
        assert_eq!(shown("provider", "claude-code"), "Claude Code");
        assert_eq!(label("model_name"), "Model");
    }
}
