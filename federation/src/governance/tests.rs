use chrono::DateTime;
use model::{AgentId, HubId};
use proptest::prelude::*;

use super::*;

fn hub(default: GovernanceDefault) -> Hub {
    Hub {
        id: HubId(uuid::Uuid::nil()),
        slug: "h".to_owned(),
        name: "Checkout".to_owned(),
        description: None,
        governance_default: default,
        routing_fallback: false,
        decide_first: false,
        tokens_per_proposal: None,
        delegation_depth: None,
        quorum: None,
        trust_threshold: None,
        trust_decisions: None,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn policy(actions: Vec<Action>) -> GovernancePolicy {
    GovernancePolicy {
        id: GovernancePolicyId(uuid::Uuid::nil()),
        hub_id: HubId(uuid::Uuid::nil()),
        agent_registration_id: AgentId(uuid::Uuid::nil()),
        artifact_type: "widget_summary".to_owned(),
        allowed_actions: actions,
        is_active: true,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn the_default_speaks_where_no_policy_does() {
    for (default, allowed) in [
        (GovernanceDefault::Permit, true),
        (GovernanceDefault::Deny, false),
    ] {
        let verdict = judge(
            &hub(default),
            "Ada",
            "widget_summary",
            Action::Propose,
            None,
        );
        assert_eq!(verdict.allowed, allowed);
        assert_eq!(verdict.policy_id, None);
    }
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    proptest::sample::subsequence(Action::ALL.to_vec(), 0..=4)
}

proptest! {
    #[test]
    fn the_policy_holds_whatever_the_default(set in actions(), action in 0_usize..4, deny: bool) {
        let action = Action::ALL[action];
        let default = if deny { GovernanceDefault::Deny } else { GovernanceDefault::Permit };
        let policy = policy(set.clone());
        let verdict = judge(&hub(default), "Ada", "widget_summary", action, Some(&policy));
        prop_assert_eq!(verdict.allowed, set.contains(&action));
        prop_assert_eq!(verdict.policy_id, Some(policy.id));
    }
}
