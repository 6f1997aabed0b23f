//! The rehearsal's story: a team that lets rooms in community centres, what
//! people said about its product, and the agents that help.
//!
//! Everything is written through the engine, as people would.

mod told;

use anyhow::{Context, Result, bail};
use chrono::Duration;
use federation::{
    Engine, Error, agents, candidates, decisions, governance, hubs, interactions, routing, signals,
    widgets,
};
use model::{
    AgentId, Caller, CandidateId, HubId, NewAgent, NewCandidate, NewDecisionRecord,
    NewGovernancePolicy, NewHub, NewInteractionEvent, NewOutcomeSignal, NewRoutingPolicy,
    NewWidget, PageRequest, WidgetId,
};
use serde_json::json;
use std::collections::HashMap;

use told::{Story, minutes};

const LANTERN: &[&str] = &[
    include_str!("data/lantern.json"),
    include_str!("data/lantern_events.json"),
    include_str!("data/lantern_signals.json"),
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
        self.signals(hub.id, &story, &widgets).await?;
        let candidates = self.candidates(hub.id, &story, &widgets).await?;
        self.decisions(hub.id, &story, &candidates).await?;
        let agents = self.agents(hub.id, &story).await?;
        self.routes(hub.id, &story, &agents).await?;
        self.policies(hub.id, &story, &agents).await
    }

    async fn widgets(&self, hub: HubId, story: &Story) -> Result<HashMap<String, WidgetId>> {
        let mut ids = HashMap::new();
        for widget in &story.widgets {
            let new = NewWidget {
                hub_id: hub,
                slug: widget.slug.clone(),
                title: widget.title.clone(),
                description: Some(widget.description.clone()),
            };
            let made = widgets::create(self.engine, &self.caller, new).await?;
            ids.insert(made.slug, made.id);
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
            let new = NewInteractionEvent {
                hub_id: hub,
                widget_id: named(widgets, &event.widget)?,
                kind: event.kind.clone(),
                payload: json!({ "author": event.author, "text": event.text }),
                occurred_at: Some(now - Duration::minutes(minutes(event.days_ago))),
            };
            interactions::create(self.engine, &self.caller, new).await?;
        }
        Ok(())
    }

    async fn signals(
        &self,
        hub: HubId,
        story: &Story,
        widgets: &HashMap<String, WidgetId>,
    ) -> Result<()> {
        let now = self.engine.clock().now();
        for signal in &story.signals {
            let new = NewOutcomeSignal {
                hub_id: hub,
                widget_id: Some(named(widgets, &signal.widget)?),
                proposal_id: None,
                kind: signal.kind.clone(),
                value: signal.value,
                payload: json!({ "text": signal.text }),
                observed_at: Some(now - Duration::minutes(minutes(signal.days_ago))),
            };
            signals::create(self.engine, &self.caller, new).await?;
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
            let widget = candidate.widget.as_deref();
            let new = NewCandidate {
                hub_id: hub,
                source_widget_id: widget.map(|slug| named(widgets, slug)).transpose()?,
                title: candidate.title.clone(),
                body: candidate.body.clone(),
                status: Some(candidate.status),
            };
            let made = candidates::create(self.engine, &self.caller, new).await?;
            ids.insert(made.title, made.id);
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
            let candidate = decision.candidate.as_deref();
            let new = NewDecisionRecord {
                hub_id: hub,
                requirement_candidate_id: candidate
                    .map(|title| named(candidates, title))
                    .transpose()?,
                title: decision.title.clone(),
                context: decision.context.clone(),
                decision: decision.decision.clone(),
                status: Some(decision.status),
            };
            decisions::create(self.engine, &self.caller, new).await?;
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
