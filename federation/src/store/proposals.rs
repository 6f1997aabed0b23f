//! Agent proposals: rows, answers, annotations.

mod runs;
mod sources;

use model::{
    AgentId, AnnotationId, Caller, ConfidenceAnnotation, ConfidenceSource, HubId, InvocationId,
    PageRequest, Proposal, ProposalFilter, ProposalId,
};
use serde_json::Value;
use uuid::Uuid;

use super::{Result, Store, Tx, on_db, on_tx};

pub use runs::ProposalRun;
pub use sources::{CandidateText, PointSource};

/// What is read of a proposal, once; a macro, since SQL is not put together at
/// run time.
macro_rules! select_proposal {
    ($rest:expr) => {
        concat!(
            "SELECT p.id, p.hub_id, p.task_type, p.artifact_type, p.title, p.instructions, p.source_widget_id, \
             p.source_candidate_id, p.source_decision_id, d.id AS delegation_id, p.status, p.content, p.readable, p.content_hash, \
             p.final_content, p.round, p.agent_registration_id, v.name AS agent_name, p.agent_version, v.provider, \
             p.model_used, CAST(p.tokens_in AS BIGINT) AS tokens_in, CAST(p.tokens_out AS BIGINT) AS tokens_out, \
             p.cost_microusd, p.duration_ms, p.invocation_id, p.policy_id, p.error_type, p.error, p.confidence, \
             p.auto_applied, p.started_by, p.started_at, p.ended_at, p.decided_by, p.decided_at, p.created_at, \
             p.updated_at FROM agent_proposals p \
             LEFT JOIN agent_versions v ON v.agent_registration_id = p.agent_registration_id AND v.version = p.agent_version \
             LEFT JOIN agent_delegations d ON d.result_proposal_id = p.id ",
            $rest
        )
    };
}
pub(super) use select_proposal;

/// One text for each index that a list can walk; `$place` names it.
macro_rules! proposals_at {
    ($place:literal) => {
        select_proposal!(concat!(
            "WHERE ",
            $place,
            " AND ($1 IS NULL OR p.hub_id = $1) AND ($2 IS NULL OR p.status = $2) \
             AND ($3 IS NULL OR p.agent_registration_id = $3) AND ($4 IS NULL OR p.task_type = $4) \
             AND ($5 IS NULL OR p.source_widget_id = $5) AND ($6 IS NULL OR p.source_candidate_id = $6) \
             AND ($7 IS NULL OR p.source_decision_id = $7) AND p.id < $8 ORDER BY p.id DESC LIMIT $9"
        ))
    };
}

/// The statement of a list: what is asked for with the fewest rows leads. For
/// the store and for the test of its plan.
pub fn list_statement(filter: &ProposalFilter) -> &'static str {
    let ProposalFilter {
        hub_id: hub,
        status,
        agent_registration_id: agent,
        source_widget_id: widget,
        source_candidate_id: candidate,
        source_decision_id: decision,
        ..
    } = filter;
    if widget.is_some() {
        proposals_at!("p.source_widget_id = $5")
    } else if candidate.is_some() {
        proposals_at!("p.source_candidate_id = $6")
    } else if decision.is_some() {
        proposals_at!("p.source_decision_id = $7")
    } else if agent.is_some() && status.is_some() {
        proposals_at!("p.agent_registration_id = $3 AND p.status = $2")
    } else if agent.is_some() {
        proposals_at!("p.agent_registration_id = $3")
    } else if hub.is_some() && status.is_some() {
        proposals_at!("p.hub_id = $1 AND p.status = $2")
    } else if hub.is_some() {
        proposals_at!("p.hub_id = $1")
    } else {
        proposals_at!("$1 IS NULL")
    }
}

/// A proposal before anybody was asked.
pub struct NewProposal<'a> {
    pub id: ProposalId,
    pub hub_id: HubId,
    pub task_type: &'a str,
    pub artifact_type: &'a str,
    pub title: &'a str,
    pub instructions: Option<&'a str>,
    pub source_widget_id: Option<model::WidgetId>,
    pub source_candidate_id: Option<model::CandidateId>,
    pub source_decision_id: Option<model::DecisionRecordId>,
    /// Who is to answer, at which version, where that stands from the start.
    pub agent: Option<(AgentId, i32)>,
}

/// An answer that is kept.
pub struct KeptAnswer<'a> {
    pub content: &'a Value,
    pub content_hash: &'a str,
    pub readable: bool,
    /// The agent's own, 0 to 1.
    pub confidence: Option<f64>,
    pub receipt: &'a model::Invocation,
}

