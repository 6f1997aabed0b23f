//! Governance policies.

use axum::{Json, extract::State};
use federation::{Engine, governance};
use model::{
    AgentId, GovernanceCheck, GovernanceDashboard, GovernanceFilter, GovernancePolicy,
    GovernancePolicyId, GovernancePolicyPatch, GovernanceVerdict, HubId, NewGovernancePolicy, Page,
    WhatIf, WhatIfAnswer,
};

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Id, IfMatch, Params, Steward, Viewer},
    problem::Problem,
};

/// List governance policies
#[utoipa::path(get, path = "/governance-policies", tag = "governance",
    params(
        ("hub_id" = Option<HubId>, Query),
        ("agent_registration_id" = Option<AgentId>, Query),
        ("artifact_type" = Option<String>, Query), ("active" = Option<bool>, Query),
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
        artifact_type: params.text("artifact_type").map(str::to_owned),
        active: params.flag("active")?,
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

/// Change what a governance policy allows, or whether it is active
///
/// What changes anything raises `version` by one.
#[utoipa::path(patch, path = "/governance-policies/{id}", tag = "governance",
    request_body = GovernancePolicyPatch,
    params(("If-Match" = Option<i32>, Header, description = "The version that is to be changed")),
    responses((status = 200, body = GovernancePolicy),
        (status = 409, description = "The version is no longer this one, or another policy for the same is active")))]
pub async fn update(
    auth: Auth<Steward>,
    Id(id): Id<GovernancePolicyId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
    Body(patch): Body<GovernancePolicyPatch>,
) -> Reply<GovernancePolicy> {
    Ok(Json(
        governance::update(&engine, &auth, id, patch, version).await?,
    ))
}

/// Switch a governance policy on or off
#[utoipa::path(post, path = "/governance-policies/{id}/toggle", tag = "governance",
    responses((status = 200, body = GovernancePolicy),
        (status = 409, description = "Another policy for the same is active")))]
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

/// Ask what a change would have done to the calls of the last 30 days
///
/// Either a policy as it would stand, or another default of the hub. Calls no
/// model and records nothing.
#[utoipa::path(post, path = "/governance-policies/what-if", tag = "governance",
    request_body = WhatIf,
    responses((status = 200, body = WhatIfAnswer),
        (status = 404, description = "There is no such hub, agent or policy")))]
pub async fn what_if(
    auth: Auth<Viewer>,
    State(engine): State<Engine>,
    Body(asked): Body<WhatIf>,
) -> Reply<WhatIfAnswer> {
    Ok(Json(governance::what_if(&engine, &auth, asked).await?))
}

/// Count the blocked calls of the last 7 days, hub by hub
///
/// The days are those of UTC, today included.
#[utoipa::path(get, path = "/governance/dashboard", tag = "governance",
    responses((status = 200, body = GovernanceDashboard)))]
pub async fn dashboard(
    auth: Auth<Viewer>,
    State(engine): State<Engine>,
) -> Reply<GovernanceDashboard> {
    Ok(Json(governance::dashboard(&engine, &auth).await?))
}
