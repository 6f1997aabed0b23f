//! What the page of settings says, in words.

use model::{BridgeKind, KeySource, Outcome, Provider, ProviderAccess};

/// What carries the calls.
pub const fn kind_says(kind: BridgeKind) -> &'static str {
    match kind {
        BridgeKind::Native => "the server speaks to the providers itself",
        BridgeKind::Subprocess => "one process of the Python bridge for each call",
        BridgeKind::Serve => "one process of the Python bridge, which the server keeps running",
    }
}

/// Where a provider is reached.
pub fn place(access: &ProviderAccess, rehearsal: bool) -> String {
    match (&access.in_place, access.provider) {
        (Some(place), _) if rehearsal => format!("In its place: the scripted models at {place}"),
        (Some(place), _) => format!("In its place: the server at {place}"),
        (None, Provider::ClaudeCode) => "A command on the server’s machine".to_owned(),
        (None, _) => "The provider itself".to_owned(),
    }
}

/// Where the key comes from, or what is to be done.
pub fn key(access: &ProviderAccess) -> String {
    let or = |name: &Option<String>| name.clone().unwrap_or_default();
    match access.key {
        KeySource::Environment => format!("In the environment, as {}", or(&access.key_variable)),
        KeySource::File => format!("In the key file {}", or(&access.key_file)),
        KeySource::NotNeeded if access.in_place.is_some() => {
            "The server in its place needs none, and there is none".to_owned()
        }
        KeySource::NotNeeded => "None needed: it signs in by itself".to_owned(),
        KeySource::Missing | KeySource::Unreadable => access.problem.clone().unwrap_or_else(|| {
            format!(
                "Set {}, or put the key into the file {}.",
                or(&access.key_variable),
                or(&access.key_file)
            )
        }),
    }
}

/// How a test ended.
pub const fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Started => "Under way",
        Outcome::Succeeded => "Worked",
        Outcome::Failed => "Failed",
        Outcome::Blocked => "Blocked",
        Outcome::Cancelled => "Cancelled",
        Outcome::Unknown => "Unknown",
    }
}

/// What an admin can do about a test that did not work.
pub fn way_on(error_type: &str) -> &'static str {
    match error_type {
        "missing_key" => "A key file is read at the next call; a variable needs a restart.",
        "authentication" => {
            "A new key in the key file is used from the next call on; a variable needs a restart."
        }
        "out_of_credit" => "Top up the account with the provider, then test again.",
        "rate_limited" => "The provider is reached and wants fewer calls. Test again in a minute.",
        "model_unknown" => "The provider is reached. Correct the model’s name, then test again.",
        "refused" | "format_refused" => {
            "The provider is reached and refused the request. Test another model."
        }
        "timeout" => "It may be busy. Test again, and look at the provider’s status page.",
        "connection" => {
            "Check network, proxy and base URL from the server’s machine, then test again."
        }
        "unavailable" | "cut_off" => {
            "The provider is in trouble. Hubs that allow it ask the next agent meanwhile."
        }
        "malformed" | "too_large" => {
            "Check the base URL: what is there does not answer as a model server does."
        }
        "bridge_error" | "parse_error" => "Look at the bridge above, then test again.",
        "cancelled" => "Test again, and wait for the result.",
        _ => "Test again; the server’s log has more.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(key: KeySource) -> ProviderAccess {
        ProviderAccess {
            provider: Provider::Openai,
            key,
            problem: None,
            key_variable: Some("OPENAI_API_KEY".to_owned()),
            key_file: Some("openai.key".to_owned()),
            in_place: None,
        }
    }

    #[test]
    fn a_key_is_told_by_its_place() {
        assert!(key(&access(KeySource::Environment)).ends_with("as OPENAI_API_KEY"));
        assert!(key(&access(KeySource::File)).ends_with("openai.key"));
        let missing = key(&access(KeySource::Missing));
        assert!(missing.contains("OPENAI_API_KEY") && missing.contains("openai.key"));
        let told = ProviderAccess {
            problem: Some("There is no key.".to_owned()),
            ..access(KeySource::Missing)
        };
        assert_eq!(key(&told), "There is no key.");
    }

    #[test]
    fn another_server_is_named() {
        let mut access = access(KeySource::NotNeeded);
        assert_eq!(place(&access, false), "The provider itself");
        access.in_place = Some("127.0.0.1:11434".to_owned());
        assert!(place(&access, false).contains("127.0.0.1:11434"));
        assert!(place(&access, true).contains("scripted"));
        assert!(key(&access).contains("in its place"));
    }

    #[test]
    fn an_unknown_error_has_a_way_on() {
        assert!(!way_on("something_new").is_empty());
    }
}
