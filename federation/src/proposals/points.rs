//! The four points at which a person asks one agent: what stands there, and
//! whether somebody can answer.

use model::{CandidateId, DecisionRecordId, HubId, InvocationPoint, WidgetId, validate};
use uuid::Uuid;

use crate::{
    Engine, Error, Result, invocation,
    routing::{self, choose},
    store::proposals::{NewProposal, PointSource},
};

/// What stands at the point.
pub(super) async fn source(
    engine: &Engine,
    point: InvocationPoint,
    id: Uuid,
) -> Result<PointSource> {
    let store = engine.store();
    let (found, what) = match point {
        InvocationPoint::SummarizeCluster | InvocationPoint::DraftRequirement => {
            (store.widget_point(WidgetId(id)).await?, "widget")
        }
        InvocationPoint::ProposeImplementation => (
            store.decision_point(DecisionRecordId(id)).await?,
            "decision record",
        ),
        InvocationPoint::DetectDuplicates => (
            store.candidate_point(CandidateId(id)).await?,
            "requirement candidate",
        ),
    };
    found.ok_or_else(|| Error::not_found(what))
}

/// Writes the source into the column of its kind.
pub(super) fn name_source(row: &mut NewProposal<'_>, point: InvocationPoint, id: Uuid) {
    match point {
        InvocationPoint::SummarizeCluster | InvocationPoint::DraftRequirement => {
            row.source_widget_id = Some(WidgetId(id));
        }
        InvocationPoint::ProposeImplementation => {
            row.source_decision_id = Some(DecisionRecordId(id));
        }
        InvocationPoint::DetectDuplicates => row.source_candidate_id = Some(CandidateId(id)),
    }
}

/// What is asked for, in a line.
pub(super) fn title(point: InvocationPoint, source: &str) -> String {
    let task = match point {
        InvocationPoint::SummarizeCluster => "Summary",
        InvocationPoint::DraftRequirement => "Requirement",
        InvocationPoint::ProposeImplementation => "Implementation",
        InvocationPoint::DetectDuplicates => "Duplicates",
    };
    let whole = format!("{task}: {source}");
    whole.chars().take(validate::NAME_MAX).collect()
}

/// Refuses where nobody would answer: before anything is stored.
pub(super) async fn check_route(engine: &Engine, hub: HubId, task_type: &str) -> Result<()> {
    let looked = routing::look(engine, hub, task_type, 1).await?;
    if !choose::fitting(looked).is_empty() {
        return Ok(());
    }
    Err(invocation::no_route(task_type))
}
