//! Token accounts: reserve before a call, settle after it.

use model::{BudgetAccountId, HubId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Result, Store, Tx, on_db, on_tx};

/// An account as it stands. All numbers are tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Account {
    pub id: BudgetAccountId,
    pub limit_tokens: i64,
    pub reserved_tokens: i64,
    pub spent_tokens: i64,
    pub overdraft_tokens: i64,
    pub closed: bool,
}

impl Account {
    /// What may still be reserved.
    pub fn left(&self) -> i64 {
        if self.closed {
            return 0;
        }
        (self.limit_tokens - self.reserved_tokens - self.spent_tokens).max(0)
    }
}

const COLUMNS: &str = "SELECT id, limit_tokens, reserved_tokens, spent_tokens, overdraft_tokens, \
     closed_at IS NOT NULL AS closed FROM budget_accounts WHERE subject_kind = $1 AND subject_id = $2";

impl Store {
    /// `None`: the subject has no account.
    pub async fn account(&self, kind: &str, subject: Uuid) -> Result<Option<Account>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Account>(COLUMNS)
            .bind(kind)
            .bind(subject)
            .fetch_optional(pool)
            .await?))
    }
}

impl Tx {
    pub async fn insert_account(
        &mut self,
        hub: HubId,
        kind: &str,
        subject: Uuid,
        limit_tokens: i64,
    ) -> Result<BudgetAccountId> {
        let id: BudgetAccountId = self.clock().id();
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO budget_accounts (id, hub_id, subject_kind, subject_id, limit_tokens, reserved_tokens, \
             spent_tokens, overdraft_tokens, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $6)",
        )
        .bind(id)
        .bind(hub)
        .bind(kind)
        .bind(subject)
        .bind(limit_tokens)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(id)
    }

    /// Takes `tokens` in one statement; `false` where fewer are left.
    pub async fn reserve(&mut self, account: BudgetAccountId, tokens: i64) -> Result<bool> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE budget_accounts SET reserved_tokens = reserved_tokens + $2, updated_at = $3 \
             WHERE id = $1 AND closed_at IS NULL AND reserved_tokens + spent_tokens + $2 <= limit_tokens",
        )
        .bind(account)
        .bind(tokens)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected())
            == 1)
    }

    /// Gives back `reserved` and writes `spent`. More than was reserved is an
    /// overdraft, and closes the account.
    pub async fn settle(
        &mut self,
        account: BudgetAccountId,
        reserved: i64,
        spent: i64,
    ) -> Result<()> {
        let now = self.clock().now();
        let over = (spent - reserved).max(0);
        on_tx!(self, c => sqlx::query(
            "UPDATE budget_accounts SET reserved_tokens = reserved_tokens - $2, spent_tokens = spent_tokens + $3, \
             overdraft_tokens = overdraft_tokens + $4, \
             closed_at = CASE WHEN $4 > 0 AND closed_at IS NULL THEN $5 ELSE closed_at END, updated_at = $5 WHERE id = $1",
        )
        .bind(account)
        .bind(reserved)
        .bind(spent)
        .bind(over)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}
