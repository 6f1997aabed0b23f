//! A tree as provenance: W3C PROV-JSON (https://www.w3.org/submissions/prov-json/).
//!
//! Proposals, what they are about, and the events they come from are entities;
//! each call is an activity; agents and the people who asked or decided are
//! agents.

use std::collections::HashMap;

use model::{Caller, Delegation, Proposal, ProposalId, Role};
use serde_json::{Map, Value, json};

use crate::{Engine, Error, Result, error::require, proposals::find, reviews};

/// Where the names of this product's own attributes stand.
const NAMESPACE: &str = "urn:inter-hub:";
/// The newest events of a widget that are named.
const EVENTS: i64 = 200;

/// The tree below a proposal, with the way up and the sources, as PROV-JSON.
pub async fn prov(engine: &Engine, caller: &Caller, id: ProposalId) -> Result<Value> {
    require(caller, Role::Viewer)?;
    let store = engine.store();
    let top = find(engine, id).await?;
    let mut record = Record::default();
    let mut proposals = vec![top.clone()];
    let mut delegations = Vec::new();
    for above in store.above(id).await? {
        proposals.push(find(engine, above.proposal_id).await?);
        delegations.extend(store.delegation(above.delegation_id).await?);
    }
    proposals.extend(store.results_below(id).await?);
    delegations.extend(store.delegations_below(id).await?);
    let proposals = reviews::cover_all(engine, caller, proposals).await?;
    for proposal in &proposals {
        record.proposal(proposal);
    }
    let known: HashMap<ProposalId, &Proposal> = proposals.iter().map(|one| (one.id, one)).collect();
    for delegation in &delegations {
        record.delegation(delegation, &known);
    }
    record.source(engine, &top).await?;
    Ok(record.finish())
}

#[derive(Default)]
struct Record {
    entity: Map<String, Value>,
    activity: Map<String, Value>,
    agent: Map<String, Value>,
    used: Map<String, Value>,
    generated: Map<String, Value>,
    derived: Map<String, Value>,
    associated: Map<String, Value>,
    acted: Map<String, Value>,
    attributed: Map<String, Value>,
}

/// A typed value of PROV-JSON.
fn typed(kind: &str, value: impl ToString) -> Value {
    json!({ "$": value.to_string(), "type": kind })
}

/// A relation gets a name of its own, made of what it relates.
fn relation(to: &mut Map<String, Value>, kind: &str, what: Value) {
    let name = format!("_:{kind}{}", to.len() + 1);
    to.insert(name, what);
}

fn proposal_name(id: ProposalId) -> String {
    format!("ih:proposal/{id}")
}

fn agent_of(one: &Proposal) -> Option<String> {
    let (agent, version) = (one.agent_registration_id?, one.agent_version?);
    Some(format!("ih:agent/{agent}/{version}"))
}

impl Record {
    fn proposal(&mut self, one: &Proposal) {
        let name = proposal_name(one.id);
        let mut entity = json!({
            "prov:type": typed("prov:QUALIFIED_NAME", "ih:AgentProposal"),
            "prov:label": one.title,
            "ih:status": one.status,
            "ih:artifact_type": one.artifact_type,
            "ih:task_type": one.task_type,
        });
        if let Some(hash) = &one.content_hash {
            entity["ih:content_hash"] = json!(hash);
        }
        if let Some(content) = &one.content {
            entity["prov:value"] = json!(content.to_string());
        }
        self.entity.insert(name.clone(), entity);
        let Some(agent) = agent_of(one) else { return };
        let mut described = json!({
            "prov:type": typed("prov:QUALIFIED_NAME", "prov:SoftwareAgent"),
            "prov:label": one.agent_name.clone().unwrap_or_default(),
            "ih:version": one.agent_version,
        });
        if let Some(provider) = one.provider {
            described["ih:provider"] = json!(provider);
        }
        self.agent.insert(agent.clone(), described);
        if let Some(call) = one.invocation_id {
            self.call(one, &format!("ih:invocation/{call}"), &agent, &name);
        }
        if let Some(by) = &one.decided_by {
            let by = self.person(by);
            let what = json!({ "prov:entity": name, "prov:agent": by, "ih:decided": one.status });
            relation(&mut self.attributed, "wat", what);
        }
    }

    /// The last call for a proposal.
    fn call(&mut self, one: &Proposal, call: &str, agent: &str, entity: &str) {
        let mut activity = json!({
            "prov:type": typed("prov:QUALIFIED_NAME", "ih:ModelCall"),
            "prov:label": one.title,
        });
        for (name, moment) in [
            ("prov:startTime", one.started_at),
            ("prov:endTime", one.ended_at),
        ] {
            if let Some(moment) = moment {
                activity[name] = json!(moment);
            }
        }
        for (name, number) in [
            ("ih:tokens_in", one.tokens_in),
            ("ih:tokens_out", one.tokens_out),
            ("ih:cost_microusd", one.cost_microusd),
        ] {
            if let Some(number) = number {
                activity[name] = json!(number);
            }
        }
        if let Some(model) = &one.model_used {
            activity["ih:model"] = json!(model);
        }
        self.activity.insert(call.to_owned(), activity);
        relation(
            &mut self.associated,
            "wAW",
            json!({ "prov:activity": call, "prov:agent": agent }),
        );
        let by = self.person(&one.started_by);
        relation(
            &mut self.acted,
            "aOBO",
            json!({ "prov:delegate": agent, "prov:responsible": by, "prov:activity": call }),
        );
        if one.content.is_some() {
            relation(
                &mut self.generated,
                "wGB",
                json!({ "prov:entity": entity, "prov:activity": call }),
            );
        }
    }

