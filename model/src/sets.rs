//! Closed sets of values, as they stand in the CHECK constraints.

/// A word that is in none of a set's values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not one of {allowed}")]
pub struct UnknownWord {
    pub given: String,
    pub allowed: String,
}

/// Declares a closed set: an enum that is its lower-case word on the wire, in
/// the database and in the API.
#[macro_export]
macro_rules! closed_set {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(::utoipa::ToSchema))]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// All values, in the order in which a form offers them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::UnknownWord;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownWord {
                        given: s.chars().take(64).collect(),
                        allowed: [$($word),+].join(", "),
                    }),
                }
            }
        }

        #[cfg(feature = "sqlx")]
        impl<DB: ::sqlx::Database> ::sqlx::Type<DB> for $name
        where
            String: ::sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as ::sqlx::Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as ::sqlx::Type<DB>>::compatible(ty)
            }
        }

        #[cfg(feature = "sqlx")]
        impl<'q, DB: ::sqlx::Database> ::sqlx::Encode<'q, DB> for $name
        where
            String: ::sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buf: &mut <DB as ::sqlx::Database>::ArgumentBuffer,
            ) -> Result<::sqlx::encode::IsNull, ::sqlx::error::BoxDynError> {
                ::sqlx::Encode::<'q, DB>::encode(self.as_str().to_owned(), buf)
            }
        }

        #[cfg(feature = "sqlx")]
        impl<'r, DB: ::sqlx::Database> ::sqlx::Decode<'r, DB> for $name
        where
            &'r str: ::sqlx::Decode<'r, DB>,
        {
            fn decode(value: <DB as ::sqlx::Database>::ValueRef<'r>) -> Result<Self, ::sqlx::error::BoxDynError> {
                let word = <&'r str as ::sqlx::Decode<'r, DB>>::decode(value)?;
                Ok(word.parse::<Self>()?)
            }
        }
    };
}

closed_set! {
    /// Who runs the model.
    Provider {
        Openrouter = "openrouter",
        Gemini = "gemini",
        Openai = "openai",
        ClaudeCode = "claude-code",
    }
}

closed_set! {
    /// How far an agent is trusted. The order is the order of trust.
    TrustLevel {
        Advisory = "advisory",
        Elevated = "elevated",
        Autonomous = "autonomous",
    }
}

closed_set! {
    /// What a governance policy may allow.
    Action {
        Read = "read",
        Propose = "propose",
        Delegate = "delegate",
        AutoApply = "auto_apply",
    }
}

closed_set! {
    /// What holds where no governance policy speaks.
    GovernanceDefault {
        Permit = "permit",
        Deny = "deny",
    }
}

closed_set! {
    /// A person's or a token's role. Each includes the ones before it.
    Role {
        Viewer = "viewer",
        Reviewer = "reviewer",
        Steward = "steward",
        Admin = "admin",
    }
}

closed_set! {
    /// Whether the contributions of a collective proposal agree.
    ConsensusStatus {
        Pending = "pending",
        Consensus = "consensus",
        Divergent = "divergent",
    }
}

