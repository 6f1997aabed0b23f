//! Agents and their versions.

use axum::{Json, extract::State};
use federation::{
    Engine,
    agents::{self, trial},
    collectives::Idempotency,
};
use model::{
    Agent, AgentCursor, AgentFilter, AgentId, AgentPatch, AgentRoutes, AgentRow, AgentSearch,
    AgentSort, AgentSummary, AgentVersionRow, AgentWork, HubId, NewAgent, NewTrial, Page, Provider,
    SortOrder, Trial, TrustLevel,
};

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Id, IdempotencyKey, IfMatch, Params, Reviewer, Steward, Viewer},
    problem::Problem,
};

/// List agents
///
/// Newest first, or as `sort` and `order` say. A cursor holds for the `sort`
/// under which it was given.
#[utoipa::path(get, path = "/agents", tag = "agents",
    params(
        ("hub_id" = Option<HubId>, Query), ("active" = Option<bool>, Query),
        ("provider" = Option<Provider>, Query), ("trust_level" = Option<TrustLevel>, Query),
        ("q" = Option<String>, Query, description = "Text in name, slug, model or capabilities"),
        ("sort" = Option<AgentSort>, Query, description = "`newest` where it is left out"),
        ("order" = Option<SortOrder>, Query,
            description = "`asc` for name, provider and model, else `desc`, where it is left out"),
    ),
    responses((status = 200, body = Page<AgentRow>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<AgentRow>> {
    let sort = params.word("sort")?.unwrap_or(AgentSort::Newest);
    let read = |text: &str| {
        AgentCursor::parse(sort, text).ok_or_else(|| {
            Problem::malformed_field(
                "cursor",
                "must be the next_cursor of an earlier answer with the same sort",
            )
        })
    };
    let search = AgentSearch {
        filter: AgentFilter {
            hub_id: params.id("hub_id")?,
            active: params.flag("active")?,
            provider: params.word("provider")?,
            trust_level: params.word("trust_level")?,
        },
        text: params.text("q").map(str::to_owned),
        sort,
        order: params.word("order")?,
        limit: params.limit()?,
        after: params.text("cursor").map(read).transpose()?,
    };
    Ok(Json(agents::search(&engine, &auth, search).await?))
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

/// List the versions of an agent, each with what it changed
#[utoipa::path(get, path = "/agents/{id}/versions", tag = "agents",
    responses((status = 200, body = Page<AgentVersionRow>)))]
pub async fn versions(
    auth: Auth<Viewer>,
    Id(id): Id<AgentId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<AgentVersionRow>> {
    let page = params.page()?;
    Ok(Json(agents::history(&engine, &auth, id, page).await?))
}

/// Read what names an agent: active routing and governance policies
///
/// What one should know before deactivating it.
#[utoipa::path(get, path = "/agents/{id}/routes", tag = "agents",
    responses((status = 200, body = AgentRoutes)))]
pub async fn routes(
    auth: Auth<Viewer>,
    Id(id): Id<AgentId>,
    State(engine): State<Engine>,
) -> Reply<AgentRoutes> {
    Ok(Json(agents::routes(&engine, &auth, id).await?))
}

/// List what an agent made: contributions and proposals
#[utoipa::path(get, path = "/agents/{id}/work", tag = "agents",
    responses((status = 200, body = Page<AgentWork>)))]
pub async fn work(
    auth: Auth<Viewer>,
    Id(id): Id<AgentId>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<AgentWork>> {
    let page = params.page()?;
    Ok(Json(agents::work(&engine, &auth, id, page).await?))
}

/// Read what an agent did in the last 30 days
#[utoipa::path(get, path = "/agents/{id}/summary", tag = "agents",
    responses((status = 200, body = AgentSummary)))]
pub async fn summary(
    auth: Auth<Viewer>,
    Id(id): Id<AgentId>,
    State(engine): State<Engine>,
) -> Reply<AgentSummary> {
    Ok(Json(agents::summary(&engine, &auth, id).await?))
}

/// Try an agent with a sample prompt
///
/// One call, with governance, budget and deadline as for any other. Answers
/// when it has ended; a call that fails or is blocked is an answer too, and its
/// receipt says why. No proposal is made. Closing the connection cancels the
/// call.
#[utoipa::path(post, path = "/agents/{id}/try", tag = "agents", request_body = NewTrial,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the first answer again, for 24 hours")),
    responses((status = 200, body = Trial),
        (status = 409, description = "The agent is not active, or the key was used for another body")))]
pub async fn ask(
    auth: Auth<Reviewer>,
    Id(id): Id<AgentId>,
    IdempotencyKey(key): IdempotencyKey,
    State(engine): State<Engine>,
    Body(new): Body<NewTrial>,
) -> Reply<Trial> {
    let key = key.map(|key| Idempotency {
        path: format!("/api/v2/agents/{id}/try"),
        key,
    });
    Ok(Json(trial::ask(&engine, &auth, id, new, key).await?))
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
