//! A hub with answers that wait, and who decides on them.

use federation::{Engine, canonical, hubs, invocations, reviews, store::proposals::*};
use model::*;
use serde_json::{Value, json};

use crate::{common::TestStore, point::*, support::*};

pub const POINT: InvocationPoint = InvocationPoint::DraftRequirement;

pub struct Desk {
    pub engine: Engine,
    pub place: Place,
}

pub async fn desk(store: &TestStore) -> Desk {
    desk_with(store, obliging()).await
}

pub async fn desk_with(store: &TestStore, bridge: std::sync::Arc<ScriptBridge>) -> Desk {
    let engine = engine(store, bridge);
    engine.start_workers();
    let place = place(&engine, "m").await;
    Desk { engine, place }
}

/// Answers each task as it asks, and collective runs so that all agree.
pub fn sociable() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|request, _| {
        let first = request.prompt.lines().next().unwrap_or_default();
        if first.contains("contribution") || first.contains("synthesis") {
            Plan::recommend("Ship")
        } else {
            Plan::text(&answer_of(point_of(&request.prompt)).to_string())
        }
    })
}

impl Desk {
    /// An answered proposal of the point.
    pub async fn ask(&self, point: InvocationPoint) -> Proposal {
        let done = self.place.ask(&self.engine, point).await;
        assert_eq!(done.status, ProposalStatus::Pending, "{done:?}");
        done
    }

    pub async fn get(&self, id: ProposalId) -> Proposal {
        self.engine.store().proposal(id).await.unwrap().unwrap()
    }

    pub async fn decide(
        &self,
        who: &Caller,
        id: ProposalId,
        review: NewProposalReview,
    ) -> Result<ProposalReview, federation::Error> {
        reviews::decide(&self.engine, who, id, review).await
    }

    /// The code of the refusal.
    pub async fn refused(
        &self,
        who: &Caller,
        id: ProposalId,
        review: NewProposalReview,
    ) -> &'static str {
        self.decide(who, id, review).await.unwrap_err().code()
    }

    pub async fn effects(&self, id: ProposalId) -> Vec<Effect> {
        self.engine.store().effects(id).await.unwrap()
    }

    pub async fn decide_first(&self) {
        let patch = HubPatch {
            decide_first: Some(true),
            ..HubPatch::default()
        };
        hubs::update(&self.engine, &admin(), self.place.hub.id, patch)
            .await
            .unwrap();
    }

    pub async fn candidate_status(&self, id: CandidateId) -> CandidateStatus {
        let briefs = self.engine.store().candidate_briefs(&[id]).await.unwrap();
        briefs[0].status
    }

    /// Many answers at once, without asking a model for each: the receipt of
    /// one serves for all.
    pub async fn pile(&self, confidences: &[Option<f64>]) -> Vec<ProposalId> {
        let first = self.ask(POINT).await;
        let receipt = invocations::get(&self.engine, &admin(), first.invocation_id.unwrap())
            .await
            .unwrap();
        self.decide(&admin(), first.id, verdict(Verdict::Rejected))
            .await
            .unwrap();
        let mut all = Vec::new();
        for chunk in confidences.chunks(100) {
            let mut tx = self.engine.store().begin().await.unwrap();
            for confidence in chunk {
                let id: ProposalId = self.engine.clock().id();
                let title = format!("Draft {}", all.len());
                let new = NewProposal {
                    id,
                    hub_id: self.place.hub.id,
                    task_type: "requirement_draft",
                    artifact_type: "requirement_candidate",
                    title: &title,
                    instructions: None,
                    source_widget_id: Some(self.place.widget),
                    source_candidate_id: None,
                    source_decision_id: None,
                    agent: None,
                };
                tx.insert_proposal(&new, &admin()).await.unwrap();
                let mut content = answer_of(POINT);
                content["title"] = json!(title);
                content["confidence"] = json!(confidence);
                let kept = KeptAnswer {
                    content: &content,
                    content_hash: &canonical::hash(&content),
                    readable: true,
                    confidence: *confidence,
                    receipt: &receipt,
                };
                tx.keep_answer(id, &kept).await.unwrap();
                all.push(id);
            }
            tx.commit().await.unwrap();
        }
        all
    }
}

pub fn bo() -> Caller {
    person("Bo", Role::Reviewer)
}

pub fn verdict(verdict: Verdict) -> NewProposalReview {
    NewProposalReview {
        verdict,
        comment: None,
        revised_content: None,
        content_hash: None,
        duplicates: None,
    }
}

pub fn shown(of: &Proposal, what: Verdict) -> NewProposalReview {
    NewProposalReview {
        content_hash: of.content_hash.clone(),
        ..verdict(what)
    }
}

pub fn revised(content: Value) -> NewProposalReview {
    NewProposalReview {
        revised_content: Some(content),
        ..verdict(Verdict::Revised)
    }
}

pub fn chosen(kept: CandidateId, duplicates: &[CandidateId]) -> NewProposalReview {
    NewProposalReview {
        duplicates: Some(ChosenDuplicates {
            kept_candidate_id: kept,
            duplicate_candidate_ids: duplicates.to_vec(),
        }),
        ..verdict(Verdict::Accepted)
    }
}
