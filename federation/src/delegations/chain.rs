//! What may be delegated from a proposal, to whom, and why not.

use model::{
    Action, Agent, AgentFilter, AgentId, DELEGATION_DEPTH, DelegationOptions, Hub, InvocationPoint,
    PageRequest, Proposal, ProposalId, ProposalStatus, Provider, Receiver, StepUp, TrustLevel,
};

use crate::{
    Engine, Error, Result, governance,
    proposals::subtask,
    store::{budget::Account, delegations::Above},
};

/// A proposal with what stands above it.
pub(super) struct Chain {
    pub proposal: Proposal,
    hub: Hub,
    /// The nearest first.
    above: Vec<Above>,
    /// The lowest trust of all agents from the root down to this proposal.
    trust: TrustLevel,
    pub account: Account,
}

/// A reason, with its code.
type Refused = (&'static str, String);

impl Chain {
    pub async fn of(engine: &Engine, proposal: Proposal) -> Result<Self> {
        let lost = || Error::Internal("a proposal has lost its rows".to_owned());
        let store = engine.store();
        let hub = store.hub(proposal.hub_id).await?.ok_or_else(lost)?;
        let above = store.above(proposal.id).await?;
        let account = store
            .account_of_proposal(proposal.id)
            .await?
            .ok_or_else(lost)?;
        let own = match (proposal.agent_registration_id, proposal.agent_version) {
            (Some(agent), Some(version)) => store.agent_version(agent, version).await?,
            _ => None,
        };
        // Nobody answered yet: nothing can be delegated, so any level serves.
        let own = own.map_or(TrustLevel::Advisory, |version| version.trust_level);
        let mut trust = above.iter().map(|one| one.trust_level).fold(own, Ord::min);
        // A later fall counts, a later rise does not.
        let named = above.iter().map(|one| one.delegating_agent_id);
        for agent in named.chain(proposal.agent_registration_id) {
            if let Some(agent) = store.agent(agent).await? {
                trust = trust.min(agent.trust_level);
            }
        }
        Ok(Self {
            proposal,
            hub,
            above,
            trust,
            account,
        })
    }

    /// Levels above; 0 for a root.
    pub fn depth(&self) -> i32 {
        i32::try_from(self.above.len()).unwrap_or(i32::MAX)
    }

    pub fn root(&self) -> ProposalId {
        self.above
            .last()
            .map_or(self.proposal.id, |top| top.proposal_id)
    }

    /// Who delegates: the agent that answered, at that version.
    pub fn delegating(&self) -> Result<(AgentId, i32)> {
        match (
            self.proposal.agent_registration_id,
            self.proposal.agent_version,
        ) {
            (Some(agent), Some(version)) => Ok((agent, version)),
            _ => Err(conflict(no_answer())),
        }
    }

    fn levels(&self) -> i32 {
        self.hub.delegation_depth.unwrap_or(DELEGATION_DEPTH)
    }

    /// Why nothing can be delegated from here, whoever is asked.
    fn refused(&self) -> Option<Refused> {
        let stands = matches!(
            self.proposal.status,
            ProposalStatus::Pending | ProposalStatus::Accepted | ProposalStatus::Revised
        );
        if self.proposal.content.is_none() || !stands {
            return Some(match self.proposal.status {
                ProposalStatus::Rejected => (
                    "not_delegable",
                    "this proposal was rejected; undo that decision to delegate from it".to_owned(),
                ),
                ProposalStatus::Queued | ProposalStatus::Running => (
                    "not_delegable",
                    "the agent is at work on this proposal; delegate when it has answered"
                        .to_owned(),
                ),
                _ => no_answer(),
            });
        }
        if self.depth() >= self.levels() {
            return Some((
                "depth_exceeded",
                format!(
                    "{} allows {} levels of delegation below a proposal, and this one stands at level {}; delegate from further up, or let an administrator raise the hub's limit",
                    self.hub.name,
                    self.levels(),
                    self.depth()
                ),
            ));
        }
        None
    }

    /// Why this agent cannot be asked here.
    fn refuses(&self, agent: &Agent) -> Option<Refused> {
        let name = &agent.name;
        if !agent.is_active {
            return Some((
                "agent_inactive",
                format!("{name} is not active; choose another agent, or let a steward activate it"),
            ));
        }
        let own = self.proposal.agent_registration_id == Some(agent.id);
        let above = self
            .above
            .iter()
            .any(|one| one.delegating_agent_id == agent.id);
        if own || above {
            return Some((
                "own_ancestor",
                format!(
                    "{name} stands in this chain already; an agent never works below itself, so choose another one"
                ),
            ));
        }
        if agent.trust_level > self.trust {
            return Some((
                "trust_above_ancestors",
                format!(
                    "{name} is {}, and the least trusted agent above is {}; a subtask goes to nobody who is trusted more",
                    agent.trust_level, self.trust
                ),
            ));
        }
        if agent.provider == Provider::ClaudeCode {
            return Some((
                "limit_not_enforceable",
                format!(
                    "{name} runs on claude-code, whose answers cannot be held to a number of tokens"
                ),
            ));
        }
        None
    }

    /// # Errors
    /// The first reason why this agent cannot be handed a subtask here.
    pub fn check(&self, agent: &Agent) -> Result<()> {
        match self.refused().or_else(|| self.refuses(agent)) {
            Some(refused) => Err(conflict(refused)),
            None => Ok(()),
        }
    }

    pub fn budget_exceeded(&self, wanted: i64, account: &Account) -> Error {
        let (of, again) =
            if account.closed && (self.above.is_empty() || account.overdraft_tokens > 0) {
                (
                    "this chain, closed since a provider reported more tokens than were held,",
                    "ask anew where it was asked for",
                )
            } else if account.closed {
                (
                    "this delegation, which is closed,",
                    "delegate from further up the chain",
                )
            } else if self.above.is_empty() {
                (
                    "this proposal",
                    "ask for less, or close delegations that are done with",
                )
            } else {
                (
                    "this delegation",
                    "ask for less, or delegate from further up the chain",
                )
            };
        conflict((
            "budget_exceeded",
            format!(
                "a delegation of {wanted} tokens does not fit: {of} has {} of {} tokens left; {again}",
                account.left(),
                account.limit_tokens
            ),
        ))
    }
}

fn no_answer() -> Refused {
    (
        "not_delegable",
        "this proposal ended without an answer; there is nothing to delegate from".to_owned(),
    )
}

fn conflict((code, message): Refused) -> Error {
    Error::Conflict { code, message }
}

/// A refusal as a sentence of its own.
fn sentence(refused: Refused) -> String {
    conflict(refused).refusal().message
}

pub(super) fn step(above: Above) -> StepUp {
    StepUp {
        delegation_id: above.delegation_id,
        scope: above.scope,
        proposal_id: above.proposal_id,
        title: above.title,
        agent_name: above.agent_name,
        status: above.status,
    }
}

/// What the form offers: all agents of the hub, those that may not be asked
/// with the reason.
pub(super) async fn options(engine: &Engine, proposal: &Proposal) -> Result<DelegationOptions> {
    let chain = Chain::of(engine, proposal.clone()).await?;
    let mut refused = chain.refused().map(sentence);
    if refused.is_none() {
        refused = may_not_delegate(engine, &chain).await?;
    }
    let filter = AgentFilter {
        hub_id: Some(chain.hub.id),
        ..AgentFilter::default()
    };
    let mut receivers = Vec::new();
    for agent in all_agents(engine, &filter).await? {
        let refused = match chain.refuses(&agent) {
            Some(refused) => Some(sentence(refused)),
            None => blocked(engine, &chain, &agent, Action::Propose).await?,
        };
        receivers.push(Receiver {
            id: agent.id,
            name: agent.name,
            provider: agent.provider,
            model_name: agent.model_name,
            trust_level: agent.trust_level,
            refused,
        });
    }
    // Those that may be asked first, by name.
    receivers.sort_by_key(|one| (one.refused.is_some(), one.name.to_lowercase()));
    let question_tokens = InvocationPoint::of_artifact(&proposal.artifact_type)
        .map_or(0, |point| {
            subtask::least_tokens(&chain.hub, proposal, point)
        });
    Ok(DelegationOptions {
        refused,
        left_tokens: chain.account.left(),
        limit_tokens: chain.account.limit_tokens,
        levels_left: (chain.levels() - chain.depth()).max(0),
        question_tokens,
        agents: receivers,
    })
}

async fn may_not_delegate(engine: &Engine, chain: &Chain) -> Result<Option<String>> {
    let Some(id) = chain.proposal.agent_registration_id else {
        return Ok(None);
    };
    match engine.store().agent(id).await? {
        Some(agent) => blocked(engine, chain, &agent, Action::Delegate).await,
        None => Ok(None),
    }
}

/// Why governance would block it.
async fn blocked(
    engine: &Engine,
    chain: &Chain,
    agent: &Agent,
    action: Action,
) -> Result<Option<String>> {
    let artifact_type = &chain.proposal.artifact_type;
    let verdict = governance::verdict(engine, &chain.hub, agent, artifact_type, action).await?;
    Ok((!verdict.allowed).then_some(verdict.reason))
}

/// Every agent of a hub, page by page.
async fn all_agents(engine: &Engine, filter: &AgentFilter) -> Result<Vec<Agent>> {
    let mut all: Vec<Agent> = Vec::new();
    loop {
        let page = PageRequest {
            limit: model::LIMIT_MAX,
            after: all.last().map(|agent| agent.id.0),
        };
        let mut rows = engine.store().agents(filter, page).await?;
        let more = rows.len() > usize::try_from(page.limit).unwrap_or(0);
        if more {
            rows.pop();
        }
        all.append(&mut rows);
        if !more {
            return Ok(all);
        }
    }
}