    fn person(&mut self, name: &str) -> String {
        // Names are the record's own: people have no page in an export.
        let key: String = name
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '-' })
            .collect();
        let key = format!("ih:person/{key}");
        self.agent.insert(
            key.clone(),
            json!({ "prov:type": typed("prov:QUALIFIED_NAME", "prov:Person"), "prov:label": name }),
        );
        key
    }

    fn delegation(&mut self, one: &Delegation, known: &HashMap<ProposalId, &Proposal>) {
        let ends = (one.parent_proposal_id, one.result_proposal_id);
        let (Some(parent), Some(result)) = (known.get(&ends.0), known.get(&ends.1)) else {
            return;
        };
        let (from, to) = (
            proposal_name(one.parent_proposal_id),
            proposal_name(one.result_proposal_id),
        );
        let mut derived = json!({
            "prov:generatedEntity": to, "prov:usedEntity": from,
            "ih:delegation": one.id, "ih:scope": one.scope, "ih:token_budget": one.token_budget,
            "ih:status": one.status,
        });
        if let Some(tokens) = one.tokens_used {
            derived["ih:tokens_used"] = json!(tokens);
        }
        if let Some(call) = one.invocation_id {
            let call = format!("ih:invocation/{call}");
            derived["prov:activity"] = json!(call);
            relation(
                &mut self.used,
                "u",
                json!({ "prov:activity": call, "prov:entity": from }),
            );
            if let (Some(to), Some(by)) = (agent_of(result), agent_of(parent)) {
                relation(
                    &mut self.acted,
                    "aOBO",
                    json!({ "prov:delegate": to, "prov:responsible": by, "prov:activity": call }),
                );
            }
        }
        relation(&mut self.derived, "wDF", derived);
    }

    /// What the chain is about, and the events behind it.
    async fn source(&mut self, engine: &Engine, top: &Proposal) -> Result<()> {
        let store = engine.store();
        let about = if let Some(id) = top.source_widget_id {
            let widget = store
                .widget_point(id)
                .await?
                .ok_or_else(|| Error::Internal("a proposal has lost its widget".to_owned()))?;
            let name = format!("ih:widget/{id}");
            for (event, kind, at) in store.newest_events(id, EVENTS).await? {
                let event = format!("ih:interaction-event/{event}");
                let described = json!({
                    "prov:type": typed("prov:QUALIFIED_NAME", "ih:InteractionEvent"),
                    "ih:kind": kind, "ih:occurred_at": at,
                });
                self.entity.insert(event.clone(), described);
                let what = json!({ "prov:generatedEntity": name, "prov:usedEntity": event });
                relation(&mut self.derived, "wDF", what);
            }
            Some((name, "ih:Widget", widget.title))
        } else if let Some(id) = top.source_candidate_id {
            let found = store.candidate_point(id).await?;
            let name = format!("ih:requirement-candidate/{id}");
            found.map(|point| (name, "ih:RequirementCandidate", point.title))
        } else if let Some(id) = top.source_decision_id {
            let found = store.decision_point(id).await?;
            let name = format!("ih:decision-record/{id}");
            found.map(|point| (name, "ih:DecisionRecord", point.title))
        } else {
            None
        };
        if let Some((name, kind, title)) = about {
            let described =
                json!({ "prov:type": typed("prov:QUALIFIED_NAME", kind), "prov:label": title });
            self.entity.insert(name.clone(), described);
            let proposals: Vec<String> = self
                .entity
                .keys()
                .filter(|key| key.starts_with("ih:proposal/"))
                .cloned()
                .collect();
            for proposal in proposals {
                let what = json!({ "prov:generatedEntity": proposal, "prov:usedEntity": name });
                relation(&mut self.derived, "wDF", what);
            }
        }
        Ok(())
    }

    fn finish(self) -> Value {
        let mut document = json!({ "prefix": { "ih": NAMESPACE } });
        for (name, map) in [
            ("entity", self.entity),
            ("activity", self.activity),
            ("agent", self.agent),
            ("used", self.used),
            ("wasGeneratedBy", self.generated),
            ("wasDerivedFrom", self.derived),
            ("wasAssociatedWith", self.associated),
            ("actedOnBehalfOf", self.acted),
            ("wasAttributedTo", self.attributed),
        ] {
            if !map.is_empty() {
                document[name] = Value::Object(map);
            }
        }
        document
    }
}
