//! Hubs: what the frame of each page and the overview show.

// The fields of the form; the macro makes a second function with them.
#![allow(clippy::too_many_arguments)]

use leptos::prelude::*;
use model::{
    Caller, CapabilityManifest, Collective, Hub, HubCounts, HubId, InboxItem, ManifestVersion,
    Page, RecentEvent,
};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::wire::Wire;

/// What the frame of each page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub caller: Caller,
    pub hubs: Vec<Hub>,
    /// `None` where there is no hub yet.
    pub hub: Option<Hub>,
}

/// What the overview of a hub shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    pub hub: Hub,
    pub caller: Caller,
    pub counts: HubCounts,
    /// What waits for a person, newest first.
    pub waiting: Vec<InboxItem>,
    /// Queued and running ones, newest first.
    pub running: Vec<Collective>,
    /// What people said last.
    pub recent: Vec<RecentEvent>,
    /// Suggestions about agents that are open; the first 50.
    pub suggestions: usize,
}

/// Who is signed in, and which hubs there are.
#[server(prefix = "/rpc", endpoint = "frame", input = Wire, output = Wire)]
pub async fn read_frame(hub: Option<String>) -> Result<Frame, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (hubs, hub) = request::hubs(&engine, &caller, hub.as_deref()).await?;
    Ok(Frame { caller, hubs, hub })
}

/// The overview; `None` where there is no hub yet.
#[server(prefix = "/rpc", endpoint = "overview", input = Wire, output = Wire)]
pub async fn read_overview(hub: Option<String>) -> Result<Option<Overview>, AppError> {
    use federation::{collectives, hubs, inbox};
    use model::{CollectiveFilter, InboxFilter, PageRequest, RunState};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let (_, Some(hub)) = request::hubs(&engine, &caller, hub.as_deref()).await? else {
        return Ok(None);
    };
    let few = PageRequest {
        limit: 8,
        after: None,
    };
    let in_state = |state: RunState| CollectiveFilter {
        hub_id: Some(hub.id),
        run_state: Some(state),
        ..CollectiveFilter::default()
    };
    let waiting = InboxFilter {
        hub_id: Some(hub.id),
        ..InboxFilter::default()
    };
    let waiting = inbox::list(&engine, &caller, &waiting, None, few.limit)
        .await
        .map_err(refuse)?;
    let queued = in_state(RunState::Queued);
    let queued = collectives::list(&engine, &caller, queued, few)
        .await
        .map_err(refuse)?;
    let running = in_state(RunState::Running);
    let running = collectives::list(&engine, &caller, running, few)
        .await
        .map_err(refuse)?;
    let counts = hubs::counts(&engine, &caller, hub.id)
        .await
        .map_err(refuse)?;
    let recent = hubs::recent_events(&engine, &caller, hub.id, 8)
        .await
        .map_err(refuse)?;
    let open = model::SuggestionFilter {
        hub_id: Some(hub.id),
        status: Some(model::SuggestionStatus::Open),
        ..model::SuggestionFilter::default()
    };
    let open = federation::performance::suggestions(&engine, &caller, open, PageRequest::default())
        .await
        .map_err(refuse)?;
    Ok(Some(Overview {
        hub,
        caller,
        counts,
        waiting: waiting.items,
        running: queued.items.into_iter().chain(running.items).collect(),
        recent,
        suggestions: open.items.len(),
    }))
}

/// One page of the list of hubs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HubsAnswer {
    pub caller: Caller,
    pub page: Page<Hub>,
}

/// What the page of one hub shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HubAnswer {
    pub caller: Caller,
    pub hub: Hub,
    /// The newest version of its capability manifest.
    pub manifest: Option<CapabilityManifest>,
    /// An earlier version that was asked for.
    pub earlier: Option<CapabilityManifest>,
    pub versions: Vec<ManifestVersion>,
}

/// All hubs, newest first.
#[server(prefix = "/rpc", endpoint = "list_hubs", input = Wire, output = Wire)]
pub async fn list_hubs(cursor: Option<String>) -> Result<HubsAnswer, AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let request = model::PageRequest {
        limit: 50,
        after: cursor.and_then(|cursor| cursor.parse().ok()),
    };
    let page = federation::hubs::list(&engine, &caller, request)
        .await
        .map_err(request::refuse)?;
    Ok(HubsAnswer { caller, page })
}

