//! Decide first: nothing that is covered can be read anywhere.

use federation::{
    inbox,
    live::{Follow, subscribe_proposal},
    proposals, reviews,
};
use futures::StreamExt;
use model::*;
use serde::Serialize;
use serde_json::json;

use super::desk::*;
use crate::{common::TestStore, point::*, support::*};

both_engines!(
    nothing_covered_is_to_be_read,
    a_decision_waits_for_the_own_judgement,
    another_round_is_to_be_judged_anew,
    hubs_without_it_cover_nothing,
);

/// What the agent says of its own answer; nowhere else in it.
const SECRET: &str = "zebra crossing";
const SURE: f64 = 0.8125;

fn secretive() -> std::sync::Arc<ScriptBridge> {
    ScriptBridge::new(|request, _| {
        let mut answer = answer_of(point_of(&request.prompt));
        answer["recommendation"] = json!(SECRET);
        answer["confidence"] = json!(SURE);
        Plan::text(&answer.to_string())
    })
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// Everything that the caller can read about the proposal.
async fn readings(desk: &Desk, who: &Caller, id: ProposalId) -> Vec<(&'static str, String)> {
    let engine = &desk.engine;
    let page = PageRequest::default();
    let mut all = vec![
        ("get", text(&proposals::get(engine, who, id).await.unwrap())),
        (
            "wait",
            text(&proposals::wait(engine, who, id).await.unwrap()),
        ),
        (
            "list",
            text(
                &proposals::list(engine, who, ProposalFilter::default(), page)
                    .await
                    .unwrap(),
            ),
        ),
        (
            "answers",
            text(&proposals::answers(engine, who, id).await.unwrap()),
        ),
        (
            "detail",
            text(&reviews::detail(engine, who, id).await.unwrap()),
        ),
        (
            "reviews",
            text(&reviews::list(engine, who, id).await.unwrap()),
        ),
        (
            "confidence",
            text(&reviews::annotations(engine, who, id).await.unwrap()),
        ),
        (
            "judgements",
            text(&reviews::judgements(engine, who, id).await.unwrap()),
        ),
    ];
    for sort in InboxSort::ALL.iter().copied() {
        let filter = InboxFilter {
            sort,
            ..InboxFilter::default()
        };
        let page = inbox::list(engine, who, &filter, None, 1).await.unwrap();
        all.push(("inbox", text(&page)));
    }
    let work = federation::agents::work(engine, who, desk.place.agent.id, page).await;
    all.push(("agent's work", text(&work.unwrap())));
    if let Follow::Stream(events) = subscribe_proposal(engine, who, id, None).await.unwrap() {
        let events: Vec<LiveEvent> = events
            .take_while(|event| futures::future::ready(event.name != "run.finished"))
            .collect()
            .await;
        all.push(("events", text(&events)));
    }
    all
}

fn leaks(readings: &[(&'static str, String)]) -> Vec<&'static str> {
    readings
        .iter()
        .filter(|(_, said)| said.contains(SECRET) || said.contains(&SURE.to_string()))
        .map(|(path, _)| *path)
        .collect()
}

async fn nothing_covered_is_to_be_read(store: TestStore) {
    let desk = desk_with(&store, secretive()).await;
    desk.decide_first().await;
    let asked = desk.ask(POINT).await;
    let other = desk.ask(POINT).await;
    // A revision that was undone holds the opinion too.
    let mut whole = desk.get(asked.id).await.content.unwrap();
    whole["title"] = json!("Mine");
    judge(&desk, &admin(), asked.id).await;
    desk.decide(&admin(), asked.id, revised(whole))
        .await
        .unwrap();
    desk.decide(&admin(), asked.id, verdict(Verdict::Undone))
        .await
        .unwrap();
    let viewer = person("Vi", Role::Viewer);
    for who in [&bo(), &viewer] {
        let all = readings(&desk, who, asked.id).await;
        assert_eq!(leaks(&all), [""; 0], "{}", who.name);
        assert!(
            proposals::get(&desk.engine, who, asked.id)
                .await
                .unwrap()
                .covered
        );
        let detail = reviews::detail(&desk.engine, who, asked.id).await.unwrap();
        assert!(detail.annotations.is_empty());
        assert!(detail.proposal.content.unwrap()["body"].is_string());
    }
    // The same places tell it to who has judged this one, and to all who look
    // at a decided one.
    judge(&desk, &bo(), asked.id).await;
    let read = reviews::detail(&desk.engine, &bo(), asked.id)
        .await
        .unwrap();
    assert!(!read.proposal.covered);
    assert_eq!(read.proposal.confidence, Some(SURE));
    assert!(text(&read).contains(SECRET));
    assert!(read.own_judgement.is_some());
    let still = proposals::get(&desk.engine, &bo(), other.id).await.unwrap();
    assert!(still.covered);
    desk.decide(&bo(), asked.id, verdict(Verdict::Rejected))
        .await
        .unwrap();
    let decided = proposals::get(&desk.engine, &viewer, asked.id)
        .await
        .unwrap();
    assert_eq!((decided.covered, decided.confidence), (false, Some(SURE)));
    desk.engine.shutdown().await;
}

async fn judge(desk: &Desk, who: &Caller, id: ProposalId) {
    reviews::judge(&desk.engine, who, id, own()).await.unwrap();
}

fn own() -> NewJudgement {
    NewJudgement {
        verdict: Judgement::Rejected,
        score: Some(0.5),
        rationale: Some("Too early.".to_owned()),
    }
}

async fn a_decision_waits_for_the_own_judgement(store: TestStore) {
    let desk = desk(&store).await;
    desk.decide_first().await;
    let asked = desk.ask(POINT).await;
    for review in [
        shown(&asked, Verdict::Accepted),
        shown(&asked, Verdict::Rejected),
        revised(json!({ "title": "T", "body": "B" })),
    ] {
        assert_eq!(desk.refused(&bo(), asked.id, review).await, "judge_first");
    }
    let comment = NewProposalReview {
        comment: Some("Hm.".to_owned()),
        ..verdict(Verdict::Commented)
    };
    desk.decide(&bo(), asked.id, comment).await.unwrap();
    judge(&desk, &bo(), asked.id).await;
    let twice = reviews::judge(&desk.engine, &bo(), asked.id, own()).await;
    assert_eq!(twice.unwrap_err().code(), "already_judged");
    // One's judgement is nobody else's.
    let code = desk
        .refused(&admin(), asked.id, shown(&asked, Verdict::Accepted))
        .await;
    assert_eq!(code, "judge_first");
    desk.decide(&bo(), asked.id, shown(&asked, Verdict::Accepted))
        .await
        .unwrap();
    let late = reviews::judge(&desk.engine, &admin(), asked.id, own()).await;
    assert_eq!(late.unwrap_err().code(), "already_decided");
    desk.engine.shutdown().await;
}

async fn another_round_is_to_be_judged_anew(store: TestStore) {
    let desk = desk_with(&store, secretive()).await;
    desk.decide_first().await;
    let asked = desk.ask(POINT).await;
    judge(&desk, &bo(), asked.id).await;
    let queued = proposals::another_round(
        &desk.engine,
        &bo(),
        asked.id,
        NewInvocation::default(),
        None,
    )
    .await
    .unwrap();
    assert!(!text(&queued).contains(SECRET));
    answered(&desk.engine, asked.id).await;
    let all = readings(&desk, &bo(), asked.id).await;
    assert_eq!(leaks(&all), [""; 0]);
    let code = desk
        .refused(&bo(), asked.id, verdict(Verdict::Accepted))
        .await;
    assert_eq!(code, "judge_first");
    judge(&desk, &bo(), asked.id).await;
    desk.decide(&bo(), asked.id, verdict(Verdict::Accepted))
        .await
        .unwrap();
    desk.engine.shutdown().await;
}

async fn hubs_without_it_cover_nothing(store: TestStore) {
    let desk = desk_with(&store, secretive()).await;
    let asked = desk.ask(POINT).await;
    let all = readings(&desk, &bo(), asked.id).await;
    let told = leaks(&all);
    for path in ["get", "list", "answers", "detail", "confidence", "inbox"] {
        assert!(told.contains(&path), "{path} says nothing: {told:?}");
    }
    desk.engine.shutdown().await;
}
