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
    (&["g", "c"], "Go to the collective proposals"),
    (&["g", "p"], "Go to the proposals"),
    (&["g", "w"], "Go to the widgets"),
    (&["g", "k"], "Go to the requirement candidates"),
    (&["g", "d"], "Go to the decision records"),
    (&["g", "a"], "Go to the agents"),
    (&["g", "r"], "Go to the routing"),
    (&["g", "g"], "Go to governance"),
    (&["n"], "New collective proposal"),
    (&["Ctrl", "Enter"], "Send the form you are in"),
    (&["Esc"], "Close this help"),
    (&["?"], "Show this help"),
];

/// Reads a key, after the first key of a sequence if one is waited for.
pub fn interpret(first: Option<char>, key: &str) -> Wish {
    match (first, key) {
        (Some('g'), "o") => Wish::Go("/"),
        (Some('g'), "c") => Wish::Go("/collectives"),
        (Some('g'), "p") => Wish::Go("/proposals"),
        (Some('g'), "w") => Wish::Go("/widgets"),
        (Some('g'), "k") => Wish::Go("/candidates"),
        (Some('g'), "d") => Wish::Go("/decisions"),
        (Some('g'), "a") => Wish::Go("/agents"),
        (Some('g'), "r") => Wish::Go("/routing"),
        (Some('g'), "g") => Wish::Go("/governance"),
        (_, "g") => Wish::Wait('g'),
        (_, "n") => Wish::Go("/collectives/new"),
        (_, "?") => Wish::Help,
        _ => Wish::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_and_single_keys() {
        assert_eq!(interpret(None, "g"), Wish::Wait('g'));
        assert_eq!(interpret(Some('g'), "o"), Wish::Go("/"));
        assert_eq!(interpret(Some('g'), "c"), Wish::Go("/collectives"));
        assert_eq!(interpret(Some('g'), "p"), Wish::Go("/proposals"));
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
