//! The words of the closed sets, for the OpenAPI document. The derived schemas
//! name the variants as Rust does; on the wire they are lower-case words.

use model::{
    Action, ActorKind, AgentSort, BridgeKind, BridgeState, CalibrationGap, CandidateStatus,
    ComparedBy, ComparisonChart, ConfidenceSource, ConsensusStatus, DecisionRecordStatus,
    DecisionStatus, DelegationStatus, FieldKind, GovernanceDefault, InboxKind, InboxSort,
    Judgement, KeySource, LineKind, MemberState, Outcome, PerformanceChart, PerformanceSort,
    ProposalStatus, Provider, Role, RoundKind, RoundPlan, RoundState, RouteVerdict, RunState,
    SortOrder, SuggestionKind, SuggestionStatus, SynthesisState, TimelineSource, TrustLevel,
    TypeKind, Undefined, Verdict, WorkKind,
};
use utoipa::openapi::{
    OpenApi, RefOr, Schema,
    schema::{ObjectBuilder, Type},
};

macro_rules! sets {
    ($($set:ident),+ $(,)?) => {
        /// Each closed set with its words.
        fn sets() -> Vec<(&'static str, Vec<&'static str>)> {
            vec![$((
                stringify!($set),
                $set::ALL.iter().map(|value| value.as_str()).collect(),
            )),+]
        }
    };
}

sets!(
    Action,
    ActorKind,
    AgentSort,
    CandidateStatus,
    ConfidenceSource,
    ConsensusStatus,
    DecisionRecordStatus,
    DecisionStatus,
    DelegationStatus,
    GovernanceDefault,
    InboxKind,
    InboxSort,
    Judgement,
    LineKind,
    MemberState,
    Outcome,
    ProposalStatus,
    Provider,
    Role,
    RouteVerdict,
    RunState,
    SortOrder,
    ComparedBy,
    FieldKind,
    RoundKind,
    RoundPlan,
    RoundState,
    Undefined,
    CalibrationGap,
    ComparisonChart,
    PerformanceChart,
    PerformanceSort,
    SuggestionKind,
    SuggestionStatus,
    SynthesisState,
    TimelineSource,
    TrustLevel,
    TypeKind,
    Verdict,
    WorkKind,
    BridgeKind,
    BridgeState,
    KeySource,
);

/// Puts the words into the document's schemas.
pub fn name_all(document: &mut OpenApi) {
    let Some(components) = &mut document.components else {
        return;
    };
    for (name, words) in sets() {
        let Some(RefOr::T(Schema::Object(old))) = components.schemas.get(name) else {
            continue;
        };
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(old.description.clone())
            .enum_values(Some(words));
        components
            .schemas
            .insert(name.to_owned(), RefOr::T(schema.into()));
    }
}
