//! A reviewer's own judgement, before the agent's opinion is uncovered.

use model::{Caller, NewJudgement, OwnJudgement, ProposalId, Role};
use serde_json::json;

use super::{SUBJECT, cover::is_covered, find, not_open};
use crate::{
    Engine, Error, Result,
    error::{check, require},
};

/// What reviewers judged before the agent's opinion was uncovered, newest
/// first; none as long as it is covered for the caller, who is to judge alone.
pub async fn judgements(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
) -> Result<Vec<OwnJudgement>> {
    require(caller, Role::Viewer)?;
    let read = find(engine, id).await?;
    if is_covered(engine, caller, &read).await? {
        return Ok(Vec::new());
    }
    Ok(engine.store().judgements(id).await?)
}

/// Records what the caller thinks of the answer of this round: once.
pub async fn judge(
    engine: &Engine,
    caller: &Caller,
    id: ProposalId,
    new: NewJudgement,
) -> Result<OwnJudgement> {
    require(caller, Role::Reviewer)?;
    check(&new)?;
    let read = find(engine, id).await?;
    if let Some(error) = not_open(&read) {
        return Err(error);
    }
    let Some(reviewer) = caller.id else {
        return Err(Error::conflict(
            "no_reviewer",
            "only a person or a token can judge",
        ));
    };
    let mut tx = engine.store().begin().await?;
    let written = tx
        .insert_judgement(&read, caller, reviewer, &new)
        .await
        .map_err(|error| {
            if error.is_unique_violation() {
                return Error::conflict(
                    "already_judged",
                    "you have judged this answer already; a judgement is kept as it was made",
                );
            }
            error.into()
        })?;
    let Some(judgement) = written else {
        tx.rollback().await?;
        let now = find(engine, id).await?;
        return Err(not_open(&now).unwrap_or_else(|| {
            Error::conflict(
                "content_changed",
                "another answer stands there now; read it, and judge then",
            )
        }));
    };
    let what = json!({ "verdict": new.verdict, "round": read.round });
    tx.audit(
        caller,
        "proposal.judged",
        Some(read.hub_id),
        SUBJECT,
        id.0,
        what,
    )
    .await?;
    tx.commit().await?;
    Ok(judgement)
}