closed_set! {
    /// Where the run of a collective proposal stands.
    RunState {
        Queued = "queued",
        Running = "running",
        Finished = "finished",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

impl RunState {
    /// Nothing more happens in such a run.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Cancelled)
    }
}

closed_set! {
    /// Where one member of a collective run stands.
    MemberState {
        Pending = "pending",
        Running = "running",
        Completed = "completed",
        Failed = "failed",
        Blocked = "blocked",
        Cancelled = "cancelled",
        Unknown = "unknown",
    }
}

impl MemberState {
    /// Nothing more is asked of such a member.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

closed_set! {
    /// Where the synthesis of a collective run stands.
    SynthesisState {
        Pending = "pending",
        Running = "running",
        Completed = "completed",
        Failed = "failed",
        /// Nothing to synthesise: no quorum, or the run ended before.
        None = "none",
    }
}

closed_set! {
    /// The rounds that a run is started with.
    #[derive(Default)]
    RoundPlan {
        /// All answer.
        #[default]
        Answer = "answer",
        /// All answer, then each reviews the others' answers blind.
        AnswerThenReview = "answer_then_review",
        /// All answer, then each revises the own answer after reading the
        /// others'.
        AnswerThenRevise = "answer_then_revise",
    }
}

closed_set! {
    /// What agents are asked for in a round.
    #[derive(Default)]
    RoundKind {
        #[default]
        Answer = "answer",
        Review = "review",
        Revise = "revise",
    }
}

closed_set! {
    /// Where a round stands.
    RoundState {
        Pending = "pending",
        Running = "running",
        Finished = "finished",
        /// Not held: the run ended before, or too few answers could be read.
        Skipped = "skipped",
    }
}

closed_set! {
    /// Who found whether two recommendations say the same.
    ComparedBy {
        /// The normaliser, which was sure.
        Normaliser = "normaliser",
        /// A judging agent.
        Judge = "judge",
        /// Nobody: unsure, and no judge answered. It counts as different.
        Nobody = "nobody",
    }
}

closed_set! {
    /// What kind of value a field has.
    FieldKind {
        /// One of few: a short text, or yes and no.
        Choice = "choice",
        Number = "number",
        List = "list",
        /// Prose: compared as a whole.
        Text = "text",
    }
}

closed_set! {
    /// Why an alpha is not defined.
    Undefined {
        /// Fewer than two units that two agents have valued.
        TooFewUnits = "too_few_units",
        /// All values are the same: no disagreement is to be expected.
        NoVariation = "no_variation",
        /// No unit has two values.
        TooFewValues = "too_few_values",
    }
}

closed_set! {
    /// What a person decided on a collective proposal.
    DecisionStatus {
        Pending = "pending",
        Accepted = "accepted",
        Rejected = "rejected",
        Revised = "revised",
    }
}

closed_set! {
    /// Where a delegation stands.
    DelegationStatus {
        Pending = "pending",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

closed_set! {
    /// Where an agent proposal stands.
    ProposalStatus {
        Queued = "queued",
        Running = "running",
        /// It waits for a person.
        Pending = "pending",
        Accepted = "accepted",
        Rejected = "rejected",
        Revised = "revised",
        BlockedByPolicy = "blocked_by_policy",
        Failed = "failed",
        Cancelled = "cancelled",
        /// The server stopped again and again while the agent was asked.
        Unknown = "unknown",
    }
}

impl ProposalStatus {
    /// The agent is not at work any more.
    pub const fn has_ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// A person, or a policy in a person's place, has decided.
    pub const fn is_decided(self) -> bool {
        matches!(self, Self::Accepted | Self::Rejected | Self::Revised)
    }
}

closed_set! {
    /// Where a person asks one agent.
    InvocationPoint {
        /// On a widget.
        SummarizeCluster = "summarize_cluster",
        /// On a widget.
        DraftRequirement = "draft_requirement",
        /// On a decision record.
        ProposeImplementation = "propose_implementation",
        /// On a requirement candidate.
        DetectDuplicates = "detect_duplicates",
    }
}

impl InvocationPoint {
    pub const fn task_type(self) -> &'static str {
        match self {
            Self::SummarizeCluster => "synthesis",
            Self::DraftRequirement => "requirement_draft",
            Self::ProposeImplementation => "implementation",
            Self::DetectDuplicates => "triage",
        }
    }

    pub const fn artifact_type(self) -> &'static str {
        match self {
            Self::SummarizeCluster => "widget_summary",
            Self::DraftRequirement => "requirement_candidate",
            Self::ProposeImplementation => "implementation_proposal",
            Self::DetectDuplicates => "duplicate_report",
        }
    }

    /// The point at which a proposal of this artifact type is asked for.
    pub fn of_artifact(artifact_type: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|point| point.artifact_type() == artifact_type)
    }
}

closed_set! {
    /// What a requirement candidate has come to.
    CandidateStatus {
        Draft = "draft",
        Open = "open",
        UnderReview = "under_review",
        Accepted = "accepted",
        Rejected = "rejected",
        /// Another candidate stays in its place.
        Duplicate = "duplicate",
        Superseded = "superseded",
        Implemented = "implemented",
        Archived = "archived",
    }
}

closed_set! {
    /// What a decision record has come to.
    DecisionRecordStatus {
        Draft = "draft",
        Proposed = "proposed",
        Accepted = "accepted",
        Rejected = "rejected",
        Superseded = "superseded",
        Deprecated = "deprecated",
        Implemented = "implemented",
        Archived = "archived",
    }
}

closed_set! {
    /// What a line of a widget's timeline is.
    TimelineSource {
        Event = "event",
        Signal = "signal",
    }
}

closed_set! {
    /// Who says how sure one can be.
    ConfidenceSource {
        Agent = "agent",
        Person = "person",
        System = "system",
    }
}

closed_set! {
    /// A reviewer's own judgement, before the agent's is uncovered.
    Judgement {
        Accepted = "accepted",
        Rejected = "rejected",
        Revised = "revised",
    }
}

closed_set! {
    /// What waits in the inbox.
    InboxKind {
        Proposal = "proposal",
        CollectiveProposal = "collective_proposal",
    }
}

closed_set! {
    /// How the inbox is sorted.
    InboxSort {
        Newest = "newest",
        /// What one can be least sure of first.
        Uncertain = "uncertain",
    }
}

closed_set! {
    /// The verdict of a review record.
    Verdict {
        Accepted = "accepted",
        Rejected = "rejected",
        Revised = "revised",
        /// Takes back the same person's last verdict.
        Undone = "undone",
        /// Says something and decides nothing.
        Commented = "commented",
        /// Wants another answer to the same question.
        AnotherRound = "another_round",
    }
}

closed_set! {
    /// How a model call ended, as its receipt says.
    Outcome {
        /// Written before the call.
        Started = "started",
        Succeeded = "succeeded",
        Failed = "failed",
        Blocked = "blocked",
        Cancelled = "cancelled",
        /// The process died during the call; its reservation counts as spent.
        Unknown = "unknown",
    }
}

closed_set! {
    /// Why a routing policy's agent is chosen for a task, or passed over.
    RouteVerdict {
        Chosen = "chosen",
        /// It fits, and stands behind the chosen one.
        LowerPriority = "lower_priority",
        InactivePolicy = "inactive_policy",
        InactiveAgent = "inactive_agent",
        TrustTooLow = "trust_too_low",
        MissingCapability = "missing_capability",
        /// There is a ceiling, and nobody knows what the model costs.
        PriceUnknown = "price_unknown",
        OverCeiling = "over_ceiling",
    }
}

impl RouteVerdict {
    /// Whether the agent may answer.
    pub const fn fits(self) -> bool {
        matches!(self, Self::Chosen | Self::LowerPriority)
    }
}

closed_set! {
    /// What kind of actor asked for something.
    ActorKind {
        Person = "person",
        Token = "token",
        /// A command on the server's own command line.
        Command = "command",
        /// The server itself: recovery, schedules.
        System = "system",
    }
}

closed_set! {
    /// The two registries of types.
    TypeKind {
        TaskType = "task_type",
        ArtifactType = "artifact_type",
    }
}

closed_set! {
    /// What a list of agents is sorted by.
    AgentSort {
        Newest = "newest",
        Name = "name",
        Provider = "provider",
        Model = "model",
        Trust = "trust",
        LastUsed = "last_used",
        Acceptance = "acceptance",
    }
}

closed_set! {
    /// The direction of a sort.
    SortOrder {
        Asc = "asc",
        Desc = "desc",
    }
}

closed_set! {
    /// What an agent makes.
    WorkKind {
        Contribution = "contribution",
        Proposal = "proposal",
    }
}

closed_set! {
    /// A line of a text against the text before.
    LineKind {
        Same = "same",
        Added = "added",
        Removed = "removed",
        /// Unchanged lines that are left out.
        Skipped = "skipped",
    }
}

closed_set! {
    /// Why a calibration is not defined.
    CalibrationGap {
        TooFew = "too_few",
        ConstantConfidence = "constant_confidence",
        ConstantOutcome = "constant_outcome",
    }
}

closed_set! {
    /// What is suggested of an agent's record.
    SuggestionKind {
        Promotion = "promotion",
        Demotion = "demotion",
        Routing = "routing",
    }
}

closed_set! {
    /// Where a suggestion stands.
    SuggestionStatus {
        Open = "open",
        Confirmed = "confirmed",
        Dismissed = "dismissed",
        /// The record no longer supports it.
        Withdrawn = "withdrawn",
    }
}

closed_set! {
    /// What a comparison of agents is sorted by.
    PerformanceSort {
        Name = "name",
        Generated = "generated",
        Acceptance = "acceptance",
        Confidence = "confidence",
        Calibration = "calibration",
        Brier = "brier",
        Cost = "cost",
        Time = "time",
        Change = "change",
    }
}

closed_set! {
    /// What agents beside each other are drawn as.
    ComparisonChart {
        Table = "table",
        /// A small line for each agent.
        Trends = "trends",
    }
}

closed_set! {
    /// What the numbers of an agent are drawn as.
    PerformanceChart {
        History = "history",
        Ratios = "ratios",
        Reliability = "reliability",
        Breakdown = "breakdown",
        Outcomes = "outcomes",
    }
}
