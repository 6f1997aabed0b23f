//! Token accounts: reserve before a call, settle after it.

use model::{BudgetAccountId, CollectiveId, DelegationId, HubId, ProposalId};
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
    /// Handed to accounts below: the sum of their limits.
    pub granted_tokens: i64,
    pub closed: bool,
    pub parent_id: Option<BudgetAccountId>,
}

impl Account {
    /// What may still be held for calls or handed on.
    pub fn left(&self) -> i64 {
        if self.closed {
            return 0;
        }
        (self.limit_tokens - self.reserved_tokens - self.spent_tokens - self.granted_tokens).max(0)
    }
}

/// What is read of an account, once.
macro_rules! select_account {
    ($rest:literal) => {
        concat!(
            "SELECT id, limit_tokens, reserved_tokens, spent_tokens, overdraft_tokens, granted_tokens, \
             closed_at IS NOT NULL AS closed, parent_id FROM budget_accounts ",
            $rest
        )
    };
}

impl Store {
    /// `None`: the subject has no account.
    pub async fn account(&self, kind: &str, subject: Uuid) -> Result<Option<Account>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Account>(
            select_account!("WHERE subject_kind = $1 AND subject_id = $2"),
        )
        .bind(kind)
        .bind(subject)
        .fetch_optional(pool)
        .await?))
    }

    /// The account from which a proposal's calls and delegations draw: of the
    /// delegation whose result it is, else its own.
    pub async fn account_of_proposal(&self, id: ProposalId) -> Result<Option<Account>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Account>(
            select_account!(
                "WHERE (subject_kind = 'proposal' AND subject_id = $1) OR (subject_kind = 'delegation' \
                 AND subject_id = (SELECT d.id FROM agent_delegations d WHERE d.result_proposal_id = $1))"
            ),
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// What a run may still use; 0 where its account is closed.
    pub async fn run_tokens_left(&self, id: CollectiveId) -> Result<i64> {
        let account = on_db!(self, pool => sqlx::query_as::<_, Account>(
            select_account!("WHERE subject_kind = 'collective_proposal' AND subject_id = $1"),
        )
        .bind(id)
        .fetch_optional(pool)
        .await?);
        Ok(account.map_or(0, |account| account.left()))
    }

    /// What an account may still hold for calls or hand on.
    pub async fn account_left(&self, id: BudgetAccountId) -> Result<i64> {
        let account = on_db!(self, pool => sqlx::query_as::<_, Account>(
            select_account!("WHERE id = $1"),
        )
        .bind(id)
        .fetch_one(pool)
        .await?);
        Ok(account.left())
    }

    /// The account that an account's chain began with.
    pub async fn chain_of(&self, id: BudgetAccountId) -> Result<BudgetAccountId> {
        Ok(on_db!(self, pool => sqlx::query_scalar(
            "SELECT coalesce(root_id, id) FROM budget_accounts WHERE id = $1",
        )
        .bind(id)
        .fetch_one(pool)
        .await?))
    }

    /// An account and all accounts below it.
    pub async fn accounts_of_chain(&self, root: BudgetAccountId) -> Result<Vec<Account>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, Account>(
            select_account!("WHERE id = $1 OR root_id = $1 ORDER BY id"),
        )
        .bind(root)
        .fetch_all(pool)
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

    /// Locks the chain to which an account belongs. Whatever touches an account
    /// takes its chain's first one before, and tells the chain's followers
    /// after it: no two then wait for each other.
    pub async fn lock_chain(&mut self, account: BudgetAccountId) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE budget_accounts SET updated_at = $2 \
             WHERE id = (SELECT coalesce(b.root_id, b.id) FROM budget_accounts b WHERE b.id = $1)",
        )
        .bind(account)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        self.renew_held().await
    }

    /// An account, as this transaction sees it.
    pub async fn account_now(&mut self, id: BudgetAccountId) -> Result<Account> {
        Ok(on_tx!(self, c => sqlx::query_as::<_, Account>(
            select_account!("WHERE id = $1"),
        )
        .bind(id)
        .fetch_one(c)
        .await?))
    }

    /// Hands `tokens` of an account to a new one below it, for a delegation.
    /// `None` where fewer are left.
    pub async fn grant(
        &mut self,
        parent: BudgetAccountId,
        delegation: DelegationId,
        tokens: i64,
    ) -> Result<Option<BudgetAccountId>> {
        self.lock_chain(parent).await?;
        let now = self.clock().now();
        let taken = on_tx!(self, c => sqlx::query(
            "UPDATE budget_accounts SET granted_tokens = granted_tokens + $2, updated_at = $3 WHERE id = $1 \
             AND closed_at IS NULL AND reserved_tokens + spent_tokens + granted_tokens + $2 <= limit_tokens",
        )
        .bind(parent)
        .bind(tokens)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        if taken != 1 {
            return Ok(None);
        }
        let id: BudgetAccountId = self.clock().id();
        on_tx!(self, c => sqlx::query(
            "INSERT INTO budget_accounts (id, hub_id, parent_id, root_id, subject_kind, subject_id, limit_tokens, \
             reserved_tokens, spent_tokens, overdraft_tokens, granted_tokens, created_at, updated_at) \
             SELECT $1, b.hub_id, b.id, coalesce(b.root_id, b.id), 'delegation', $3, $4, 0, 0, 0, 0, $5, $5 \
             FROM budget_accounts b WHERE b.id = $2",
        )
        .bind(id)
        .bind(parent)
        .bind(delegation)
        .bind(tokens)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(Some(id))
    }

    /// Closes a delegation's account. What it had left goes to the next open
    /// account above it, or to the chain's first one; gives how much that was.
    pub async fn close_account(&mut self, id: BudgetAccountId) -> Result<i64> {
        self.lock_chain(id).await?;
        let account = self.account_now(id).await?;
        if account.closed {
            return Ok(0);
        }
        let rest = account.left();
        let mut from = account;
        while let Some(parent) = from.parent_id {
            self.hand_back(from.id, parent, rest).await?;
            from = self.account_now(parent).await?;
            if !from.closed {
                break;
            }
        }
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE budget_accounts SET closed_at = $2, updated_at = $2 WHERE id = $1",
        )
        .bind(id)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(rest)
    }

    async fn hand_back(
        &mut self,
        from: BudgetAccountId,
        to: BudgetAccountId,
        tokens: i64,
    ) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE budget_accounts SET limit_tokens = limit_tokens - CASE WHEN id = $1 THEN $3 ELSE 0 END, \
             granted_tokens = granted_tokens - CASE WHEN id = $2 THEN $3 ELSE 0 END, updated_at = $4 WHERE id IN ($1, $2)",
        )
        .bind(from)
        .bind(to)
        .bind(tokens)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Takes `tokens` in one statement; `false` where fewer are left.
    pub async fn reserve(&mut self, account: BudgetAccountId, tokens: i64) -> Result<bool> {
        self.lock_chain(account).await?;
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE budget_accounts SET reserved_tokens = reserved_tokens + $2, updated_at = $3 \
             WHERE id = $1 AND closed_at IS NULL AND reserved_tokens + spent_tokens + granted_tokens + $2 <= limit_tokens",
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
    /// overdraft, and closes the whole chain: nobody above had granted it.
    pub async fn settle(
        &mut self,
        account: BudgetAccountId,
        reserved: i64,
        spent: i64,
    ) -> Result<()> {
        let now = self.clock().now();
        let over = (spent - reserved).max(0);
        self.lock_chain(account).await?;
        on_tx!(self, c => sqlx::query(
            "UPDATE budget_accounts SET reserved_tokens = reserved_tokens - $2, spent_tokens = spent_tokens + $3, \
             overdraft_tokens = overdraft_tokens + $4, \
             updated_at = $5 WHERE id = $1",
        )
        .bind(account)
        .bind(reserved)
        .bind(spent)
        .bind(over)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        if over > 0 {
            self.close_chain(account).await?;
        }
        Ok(())
    }

    async fn close_chain(&mut self, account: BudgetAccountId) -> Result<()> {
        let now = self.clock().now();
        on_tx!(self, c => sqlx::query(
            "UPDATE budget_accounts SET closed_at = $2, updated_at = $2 WHERE closed_at IS NULL AND (\
             id = (SELECT coalesce(b.root_id, b.id) FROM budget_accounts b WHERE b.id = $1) \
             OR root_id = (SELECT coalesce(b.root_id, b.id) FROM budget_accounts b WHERE b.id = $1))",
        )
        .bind(account)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }
}
