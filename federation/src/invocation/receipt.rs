//! The receipt: opened before the call, filled when it has ended.

use model::{
    Agent, AgentVersion, GovernanceVerdict, Invocation, Outcome, Provider, RouteCandidate,
    RouteVerdict,
};

use super::{Order, attempts::Called};
use crate::{
    Engine, Result,
    bridge::{BridgeError, BridgeErrorKind, BridgeResponse, Fate},
    budget,
    routing::choose,
    store::routing::Route,
};

/// Bytes per token, to estimate text that was cut off.
const BYTES_PER_TOKEN: usize = 3;

/// A receipt as it stands before anything was decided.
pub(super) fn open(
    engine: &Engine,
    order: &Order<'_>,
    agent: &Agent,
    version: &AgentVersion,
    candidates: Vec<RouteCandidate>,
) -> Invocation {
    Invocation {
        id: engine.clock().id(),
        hub_id: order.hub.id,
        asked_by_kind: order.asked_by.kind,
        asked_by_id: order.asked_by.id,
        asked_by: order.asked_by.name.clone(),
        work_item_id: order.lease.map(|lease| lease.work),
        purpose: order.purpose.to_owned(),
        task_type: order.task_type.to_owned(),
        artifact_type: order.artifact_type.to_owned(),
        action: order.action,
        agent_registration_id: Some(agent.id),
        agent_version: Some(version.version),
        provider: Some(version.provider),
        model_name: Some(version.model_name.clone()),
        candidates,
        policy_id: None,
        allowed: None,
        reason: None,
        prompt_template: Some(order.prompt_template.to_owned()),
        budget_account_id: order.account,
        tokens_reserved: 0,
        attempts: Vec::new(),
        outcome: Outcome::Started,
        error_type: None,
        error: None,
        model_used: None,
        finish_reason: None,
        tokens_in: None,
        tokens_out: None,
        cost_microusd: None,
        started_at: engine.clock().now(),
        ended_at: None,
        duration_ms: None,
    }
}

/// Who was considered where the routing policies chose: those that were read
/// until enough fitted. An agent stands once.
pub(super) fn candidates(routes: &[Route]) -> Vec<RouteCandidate> {
    let judged = choose::judge(routes);
    routes
        .iter()
        .zip(judged)
        .filter(|(_, judged)| !judged.again)
        .map(|(route, judged)| RouteCandidate {
            agent_registration_id: route.agent.id,
            name: route.agent.name.clone(),
            priority: Some(route.priority),
            chosen: judged.verdict == RouteVerdict::Chosen,
            reason: judged.reason,
            error_type: None,
        })
        .collect()
}

/// Writes what governance said.
pub(super) fn judged(receipt: &mut Invocation, verdict: &GovernanceVerdict) {
    receipt.allowed = Some(verdict.allowed);
    receipt.policy_id = verdict.policy_id;
    receipt.reason = Some(verdict.reason.clone());
}

/// Ends a receipt that governance has refused.
pub(super) fn block(engine: &Engine, receipt: &mut Invocation, reason: String) {
    close(engine, receipt, Outcome::Blocked);
    receipt.error_type = Some("blocked_by_policy".to_owned());
    receipt.error = Some(reason);
}

/// Writes end and duration.
pub(super) fn close(engine: &Engine, receipt: &mut Invocation, outcome: Outcome) {
    let now = engine.clock().now();
    receipt.outcome = outcome;
    receipt.ended_at = Some(now);
    receipt.duration_ms = Some((now - receipt.started_at).num_milliseconds().max(0));
}

pub(super) fn note_error(receipt: &mut Invocation, error: &BridgeError) {
    receipt.error_type = Some(error.kind.code().to_owned());
    receipt.error = Some(error.message.replace('\0', ""));
}

/// Writes what came of the call.
pub(super) async fn fill(
    engine: &Engine,
    receipt: &mut Invocation,
    result: &Result<BridgeResponse, BridgeError>,
) -> Result<()> {
    match result {
        Ok(response) => {
            close(engine, receipt, Outcome::Succeeded);
            receipt.model_used = Some(response.model.replace('\0', ""));
            receipt.finish_reason = response.finish_reason.as_deref().map(short);
            receipt.tokens_in = response.tokens_in;
            receipt.tokens_out = response.tokens_out;
            let asked = receipt.provider.zip(receipt.model_name.as_deref());
            receipt.cost_microusd = match asked {
                Some((provider, model)) => cost(engine, provider, model, response).await?,
                None => response.cost_microusd,
            };
        }
        Err(error) => {
            close(engine, receipt, Outcome::Failed);
            note_error(receipt, error);
            receipt.tokens_in = error.tokens_in;
            receipt.tokens_out = error.tokens_out;
        }
    }
    Ok(())
}

/// A provider's own word, without what a database refuses.
fn short(word: &str) -> String {
    word.replace('\0', "").chars().take(64).collect()
}

/// What the provider says it cost, else tokens times the known price.
pub(super) async fn cost(
    engine: &Engine,
    provider: Provider,
    model_name: &str,
    response: &BridgeResponse,
) -> Result<Option<i64>> {
    if response.cost_microusd.is_some() {
        return Ok(response.cost_microusd);
    }
    let (Some(tokens_in), Some(tokens_out)) = (response.tokens_in, response.tokens_out) else {
        return Ok(None);
    };
    let price = engine.store().model_price(provider, model_name).await?;
    // US dollars per million tokens are micro dollars per token.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    Ok(price.map(|(input, output)| {
        (tokens_in as f64 * input + tokens_out as f64 * output).round() as i64
    }))
}

/// Tokens to count as spent: what the providers reported over all attempts of
/// the call, else an estimate.
pub(super) fn spent(receipt: &Invocation, called: &Called, prompt_tokens: i64) -> i64 {
    let text_bytes = called.text_bytes;
    let reported = called
        .attempts
        .iter()
        .flat_map(|attempt| [attempt.tokens_in, attempt.tokens_out])
        .flatten()
        .reduce(i64::saturating_add);
    let output = i64::try_from(text_bytes / BYTES_PER_TOKEN).unwrap_or(i64::MAX);
    let fate = called.result.as_ref().err().map(|error| error.fate);
    match fate.filter(|_| reported.is_none()) {
        Some(Fate::Unsent) => return 0,
        // It may have been as long as it was allowed to be.
        Some(Fate::Unheard) => return receipt.tokens_reserved,
        Some(Fate::Seen) | None => {}
    }
    let was_read = match &called.result {
        Ok(_) => true,
        // Sent and perhaps answered, where nobody could hear it.
        Err(error) => {
            text_bytes > 0
                || matches!(
                    error.kind,
                    BridgeErrorKind::Timeout | BridgeErrorKind::CutOff | BridgeErrorKind::TooLarge
                )
        }
    };
    // A provider that refused has not read the prompt.
    let estimate = if was_read {
        prompt_tokens.saturating_add(output)
    } else {
        0
    };
    budget::spent(reported, estimate, receipt.tokens_reserved)
}
