//! Plays events against the state of the live page.

use chrono::{DateTime, Utc};
use model::{
    AgentId, Caller, Collective, CollectiveDetail, CollectiveId, CollectiveRound, ConsensusStatus,
    Contribution, ContributionId, DecisionStatus, HubId, MemberState, Provider, Role, RoundKind,
    RoundMember, RoundPlan, RoundState, RunAgent, RunEvent, RunState, RunUse, SynthesisState,
};
use serde_json::json;
use uuid::Uuid;

use super::decisions::{Stage, choices};
use super::live_state::{LiveState, LiveText, Next, Shown};

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
        vendor: "openai".to_owned(),
        round: 1,
        kind: RoundKind::Answer,
        is_current: true,
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

fn round(number: i32, kind: RoundKind, state: RoundState) -> CollectiveRound {
    CollectiveRound {
        collective_proposal_id: CollectiveId(Uuid::nil()),
        number,
        kind,
        state,
        asked_by: "Ada".to_owned(),
        note: None,
        started_at: None,
        ended_at: None,
        synthesis_content: None,
        consensus: None,
        calls: 0,
        tokens_in: 0,
        tokens_out: 0,
        cost_microusd: None,
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
            rounds_planned: RoundPlan::Answer,
            round: 1,
            token_limit: None,
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
        rounds: vec![round(1, RoundKind::Answer, RoundState::Running)],
        usage: RunUse::default(),
        synthesis: None,
        reviews: Vec::new(),
    }
}

fn finished() -> CollectiveDetail {
    let mut detail = queued();
    detail.rounds[0].state = RoundState::Finished;
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
    assert_eq!(state.apply(&run_finished(), Some(at(9))), Next::Refetch);
    assert!(
        !state.is_final(),
        "only the database knows that it was the end"
    );
    assert!(state.absorb(finished()));
    assert!(state.is_final());
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
    assert!(state.absorb(finished()));
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
    assert_eq!(state.apply(&run_finished(), Some(at(9))), Next::Refetch);
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

fn round_started(number: i32, kind: RoundKind, first: u128) -> RunEvent {
    RunEvent::RoundStarted {
        round: number,
        kind,
        members: (0..2)
            .map(|n: u128| RoundMember {
                contribution_id: member(first + n),
                agent_registration_id: agent(n),
                place: i32::try_from(n).unwrap_or(0),
            })
            .collect(),
    }
}

/// The run of `finished`, of which another round was just asked for.
fn asked_again() -> CollectiveDetail {
    let mut detail = finished();
    detail.rounds[0].synthesis_content = detail.collective.synthesis_content.take();
    detail
        .rounds
        .push(round(2, RoundKind::Revise, RoundState::Pending));
    let run = &mut detail.collective;
    run.run_state = RunState::Queued;
    run.round = 2;
    run.synthesis_state = SynthesisState::Pending;
    run.consensus_status = ConsensusStatus::Pending;
    run.final_content = None;
    run.content_hash = None;
    detail
}

#[test]
fn a_round_shows_its_columns_before_anything_is_read() {
    let mut state = LiveState::new(queued());
    state.apply(&completed(0), None);
    state.apply(&completed(1), None);
    assert_eq!(state.shown(None), Shown::Round(1));
    state.apply(&RunEvent::RoundFinished { round: 1 }, None);
    assert_eq!(state.shown(None), Shown::Current);
    let review = round_started(2, RoundKind::Review, 10);
    assert_eq!(state.apply(&review, None), Next::Refetch);
    assert_eq!(state.detail.collective.round, 2);
    assert_eq!(state.shown(None), Shown::Round(2));
    let ids: Vec<_> = state
        .members(Shown::Round(2))
        .iter()
        .map(|c| c.id)
        .collect();
    assert_eq!(ids, [member(10), member(11)]);
    state.apply(&started(10, 1), None);
    state.apply(&delta(10, 1, 0, "{"), None);
    assert_eq!(text(&state, 10), "{");
    // A reading from before the round began takes no column away.
    assert!(!state.absorb(queued()));
    assert_eq!(state.shown(Some(1)), Shown::Round(1), "as the address says");
    assert_eq!(
        state.shown(Some(9)),
        Shown::Round(2),
        "there is no such round"
    );
}

#[test]
fn a_stream_of_a_run_that_was_asked_again_begins_with_the_first_round() {
    let mut state = LiveState::new(finished());
    state.renew(asked_again());
    state.listen();
    assert!(!state.is_final());
    let old = RunEvent::SynthesisCompleted {
        agent_registration_id: agent(0),
        tokens_in: None,
        tokens_out: None,
        model_used: None,
    };
    for event in [run_started(), started(0, 1), completed(0), old.clone()] {
        state.apply(&event, None);
    }
    state.apply(&run_finished(), None);
    assert!(!state.is_final(), "more follows in the stream");
    assert_eq!(
        state.detail.collective.synthesis_state,
        SynthesisState::Pending,
        "what was written before no longer stands"
    );
    state.apply(&RunEvent::RoundQueued { round: 2 }, None);
    state.apply(&round_started(2, RoundKind::Revise, 20), None);
    assert_eq!(state.detail.collective.run_state, RunState::Running);
    state.apply(&old, None);
    assert_eq!(
        state.detail.collective.synthesis_state,
        SynthesisState::Completed
    );
}

#[test]
fn an_older_end_does_not_end_another_round() {
    let mut state = LiveState::new(finished());
    state.renew(asked_again());
    assert!(
        !state.absorb(finished()),
        "read before the round was asked for"
    );
    assert!(!state.is_final());
    let mut ended = asked_again();
    ended.collective.run_state = RunState::Finished;
    assert!(state.absorb(ended));
    assert!(state.is_final());
}

#[test]
fn a_page_that_thought_the_run_ended_follows_another_round() {
    let mut state = LiveState::new(finished());
    assert!(state.absorb(asked_again()));
    assert!(!state.is_final());
}

#[test]
fn a_judge_is_told_of_while_it_compares() {
    let mut state = LiveState::new(queued());
    state.apply(&run_started(), None);
    assert_eq!(state.judging.words(), None);
    state.apply(&RunEvent::JudgeStarted { pairs: 3 }, None);
    let one = RunEvent::JudgeCompleted {
        left: member(0),
        right: member(1),
        same: Some(true),
        reason: String::new(),
    };
    state.apply(&one, None);
    state.apply(&one, None);
    let words = state.judging.words().unwrap_or_default();
    assert!(
        words.contains("3 pairs") && words.contains("1 done"),
        "{words}"
    );
    assert_eq!(state.progress(), words);
    state.apply(&run_finished(), None);
    assert_eq!(state.judging.words(), None);
}

#[test]
fn only_an_answer_that_counts_can_be_accepted() {
    let mut detail = finished();
    let mut review = contribution(5);
    review.round = 2;
    review.kind = RoundKind::Review;
    review.readable = true;
    review.is_current = false;
    detail.contributions.push(review);
    let state = LiveState::new(detail);
    let stand: Vec<bool> = state
        .detail
        .contributions
        .iter()
        .map(|c| state.stands(c))
        .collect();
    assert_eq!(stand, [true, true, false]);
}

#[test]
fn a_run_that_is_older_than_rounds_shows_all_its_answers() {
    let mut detail = finished();
    detail.rounds.clear();
    for c in &mut detail.contributions {
        c.is_current = false;
    }
    let state = LiveState::new(detail);
    assert_eq!(state.shown(None), Shown::Current);
    assert_eq!(state.members(Shown::Current).len(), 2);
    assert!(state.detail.contributions.iter().all(|c| state.stands(c)));
}
