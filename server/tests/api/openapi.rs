//! The document that clients are made from.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers of tests may

use std::collections::HashSet;

use serde_json::{Value, json};

fn document() -> Value {
    serde_json::to_value(server::api::document()).unwrap()
}

#[test]
fn the_document_is_as_it_was_agreed() {
    insta::assert_json_snapshot!("openapi", document());
}

#[test]
fn every_operation_says_what_it_does_and_how_it_refuses() {
    let document = document();
    let mut ids = HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let name = format!("{verb} {path}");
            assert!(operation["summary"].is_string(), "{name}");
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{name}: {id} twice");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{name}"
            );
            for (status, response) in responses {
                assert!(
                    response["description"]
                        .as_str()
                        .is_some_and(|d| !d.is_empty()),
                    "{name}"
                );
                if status.starts_with(['4', '5']) {
                    let content = &response["content"]["application/problem+json"];
                    assert!(content.is_object(), "{name} {status}");
                }
            }
            assert!(
                responses.contains_key("401") && responses.contains_key("403"),
                "{name}"
            );
        }
    }
    assert!(document["components"]["securitySchemes"]["token"].is_object());
    assert!(document["security"][0]["token"].is_array());
}

#[test]
fn the_words_of_a_set_are_those_on_the_wire() {
    let schemas = &document()["components"]["schemas"];
    let words = |name: &str| schemas[name]["enum"].clone();
    assert_eq!(
        words("Action"),
        json!(["read", "propose", "delegate", "auto_apply"])
    );
    for (name, schema) in schemas.as_object().unwrap() {
        for word in schema["enum"].as_array().into_iter().flatten() {
            let word = word.as_str().unwrap();
            assert_eq!(word, word.to_lowercase(), "{name}");
        }
    }
}

/// Every reference leads somewhere.
#[test]
fn the_document_holds_together() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.trim_start_matches('#');
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                fields.values().for_each(|field| walk(field, document));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, document)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}
