use chrono::DateTime;
use model::{HubId, RoutingPolicyId, TrustLevel};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn agent(number: u128) -> Agent {
    Agent {
        id: AgentId(Uuid::from_u128(number)),
        hub_id: HubId(Uuid::nil()),
        name: format!("Agent {number}"),
        slug: format!("agent-{number}"),
        description: None,
        provider: Provider::Openai,
        model_name: "m".to_owned(),
        trust_level: TrustLevel::Elevated,
        capabilities: vec!["Summaries".to_owned(), "größe".to_owned()],
        system_prompt: None,
        is_active: true,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn route(number: u128, priority: i32) -> Route {
    Route {
        policy_id: RoutingPolicyId(Uuid::from_u128(number)),
        priority,
        policy_is_active: true,
        max_cost_microusd_per_1k: None,
        required_capabilities: Vec::new(),
        min_trust_level: None,
        policy_version: 1,
        policy_created_at: DateTime::UNIX_EPOCH,
        task_type: "triage".to_owned(),
        agent: agent(number),
        input_usd_per_million: None,
        output_usd_per_million: None,
    }
}

fn verdict(route: Route) -> (RouteVerdict, String) {
    let judged = judge(&[route]).remove(0);
    (judged.verdict, judged.reason)
}

#[test]
fn each_condition_has_its_verdict() {
    let switched_off = Route {
        policy_is_active: false,
        ..route(1, 1)
    };
    assert_eq!(verdict(switched_off).0, RouteVerdict::InactivePolicy);
    let mut asleep = route(1, 1);
    asleep.agent.is_active = false;
    assert_eq!(verdict(asleep).0, RouteVerdict::InactiveAgent);
    let demanding = Route {
        min_trust_level: Some(TrustLevel::Autonomous),
        ..route(1, 1)
    };
    let (word, reason) = verdict(demanding);
    assert_eq!(word, RouteVerdict::TrustTooLow);
    assert_eq!(
        reason,
        "Agent 1 is trusted as elevated; the policy asks for autonomous."
    );
    let just = Route {
        min_trust_level: Some(TrustLevel::Elevated),
        ..route(1, 1)
    };
    assert_eq!(verdict(just).0, RouteVerdict::Chosen);
}

#[test]
fn capabilities_are_compared_without_case() {
    let with = |required: &[&str]| Route {
        required_capabilities: required.iter().map(|c| (*c).to_owned()).collect(),
        ..route(1, 1)
    };
    assert_eq!(
        verdict(with(&["summaries", " GRÖSSE "])).0,
        RouteVerdict::MissingCapability
    );
    assert_eq!(
        verdict(with(&["summaries", " GRÖßE "])).0,
        RouteVerdict::Chosen
    );
    let (word, reason) = verdict(with(&["summaries", "triage", "maps"]));
    assert_eq!(word, RouteVerdict::MissingCapability);
    assert_eq!(reason, "Agent 1 lacks triage, maps.");
}

#[test]
fn the_dearer_price_counts_against_the_ceiling() {
    let with = |ceiling, prices: Option<(f64, f64)>| Route {
        max_cost_microusd_per_1k: Some(ceiling),
        input_usd_per_million: prices.map(|p| p.0),
        output_usd_per_million: prices.map(|p| p.1),
        ..route(1, 1)
    };
    // 2.5 US dollars a million are 2,500 micro dollars a thousand.
    assert_eq!(
        verdict(with(2_500, Some((0.5, 2.5)))).0,
        RouteVerdict::Chosen
    );
    assert_eq!(
        verdict(with(2_500, Some((2.5, 0.5)))).0,
        RouteVerdict::Chosen
    );
    let (word, reason) = verdict(with(2_499, Some((0.5, 2.5))));
    assert_eq!(word, RouteVerdict::OverCeiling);
    assert_eq!(
        reason,
        "m of openai costs up to 0.0025 USD for 1,000 tokens; the policy allows at most 0.002499 USD for 1,000 tokens."
    );
    assert_eq!(verdict(with(0, Some((0.0, 0.0)))).0, RouteVerdict::Chosen);
    let (word, reason) = verdict(with(1, None));
    assert_eq!(word, RouteVerdict::PriceUnknown);
    assert!(
        reason.contains("No price is known for m of openai"),
        "{reason}"
    );
    // Fractions that no binary number holds.
    for tenths in 1..2_000_u16 {
        let price = f64::from(tenths) / 10.0;
        let ceiling = i64::from(tenths) * 100;
        assert_eq!(
            verdict(with(ceiling, Some((price, 0.0)))).0,
            RouteVerdict::Chosen,
            "{price}"
        );
        assert_eq!(
            verdict(with(ceiling - 1, Some((price, 0.0)))).0,
            RouteVerdict::OverCeiling,
            "{price}"
        );
    }
}

#[test]
fn an_agent_counts_at_its_first_policy_that_fits() {
    let mut dear = route(1, 9);
    dear.max_cost_microusd_per_1k = Some(1);
    let mut again = route(1, 5);
    again.agent = agent(1);
    let routes = vec![dear, route(2, 7), again.clone(), again];
    let words: Vec<_> = judge(&routes)
        .iter()
        .map(|j| (j.verdict, j.again))
        .collect();
    assert_eq!(
        words,
        [
            (RouteVerdict::PriceUnknown, false),
            (RouteVerdict::Chosen, false),
            (RouteVerdict::LowerPriority, false),
            (RouteVerdict::LowerPriority, true),
        ]
    );
    let order: Vec<_> = fitting(routes)
        .iter()
        .map(|r| r.agent.name.clone())
        .collect();
    assert_eq!(order, ["Agent 2", "Agent 1"]);
}

fn any_route() -> impl Strategy<Value = Route> {
    let price = prop_oneof![Just(None), (0_u8..5).prop_map(|n| Some(f64::from(n)))];
    let ceiling = prop_oneof![Just(None), (0_i64..5_000).prop_map(Some)];
    let trust = proptest::option::of(proptest::sample::select(TrustLevel::ALL));
    (
        0_u128..6,
        any::<(bool, bool, bool)>(),
        price,
        ceiling,
        trust,
    )
        .prop_map(
            |(number, (policy, agent, capable), price, ceiling, trust)| {
                let mut route = route(number, 0);
                route.policy_is_active = policy;
                route.agent.is_active = agent;
                route.max_cost_microusd_per_1k = ceiling;
                route.min_trust_level = trust;
                route.input_usd_per_million = price;
                route.output_usd_per_million = price;
                if !capable {
                    route.required_capabilities = vec!["flying".to_owned()];
                }
                route
            },
        )
}

proptest! {
    /// One at the most is chosen, it is the first that fits, and it heads the
    /// order; nobody in the order meets an obstacle or stands twice.
    #[test]
    fn the_chosen_one_is_the_first_that_fits(routes in proptest::collection::vec(any_route(), 0..12)) {
        let judged = judge(&routes);
        let first_fit = judged.iter().position(|j| j.verdict.fits());
        let chosen = judged.iter().position(|j| j.verdict == RouteVerdict::Chosen);
        prop_assert_eq!(chosen, first_fit);
        prop_assert!(judged.iter().filter(|j| j.verdict == RouteVerdict::Chosen).count() <= 1);
        let order = fitting(routes.clone());
        prop_assert_eq!(order.first().map(|r| r.agent.id), chosen.map(|at| routes[at].agent.id));
        let once: HashSet<_> = order.iter().map(|r| r.agent.id).collect();
        prop_assert_eq!(once.len(), order.len());
        for route in &order {
            prop_assert!(obstacle(route).is_none());
        }
    }

    /// What stands further down never changes what was said further up.
    #[test]
    fn a_longer_list_says_the_same_about_its_beginning(
        routes in proptest::collection::vec(any_route(), 0..12), cut in 0_usize..12,
    ) {
        let cut = cut.min(routes.len());
        prop_assert_eq!(judge(&routes)[..cut].to_vec(), judge(&routes[..cut]));
    }
}
