//! The characters of the scripted models.

use super::hash;

/// How a model speaks and where it leans.
pub struct Persona {
    pub model: &'static str,
    /// How its rationale begins.
    pub opening: &'static str,
    /// What it looks at.
    pub lens: &'static str,
    /// Its place in the contested plans.
    pub leaning: usize,
    pub confidence: f64,
    /// Ends its recommendation with a full stop.
    pub full_stop: bool,
    pub evidence: &'static str,
}

/// All characters. A model of another name gets one of them by its name.
pub const ALL: &[Persona] = &[
    Persona {
        model: "scripted/careful",
        opening: "I read the comments in order of date before forming a view.",
        lens: "I weighed how often a problem is named against how badly it ends for the person \
            who names it.",
        leaning: 0,
        confidence: 0.78,
        full_stop: false,
        evidence: "The same difficulty is described in different words by people who do not know \
            each other.",
    },
    Persona {
        model: "scripted/advocate",
        opening: "I tried to stand where the person stands who comes here once a year.",
        lens: "For somebody on a phone, in a hurry, in a second language, the first screen is \
            the whole product.",
        leaning: 0,
        confidence: 0.84,
        full_stop: true,
        evidence: "Several people say that they gave up and telephoned instead.",
    },
    Persona {
        model: "scripted/bold",
        opening: "The safe answer is usually the slow one, so I asked what we would regret not \
            having done.",
        lens: "I looked for the change that makes three later changes unnecessary.",
        leaning: 1,
        confidence: 0.66,
        full_stop: false,
        evidence: "The open candidates overlap: three of them disappear if this is done well.",
    },
    Persona {
        model: "scripted/thrifty",
        opening: "I counted first what it costs to build, to explain and to keep.",
        lens: "What cannot be measured afterwards should be cheap to undo.",
        leaning: 2,
        confidence: 0.71,
        full_stop: false,
        evidence: "The desk staff name the minutes that they lose on it each day.",
    },
    Persona {
        model: "scripted/clerk",
        opening: "I held the question against the rules that the hub has set for itself.",
        lens: "A rule that nobody can quote is not followed, so I looked for wording that people \
            at a desk can repeat.",
        leaning: 0,
        confidence: 0.74,
        full_stop: false,
        evidence: "An accepted decision record already commits the team in this direction.",
    },
];

impl Persona {
    /// The character of a model.
    pub fn of(model: &str) -> Option<&'static Self> {
        ALL.iter()
            .find(|persona| persona.model == model)
            .or_else(|| hash::pick(ALL, &[model]))
    }
}
