//! What a person decides on a collective proposal.

use model::{
    Caller, Collective, CollectiveDetail, CollectiveId, ContributionId, DecisionStatus,
    FieldChoices, NewCollectiveReview, Role, Verdict,
};
use serde_json::{Map, Value, json};

use super::{SUBJECT, detail, find, rounds};
use crate::{
    Engine, Error, Result, canonical,
    error::{check, require},
    store::collectives::CollectiveSaid,
};

/// Accepts the synthesis, one contribution or field by field, rejects, revises, or takes one's
/// own last decision back. The decision names the hash of what was shown; it
/// is compared in the deciding statement itself.
pub async fn decide(
    engine: &Engine,
    caller: &Caller,
    id: CollectiveId,
    review: NewCollectiveReview,
) -> Result<CollectiveDetail> {
    require(caller, Role::Reviewer)?;
    check(&review)?;
    let collective = find(engine, id).await?;
    if review.verdict == Verdict::Undone {
        undo(engine, caller, &collective, &review).await?;
        return detail(engine, id).await;
    }
    let (decision, content) = resolve(engine, &collective, &review).await?;
    let mut tx = engine.store().begin().await?;
    let decided = tx
        .decide_collective(
            id,
            decision,
            content.as_ref(),
            review.content_hash.as_deref(),
            &caller.name,
        )
        .await?;
    if !decided {
        tx.rollback().await?;
        return Err(why_not(&find(engine, id).await?, &review));
    }
    let shown = review.content_hash.as_deref();
    let said = CollectiveSaid {
        verdict: review.verdict,
        comment: review.comment.as_deref(),
        content_hash: shown.or(collective.content_hash.as_deref()),
        contribution: review.contribution_id,
        fields: review.fields.as_ref(),
        content: content.as_ref(),
    };
    tx.insert_collective_review(id, caller, &said).await?;
    let what = json!({
        "verdict": review.verdict, "contribution_id": review.contribution_id, "fields": review.fields,
    });
    tx.audit(
        caller,
        "collective_proposal.decided",
        Some(collective.hub_id),
        SUBJECT,
        id.0,
        what,
    )
    .await?;
    tx.tell_hub(collective.hub_id, SUBJECT, id.0, decision.as_str())
        .await?;
    tx.commit().await?;
    detail(engine, id).await
}

/// What the verdict makes final; `None` keeps what is there.
async fn resolve(
    engine: &Engine,
    collective: &Collective,
    review: &NewCollectiveReview,
) -> Result<(DecisionStatus, Option<Value>)> {
    if review.verdict != Verdict::Revised && review.revised_content.is_some() {
        return Err(Error::invalid(
            "revised_content",
            "goes with the verdict revised only",
        ));
    }
    if review.verdict != Verdict::Accepted && review.contribution_id.is_some() {
        return Err(Error::invalid(
            "contribution_id",
            "goes with the verdict accepted only",
        ));
    }
    if review.fields.is_some()
        && (review.verdict != Verdict::Accepted || review.contribution_id.is_some())
    {
        return Err(Error::invalid(
            "fields",
            "goes with the verdict accepted only, and without contribution_id",
        ));
    }
    match review.verdict {
        Verdict::Accepted => {
            let content = match (&review.fields, review.contribution_id) {
                (Some(fields), _) => Some(by_field(engine, collective, fields).await?),
                (None, Some(chosen)) => Some(contribution(engine, collective, chosen).await?),
                (None, None) if lacks_synthesis(collective) => {
                    return Err(no_synthesis());
                }
                (None, None) => None,
            };
            Ok((DecisionStatus::Accepted, content))
        }
        Verdict::Rejected => Ok((DecisionStatus::Rejected, None)),
        Verdict::Revised => match &review.revised_content {
            Some(content) if is_filled(content) => Ok((
                DecisionStatus::Revised,
                Some(canonical::strip_nul(content.clone())),
            )),
            _ => Err(Error::invalid(
                "revised_content",
                "is needed with the verdict revised: a JSON object with at least one field, or a text",
            )),
        },
        Verdict::Undone => Err(Error::Internal("undo is handled before".to_owned())),
        Verdict::Commented | Verdict::AnotherRound => Err(Error::invalid(
            "verdict",
            "must be accepted, rejected, revised or undone; another round is asked for at another-round",
        )),
    }
}

/// Finished, open, and nothing to accept but the contributions.
fn lacks_synthesis(collective: &Collective) -> bool {
    collective.final_content.is_none()
        && collective.run_state == model::RunState::Finished
        && collective.decision == DecisionStatus::Pending
}

fn no_synthesis() -> Error {
    Error::conflict(
        "no_synthesis",
        "this run has no synthesis to accept; accept one of the contributions, revise, or reject",
    )
}

