//! Receipts of model calls.

use leptos::prelude::*;
use model::{Hub, Invocation, InvocationId, Page};
use serde::{Deserialize, Serialize};

use super::governance::Choices;
use crate::error::AppError;
use crate::wire::Wire;

/// One receipt.
#[server(prefix = "/rpc", endpoint = "receipt", input = Wire, output = Wire)]
pub async fn read_receipt(id: InvocationId) -> Result<Invocation, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    federation::invocations::get(&engine, &caller, id)
        .await
        .map_err(request::refuse)
}

/// Which receipts the list shows, in the words of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptsQuery {
    pub hub: Option<String>,
    pub agent: Option<String>,
    pub artifact: Option<String>,
    pub outcome: Option<String>,
    /// From this day on, in UTC.
    pub from: Option<String>,
    /// To this day, in UTC.
    pub to: Option<String>,
    pub cursor: Option<String>,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceiptsAnswer {
    pub hub: Hub,
    pub page: Page<Invocation>,
    pub choices: Choices,
}

/// The receipts of a hub; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "list_receipts", input = Wire, output = Wire)]
pub async fn list_receipts(query: ReceiptsQuery) -> Result<Option<ReceiptsAnswer>, AppError> {
    use chrono::{Days, NaiveDate, NaiveTime};
    use model::{InvocationFilter, PageRequest};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, query.hub.as_deref()).await? else {
        return Ok(None);
    };
    let day = |text: Option<String>| text.and_then(|text| text.parse::<NaiveDate>().ok());
    let begin = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    // A word that no filter knows filters nothing, as an old link may have it.
    let filter = InvocationFilter {
        hub_id: Some(hub.id),
        agent_registration_id: query.agent.and_then(|id| id.parse().ok()),
        artifact_type: query.artifact,
        outcome: query.outcome.and_then(|word| word.parse().ok()),
        since: day(query.from).map(begin),
        until: day(query.to)
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .map(begin),
    };
    let request = PageRequest {
        limit: 50,
        after: query.cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let page = federation::invocations::list(&engine, &caller, filter, request)
        .await
        .map_err(refuse)?;
    let choices = super::governance::choices(&engine, &caller, Some(hub.id)).await?;
    Ok(Some(ReceiptsAnswer { hub, page, choices }))
}
