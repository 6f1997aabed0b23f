//! A story as its files tell it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use model::{
    Action, CandidateStatus, DecisionRecordStatus, GovernanceDefault, Provider, TrustLevel,
};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    pub hub: HubTold,
    pub widgets: Vec<WidgetTold>,
    pub events: Vec<EventTold>,
    #[serde(default)]
    pub signals: Vec<SignalTold>,
    #[serde(default)]
    pub candidates: Vec<CandidateTold>,
    #[serde(default)]
    pub decisions: Vec<DecisionTold>,
    pub agents: Vec<AgentTold>,
    /// Task type to agents, the preferred one first.
    pub routes: BTreeMap<String, Vec<String>>,
    pub policies: Vec<PolicyTold>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubTold {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub governance_default: GovernanceDefault,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WidgetTold {
    pub slug: String,
    pub title: String,
    pub description: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventTold {
    pub widget: String,
    #[serde(default = "comment")]
    pub kind: String,
    pub author: String,
    pub days_ago: f64,
    pub text: String,
}

fn comment() -> String {
    "comment".to_owned()
}

#[allow(clippy::cast_possible_truncation)] // a few weeks in minutes
pub fn minutes(days: f64) -> i64 {
    (days * 24.0 * 60.0).round() as i64
}

/// What was measured, and what it means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalTold {
    pub widget: String,
    pub kind: String,
    pub value: Option<f64>,
    pub days_ago: f64,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateTold {
    pub widget: Option<String>,
    pub title: String,
    pub body: String,
    pub status: CandidateStatus,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionTold {
    /// The title of the candidate that it decides on.
    pub candidate: Option<String>,
    pub title: String,
    pub context: String,
    pub decision: String,
    pub status: DecisionRecordStatus,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentTold {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub provider: Provider,
    pub model_name: String,
    pub trust_level: TrustLevel,
    pub capabilities: Vec<String>,
    pub system_prompt: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyTold {
    pub agent: String,
    pub artifact_type: String,
    pub allowed_actions: Vec<Action>,
}

impl Story {
    /// Reads a story whose parts are objects with different fields.
    pub fn read(parts: &[&str]) -> Result<Self> {
        let mut whole = Map::new();
        for part in parts {
            let part: Map<String, Value> =
                serde_json::from_str(part).context("a part of the story is no JSON object")?;
            whole.extend(part);
        }
        serde_json::from_value(Value::Object(whole)).context("the story cannot be read")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::rehearsal::story::{LANTERN, STORIES};

    #[test]
    fn the_stories_hold_together() {
        let mut agent_slugs = HashSet::new();
        for parts in STORIES {
            let story = Story::read(parts).unwrap();
            let widgets: HashSet<_> = story.widgets.iter().map(|w| &w.slug).collect();
            for event in &story.events {
                assert!(widgets.contains(&event.widget), "{event:?}");
                assert!(event.days_ago > 0.0 && !event.text.is_empty());
            }
            for signal in &story.signals {
                assert!(widgets.contains(&signal.widget), "{signal:?}");
                assert!(signal.days_ago > 0.0 && !signal.text.is_empty());
            }
            let agents: HashSet<_> = story.agents.iter().map(|a| &a.slug).collect();
            assert!(
                story
                    .routes
                    .values()
                    .flatten()
                    .all(|slug| agents.contains(slug))
            );
            assert!(
                story
                    .policies
                    .iter()
                    .all(|policy| agents.contains(&policy.agent))
            );
            for agent in &story.agents {
                assert!(agent_slugs.insert(agent.slug.clone()), "{}", agent.slug);
                assert!(agent.model_name.starts_with("scripted/"));
                assert_ne!(agent.provider, Provider::ClaudeCode);
            }
        }
    }

    #[test]
    fn the_first_story_has_enough_to_work_with() {
        let story = Story::read(LANTERN).unwrap();
        assert!((6..=8).contains(&story.widgets.len()));
        assert!(story.events.len() >= 60, "{}", story.events.len());
        assert!(story.signals.len() >= 6, "{}", story.signals.len());
        assert!(story.candidates.len() >= 10 && story.decisions.len() >= 5);
        for (task_type, agents) in &story.routes {
            assert!(agents.len() >= 3, "{task_type}");
        }
        assert_eq!(story.routes.len(), 5);
    }
}
