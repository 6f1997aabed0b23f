//! Governance policies.

use axum::{Json, extract::State};
use federation::{Engine, governance};
use model::{
    AgentId, GovernanceCheck, GovernanceFilter, GovernancePolicy, GovernancePolicyId,
    GovernanceVerdict, HubId, NewGovernancePolicy, Page,
};

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Id, Params, Steward, Viewer},
    problem::Problem,
};

/// List governance policies
#[utoipa::path(get, path = "/governance-policies", tag = "governance",
    params(
        ("hub_id" = Option<HubId>, Query),
        ("agent_registration_id" = Option<AgentId>, Query),
    ),
    responses((status = 200, body = Page<GovernancePolicy>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<GovernancePolicy>> {
    let filter = GovernanceFilter {
        hub_id: params.id("hub_id")?,
        agent_registration_id: params.id("agent_registration_id")?,
    };
    Ok(Json(
        governance::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Read a governance policy
#[utoipa::path(get, path = "/governance-policies/{id}", tag = "governance",
    responses((status = 200, body = GovernancePolicy)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<GovernancePolicyId>,
    State(engine): State<Engine>,
) -> Reply<GovernancePolicy> {
    Ok(Json(governance::get(&engine, &auth, id).await?))
}

/// Say what an agent may do with a type of artifact
#[utoipa::path(post, path = "/governance-policies", tag = "governance",
    request_body = NewGovernancePolicy,
    responses((status = 201, body = GovernancePolicy),
        (status = 404, description = "There is no such hub or agent"),
        (status = 409, description = "There is an active policy for the same")))]
pub async fn create(
    auth: Auth<Steward>,
    State(engine): State<Engine>,
    Body(new): Body<NewGovernancePolicy>,
) -> Result<Created<GovernancePolicy>, Problem> {
    let policy = governance::create(&engine, &auth, new).await?;
    Ok(Created::new("governance-policies", policy.id, policy))
}

/// Switch a governance policy on or off
#[utoipa::path(post, path = "/governance-policies/{id}/toggle", tag = "governance",
    responses((status = 200, body = GovernancePolicy)))]
pub async fn toggle(
    auth: Auth<Steward>,
    Id(id): Id<GovernancePolicyId>,
    State(engine): State<Engine>,
) -> Reply<GovernancePolicy> {
    Ok(Json(governance::toggle(&engine, &auth, id).await?))
}

/// Ask whether an agent may do something
///
/// Calls no model and records nothing.
#[utoipa::path(post, path = "/governance-policies/check", tag = "governance",
    request_body = GovernanceCheck,
    responses((status = 200, body = GovernanceVerdict),
        (status = 404, description = "There is no such hub or agent")))]
pub async fn check(
    auth: Auth<Viewer>,
    State(engine): State<Engine>,
    Body(question): Body<GovernanceCheck>,
) -> Reply<GovernanceVerdict> {
    Ok(Json(governance::check(&engine, &auth, question).await?))
}
