//! The rehearsal's story: a team that lets rooms in community centres, what
//! people said about its product, and the agents that help.
//!
//! Everything is written through the engine, as people would.

mod told;

use anyhow::{Context, Result, bail};
use chrono::Duration;
use federation::{Engine, Error, agents, governance, hubs, routing, seed};
use model::{
    AgentId, Caller, CandidateId, HubId, NewAgent, NewGovernancePolicy, NewHub, NewRoutingPolicy,
    PageRequest, WidgetId,
};
use serde_json::json;
use std::collections::HashMap;

use told::Story;

const LANTERN: &[&str] = &[
    include_str!("data/lantern.json"),
    include_str!("data/lantern_events.json"),
    include_str!("data/lantern_candidates.json"),
    include_str!("data/lantern_agents.json"),
];
const ROUNDS: &[&str] = &[include_str!("data/rounds.json")];

/// The main one last: lists are newest first.
const STORIES: &[&[&str]] = &[ROUNDS, LANTERN];

/// Tells every story whose hub is not there yet. Refuses a database in which
/// somebody works in earnest: play has a database of its own.
pub async fn tell(engine: &Engine) -> Result<()> {
    refuse_real_data(engine).await?;
    for parts in STORIES {
        let story = Story::read(parts)?;
        let teller = Teller {
            engine,
            caller: Caller::system(),
        };
        match hubs::by_slug(engine, &teller.caller, &story.hub.slug).await {
            Ok(_) => continue,
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let slug = story.hub.slug.clone();
        teller
            .tell(story)
            .await
            .with_context(|| format!("the story of {slug}"))?;
        tracing::info!(hub = slug, "the rehearsal has told a story");
    }
    Ok(())
}

/// Stories come first in their database; hubs without any are real ones.
async fn refuse_real_data(engine: &Engine) -> Result<()> {
    let hubs = hubs::list(engine, &Caller::system(), PageRequest::default()).await?;
    let mut told = false;
    for parts in STORIES {
        let slug = Story::read(parts)?.hub.slug;
        told |= hubs::by_slug(engine, &Caller::system(), &slug)
            .await
            .is_ok();
    }
    if !hubs.items.is_empty() && !told {
        bail!(
            "this database holds hubs that are no rehearsal's. Name another one by DATABASE_URL, \
             leave it out for the rehearsal's own, or give a provider's key to work with this one"
        );
    }
    Ok(())
}

struct Teller<'a> {
    engine: &'a Engine,
    caller: Caller,
}

impl Teller<'_> {
    async fn tell(&self, story: Story) -> Result<()> {
        let hub = hubs::create(self.engine, &self.caller, new_hub(&story)).await?;
        let widgets = self.widgets(hub.id, &story).await?;
        self.events(hub.id, &story, &widgets).await?;
        let candidates = self.candidates(hub.id, &story, &widgets).await?;
        self.decisions(hub.id, &story, &candidates).await?;
        let agents = self.agents(hub.id, &story).await?;
        self.routes(hub.id, &story, &agents).await?;
        self.policies(hub.id, &story, &agents).await
    }

    async fn widgets(&self, hub: HubId, story: &Story) -> Result<HashMap<String, WidgetId>> {
        let mut ids = HashMap::new();
        for widget in &story.widgets {
            let (slug, title) = (&widget.slug, &widget.title);
            let id = seed::widget(
                self.engine,
                &self.caller,
                hub,
                slug,
                title,
                &widget.description,
            )
            .await?;
            ids.insert(slug.clone(), id);
        }
        Ok(ids)
    }

    async fn events(
        &self,
        hub: HubId,
        story: &Story,
        widgets: &HashMap<String, WidgetId>,
    ) -> Result<()> {
        let now = self.engine.clock().now();
        for event in &story.events {
            let widget = named(widgets, &event.widget)?;
            let payload = json!({ "author": event.author, "text": event.text });
            let at = now - Duration::minutes(event.minutes_ago());
            seed::event(
                self.engine,
                &self.caller,
                hub,
                widget,
                &event.kind,
                payload,
                at,
            )
            .await?;
        }
        Ok(())
    }

    async fn candidates(
        &self,
        hub: HubId,
        story: &Story,
        widgets: &HashMap<String, WidgetId>,
    ) -> Result<HashMap<String, CandidateId>> {
        let mut ids = HashMap::new();
        for candidate in &story.candidates {
            let widget = match &candidate.widget {
                Some(slug) => Some(named(widgets, slug)?),
                None => None,
            };
            let id = seed::candidate(
                self.engine,
                &self.caller,
                hub,
                widget,
                &candidate.title,
                &candidate.body,
                &candidate.status,
            )
            .await?;
            ids.insert(candidate.title.clone(), id);
        }
        Ok(ids)
    }

    async fn decisions(
        &self,
        hub: HubId,
        story: &Story,
        candidates: &HashMap<String, CandidateId>,
    ) -> Result<()> {
        for decision in &story.decisions {
            let candidate = match &decision.candidate {
                Some(title) => Some(named(candidates, title)?),
                None => None,
            };
            seed::decision(
                self.engine,
                &self.caller,
                hub,
                candidate,
                &decision.title,
                &decision.context,
                &decision.decision,
                &decision.status,
            )
            .await?;
        }
        Ok(())
    }

    async fn agents(&self, hub: HubId, story: &Story) -> Result<HashMap<String, AgentId>> {
        let mut ids = HashMap::new();
        for agent in &story.agents {
            let new = NewAgent {
                hub_id: hub,
                name: agent.name.clone(),
                slug: agent.slug.clone(),
                description: Some(agent.description.clone()),
                provider: agent.provider,
                model_name: agent.model_name.clone(),
                trust_level: agent.trust_level,
                capabilities: agent.capabilities.clone(),
                system_prompt: Some(agent.system_prompt.clone()),
            };
            let made = agents::create(self.engine, &self.caller, new).await?;
            ids.insert(agent.slug.clone(), made.id);
        }
        Ok(ids)
    }

    async fn routes(
        &self,
        hub: HubId,
        story: &Story,
        agents: &HashMap<String, AgentId>,
    ) -> Result<()> {
        for (task_type, slugs) in &story.routes {
            for (place, slug) in slugs.iter().enumerate() {
                let place = i32::try_from(place)?;
                let new = NewRoutingPolicy {
                    priority: Some(100_i32.saturating_sub(place.saturating_mul(10))),
                    ..NewRoutingPolicy::last(hub, task_type, named(agents, slug)?)
                };
                routing::create(self.engine, &self.caller, new).await?;
            }
        }
        Ok(())
    }

    async fn policies(
        &self,
        hub: HubId,
        story: &Story,
        agents: &HashMap<String, AgentId>,
    ) -> Result<()> {
        for policy in &story.policies {
            let new = NewGovernancePolicy {
                hub_id: hub,
                agent_registration_id: named(agents, &policy.agent)?,
                artifact_type: policy.artifact_type.clone(),
                allowed_actions: policy.allowed_actions.clone(),
            };
            governance::create(self.engine, &self.caller, new).await?;
        }
        Ok(())
    }
}

fn new_hub(story: &Story) -> NewHub {
    NewHub {
        slug: story.hub.slug.clone(),
        name: story.hub.name.clone(),
        description: Some(story.hub.description.clone()),
        governance_default: Some(story.hub.governance_default),
    }
}

fn named<T: Copy>(all: &HashMap<String, T>, name: &str) -> Result<T> {
    all.get(name)
        .copied()
        .with_context(|| format!("the story names {name:?}, which it does not have"))
}
