//! Outcome signals: they are added, and stay.

use axum::{Json, extract::State};
use federation::{Engine, signals};
use model::{HubId, NewOutcomeSignal, OutcomeSignal, Page, ProposalId, SignalFilter, WidgetId};

use super::reply::{Created, Reply};
use crate::{
    extract::{Auth, Body, Params, Reviewer, Viewer},
    problem::Problem,
};

/// List outcome signals
///
/// Newest first, by when they came in.
#[utoipa::path(get, path = "/outcome-signals", tag = "outcome signals",
    params(
        ("hub_id" = Option<HubId>, Query), ("widget_id" = Option<WidgetId>, Query),
        ("proposal_id" = Option<ProposalId>, Query), ("kind" = Option<String>, Query),
    ),
    responses((status = 200, body = Page<OutcomeSignal>)))]
pub async fn list(
    auth: Auth<Viewer>,
    params: Params,
    State(engine): State<Engine>,
) -> Reply<Page<OutcomeSignal>> {
    let filter = SignalFilter {
        hub_id: params.id("hub_id")?,
        widget_id: params.id("widget_id")?,
        proposal_id: params.id("proposal_id")?,
        kind: params.text("kind").map(str::to_owned),
    };
    Ok(Json(
        signals::list(&engine, &auth, filter, params.page()?).await?,
    ))
}

/// Add what was measured or observed
///
/// Append-only: nothing changes it or takes it back. Needs the role reviewer,
/// which the tokens of programs have that send signals.
#[utoipa::path(post, path = "/outcome-signals", tag = "outcome signals",
    request_body = NewOutcomeSignal,
    responses((status = 201, body = OutcomeSignal),
        (status = 404, description = "There is no such hub, widget or proposal")))]
pub async fn create(
    auth: Auth<Reviewer>,
    State(engine): State<Engine>,
    Body(new): Body<NewOutcomeSignal>,
) -> Result<Created<OutcomeSignal>, Problem> {
    let signal = signals::create(&engine, &auth, new).await?;
    Ok(Created::at("outcome-signals", signal))
}