fn is_filled(content: &Value) -> bool {
    match content {
        Value::Object(fields) => !fields.is_empty(),
        Value::String(text) => !text.trim().is_empty(),
        _ => false,
    }
}

/// The text that has each field in the words of a contribution, or of the
/// synthesis.
async fn by_field(
    engine: &Engine,
    collective: &Collective,
    fields: &FieldChoices,
) -> Result<Value> {
    if !fields.contains_key("recommendation") {
        return Err(Error::invalid(
            "fields",
            "must say whose recommendation it is; the other fields may be left out",
        ));
    }
    let all = engine.store().contributions(collective.id).await?;
    let contributions = rounds::held(engine, collective.id, &all).await?;
    let mut text = Map::new();
    for (field, choice) in fields {
        let words = match choice {
            None => collective.synthesis_content.as_ref(),
            Some(id) => contributions
                .iter()
                .find(|c| c.id == *id && c.kind.is_opinion())
                .ok_or_else(|| {
                    Error::invalid("fields", format!("{field}: there is no such contribution"))
                })?
                .content
                .as_ref(),
        };
        let words = words
            .and_then(|content| content.get(field))
            .ok_or_else(|| {
                let whose = if choice.is_some() {
                    "that contribution"
                } else {
                    "the synthesis"
                };
                Error::invalid("fields", format!("{field}: {whose} has no such field"))
            })?;
        text.insert(field.clone(), words.clone());
    }
    Ok(Value::Object(text))
}

/// A contribution in place of the synthesis.
async fn contribution(
    engine: &Engine,
    collective: &Collective,
    chosen: ContributionId,
) -> Result<Value> {
    let all = engine.store().contributions(collective.id).await?;
    rounds::held(engine, collective.id, &all)
        .await?
        .into_iter()
        .find(|c| c.id == chosen && c.kind.is_opinion())
        .ok_or_else(|| Error::unknown("contribution", "contribution_id"))?
        .content
        .clone()
        .ok_or_else(|| Error::invalid("contribution_id", "names an agent that gave no answer"))
}

/// Why the deciding statement changed nothing.
fn why_not(collective: &Collective, review: &NewCollectiveReview) -> Error {
    if !collective.run_state.is_final() {
        return Error::conflict(
            "run_not_finished",
            "the agents are still at work; decide when the run has finished",
        );
    }
    if collective.run_state != model::RunState::Finished {
        return Error::conflict(
            "nothing_to_decide",
            "this run ended without anything to decide on; start another one",
        );
    }
    if collective.decision != DecisionStatus::Pending {
        let by = collective.decided_by.as_deref().unwrap_or("somebody");
        return Error::conflict(
            "already_decided",
            format!(
                "this was decided already: {}, by {by}; undo that decision to decide again",
                collective.decision
            ),
        );
    }
    if review.verdict == Verdict::Accepted && lacks_synthesis(collective) {
        return no_synthesis();
    }
    if review.content_hash != collective.content_hash {
        return Error::conflict(
            "content_changed",
            "the content is no longer the one that was shown; load it again, read what changed, and decide then",
        );
    }
    Error::conflict(
        "try_again",
        "somebody else was at it in the same moment; load it again",
    )
}

/// Takes the caller's own decision back, by a compensating record.
async fn undo(
    engine: &Engine,
    caller: &Caller,
    collective: &Collective,
    review: &NewCollectiveReview,
) -> Result<()> {
    let id = collective.id;
    let mut tx = engine.store().begin().await?;
    if !tx.undo_collective(id).await? {
        return Err(Error::conflict(
            "nothing_to_undo",
            "nobody has decided on this yet",
        ));
    }
    let last = tx.last_review(caller).await?;
    let own = last
        .as_ref()
        .is_some_and(|l| l.collective_proposal_id == Some(id) && l.verdict != Verdict::Undone);
    if !own {
        tx.rollback().await?;
        return Err(Error::conflict(
            "not_undoable",
            "only the person who decided can undo it, and only until that person's next decision",
        ));
    }
    let said = CollectiveSaid {
        verdict: Verdict::Undone,
        comment: review.comment.as_deref(),
        content_hash: None,
        contribution: None,
        fields: None,
        content: None,
    };
    tx.insert_collective_review(id, caller, &said).await?;
    tx.audit(
        caller,
        "collective_proposal.undone",
        Some(collective.hub_id),
        SUBJECT,
        id.0,
        json!({}),
    )
    .await?;
    tx.tell_hub(collective.hub_id, SUBJECT, id.0, "finished")
        .await?;
    tx.commit().await?;
    Ok(())
}
