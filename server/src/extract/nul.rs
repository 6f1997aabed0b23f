//! Looks for the one character that no database text may hold.

use serde_json::Value;

/// The path of the first string (or field name) with a NUL in it.
pub fn find(value: &Value) -> Option<String> {
    let mut path = Vec::new();
    search(value, &mut path).then(|| path.concat())
}

fn search(value: &Value, path: &mut Vec<String>) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().enumerate().any(|(index, item)| {
            path.push(format!("[{index}]"));
            step(item, false, path)
        }),
        Value::Object(fields) => fields.iter().any(|(name, field)| {
            let dot = if path.is_empty() { "" } else { "." };
            path.push(format!("{dot}{}", name.replace('\0', "\\u0000")));
            step(field, name.contains('\0'), path)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn step(value: &Value, name_is_bad: bool, path: &mut Vec<String>) -> bool {
    let found = name_is_bad || search(value, path);
    if !found {
        path.pop();
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_the_place() {
        assert_eq!(find(&json!({"a": "b", "c": [1, {"d": "x"}]})), None);
        assert_eq!(
            find(&json!({"a": "b", "c": [1, {"d": "x\0"}]})).as_deref(),
            Some("c[1].d")
        );
        assert_eq!(find(&json!("\0")).as_deref(), Some(""));
        assert_eq!(find(&json!({"a\0": 1})).as_deref(), Some("a\\u0000"));
    }
}
