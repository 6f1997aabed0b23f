//! Which key leads where. Pure.

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Nothing,
    /// The first key of a sequence: wait for the next one.
    Wait(char),
    Go(&'static str),
    Help,
}

/// All that the keyboard does, for the help.
pub const HELP: &[(&[&str], &str)] = &[
    (&["g", "o"], "Go to the overview"),
    (&["g", "i"], "Go to the inbox"),
    (&["g", "c"], "Go to the collective proposals"),
    (&["g", "p"], "Go to the proposals"),
    (&["g", "t"], "Go to the delegations"),
    (&["g", "w"], "Go to the widgets"),
    (&["g", "k"], "Go to the requirement candidates"),
    (&["g", "d"], "Go to the decision records"),
    (&["g", "a"], "Go to the agents"),
    (&["g", "f"], "Go to the agents' performance"),
    (&["g", "r"], "Go to the routing"),
    (&["g", "g"], "Go to governance"),
    (&["j"], "Inbox: the next one"),
    (&["k"], "Inbox: the one before"),
    (&["a"], "Inbox: accept"),
    (&["e"], "Inbox: revise"),
    (&["r"], "Inbox: reject"),
    (&["c"], "Inbox: comment"),
    (&["u"], "Inbox: take the last decision back"),
    (&["o"], "Inbox: open, as Enter does"),
    (&["n"], "New collective proposal"),
    (&["Ctrl", "Enter"], "Send the form you are in"),
    (&["Esc"], "Close this help"),
    (&["?"], "Show this help"),
];

/// Reads a key, after the first key of a sequence if one is waited for.
pub fn interpret(first: Option<char>, key: &str) -> Wish {
    match (first, key) {
        (Some('g'), "o") => Wish::Go("/"),
        (Some('g'), "i") => Wish::Go("/inbox"),
        (Some('g'), "c") => Wish::Go("/collectives"),
        (Some('g'), "p") => Wish::Go("/proposals"),
        (Some('g'), "t") => Wish::Go("/delegations"),
        (Some('g'), "w") => Wish::Go("/widgets"),
        (Some('g'), "k") => Wish::Go("/candidates"),
        (Some('g'), "d") => Wish::Go("/decisions"),
        (Some('g'), "a") => Wish::Go("/agents"),
        (Some('g'), "f") => Wish::Go("/performance"),
        (Some('g'), "r") => Wish::Go("/routing"),
        (Some('g'), "g") => Wish::Go("/governance"),
        (_, "g") => Wish::Wait('g'),
        (_, "n") => Wish::Go("/collectives/new"),
        (_, "?") => Wish::Help,
        _ => Wish::Nothing,
    }
}

/// What a key does in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Next,
    Before,
    Accept,
    Revise,
    Reject,
    Comment,
    Undo,
    Open,
}

/// Reads a key in the inbox; `None` where it does nothing there. What follows
/// the first key of a sequence belongs to the sequence.
pub fn in_inbox(first: Option<char>, key: &str) -> Option<Act> {
    if first.is_some() {
        return None;
    }
    Some(match key {
        "j" => Act::Next,
        "k" => Act::Before,
        "a" => Act::Accept,
        "e" => Act::Revise,
        "r" => Act::Reject,
        "c" => Act::Comment,
        "u" => Act::Undo,
        "o" | "Enter" => Act::Open,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_key_of_a_sequence_decides_nothing() {
        assert_eq!(in_inbox(None, "a"), Some(Act::Accept));
        assert_eq!(in_inbox(None, "r"), Some(Act::Reject));
        assert_eq!(in_inbox(None, "Enter"), Some(Act::Open));
        for key in ["a", "r", "c", "o"] {
            assert_eq!(in_inbox(Some('g'), key), None);
        }
        assert_eq!(in_inbox(None, "x"), None);
        assert_eq!(interpret(Some('g'), "i"), Wish::Go("/inbox"));
    }

    #[test]
    fn sequences_and_single_keys() {
        assert_eq!(interpret(None, "g"), Wish::Wait('g'));
        assert_eq!(interpret(Some('g'), "o"), Wish::Go("/"));
        assert_eq!(interpret(Some('g'), "f"), Wish::Go("/performance"));
        assert_eq!(interpret(Some('g'), "c"), Wish::Go("/collectives"));
        assert_eq!(interpret(Some('g'), "p"), Wish::Go("/proposals"));
        assert_eq!(interpret(Some('g'), "t"), Wish::Go("/delegations"));
        assert_eq!(interpret(Some('g'), "w"), Wish::Go("/widgets"));
        assert_eq!(interpret(Some('g'), "k"), Wish::Go("/candidates"));
        assert_eq!(interpret(Some('g'), "d"), Wish::Go("/decisions"));
        assert_eq!(interpret(Some('g'), "a"), Wish::Go("/agents"));
        assert_eq!(interpret(Some('g'), "r"), Wish::Go("/routing"));
        assert_eq!(interpret(Some('g'), "g"), Wish::Go("/governance"));
        assert_eq!(interpret(None, "c"), Wish::Nothing);
        assert_eq!(interpret(Some('g'), "x"), Wish::Nothing);
        assert_eq!(interpret(None, "n"), Wish::Go("/collectives/new"));
        assert_eq!(interpret(Some('g'), "?"), Wish::Help);
    }
}
