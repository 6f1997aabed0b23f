//! Delegations: an agent hands a subtask to another one, within a budget.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{
    AgentId, DelegationId, DelegationStatus, HubId, InvocationId, Proposal, ProposalId,
    ProposalStatus, Provider, TrustLevel, validate,
};

/// Most tokens that one delegation may be given.
pub const TOKEN_BUDGET_MAX: i64 = 1_000_000;
/// Tokens of a delegation where nothing else is said.
pub const TOKEN_BUDGET_DEFAULT: i64 = 1_000;

/// A subtask that one agent handed to another, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delegation {
    pub id: DelegationId,
    pub hub_id: HubId,
    pub delegating_agent_id: AgentId,
    pub delegating_agent_name: String,
    pub receiving_agent_id: AgentId,
    pub receiving_agent_name: String,
    /// The version that is asked.
    pub receiving_agent_version: Option<i32>,
    pub parent_proposal_id: ProposalId,
    /// The proposal that the chain began with.
    pub root_proposal_id: ProposalId,
    /// What the receiving agent makes of it.
    pub result_proposal_id: ProposalId,
    /// 1 below the root.
    pub depth: i32,
    /// The subtask, in words.
    pub scope: String,
    /// Bounds the call and everything below it, input and output, in tokens.
    pub token_budget: i64,
    /// Tokens of its own calls, once it has ended.
    pub tokens_used: Option<i64>,
    /// Tokens that its account may still hold for calls or hand on.
    pub tokens_left: i64,
    /// Its account is closed: what was left went back up the chain.
    pub closed: bool,
    pub status: DelegationStatus,
    /// Where the result stands.
    pub result_status: ProposalStatus,
    /// The answer as it came.
    #[cfg_attr(feature = "sqlx", sqlx(json(nullable)))]
    pub result: Option<Value>,
    /// The answer was cut at its limit.
    pub truncated: bool,
    /// The receipt of the last call.
    pub invocation_id: Option<InvocationId>,
    pub error_type: Option<String>,
    pub error: Option<String>,
    pub started_by: String,
    pub created_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
}

/// A subtask for another agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewDelegation {
    #[garde(skip)]
    pub receiving_agent_id: AgentId,
    /// What the receiving agent is to do, in words.
    #[garde(custom(validate::body))]
    pub scope: String,
    /// 1 to 1,000,000; 1,000 where it is left out.
    #[serde(default = "default_budget", deserialize_with = "whole")]
    #[garde(custom(budget))]
    pub token_budget: i64,
}

fn default_budget() -> i64 {
    TOKEN_BUDGET_DEFAULT
}

/// Anything else than a whole number is out of range, so that the refusal can
/// name the field and say what is wanted.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let said = Value::deserialize(from)?;
    // A whole number is one, however it is written.
    #[allow(clippy::cast_possible_truncation)]
    let of_float = |n: f64| (n.fract() == 0.0 && n.abs() < 1e15).then_some(n as i64);
    Ok(said
        .as_i64()
        .or_else(|| said.as_f64().and_then(of_float))
        .unwrap_or(0))
}

fn budget(tokens: &i64, _: &()) -> garde::Result {
    if (1..=TOKEN_BUDGET_MAX).contains(tokens) {
        return Ok(());
    }
    Err(garde::Error::new(format!(
        "must be a whole number of tokens from 1 to {TOKEN_BUDGET_MAX}"
    )))
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DelegationFilter {
    pub hub_id: Option<HubId>,
    /// Who delegated or who received.
    pub agent_registration_id: Option<AgentId>,
    pub status: Option<DelegationStatus>,
    pub parent_proposal_id: Option<ProposalId>,
}

/// A delegation and its result, with all that was delegated from there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DelegationTree {
    pub proposal: Proposal,
    pub delegations: Vec<DelegatedTree>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DelegatedTree {
    pub delegation: Delegation,
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    pub result: DelegationTree,
}

/// One node of a tree, as it is drawn. The sums count the node itself and all
/// that is below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct DelegationNode {
    pub id: DelegationId,
    /// The delegation above; `None` directly below the proposal whose tree it
    /// is.
    pub parent_id: Option<DelegationId>,
    pub result_proposal_id: ProposalId,
    pub agent_name: String,
    /// The first 120 characters of the scope.
    pub scope: String,
    pub status: DelegationStatus,
    pub result_status: ProposalStatus,
    /// 1 directly below the proposal whose tree it is.
    pub depth: i32,
    pub token_budget: i64,
    pub spent_tokens: i64,
    pub reserved_tokens: i64,
    pub truncated: bool,
    /// Delegations directly below.
    #[cfg_attr(feature = "sqlx", sqlx(default))]
    pub children: i64,
    /// Delegations below, at any depth.
    #[cfg_attr(feature = "sqlx", sqlx(default))]
    pub below: i64,
    /// Of these and itself, how many have not ended.
    #[cfg_attr(feature = "sqlx", sqlx(default))]
    pub open: i64,
}

/// What of a tree is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeView {
    /// Only what is below this delegation.
    pub under: Option<DelegationId>,
    /// Only the children after this one, and what is below them; for the next
    /// part of a wide branch.
    pub after: Option<DelegationId>,
    /// Nodes at the most; those near the top come first.
    pub most: usize,
    /// Only nodes whose agent or scope contains this, with the way to them.
    pub find: Option<String>,
}

/// A tree or a part of it, as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TreePart {
    pub root: TreeRoot,
    /// Each after its parent; siblings in the order in which they were made.
    pub nodes: Vec<DelegationNode>,
    /// Those that match, where something was looked for; the other nodes are
    /// the way to them.
    pub found: Vec<DelegationId>,
    /// How many match in the whole tree.
    pub matches: i64,
}

