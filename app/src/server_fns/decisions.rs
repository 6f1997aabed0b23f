//! Decision records: list, show, form.
// One argument for each field of a form; the macro leaves no place for it elsewhere.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
use model::{
    Caller, Candidate, CandidateId, DecisionRecord, DecisionRecordDetail, DecisionRecordId, Hub,
    HubId, Page, ProposalLine,
};
use serde::{Deserialize, Serialize};

use super::content::ContentQuery;
use crate::error::AppError;
use crate::wire::Wire;

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionsAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub page: Page<DecisionRecord>,
}

/// What the page of one decision record shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionAnswer {
    pub hub: Hub,
    pub caller: Caller,
    pub detail: DecisionRecordDetail,
    pub proposals: Vec<ProposalLine>,
}

/// What the form of a decision record needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionForm {
    pub hub: Hub,
    pub caller: Caller,
    /// `None`: a new one.
    pub record: Option<DecisionRecord>,
    /// The candidate on which it decides.
    pub candidate: Option<Candidate>,
}

/// The decision records of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "list_decisions", input = Wire, output = Wire)]
pub async fn list_decisions(query: ContentQuery) -> Result<Option<DecisionsAnswer>, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    // A word that no filter knows filters nothing, as an old link may have it.
    let filter = model::DecisionRecordFilter {
        hub_id: Some(hub.id),
        status: query.status.as_deref().and_then(|word| word.parse().ok()),
        requirement_candidate_id: None,
        q: query.q.clone(),
    };
    let page = federation::decisions::list(&engine, &caller, filter, query.page())
        .await
        .map_err(refuse)?;
    Ok(Some(DecisionsAnswer { hub, caller, page }))
}

/// All that the page of one decision record shows.
#[server(prefix = "/rpc", endpoint = "decision", input = Wire, output = Wire)]
pub async fn read_decision(id: DecisionRecordId) -> Result<DecisionAnswer, AppError> {
    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let detail = federation::decisions::detail(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let hub = federation::hubs::get(&engine, &caller, detail.record.hub_id)
        .await
        .map_err(refuse)?;
    let about = model::ProposalFilter {
        source_decision_id: Some(id),
        ..model::ProposalFilter::default()
    };
    let proposals = federation::widgets::proposals_about(&engine, &caller, about)
        .await
        .map_err(refuse)?;
    Ok(DecisionAnswer {
        hub,
        caller,
        detail,
        proposals,
    })
}

/// The form of a decision record, on `candidate` where it is new; `None` where
/// there is no hub yet.
#[server(prefix = "/rpc", endpoint = "decision_form", input = Wire, output = Wire)]
pub async fn read_decision_form(
    hub: Option<String>,
    id: Option<DecisionRecordId>,
    candidate: Option<CandidateId>,
) -> Result<Option<DecisionForm>, AppError> {
    use federation::{candidates, decisions, hubs};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let record = match id {
        Some(id) => Some(decisions::get(&engine, &caller, id).await.map_err(refuse)?),
        None => None,
    };
    let about = match &record {
        Some(record) => record.requirement_candidate_id,
        None => candidate,
    };
    let candidate = match about {
        Some(id) => Some(
            candidates::get(&engine, &caller, id)
                .await
                .map_err(refuse)?,
        ),
        None => None,
    };
    let own = record.as_ref().map(|record| record.hub_id);
    let hub = match own.or(candidate.as_ref().map(|candidate| candidate.hub_id)) {
        Some(id) => hubs::get(&engine, &caller, id).await.map_err(refuse)?,
        None => match request::hubs(&engine, &caller, hub.as_deref()).await? {
            (_, Some(hub)) => hub,
            (_, None) => return Ok(None),
        },
    };
    Ok(Some(DecisionForm {
        hub,
        caller,
        record,
        candidate,
    }))
}

/// Makes a decision record, or with `id` changes one at the version that was
/// shown, and goes to its page. The candidate stays.
#[server(prefix = "/rpc", endpoint = "save_decision", output = Wire)]
pub async fn save_decision(
    #[server(default)] id: Option<DecisionRecordId>,
    #[server(default)] version: Option<i32>,
    hub_id: HubId,
    #[server(default)] requirement_candidate_id: Option<CandidateId>,
    title: String,
    context: String,
    decision: String,
    status: String,
) -> Result<DecisionRecordId, AppError> {
    use federation::decisions;
    use model::{DecisionRecordPatch, NewDecisionRecord};

    use super::content::{chosen, lines};
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (context, decision) = (lines(&context), lines(&decision));
    let status = Some(chosen("status", &status, "choose a status")?);
    let saved = match id {
        None => {
            let new = NewDecisionRecord {
                hub_id,
                requirement_candidate_id,
                title,
                context,
                decision,
                status,
            };
            decisions::create(&engine, &caller, new).await
        }
        Some(id) => {
            let patch = DecisionRecordPatch {
                requirement_candidate_id: None,
                title: Some(title),
                context: Some(context),
                decision: Some(decision),
                status,
            };
            decisions::update(&engine, &caller, id, patch, version).await
        }
    };
    let id = saved.map_err(request::refuse)?.id;
    leptos_axum::redirect(&format!("/decisions/{id}"));
    Ok(id)
}