impl Store {
    /// `None`: there is no such proposal.
    pub async fn proposal(&self, id: ProposalId) -> Result<Option<Proposal>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Proposal>(
            select_proposal!("WHERE p.id = $1"),
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// One more than the page's limit, newest first.
    pub async fn proposals(
        &self,
        filter: &ProposalFilter,
        page: PageRequest,
    ) -> Result<Vec<Proposal>> {
        let sql = list_statement(filter);
        Ok(on_db!(self, pool => sqlx::query_as::<_, Proposal>(sql)
            .bind(filter.hub_id)
            .bind(filter.status)
            .bind(filter.agent_registration_id)
            .bind(&filter.task_type)
            .bind(filter.source_widget_id)
            .bind(filter.source_candidate_id)
            .bind(filter.source_decision_id)
            .bind(page.before())
            .bind(page.limit + 1)
            .fetch_all(pool)
            .await?))
    }

    /// Newest first.
    pub async fn annotations(&self, id: ProposalId) -> Result<Vec<ConfidenceAnnotation>> {
        Ok(
            on_db!(self, pool => sqlx::query_as::<_, ConfidenceAnnotation>(
            "SELECT id, proposal_id, score, source, rationale, annotated_by, invocation_id, created_at \
             FROM confidence_annotations WHERE proposal_id = $1 ORDER BY id DESC",
        )
        .bind(id)
        .fetch_all(pool)
        .await?),
        )
    }
}

impl Tx {
    /// Writes the row as `queued`.
    pub async fn insert_proposal(&mut self, new: &NewProposal<'_>, by: &Caller) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO agent_proposals (id, hub_id, task_type, artifact_type, title, instructions, source_widget_id, \
             source_candidate_id, source_decision_id, status, started_by, created_at, updated_at, agent_registration_id, \
             agent_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'queued', $10, $11, $11, $12, $13)",
        )
        .bind(new.id)
        .bind(new.hub_id)
        .bind(new.task_type)
        .bind(new.artifact_type)
        .bind(new.title)
        .bind(new.instructions)
        .bind(new.source_widget_id)
        .bind(new.source_candidate_id)
        .bind(new.source_decision_id)
        .bind(&by.name)
        .bind(now)
        .bind(new.agent.map(|(id, _)| id))
        .bind(new.agent.map(|(_, version)| version))
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Keeps an answer: the proposal waits for a person from now on, and tells
    /// what all calls of this round used. Writes the answer of this round as
    /// well.
    pub async fn keep_answer(&mut self, id: ProposalId, kept: &KeptAnswer<'_>) -> Result<()> {
        let now = self.clock().now();
        let receipt = kept.receipt;
        let used = self.used_in_round(id, Some(receipt)).await?;
        let round: i32 = on_tx!(self, c => sqlx::query_scalar(
            "UPDATE agent_proposals SET status = 'pending', content = $2, content_hash = $3, readable = $4, \
             confidence = $5, agent_registration_id = $6, agent_version = $7, model_used = $8, tokens_in = $9, \
             tokens_out = $10, cost_microusd = $11, duration_ms = $12, invocation_id = $13, policy_id = $14, \
             error_type = NULL, error = NULL, ended_at = $15, updated_at = $15 WHERE id = $1 RETURNING round",
        )
        .bind(id)
        .bind(kept.content)
        .bind(kept.content_hash)
        .bind(kept.readable)
        .bind(kept.confidence)
        .bind(receipt.agent_registration_id)
        .bind(receipt.agent_version)
        .bind(&receipt.model_used)
        .bind(small(used.tokens_in))
        .bind(small(used.tokens_out))
        .bind(used.cost_microusd)
        .bind(used.duration_ms)
        .bind(receipt.id)
        .bind(receipt.policy_id)
        .bind(now)
        .fetch_one(c)
        .await?);
        let answer: Uuid = self.clock().id();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO agent_proposal_answers (id, proposal_id, round, content, content_hash, invocation_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(answer)
        .bind(id)
        .bind(round)
        .bind(kept.content)
        .bind(kept.content_hash)
        .bind(receipt.id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes how sure somebody is. `by`: a person, or `None` for the agent of
    /// the call that is named.
    pub async fn insert_annotation(
        &mut self,
        id: ProposalId,
        score: f64,
        rationale: Option<&str>,
        by: Annotator<'_>,
    ) -> Result<AnnotationId> {
        let annotation: AnnotationId = self.clock().id();
        let now = self.clock().now();
        let (source, name, caller, invocation) = match by {
            Annotator::Person(caller) => (
                ConfidenceSource::Person,
                caller.name.as_str(),
                Some(caller),
                None,
            ),
            Annotator::Agent { name, invocation } => {
                (ConfidenceSource::Agent, name, None, Some(invocation))
            }
        };
        on_tx!(self, c => sqlx::query(
            "INSERT INTO confidence_annotations (id, proposal_id, score, source, rationale, annotated_by, \
             annotated_by_kind, annotated_by_id, invocation_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(annotation)
        .bind(id)
        .bind(score)
        .bind(source)
        .bind(rationale)
        .bind(name)
        .bind(caller.map(|caller| caller.kind))
        .bind(caller.and_then(|caller| caller.id))
        .bind(invocation)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(annotation)
    }
}

/// Who says how sure one can be.
pub enum Annotator<'a> {
    Person(&'a Caller),
    Agent {
        name: &'a str,
        invocation: InvocationId,
    },
}

/// The core has 32 bits for these counts.
fn small(tokens: Option<i64>) -> Option<i32> {
    tokens.map(|tokens| i32::try_from(tokens).unwrap_or(i32::MAX))
}