/// One hub; `version` asks for an earlier manifest.
#[server(prefix = "/rpc", endpoint = "hub", input = Wire, output = Wire)]
pub async fn read_hub(id: String, version: Option<String>) -> Result<HubAnswer, AppError> {
    use federation::{hubs, manifests};

    use super::request::{self, refuse};

    let (engine, caller) = (request::engine()?, request::caller()?);
    let id: HubId = request::path_id(&id, "hub")?;
    let hub = hubs::get(&engine, &caller, id).await.map_err(refuse)?;
    let manifest = manifests::newest(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let versions = manifests::versions(&engine, &caller, id)
        .await
        .map_err(refuse)?;
    let version = version.and_then(|version| version.parse().ok());
    let mut earlier = None;
    if version.is_some() && version != manifest.as_ref().map(|m| m.version) {
        let read = manifests::get(&engine, &caller, id, version).await;
        earlier = Some(read.map_err(refuse)?);
    }
    Ok(HubAnswer {
        caller,
        hub,
        manifest,
        earlier,
        versions,
    })
}

/// Makes a hub and goes to its page.
#[server(prefix = "/rpc", endpoint = "create_hub", output = Wire)]
pub async fn create_hub(
    name: String,
    slug: String,
    #[server(default)] description: Option<String>,
    governance_default: String,
) -> Result<(), AppError> {
    use super::request;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let new = model::NewHub {
        slug: slug.trim().to_owned(),
        name,
        description: description.filter(|text| !text.trim().is_empty()),
        governance_default: Some(
            governance_default
                .parse()
                .map_err(|e: model::UnknownWord| request::wrong("governance_default", e))?,
        ),
    };
    let hub = federation::hubs::create(&engine, &caller, new)
        .await
        .map_err(request::refuse)?;
    leptos_axum::redirect(&format!("/hubs/{}?hub={}", hub.id, hub.slug));
    Ok(())
}

/// A number of a form, where an empty field unsets it.
#[cfg(feature = "ssr")]
fn number_or_none<T: std::str::FromStr>(text: &str) -> Result<Option<T>, ()> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| ())
}

/// Changes a hub where it is as it was at `updated_at`, and goes to its page.
#[server(prefix = "/rpc", endpoint = "update_hub", output = Wire)]
pub async fn update_hub(
    id: HubId,
    updated_at: String,
    name: String,
    slug: String,
    #[server(default)] description: Option<String>,
    governance_default: String,
    #[server(default)] decide_first: Option<String>,
    #[server(default)] tokens_per_proposal: String,
    #[server(default)] delegation_depth: String,
    #[server(default)] quorum: String,
    #[server(default)] trust_threshold: String,
    #[server(default)] trust_decisions: String,
) -> Result<(), AppError> {
    use super::request;

    let tokens_per_proposal = number_or_none(&tokens_per_proposal)
        .map_err(|()| request::wrong("tokens_per_proposal", "must be a whole number of tokens"))?;
    let delegation_depth = number_or_none(&delegation_depth)
        .map_err(|()| request::wrong("delegation_depth", "must be a whole number of levels"))?;
    let quorum = number_or_none(&quorum)
        .map_err(|()| request::wrong("quorum", "must be a whole number of answers"))?;
    let trust_threshold = number_or_none(&trust_threshold)
        .map_err(|()| request::wrong("trust_threshold", "must be a number, as 0.8 is"))?;
    let trust_decisions = number_or_none(&trust_decisions)
        .map_err(|()| request::wrong("trust_decisions", "must be a whole number of decisions"))?;

    let (engine, caller) = (request::engine()?, request::caller()?);
    let patch =
        model::HubPatch {
            slug: Some(slug.trim().to_owned()),
            name: Some(name),
            description: Some(description.filter(|text| !text.trim().is_empty())),
            governance_default: Some(
                governance_default
                    .parse()
                    .map_err(|e: model::UnknownWord| request::wrong("governance_default", e))?,
            ),
            updated_at: Some(updated_at.parse().map_err(|_| {
                request::wrong("updated_at", "must be the time of the last change")
            })?),
            // Set on the page of the routing.
            routing_fallback: None,
            // A box that is not ticked is not sent.
            decide_first: Some(decide_first.is_some()),
            tokens_per_proposal: Some(tokens_per_proposal),
            delegation_depth: Some(delegation_depth),
            quorum: Some(quorum),
            trust_threshold: Some(trust_threshold),
            trust_decisions: Some(trust_decisions),
        };
    let hub = federation::hubs::update(&engine, &caller, id, patch)
        .await
        .map_err(request::refuse)?;
    leptos_axum::redirect(&format!("/hubs/{}?hub={}", hub.id, hub.slug));
    Ok(())
}
