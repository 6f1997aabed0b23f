//! Budgets: what a chain of calls may use, held before each call.

use model::BudgetAccountId;

use crate::{
    Result,
    bridge::{BridgeError, BridgeErrorKind},
    store::Tx,
};

/// Holds `tokens` for a call; the error says what the call needs.
pub(crate) async fn reserve(
    tx: &mut Tx,
    account: BudgetAccountId,
    tokens: i64,
) -> Result<Result<(), BridgeError>> {
    if tx.reserve(account, tokens).await? {
        return Ok(Ok(()));
    }
    let left = tx.account_now(account).await?.left();
    Ok(Err(BridgeError::new(
        BridgeErrorKind::BudgetExceeded,
        format!(
            "The token budget of this work does not cover the call: it needs {tokens} tokens (prompt with a margin, and the longest answer), {left} are left. Nothing was sent. Start it with a shorter text, or ask for fewer agents."
        ),
    )))
}

/// The prompt alone does not fit.
pub(crate) fn too_small(needed: i64, left: i64) -> BridgeError {
    BridgeError::new(
        BridgeErrorKind::BudgetExceeded,
        format!(
            "The token budget does not cover the question: it needs at least {needed} tokens, {left} are left. Nothing was sent. Give it a larger budget, or a shorter subtask."
        ),
    )
}

/// Tokens to count as spent: what the provider reported; where it reported
/// nothing, the estimate, which never exceeds what was held.
pub(crate) fn spent(reported: Option<i64>, estimate: i64, reserved: i64) -> i64 {
    match reported {
        Some(tokens) => tokens.max(0),
        None => estimate.clamp(0, reserved),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_estimate_is_never_an_overdraft(estimate in any::<i64>(), reserved in 0_i64..1_000_000) {
            let counted = spent(None, estimate, reserved);
            prop_assert!((0..=reserved).contains(&counted));
        }
    }
}
