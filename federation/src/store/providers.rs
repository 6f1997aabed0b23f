//! Tests of providers, and their last errors.

use chrono::{DateTime, Utc};
use model::{
    Attempt, Invocation, InvocationId, PageRequest, Provider, ProviderError, ProviderErrorId,
    ProviderTest, ProviderTestId,
};
use sqlx::types::Json;

use super::{Result, Store, Tx, on_db, on_tx};

impl Store {
    /// How many active agents use each provider; none is left out.
    pub async fn active_agents(&self) -> Result<Vec<(Provider, i64)>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, (Provider, i64)>(
            "SELECT provider, count(*) FROM agent_registrations WHERE is_active GROUP BY provider",
        )
        .fetch_all(pool)
        .await?))
    }

    /// The model of the active agent that was changed last, else the one whose
    /// price was; `None` where neither is known.
    pub async fn suggested_model(&self, provider: Provider) -> Result<Option<String>> {
        Ok(on_db!(self, pool => sqlx::query_scalar::<_, String>(
            "SELECT model_name FROM (\
             SELECT model_name, 0 AS place, updated_at FROM agent_registrations WHERE provider = $1 AND is_active \
             UNION ALL SELECT model_name, 1 AS place, updated_at FROM model_prices WHERE provider = $1) AS known \
             ORDER BY place, updated_at DESC, model_name LIMIT 1",
        )
        .bind(provider)
        .fetch_optional(pool)
        .await?))
    }

    pub async fn provider_test(&self, id: ProviderTestId) -> Result<Option<ProviderTest>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ProviderTest>(
            "SELECT * FROM provider_tests WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// `None` where the provider was never tested.
    pub async fn last_provider_test(&self, provider: Provider) -> Result<Option<ProviderTest>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ProviderTest>(
            "SELECT * FROM provider_tests WHERE provider = $1 ORDER BY id DESC LIMIT 1",
        )
        .bind(provider)
        .fetch_optional(pool)
        .await?))
    }

    /// One more than the page's limit, newest first.
    pub async fn provider_errors(
        &self,
        provider: Provider,
        page: PageRequest,
    ) -> Result<Vec<ProviderError>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ProviderError>(
            "SELECT * FROM provider_errors WHERE provider = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(provider)
        .bind(page.before())
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }
}

/// Whose errors are noted.
enum Of {
    Call(InvocationId),
    Test(ProviderTestId),
}

/// The last attempt at each provider, where it failed. What succeeded there
/// after all is no error.
fn last_failures(attempts: &[Attempt]) -> impl Iterator<Item = &Attempt> {
    attempts.iter().enumerate().filter_map(|(place, attempt)| {
        let again = attempts[place + 1..]
            .iter()
            .any(|later| later.provider == attempt.provider);
        (!again && attempt.error_type.is_some()).then_some(attempt)
    })
}

impl Tx {
    /// Writes a test as it stands, before its call.
    pub async fn insert_provider_test(&mut self, test: &ProviderTest) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO provider_tests (id, provider, model_name, asked_by_kind, asked_by_id, asked_by, attempts, outcome, \
             started_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(test.id)
        .bind(test.provider)
        .bind(&test.model_name)
        .bind(test.asked_by_kind)
        .bind(test.asked_by_id)
        .bind(&test.asked_by)
        .bind(Json(&test.attempts))
        .bind(test.outcome)
        .bind(test.started_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Writes how a started test ended, and its error; `false` where it is not
    /// `started` any more.
    pub async fn end_provider_test(&mut self, test: &ProviderTest) -> Result<bool> {
        let ended = on_tx!(self, c => sqlx::query(
            "UPDATE provider_tests SET attempts = $2, outcome = $3, error_type = $4, error = $5, model_used = $6, \
             tokens_in = $7, tokens_out = $8, cost_microusd = $9, ended_at = $10, duration_ms = $11 \
             WHERE id = $1 AND outcome = 'started'",
        )
        .bind(test.id)
        .bind(Json(&test.attempts))
        .bind(test.outcome)
        .bind(&test.error_type)
        .bind(&test.error)
        .bind(&test.model_used)
        .bind(test.tokens_in)
        .bind(test.tokens_out)
        .bind(test.cost_microusd)
        .bind(test.ended_at)
        .bind(test.duration_ms)
        .execute(c)
        .await?
        .rows_affected())
            == 1;
        if ended {
            self.note_failures(Of::Test(test.id), &test.attempts)
                .await?;
        }
        Ok(ended)
    }

    /// Tests that began before `before` and are still open: their server died.
    /// They become `unknown`; gives how many there were.
    pub async fn close_adrift_tests(&mut self, before: DateTime<Utc>, error: &str) -> Result<u64> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query(
            "UPDATE provider_tests SET outcome = 'unknown', error_type = 'unknown', error = $2, ended_at = $3 \
             WHERE outcome = 'started' AND started_at < $1",
        )
        .bind(before)
        .bind(error)
        .bind(now)
        .execute(c)
        .await?
        .rows_affected()))
    }

    /// Notes which providers gave no answer to a call that has ended.
    pub(super) async fn note_provider_errors(&mut self, call: &Invocation) -> Result<()> {
        self.note_failures(Of::Call(call.id), &call.attempts).await
    }

    async fn note_failures(&mut self, of: Of, attempts: &[Attempt]) -> Result<()> {
        let (call, test) = match of {
            Of::Call(call) => (Some(call), None),
            Of::Test(test) => (None, Some(test)),
        };
        let now = self.clock().now();
        for failed in last_failures(attempts) {
            let id: ProviderErrorId = self.clock().id();
            on_tx!(self, c => sqlx::query(
                "INSERT INTO provider_errors (id, provider, model_name, error_type, error, http_status, invocation_id, \
                 provider_test_id, occurred_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(id)
            .bind(failed.provider)
            .bind(&failed.model)
            .bind(failed.error_type.as_deref().unwrap_or_default())
            .bind(failed.error.as_deref().unwrap_or_default())
            .bind(failed.http_status.map(i32::from))
            .bind(call)
            .bind(test)
            .bind(now)
            .execute(c)
            .await?
            .rows_affected());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(provider: Provider, error_type: Option<&str>) -> Attempt {
        Attempt {
            provider,
            model: "m".to_owned(),
            http_status: None,
            error_type: error_type.map(str::to_owned),
            error: None,
            duration_ms: 1,
            first_token_ms: None,
            tokens_in: None,
            tokens_out: None,
            waited_ms: None,
        }
    }

    #[test]
    fn what_counts_is_the_last_attempt_at_each_provider() {
        use Provider::{Gemini, Openai, Openrouter};
        let attempts = [
            attempt(Openai, Some("rate_limited")),
            attempt(Gemini, Some("unavailable")),
            attempt(Openrouter, Some("connection")),
            attempt(Openai, None),
            attempt(Gemini, Some("timeout")),
        ];
        let failed: Vec<_> = last_failures(&attempts)
            .map(|a| (a.provider, a.error_type.as_deref()))
            .collect();
        assert_eq!(
            failed,
            [(Openrouter, Some("connection")), (Gemini, Some("timeout"))]
        );
        assert_eq!(last_failures(&[]).count(), 0);
    }
}
