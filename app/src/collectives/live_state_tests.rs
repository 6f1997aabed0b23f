//! Plays events against the state of the live page.

use chrono::{DateTime, Utc};
use model::{
    AgentId, Caller, Collective, CollectiveDetail, CollectiveId, ConsensusStatus, Contribution,
    ContributionId, DecisionStatus, HubId, MemberState, Provider, Role, RunAgent, RunEvent,
    RunState, SynthesisState,
};
use serde_json::json;
use uuid::Uuid;

use super::decisions::{Stage, choices};
use super::live_state::{LiveState, LiveText, Next};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap_or_default()
}

fn member(n: u128) -> ContributionId {
    ContributionId(Uuid::from_u128(n))
}

fn agent(n: u128) -> AgentId {
    AgentId(Uuid::from_u128(100 + n))
}

fn contribution(n: u128) -> Contribution {
    Contribution {
        id: member(n),
        collective_proposal_id: CollectiveId(Uuid::nil()),
        agent_registration_id: agent(n),
        agent_name: format!("Agent {n}"),
        agent_version: 1,
        provider: Provider::Openai,
        model_name: "m".to_owned(),
        place: i32::try_from(n).unwrap_or(0),
        status: MemberState::Pending,
        attempt: 0,
        content: None,
        readable: false,
        tokens_in: None,
        tokens_out: None,
        model_used: None,
        cost_microusd: None,
        invocation_id: None,
        policy_id: None,
        error_type: None,
        error: None,
        started_at: None,
        ended_at: None,
        contributed_at: None,
    }
}

fn queued() -> CollectiveDetail {
    CollectiveDetail {
        collective: Collective {
            id: CollectiveId(Uuid::nil()),
            hub_id: HubId(Uuid::nil()),
            title: "t".to_owned(),
            summary: None,
            task_type: "triage".to_owned(),
            prompt: "p".to_owned(),
            source_widget_id: None,
            source_candidate_id: None,
            consensus_status: ConsensusStatus::Pending,
            consensus: None,
            synthesis_content: None,
            final_content: None,
            content_hash: None,
            run_state: RunState::Queued,
            run_error_type: None,
            run_error: None,
            synthesis_state: SynthesisState::Pending,
            synthesis_agent_id: None,
            synthesis_invocation_id: None,
            synthesis_error_type: None,
            synthesis_error: None,
            decision: DecisionStatus::Pending,
            decided_by: None,
            decided_at: None,
            started_by: "Ada".to_owned(),
            started_at: None,
            finished_at: None,
            created_at: at(0),
            updated_at: at(0),
        },
        contributions: vec![contribution(0), contribution(1)],
        synthesis: None,
        reviews: Vec::new(),
    }
}

fn finished() -> CollectiveDetail {
    let mut detail = queued();
    detail.collective.run_state = RunState::Finished;
    detail.collective.consensus_status = ConsensusStatus::Consensus;
    detail.collective.synthesis_state = SynthesisState::Completed;
    detail.collective.synthesis_content = Some(json!({"recommendation": "A"}));
    detail.collective.final_content = Some(json!({"recommendation": "A"}));
    detail.collective.content_hash = Some("a1".to_owned());
    for c in &mut detail.contributions {
        c.status = MemberState::Completed;
        c.attempt = 1;
        c.content = Some(json!({"recommendation": "A"}));
        c.readable = true;
    }
    detail
}

fn started(n: u128, attempt: i32) -> RunEvent {
    RunEvent::ContributionStarted {
        contribution_id: member(n),
        agent_registration_id: agent(n),
        attempt,
    }
}

fn delta(n: u128, attempt: i32, offset: i64, text: &str) -> RunEvent {
    RunEvent::ContributionDelta {
        contribution_id: member(n),
        attempt,
        offset,
        text: text.to_owned(),
    }
}

