//! How well agents do: what people made of their proposals in a period.

mod compare;
mod cursor;
mod tables;
mod trust;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Agent, AgentId, CalibrationGap, HubId, PerformanceRecordId};

pub use compare::*;
pub use cursor::*;
pub use tables::*;
pub use trust::*;

/// Days that a snapshot looks back.
pub const PERIOD_DAYS: i64 = 30;

/// Bins of a reliability diagram, each a tenth of the confidence wide.
pub const BINS: usize = 10;

/// Fewest decided proposals of which a calibration is defined.
pub const CALIBRATION_NEEDS: i64 = 3;

/// What an agent did in a period, as it was counted at `computed_at`. Of each
/// agent and period there is one; it is counted anew until the period is over.
///
/// The period is half-open, `period_start <= created_at < period_end`, and
/// begins and ends at midnight in UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PerformanceRecord {
    pub id: PerformanceRecordId,
    pub agent_registration_id: AgentId,
    pub hub_id: HubId,
    pub period_start: DateTime<Utc>,
    pub period_end: DateTime<Utc>,
    /// Proposals with an answer that were made in the period; a blocked one is
    /// none.
    pub proposals_generated: i32,
    /// By people: what a policy applied is not among them.
    pub proposals_accepted: i32,
    pub proposals_rejected: i32,
    pub proposals_revised: i32,
    /// 0 to 1, of the agent's own; `null` where it never said one, or while it
    /// is held back: the hub decides first, and what is in the mean still waits.
    pub mean_confidence: Option<f64>,
    /// Pearson's correlation of the agent's confidence and the outcome
    /// (accepted 1, rejected 0), -1 to 1; `null` where it is not defined.
    pub calibration_score: Option<f64>,
    pub computed_at: DateTime<Utc>,
    /// The rest of what was counted; `null` for a record that was not counted
    /// here.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub measures: Option<Measures>,
}

/// An agent's latest snapshot and what leads to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PerformanceReport {
    pub agent: Agent,
    /// `null` where none was counted yet.
    pub latest: Option<PerformanceRecord>,
    /// The oldest first, without `measures`; the latest 120.
    pub history: Vec<PerformanceRecord>,
    /// Those that are open.
    pub suggestions: Vec<Suggestion>,
    /// The hub's: the acceptance that a promotion needs.
    pub trust_threshold: f64,
    /// The hub's: the decisions that a suggestion needs.
    pub trust_decisions: i32,
}

/// What a snapshot holds beyond its columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Measures {
    pub total: Slice,
    /// The newest version first.
    pub by_version: Vec<Slice>,
    pub by_task_type: Vec<Slice>,
    pub by_artifact_type: Vec<Slice>,
    /// The bins that hold a decided proposal, from low confidence to high.
    pub reliability: Vec<Bin>,
    /// Half of the decisions took less; milliseconds from answer to decision,
    /// `null` where there is none.
    pub median_decision_ms: Option<i64>,
    pub calls: Calls,
    /// What people said of how sure one can be of the same proposals.
    pub people: PeopleConfidence,
    /// What was observed afterwards, by kind.
    pub outcomes: Vec<OutcomeSum>,
    /// The newest version with decisions against the one before it.
    pub change: Option<VersionChange>,
    /// What a change of trust would rest on.
    pub evidence: Option<TrustEvidence>,
    /// The hub decided first when this was counted: what waited is in no mean.
    #[serde(default)]
    pub covered: bool,
}

/// The proposals of a period, or those of one version or type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Slice {
    /// The version's number or the type's key; empty for all.
    pub key: String,
    pub generated: i64,
    pub accepted: i64,
    pub rejected: i64,
    pub revised: i64,
    /// They wait for a person.
    pub undecided: i64,
    /// Accepted by a policy, no person asked.
    pub auto_applied: i64,
    /// Proposals of which the agent said how sure it is; where the hub decides
    /// first, of those that are decided.
    pub with_confidence: i64,
    /// `null` where the agent never said one, or while it is held back.
    pub mean_confidence: Option<f64>,
    pub calibration: Calibration,
    /// Mean squared difference of confidence and outcome, 0 (best) to 1
    /// (Brier 1950); `null` where nothing was decided.
    pub brier: Option<f64>,
    /// 1 less the Brier score over that of always saying the base rate;
    /// `null` where the base rate is 0 or 1.
    pub brier_skill: Option<f64>,
    /// Tokens in and out of all calls for proposals in the period, those too
    /// that came to nothing.
    pub tokens: i64,
    /// Of the calls whose price is known.
    pub cost_microusd: i64,
    /// Calls that used tokens and whose price is not known.
    pub unpriced: i64,
}

