//! Who answers: pure, over the policies of one task type.

use std::collections::HashSet;

use model::{Agent, AgentId, Provider, RouteVerdict};

use crate::store::routing::Route;

/// A policy's verdict, and the sentence that tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub verdict: RouteVerdict,
    pub reason: String,
    /// The agent stands further up already, by another policy.
    pub again: bool,
}

/// The verdict on each policy. `routes` come with the highest priority first.
///
/// The first that fits is chosen, the others that fit stand behind it. An agent
/// that several policies name counts at the first one that fits.
pub fn judge(routes: &[Route]) -> Vec<Judged> {
    let mut seen = HashSet::new();
    routes.iter().map(|route| one(route, &mut seen)).collect()
}

/// The agents that fit, each once, in the order of preference.
pub fn fitting(routes: Vec<Route>) -> Vec<Route> {
    let judged = judge(&routes);
    routes
        .into_iter()
        .zip(judged)
        .filter(|(_, j)| j.verdict.fits() && !j.again)
        .map(|(route, _)| route)
        .collect()
}

fn one(route: &Route, seen: &mut HashSet<AgentId>) -> Judged {
    let agent = &route.agent;
    let judged = |verdict, reason| Judged {
        verdict,
        reason,
        again: false,
    };
    if let Some((verdict, reason)) = obstacle(route) {
        return judged(verdict, reason);
    }
    let is_first = seen.is_empty();
    if !seen.insert(agent.id) {
        return Judged {
            again: true,
            ..judged(
                RouteVerdict::LowerPriority,
                format!(
                    "{} stands further up already, by another policy.",
                    agent.name
                ),
            )
        };
    }
    if is_first {
        let reason = format!("{} fits, and has the highest priority.", agent.name);
        judged(RouteVerdict::Chosen, reason)
    } else {
        let reason = format!("{} fits, but has a lower priority.", agent.name);
        judged(RouteVerdict::LowerPriority, reason)
    }
}

/// What keeps the agent from answering; `None`: it fits.
fn obstacle(route: &Route) -> Option<(RouteVerdict, String)> {
    let agent = &route.agent;
    if !route.policy_is_active {
        return Some((
            RouteVerdict::InactivePolicy,
            "The policy is switched off.".to_owned(),
        ));
    }
    if !agent.is_active {
        let reason = format!("{} is not active.", agent.name);
        return Some((RouteVerdict::InactiveAgent, reason));
    }
    if let Some(least) = route
        .min_trust_level
        .filter(|least| agent.trust_level < *least)
    {
        let reason = format!(
            "{} is trusted as {}; the policy asks for {least}.",
            agent.name, agent.trust_level
        );
        return Some((RouteVerdict::TrustTooLow, reason));
    }
    let missing = missing(&route.required_capabilities, agent);
    if !missing.is_empty() {
        let reason = format!("{} lacks {}.", agent.name, missing.join(", "));
        return Some((RouteVerdict::MissingCapability, reason));
    }
    route
        .max_cost_microusd_per_1k
        .and_then(|ceiling| too_dear(route, ceiling))
}

fn missing(required: &[String], agent: &Agent) -> Vec<String> {
    let fold = |text: &str| text.trim().to_lowercase();
    let has: HashSet<String> = agent.capabilities.iter().map(|c| fold(c)).collect();
    required
        .iter()
        .filter(|capability| !has.contains(&fold(capability)))
        .cloned()
        .collect()
}

/// The dearer of the two prices counts: what a call will be made of is not
/// known before. Where no price is known, nothing shows that it fits.
fn too_dear(route: &Route, ceiling_microusd: i64) -> Option<(RouteVerdict, String)> {
    let Agent {
        provider,
        model_name,
        ..
    } = &route.agent;
    let ceiling = usd_per_1k(ceiling_microusd.saturating_mul(NANO_PER_MICRO));
    let (Some(input), Some(output)) = (route.input_usd_per_million, route.output_usd_per_million)
    else {
        let reason = format!(
            "No price is known for {model_name} of {provider}, and the policy allows at most {ceiling}."
        );
        return Some((RouteVerdict::PriceUnknown, reason));
    };
    let dearer = nanousd_per_1k(input.max(output));
    (dearer > ceiling_microusd.saturating_mul(NANO_PER_MICRO)).then(|| {
        let reason = format!(
            "{} costs up to {}; the policy allows at most {ceiling}.",
            of(*provider, model_name),
            usd_per_1k(dearer)
        );
        (RouteVerdict::OverCeiling, reason)
    })
}

fn of(provider: Provider, model_name: &str) -> String {
    format!("{model_name} of {provider}")
}

const NANO_PER_MICRO: i64 = 1_000;

/// Whole nano US dollars: a product of fractions would miss an equal ceiling.
#[allow(clippy::cast_possible_truncation)] // prices are at most a million
fn nanousd_per_1k(usd_per_million: f64) -> i64 {
    (usd_per_million * 1_000_000.0).round() as i64
}

/// `0.0025 USD for 1,000 tokens`.
fn usd_per_1k(nanousd: i64) -> String {
    let (whole, rest) = (nanousd / 1_000_000_000, nanousd % 1_000_000_000);
    let rest = format!("{rest:09}");
    let rest = rest.trim_end_matches('0');
    let dot = if rest.is_empty() { "" } else { "." };
    format!("{whole}{dot}{rest} USD for 1,000 tokens")
}

#[cfg(test)]
mod tests;
