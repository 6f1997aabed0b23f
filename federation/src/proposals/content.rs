//! What an answer says, as it is kept.

use std::collections::HashMap;

use model::CandidateId;
use serde_json::{Value, json};

/// The agent's own confidence: a number from 0 to 1, else nothing.
pub(crate) fn confidence(content: &Value) -> Option<f64> {
    content
        .get("confidence")?
        .as_f64()
        .filter(|score| (0.0..=1.0).contains(score))
}

/// The short names under which candidates stand in a prompt.
pub(super) struct Labels {
    by_label: HashMap<String, (CandidateId, String)>,
}

impl Labels {
    /// `C0` is the candidate in question, the others follow.
    pub(super) fn new<'a>(candidates: impl Iterator<Item = (CandidateId, &'a str)>) -> Self {
        let by_label = candidates
            .enumerate()
            .map(|(place, (id, title))| (label(place), (id, title.to_owned())))
            .collect();
        Self { by_label }
    }

    /// By the label; by the id too, since an earlier answer is quoted with ids.
    fn find(&self, said: &Value) -> Option<&(CandidateId, String)> {
        let said = said.as_str()?.trim();
        self.by_label.get(&said.to_uppercase()).or_else(|| {
            let id: CandidateId = said.parse().ok()?;
            self.by_label.values().find(|(known, _)| *known == id)
        })
    }

    /// The report with ids in the place of labels. What names no candidate of
    /// the prompt is left out, and a note says so.
    pub(super) fn resolve(&self, mut content: Value) -> Value {
        let mut left_out = Vec::new();
        if let Some(listed) = content.get_mut("duplicates") {
            let said = match listed.take() {
                Value::Array(said) => said,
                _ => Vec::new(),
            };
            let known = said.into_iter().filter_map(|one| {
                let resolved = self.entry(&one);
                if resolved.is_none() {
                    left_out.push(named(&one["candidate_id"]));
                }
                resolved
            });
            *listed = Value::Array(known.collect());
        }
        if let Some(kept) = content.get_mut("kept_candidate_id")
            && !kept.is_null()
        {
            match self.find(kept) {
                Some((id, _)) => *kept = json!(id),
                None => {
                    left_out.push(named(kept));
                    *kept = Value::Null;
                }
            }
        }
        if !left_out.is_empty()
            && let Some(fields) = content.as_object_mut()
        {
            let note = format!(
                "The agent named {}, which it was not asked about; that was left out.",
                left_out.join(", ")
            );
            fields.insert("notes".to_owned(), json!([note]));
        }
        content
    }

    /// One entry of the list; the candidate in question is no duplicate of
    /// itself.
    fn entry(&self, said: &Value) -> Option<Value> {
        let named = said.get("candidate_id")?;
        let (id, title) = self.find(named)?;
        if self.by_label.get(&label(0)).is_some_and(|own| own.0 == *id) {
            return None;
        }
        let mut entry = said.clone();
        entry["candidate_id"] = json!(id);
        entry["title"] = json!(title);
        Some(entry)
    }
}

pub(super) fn label(place: usize) -> String {
    format!("C{place}")
}

/// What was named, in short.
fn named(said: &Value) -> String {
    match said {
        Value::String(text) => format!(
            "\u{201c}{}\u{201d}",
            text.chars().take(40).collect::<String>()
        ),
        _ => "something without a label".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn labels() -> Labels {
        let all = [(1, "Own"), (2, "Two"), (3, "Three")];
        Labels::new(
            all.into_iter()
                .map(|(n, title)| (CandidateId(Uuid::from_u128(n)), title)),
        )
    }

    #[test]
    fn labels_become_ids_and_what_is_made_up_is_left_out() {
        let content = labels().resolve(json!({
            "recommendation": "Merge",
            "duplicates": [
                { "candidate_id": "c2", "same": true, "score": 0.9, "reason": "r" },
                { "candidate_id": "C9", "same": true },
                { "candidate_id": "C0", "same": true },
                "C1",
            ],
            "kept_candidate_id": " C0 ",
        }));
        let listed = content["duplicates"].as_array().unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0]["candidate_id"], json!(Uuid::from_u128(3)));
        assert_eq!(listed[0]["title"], "Three");
        assert_eq!(content["kept_candidate_id"], json!(Uuid::from_u128(1)));
        let note = content["notes"][0].as_str().unwrap();
        assert!(note.contains("C9"), "{note}");
    }

    #[test]
    fn a_report_that_is_in_order_gets_no_note() {
        let content = labels().resolve(json!({
            "duplicates": [{ "candidate_id": "C1", "same": false }], "kept_candidate_id": null,
        }));
        assert!(content.get("notes").is_none());
        assert_eq!(content["kept_candidate_id"], Value::Null);
        let known = labels().resolve(json!({ "kept_candidate_id": Uuid::from_u128(2) }));
        assert_eq!(known["kept_candidate_id"], json!(Uuid::from_u128(2)));
        let made_up = labels().resolve(json!({ "kept_candidate_id": Uuid::from_u128(9) }));
        assert_eq!(made_up["kept_candidate_id"], Value::Null);
        assert!(made_up.get("notes").is_some());
    }

    #[test]
    fn only_a_number_from_0_to_1_is_a_confidence() {
        for (said, read) in [
            (json!(0.7), Some(0.7)),
            (json!(0), Some(0.0)),
            (json!(1), Some(1.0)),
            (json!(1.01), None),
            (json!(-0.1), None),
            (json!(85), None),
            (json!("0.7"), None),
            (json!(null), None),
        ] {
            assert_eq!(confidence(&json!({ "confidence": said })), read);
        }
        assert_eq!(confidence(&json!({})), None);
    }

    proptest! {
        #[test]
        fn no_label_is_left_whatever_was_said(said in "[Cc]?[0-9a-z]{0,3}") {
            let content = labels().resolve(json!({
                "duplicates": [{ "candidate_id": said }], "kept_candidate_id": said,
            }));
            for one in content["duplicates"].as_array().unwrap() {
                prop_assert!(one["candidate_id"].as_str().unwrap().parse::<Uuid>().is_ok());
            }
            let kept = &content["kept_candidate_id"];
            prop_assert!(kept.is_null() || kept.as_str().unwrap().parse::<Uuid>().is_ok());
        }
    }
}
