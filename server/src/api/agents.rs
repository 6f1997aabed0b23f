//! Agents and their versions.

use axum::{Json, extract::State};
use federation::{Engine, agents};
use model::{
    Agent, AgentFilter, AgentId, AgentPatch, AgentVersion, HubId, NewAgent, Page, Provider,
    TrustLevel,
};
use uuid::Uuid;

use super::reply::{Created, Reply, page_of};
use crate::{
    extract::{Auth, Body, Id, IfMatch, Params, Steward, Viewer},
    problem::Problem,
};

/// List agents
#[utoipa::path(get, path = "/agents", tag = "agents",
    params(
        ("hub_id" = Option<HubId>, Query), ("active" = Option<bool>, Query),
        ("provider" = Option<Provider>, Query), ("trust_level" = Option<TrustLevel>, Query),
    ),
    responses((status = 200, body = Page<Agent>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<Agent>> {
    let filter = AgentFilter {
        hub_id: params.id("hub_id")?,
        active: params.flag("active")?,
        provider: params.word("provider")?,
        trust_level: params.word("trust_level")?,
    };
    Ok(Json(
        agents::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Read an agent
#[utoipa::path(get, path = "/agents/{id}", tag = "agents",
    responses((status = 200, body = Agent)))]
pub async fn get(
    auth: Auth<Viewer>,
    Id(id): Id<AgentId>,
    State(engine): State<Engine>,
) -> Reply<Agent> {
    Ok(Json(agents::get(&engine, &auth, id).await?))
}

/// Register an agent
#[utoipa::path(post, path = "/agents", tag = "agents", request_body = NewAgent,
    responses((status = 201, body = Agent), (status = 409, description = "The slug is taken"),
        (status = 404, description = "There is no such hub")))]
pub async fn create(
    auth: Auth<Steward>,
    State(engine): State<Engine>,
    Body(new): Body<NewAgent>,
) -> Result<Created<Agent>, Problem> {
    let agent = agents::create(&engine, &auth, new).await?;
    Ok(Created::new("agents", agent.id, agent))
}

/// Change an agent
///
/// What changes anything raises `version` by one.
#[utoipa::path(patch, path = "/agents/{id}", tag = "agents", request_body = AgentPatch,
    params(("If-Match" = Option<i32>, Header, description = "The version that is to be changed")),
    responses((status = 200, body = Agent),
        (status = 409, description = "The slug is taken, or the version is no longer this one")))]
pub async fn update(
    auth: Auth<Steward>,
    Id(id): Id<AgentId>,
    IfMatch(version): IfMatch,
    State(engine): State<Engine>,
    Body(patch): Body<AgentPatch>,
) -> Reply<Agent> {
    Ok(Json(
        agents::update(&engine, &auth, id, patch, version).await?,
    ))
}

/// List the versions of an agent
#[utoipa::path(get, path = "/agents/{id}/versions", tag = "agents",
    responses((status = 200, body = Page<AgentVersion>)))]
pub async fn versions(
    auth: Auth<Viewer>,
    Id(id): Id<AgentId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<AgentVersion>> {
    let page = params.page()?;
    let rows = agents::versions(&engine, &auth, id).await?;
    // A cursor is a UUID; here it holds the version's number.
    let number = |row: &AgentVersion| Uuid::from_u128(u128::from(row.version.unsigned_abs()));
    Ok(Json(page_of(rows, page, number)))
}

/// Let an agent be asked again
#[utoipa::path(post, path = "/agents/{id}/activate", tag = "agents",
    responses((status = 200, body = Agent)))]
pub async fn activate(
    auth: Auth<Steward>,
    Id(id): Id<AgentId>,
    State(engine): State<Engine>,
) -> Reply<Agent> {
    Ok(Json(agents::set_active(&engine, &auth, id, true).await?))
}

/// Let an agent not be asked any more
#[utoipa::path(post, path = "/agents/{id}/deactivate", tag = "agents",
    responses((status = 200, body = Agent)))]
pub async fn deactivate(
    auth: Auth<Steward>,
    Id(id): Id<AgentId>,
    State(engine): State<Engine>,
) -> Reply<Agent> {
    Ok(Json(agents::set_active(&engine, &auth, id, false).await?))
}
