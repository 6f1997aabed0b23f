//! What scripted models recommend.

/// One line of advice with its reasons.
pub struct Plan {
    /// At most eight words: what is compared.
    pub phrase: &'static str,
    pub because: &'static str,
    pub risks: &'static [&'static str],
}

/// What all recommend where the question is not contested.
pub const AGREED: &[Plan] = &[
    Plan {
        phrase: "Ship a small version first",
        because: "A narrow first version answers the open questions with people's behaviour \
            instead of our guesses, and it can be taken back within a day.",
        risks: &[
            "A first version that is too thin may be judged as the whole idea.",
            "Two versions have to be supported for a few weeks.",
        ],
    },
    Plan {
        phrase: "Fix the confusing step before adding more",
        because: "Most of the complaints meet at one step. Everything we add after it is only \
            seen by those who got past it.",
        risks: &[
            "The step may be confusing for two different reasons at once.",
            "People who have learned the old way will notice the change.",
        ],
    },
    Plan {
        phrase: "Show people the state before they act",
        because: "People retry when they cannot see whether something worked. Showing the state \
            removes the doubt and the double work that follows from it.",
        risks: &[
            "A state that lags behind is worse than none.",
            "The page gains one more thing to read.",
        ],
    },
    Plan {
        phrase: "Try it with three centres for two weeks",
        because: "Three centres of different size are enough to see whether the idea survives \
            contact with a busy desk, and small enough to help by hand.",
        risks: &[
            "The three centres that volunteer may be the patient ones.",
            "Two weeks include only one month's end.",
        ],
    },
];

/// What they recommend where they do not agree, by leaning.
pub const CONTESTED: &[Plan] = &[
    Plan {
        phrase: "Change it in small steps",
        because: "What works today carries hundreds of bookings a day. Small steps keep that \
            running and let us stop after each one.",
        risks: &[
            "The whole takes longer, and the middle looks unfinished.",
            "Each step needs its own explanation to people.",
        ],
    },
    Plan {
        phrase: "Do it once and do it fully",
        because: "Half measures cost twice: people learn a way that we already know we will \
            drop. One clean change is explained once.",
        risks: &[
            "If it is late, everything that waits for it is late.",
            "There is no easy way back after the data has moved.",
        ],
    },
    Plan {
        phrase: "Wait until the numbers are in",
        because: "The loudest comments come from a handful of people. One month of counting \
            costs little and tells us whether this is worth anybody's time.",
        risks: &[
            "People who complained will feel unheard for another month.",
            "The numbers may stay too small to decide anything.",
        ],
    },
];
