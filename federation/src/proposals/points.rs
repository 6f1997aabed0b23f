//! The four points at which a person asks one agent: what stands there, and
//! whether somebody can answer.

use model::{
    CandidateId, DecisionRecordId, HubId, InvocationPoint, Proposal, ProposalFilter,
    ProposalSource, RouteCandidate, SourcePart, WidgetId, validate,
};
use uuid::Uuid;

use crate::{
    Engine, Error, Result,
    invocation::{self, Route},
    prompts::Source,
    routing::{self, choose},
    store::proposals::{NewProposal, PointSource},
};

/// Texts of a source that a page shows.
const SHOWN: usize = 31;

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

/// The proposals of one source.
pub(super) fn of_source(point: InvocationPoint, id: Uuid) -> ProposalFilter {
    let mut filter = ProposalFilter::default();
    match point {
        InvocationPoint::SummarizeCluster | InvocationPoint::DraftRequirement => {
            filter.source_widget_id = Some(WidgetId(id));
        }
        InvocationPoint::ProposeImplementation => {
            filter.source_decision_id = Some(DecisionRecordId(id));
        }
        InvocationPoint::DetectDuplicates => filter.source_candidate_id = Some(CandidateId(id)),
    }
    filter
}

/// What a proposal is about, for people to read beside it.
pub(super) async fn shown(engine: &Engine, proposal: &Proposal) -> Result<ProposalSource> {
    let store = engine.store();
    let (kind, id, sources, older) = if let Some(id) = proposal.source_widget_id {
        let (sources, older) = store.widget_cluster(id).await?;
        ("widget", id.0, sources, older)
    } else if let Some(id) = proposal.source_decision_id {
        let sources = store.decision_sources(id).await?;
        ("decision_record", id.0, sources, 0)
    } else if let Some(id) = proposal.source_candidate_id {
        let own = store.candidate_text(id).await?;
        let source = Source {
            name: own.title,
            text: own.body,
        };
        ("requirement_candidate", id.0, vec![source], 0)
    } else {
        return Err(Error::Internal("a proposal has lost its source".to_owned()));
    };
    let title = sources.first().map(|source| source.name.clone());
    let more = sources.len().saturating_sub(SHOWN);
    Ok(ProposalSource {
        kind: kind.to_owned(),
        id,
        title: title.unwrap_or_default(),
        parts: sources
            .into_iter()
            .take(SHOWN)
            .map(|Source { name, text }| SourcePart { name, text })
            .collect(),
        more: older + i64::try_from(more).unwrap_or(0),
    })
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

/// Who is asked where nobody handed the work on: the one who is routed. An
/// agent that has handed on a part of it answers for it again, at the same
/// version: those below were chosen for that one.
pub(super) async fn own_route(engine: &Engine, proposal: &Proposal) -> Result<Route> {
    let (Some(agent), Some(version)) = (proposal.agent_registration_id, proposal.agent_version)
    else {
        return Ok(Route::ByTask);
    };
    if !engine.store().has_delegations(proposal.id).await? {
        return Ok(Route::ByTask);
    }
    let lost = || Error::Internal("a proposal has lost its agent".to_owned());
    let version = engine.store().agent_version(agent, version).await?;
    let version = version.ok_or_else(lost)?;
    let agent = engine.store().agent(agent).await?.ok_or_else(lost)?;
    let candidates = vec![RouteCandidate {
        agent_registration_id: agent.id,
        name: version.name.clone(),
        priority: None,
        chosen: true,
        reason: "It has handed on a part of this proposal, and answers for it again.".to_owned(),
        error_type: None,
    }];
    Ok(Route::Named {
        agent: Box::new(agent),
        version: Box::new(version),
        candidates,
    })
}
