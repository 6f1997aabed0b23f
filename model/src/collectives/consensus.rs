//! How the agreement of a run was judged, and what it rests on.

use serde::{Deserialize, Serialize};

use crate::{ComparedBy, ContributionId, FieldKind, InvocationId, Undefined};

/// How the consensus was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consensus {
    /// How recommendations were compared: `folded_recommendation` (case, space
    /// and punctuation) in old runs, else `grouped_recommendation`: folded,
    /// then the normaliser, then a judging agent.
    pub method: String,
    /// Contributions with a readable recommendation.
    pub readable: i64,
    /// Agents asked.
    pub asked: i64,
    /// Fewest readable contributions on which anything is judged.
    pub quorum: i64,
    /// Largest group first.
    pub groups: Vec<ConsensusGroup>,
    /// The judgement in a sentence.
    pub reason: String,
    /// Pairs of recommendations that do not fold to the same text, with what
    /// was found of each.
    #[serde(default)]
    pub pairs: Vec<ComparedPair>,
    /// The vendors of the agents that could be read; agents of one vendor
    /// count as one voice in intervals and in `independence`.
    #[serde(default)]
    pub vendors: Vec<Vendor>,
    /// What shared vendors mean for this judgement, in a sentence; `None`
    /// where each agent has a vendor of its own.
    #[serde(default)]
    pub independence: Option<String>,
    /// Agreement on each field.
    #[serde(default)]
    pub fields: Vec<FieldAgreement>,
    /// The views outside the largest group. They stand here whatever the
    /// synthesis says.
    #[serde(default)]
    pub minority: Vec<MinorityView>,
    /// Where each sentence of the synthesis comes from.
    #[serde(default)]
    pub origins: Vec<SentenceOrigin>,
    /// What the agents gave each other, where they reviewed each other.
    #[serde(default)]
    pub review: Option<ReviewAgreement>,
}

/// Contributions that recommend the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsensusGroup {
    /// The recommendation in the words of the group's first member.
    pub recommendation: String,
    pub contribution_ids: Vec<ContributionId>,
    pub agents: Vec<String>,
}

/// Two recommendations that were compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ComparedPair {
    /// The first contribution with the one text.
    pub left: ContributionId,
    /// The first contribution with the other text.
    pub right: ContributionId,
    pub same: bool,
    pub by: ComparedBy,
    /// Why, in a sentence.
    pub reason: String,
    /// The receipt of the judge's call.
    pub invocation_id: Option<InvocationId>,
    /// Why the judge gave no answer.
    pub error_type: Option<String>,
}

/// The agents of one vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Vendor {
    pub name: String,
    pub agents: Vec<String>,
}

/// Agreement on one field of the answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldAgreement {
    /// The field's key in the answers.
    pub field: String,
    pub kind: FieldKind,
    /// Contributions that have the field: n.
    pub given: i64,
    /// Contributions in the largest cluster: k.
    pub agreeing: i64,
    /// Largest first.
    pub clusters: Vec<FieldCluster>,
    /// Contributions outside a cluster that more than half share.
    pub odd_ones: Vec<ContributionId>,
    /// Krippendorff's alpha: 1 is perfect agreement, 0 what chance gives.
    pub alpha: Option<f64>,
    /// Why there is no alpha.
    pub undefined: Option<Undefined>,
    /// What alpha was computed over: the items that somebody named.
    pub units: i64,
    /// 95 % bootstrap interval of alpha, one voice for each vendor.
    pub interval: Option<AlphaInterval>,
    /// Of numbers: how far apart they are.
    #[serde(default)]
    pub spread: Option<ValueSpread>,
    /// Some clusters were left out: too many.
    #[serde(default)]
    pub capped: bool,
}

/// The smallest, the largest and the mean of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValueSpread {
    pub low: f64,
    pub high: f64,
    pub mean: f64,
}

/// Contributions that gave the same value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldCluster {
    pub value: String,
    pub contribution_ids: Vec<ContributionId>,
}

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlphaInterval {
    pub low: f64,
    pub high: f64,
    /// Resamples that gave an alpha, of 2,000.
    pub resamples: i64,
}

/// What was recommended outside the largest group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MinorityView {
    pub agents: Vec<String>,
    pub contribution_ids: Vec<ContributionId>,
    pub recommendation: String,
    /// In the words of the first of them.
    pub rationale: Option<String>,
}

/// Where a sentence of the synthesis comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SentenceOrigin {
    /// The field of the synthesis.
    pub field: String,
    pub sentence: String,
    /// The contributions that said it; empty: it is new.
    pub contribution_ids: Vec<ContributionId>,
}

/// How the answers fared where the agents reviewed each other blind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewAgreement {
    /// Best first.
    pub answers: Vec<ReviewedAnswer>,
    /// Alpha of the scores, by their distance: do the reviewers agree?
    pub alpha: Option<f64>,
    pub undefined: Option<Undefined>,
    pub interval: Option<AlphaInterval>,
}

/// The scores of one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewedAnswer {
    pub contribution_id: ContributionId,
    pub agent: String,
    /// 0 to 10.
    pub mean_score: f64,
    pub reviews: Vec<GivenReview>,
}

/// What one agent said of another's answer, not knowing whose it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GivenReview {
    pub reviewer: String,
    /// The contribution that holds the review.
    pub review_id: ContributionId,
    /// 0 to 10.
    pub score: f64,
    pub critique: Option<String>,
}
