//! One id type per entity. Ids are UUIDs; new rows get version 7.

/// Declares an id type.
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(::sqlx::Type), sqlx(transparent))]
        #[cfg_attr(feature = "openapi", derive(::utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub ::uuid::Uuid);

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }

        impl From<::uuid::Uuid> for $name {
            fn from(id: ::uuid::Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    HubId,
    WidgetId,
    CandidateId,
    DecisionRecordId,
    AgentId,
    RoutingPolicyId,
    ModelPriceId,
    GovernancePolicyId,
    ProposalId,
    CollectiveId,
    ContributionId,
    InvocationId,
    WorkId,
    BudgetAccountId,
    PersonId,
    SessionId,
    TokenId,
    ReviewId,
    AuditId,
    TypeId,
    ManifestId,
    EventId,
    SignalId,
    AnnotationId,
    SummaryId,
    ImplementationId,
    DelegationId,
    JudgementId,
    PerformanceRecordId,
    SuggestionId,
    ProviderTestId,
    ProviderErrorId,
}