impl Slice {
    /// Proposals that people decided on.
    pub const fn decided(&self) -> i64 {
        self.accepted + self.rejected + self.revised
    }

    /// Tokens for each proposal that was accepted, by people or by a policy;
    /// `None` where none was.
    pub const fn tokens_per_accepted(&self) -> Option<i64> {
        self.tokens.checked_div(self.accepted + self.auto_applied)
    }

    /// Micro US dollars for each proposal that was accepted, by people or by a
    /// policy; `None` where none was or nothing has a known price.
    pub const fn cost_microusd_per_accepted(&self) -> Option<i64> {
        if self.cost_microusd == 0 && self.unpriced > 0 {
            return None;
        }
        self.cost_microusd
            .checked_div(self.accepted + self.auto_applied)
    }

    /// Whether there is a mean that is held back: the hub decides first now,
    /// and did not when this was counted.
    pub const fn is_held_back(&self) -> bool {
        self.with_confidence > 0 && self.mean_confidence.is_none()
    }

    /// The acceptance of what people decided, with its interval.
    pub fn acceptance(&self) -> Option<Ratio> {
        Ratio::of(self.accepted, self.decided())
    }
}

/// How confidence and outcome go together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Calibration {
    /// Pearson's correlation; `null` where it is not defined.
    pub score: Option<f64>,
    /// Accepted and rejected proposals with a confidence.
    pub decided: i64,
    /// Why there is no score.
    pub gap: Option<CalibrationGap>,
}

/// A share with its Wilson score interval of 95 % (Wilson 1927).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ratio {
    pub part: i64,
    /// Above 0.
    pub of: i64,
    /// 0 to 1.
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// The quantile of the standard normal distribution for 95 % in the middle.
const Z_95: f64 = 1.959_963_984_540_054;

impl Ratio {
    /// `None` of nothing.
    pub fn of(part: i64, of: i64) -> Option<Self> {
        if of <= 0 {
            return None;
        }
        let (k, n) = (part as f64, of as f64);
        let share = k / n;
        let z2 = Z_95 * Z_95;
        let middle = (k + z2 / 2.0) / (n + z2);
        let half = Z_95 * (share.mul_add(1.0 - share, z2 / (4.0 * n)) / n).sqrt() * n / (n + z2);
        Some(Self {
            part,
            of,
            share,
            // At the ends the bound is exact; rounding must not pass it.
            low: if part == 0 {
                0.0
            } else {
                (middle - half).max(0.0)
            },
            high: if part == of {
                1.0
            } else {
                (middle + half).min(1.0)
            },
        })
    }
}

/// A difference of two shares with Newcombe's interval of 95 %, the hybrid of
/// two Wilson intervals (Newcombe 1998, method 10).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    pub difference: f64,
    pub low: f64,
    pub high: f64,
}

impl Difference {
    /// `now` less `before`.
    pub fn between(now: &Ratio, before: &Ratio) -> Self {
        let difference = now.share - before.share;
        let down = (now.share - now.low).hypot(before.high - before.share);
        let up = (now.high - now.share).hypot(before.share - before.low);
        Self {
            difference,
            low: difference - down,
            high: difference + up,
        }
    }

    /// Whether chance alone would rarely make it: 0 is not in the interval.
    pub const fn is_more_than_chance(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// A bin of the reliability diagram. Its confidences are above `from` and at
/// most `to`; the first one holds 0 too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bin {
    pub from: f64,
    pub to: f64,
    /// Accepted and rejected proposals.
    pub decided: i64,
    pub mean_confidence: f64,
    /// How many of them people accepted.
    pub accepted: Ratio,
}

/// Model calls of a period, trials left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Calls {
    pub succeeded: i64,
    /// Those too of which nobody knows how they ended.
    pub failed: i64,
    pub blocked: i64,
    pub cancelled: i64,
}

/// How sure people were of an agent's proposals: the latest word of each
/// person on each proposal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeopleConfidence {
    pub annotations: i64,
    /// 0 to 1.
    pub mean: Option<f64>,
    /// Of those on accepted and rejected proposals.
    pub brier: Option<f64>,
}

/// What was observed after acceptance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutcomeSum {
    pub kind: String,
    /// Accepted proposals, as they are or revised, with such a signal.
    pub proposals: i64,
    pub signals: i64,
    /// Of the signals that carry a number.
    pub mean_value: Option<f64>,
}

/// The acceptance of a version against the one before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionChange {
    pub version: i32,
    pub before_version: i32,
    pub acceptance: Ratio,
    pub before: Ratio,
    pub difference: Difference,
}