fn completed(n: u128) -> RunEvent {
    RunEvent::ContributionCompleted {
        contribution_id: member(n),
        tokens_in: None,
        tokens_out: None,
        model_used: None,
    }
}

fn run_started() -> RunEvent {
    let agents = (0..2)
        .map(|n: u128| RunAgent {
            id: agent(n),
            name: format!("Agent {n}"),
            place: i32::try_from(n).unwrap_or(0),
        })
        .collect();
    RunEvent::RunStarted { agents }
}

fn run_finished() -> RunEvent {
    RunEvent::RunFinished {
        run_state: RunState::Finished,
        consensus_status: ConsensusStatus::Consensus,
    }
}

fn status(state: &LiveState, n: u128) -> Option<MemberState> {
    state.column(member(n)).map(|c| c.contribution.status)
}

fn text(state: &LiveState, n: u128) -> String {
    state.column(member(n)).map(|c| c.text).unwrap_or_default()
}

#[test]
fn text_grows_by_offset_in_characters() {
    let mut live = LiveText::default();
    live.push(1, 0, "ün");
    live.push(1, 2, "ï😀");
    live.push(1, 3, "😀!");
    assert_eq!(live.text, "ünï😀!");
    live.push(1, 9, "gap");
    assert_eq!(live.text, "ünï😀!");
    live.push(1, 0, "the full text");
    live.push(1, 13, "!");
    assert_eq!(live.text, "the full text!");
    live.push(1, 2, "e");
    assert_eq!(live.text, "the full text!");
}

#[test]
fn a_later_attempt_begins_anew_and_an_earlier_one_is_dropped() {
    let mut live = LiveText::default();
    live.push(1, 0, "first");
    live.push(2, 3, "gap at the start");
    assert_eq!((live.attempt, live.text.as_str()), (2, ""));
    live.push(1, 5, " more");
    live.push(2, 0, "second");
    assert_eq!(live.text, "second");
}

#[test]
fn a_run_from_start_to_end() {
    let mut state = LiveState::new(queued());
    assert_eq!(state.apply(&run_started(), Some(at(1))), Next::Nothing);
    assert_eq!(state.detail.collective.run_state, RunState::Running);
    assert_eq!(state.apply(&started(0, 1), Some(at(2))), Next::Nothing);
    assert_eq!(status(&state, 0), Some(MemberState::Running));
    assert_eq!(state.apply(&delta(0, 1, 0, "{\"rec"), None), Next::Nothing);
    assert_eq!(text(&state, 0), "{\"rec");
    assert_eq!(state.apply(&completed(0), Some(at(3))), Next::Refetch);
    assert_eq!(status(&state, 0), Some(MemberState::Completed));
    assert_eq!(text(&state, 0), "{\"rec", "shown until the content is read");
    let failed = RunEvent::ContributionFailed {
        contribution_id: member(1),
        error_type: "timeout".to_owned(),
        error: "too slow".to_owned(),
    };
    assert_eq!(state.apply(&failed, Some(at(4))), Next::Refetch);
    assert_eq!(status(&state, 1), Some(MemberState::Failed));
    assert_eq!(state.apply(&run_finished(), Some(at(9))), Next::Finished);
    assert!(state.is_final());
    assert!(state.absorb(finished()));
    assert_eq!(
        state,
        LiveState::new(finished()),
        "the view equals the database"
    );
}

#[test]
fn a_snapshot_that_is_older_takes_nothing_back() {
    let mut state = LiveState::new(queued());
    state.apply(&run_started(), Some(at(1)));
    state.apply(&started(0, 1), Some(at(2)));
    state.apply(&delta(0, 1, 0, "text"), None);
    state.apply(&completed(0), Some(at(3)));
    assert!(state.absorb(queued()));
    assert_eq!(status(&state, 0), Some(MemberState::Completed));
    assert_eq!(status(&state, 1), Some(MemberState::Pending));
    assert_eq!(state.detail.collective.run_state, RunState::Running);
    state.apply(&run_finished(), Some(at(9)));
    assert!(!state.absorb(queued()), "another reading is needed");
    assert!(state.is_final());
}