/// The proposal whose tree it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TreeRoot {
    pub proposal_id: ProposalId,
    pub title: String,
    pub agent_name: Option<String>,
    pub status: ProposalStatus,
    /// Delegations below it, at any depth.
    pub below: i64,
    pub open: i64,
    /// What its account was given, in tokens.
    pub limit_tokens: i64,
    /// Of that, spent by itself and all below it.
    pub spent_tokens: i64,
    pub reserved_tokens: i64,
    /// What may still be held for its own calls or handed on.
    pub left_tokens: i64,
}

/// Adds up the sums of a tree whose nodes come each after its parent, and
/// whose token numbers are each account's own.
pub fn add_up(nodes: &mut [DelegationNode]) {
    let places: HashMap<DelegationId, usize> = nodes
        .iter()
        .enumerate()
        .map(|(place, node)| (node.id, place))
        .collect();
    for node in nodes.iter_mut() {
        (node.children, node.below) = (0, 0);
        node.open = i64::from(node.status == DelegationStatus::Pending);
    }
    for place in (0..nodes.len()).rev() {
        let node = &nodes[place];
        let (below, open) = (node.below, node.open);
        let (spent, reserved) = (node.spent_tokens, node.reserved_tokens);
        if let Some(parent) = node.parent_id.and_then(|id| places.get(&id)) {
            let parent = &mut nodes[*parent];
            parent.children += 1;
            parent.below += below + 1;
            parent.open += open;
            parent.spent_tokens += spent;
            parent.reserved_tokens += reserved;
        }
    }
}

/// Who may be handed a subtask of a proposal, and what is left for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DelegationOptions {
    /// Why nothing at all can be delegated from here; `null` where it can.
    pub refused: Option<String>,
    /// Tokens that a delegation from here may be given at the most.
    pub left_tokens: i64,
    /// What the chain was given, in tokens.
    pub limit_tokens: i64,
    /// How many levels may still follow.
    pub levels_left: i32,
    /// Tokens that a question takes by itself, about: a budget below it is
    /// refused before the call.
    pub question_tokens: i64,
    pub agents: Vec<Receiver>,
}

/// An agent of the hub that may, or may not, be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receiver {
    pub id: AgentId,
    pub name: String,
    pub provider: Provider,
    pub model_name: String,
    pub trust_level: TrustLevel,
    /// Why it may not be asked; `null` where it may.
    pub refused: Option<String>,
}

/// The way from a proposal up to what its chain began with, the nearest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WayUp {
    pub steps: Vec<StepUp>,
}

/// A proposal above, and the delegation that leads down from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepUp {
    pub delegation_id: DelegationId,
    pub scope: String,
    pub proposal_id: ProposalId,
    pub title: String,
    pub agent_name: Option<String>,
    pub status: ProposalStatus,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(budget: &str) -> Result<NewDelegation, Vec<crate::FieldError>> {
        let text = format!(
            r#"{{"receiving_agent_id":"00000000-0000-0000-0000-000000000001","scope":"s","token_budget":{budget}}}"#
        );
        let new: NewDelegation = serde_json::from_str(&text).unwrap();
        validate::check(&new).map(|()| new)
    }

    #[test]
    fn a_budget_is_a_whole_number_of_tokens() {
        for (said, tokens) in [("1", 1), ("1000000", 1_000_000), ("40.0", 40)] {
            assert_eq!(read(said).unwrap().token_budget, tokens);
        }
        for said in [
            "0",
            "-1",
            "1.5",
            "1000001",
            "\"100\"",
            "\"many\"",
            "null",
            "[]",
            "1e300",
            "true",
            "18446744073709551616",
        ] {
            let errors = read(said).unwrap_err();
            assert_eq!(errors.len(), 1, "{said}");
            assert_eq!(errors[0].field, "token_budget");
            assert!(errors[0].message.contains("1 to 1000000"), "{said}");
        }
    }

    #[test]
    fn a_budget_may_be_left_out() {
        let text = r#"{"receiving_agent_id":"00000000-0000-0000-0000-000000000001","scope":"s"}"#;
        let new: NewDelegation = serde_json::from_str(text).unwrap();
        assert_eq!(new.token_budget, TOKEN_BUDGET_DEFAULT);
    }

    fn node(id: u128, parent: Option<u128>, status: DelegationStatus) -> DelegationNode {
        DelegationNode {
            id: DelegationId(uuid::Uuid::from_u128(id)),
            parent_id: parent.map(|id| DelegationId(uuid::Uuid::from_u128(id))),
            result_proposal_id: ProposalId(uuid::Uuid::from_u128(id + 100)),
            agent_name: "A".to_owned(),
            scope: "s".to_owned(),
            status,
            result_status: ProposalStatus::Pending,
            depth: 1,
            token_budget: 1_000,
            spent_tokens: 10,
            reserved_tokens: 1,
            truncated: false,
            children: 9,
            below: 9,
            open: 9,
        }
    }

    #[test]
    fn the_sums_of_a_node_count_all_below_it() {
        use DelegationStatus::{Completed, Pending};
        let mut nodes = vec![
            node(1, None, Completed),
            node(2, Some(1), Completed),
            node(3, Some(1), Pending),
            node(4, Some(2), Pending),
        ];
        add_up(&mut nodes);
        let sums: Vec<_> = nodes
            .iter()
            .map(|n| {
                (
                    n.children,
                    n.below,
                    n.open,
                    n.spent_tokens,
                    n.reserved_tokens,
                )
            })
            .collect();
        assert_eq!(
            sums,
            [
                (2, 3, 2, 40, 4),
                (1, 1, 1, 20, 2),
                (0, 0, 1, 10, 1),
                (0, 0, 1, 10, 1)
            ]
        );
    }
}