#[test]
fn events_that_come_again_change_nothing() {
    let mut state = LiveState::new(finished());
    let before = state.clone();
    for event in [
        run_started(),
        started(0, 1),
        completed(0),
        started(1, 1),
        completed(1),
    ] {
        assert_eq!(state.apply(&event, Some(at(1))), Next::Nothing, "{event:?}");
    }
    let again = RunEvent::SynthesisStarted {
        agent_registration_id: agent(0),
        attempt: 1,
    };
    assert_eq!(state.apply(&again, None), Next::Nothing);
    assert_eq!(
        state.detail.collective.synthesis_state,
        before.detail.collective.synthesis_state
    );
    assert_eq!(state.detail.contributions, before.detail.contributions);
}

#[test]
fn a_second_attempt_runs_again() {
    let mut state = LiveState::new(queued());
    state.apply(&started(0, 1), Some(at(1)));
    state.apply(&delta(0, 1, 0, "half an ans"), None);
    state.apply(&started(0, 2), Some(at(5)));
    assert_eq!(text(&state, 0), "");
    let column = state
        .column(member(0))
        .map(|c| (c.contribution.attempt, c.contribution.started_at));
    assert_eq!(column, Some((2, Some(at(5)))));
    state.apply(&delta(0, 1, 11, "wer"), None);
    assert_eq!(text(&state, 0), "");
}

#[test]
fn a_member_that_the_page_does_not_know_is_read() {
    let mut state = LiveState::new(queued());
    assert_eq!(state.apply(&started(7, 1), None), Next::Refetch);
    let more = RunEvent::RunStarted { agents: Vec::new() };
    assert_eq!(state.apply(&more, None), Next::Refetch);
}

#[test]
fn the_synthesis_streams_and_fails() {
    let mut state = LiveState::new(queued());
    let started = RunEvent::SynthesisStarted {
        agent_registration_id: agent(0),
        attempt: 1,
    };
    state.apply(&started, None);
    let piece = RunEvent::SynthesisDelta {
        attempt: 1,
        offset: 0,
        text: "so".to_owned(),
    };
    state.apply(&piece, None);
    assert_eq!(state.synthesis.text, "so");
    assert_eq!(
        state.detail.collective.synthesis_state,
        SynthesisState::Running
    );
    let failed = RunEvent::SynthesisFailed {
        agent_registration_id: None,
        error_type: "cut_off".to_owned(),
        error: "cut".to_owned(),
    };
    assert_eq!(state.apply(&failed, None), Next::Refetch);
    assert_eq!(
        state.detail.collective.synthesis_state,
        SynthesisState::Failed
    );
    assert_eq!(state.apply(&failed, None), Next::Nothing);
}

#[test]
fn a_person_decides_on_what_was_read_not_on_the_news() {
    let reviewer = Caller {
        name: "Ada".to_owned(),
        role: Role::Reviewer,
        ..Caller::system()
    };
    let mut state = LiveState::new(queued());
    let news = RunEvent::RunFinished {
        run_state: RunState::Finished,
        consensus_status: ConsensusStatus::Consensus,
    };
    assert_eq!(state.apply(&news, Some(at(9))), Next::Finished);
    assert!(!choices(&state.detail, &reviewer).decide);
    assert!(state.absorb(finished()));
    assert!(choices(&state.detail, &reviewer).decide);
}

#[test]
fn reading_the_same_again_leaves_the_form_alone() {
    let mut again = finished();
    again.collective.updated_at = at(60);
    again.contributions[0].cost_microusd = Some(7);
    assert_eq!(Stage::of(&finished()), Stage::of(&again));
    again.collective.decision = DecisionStatus::Rejected;
    assert_ne!(Stage::of(&finished()), Stage::of(&again));
}
