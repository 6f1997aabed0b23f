//! What models cost.

use model::{ModelPrice, ModelPriceId, PageRequest, PriceFilter, Provider, UnpricedModel};

use super::{Result, Store, Tx, on_db, on_tx};

impl Store {
    /// US dollars per million tokens, in and out; `None`: no price is known.
    pub async fn model_price(
        &self,
        provider: Provider,
        model_name: &str,
    ) -> Result<Option<(f64, f64)>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, (f64, f64)>(
            "SELECT input_usd_per_million, output_usd_per_million FROM model_prices WHERE provider = $1 AND model_name = $2",
        )
        .bind(provider)
        .bind(model_name)
        .fetch_optional(pool)
        .await?))
    }

    /// One more than the page's limit, newest first.
    pub async fn model_prices(
        &self,
        filter: &PriceFilter,
        page: PageRequest,
    ) -> Result<Vec<ModelPrice>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ModelPrice>(
            "SELECT * FROM model_prices WHERE ($1 IS NULL OR provider = $1) AND ($2 IS NULL OR id < $2) \
             AND id IS NOT NULL ORDER BY id DESC LIMIT $3",
        )
        .bind(filter.provider)
        .bind(page.after)
        .bind(page.limit + 1)
        .fetch_all(pool)
        .await?))
    }

    pub async fn price(&self, id: ModelPriceId) -> Result<Option<ModelPrice>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, ModelPrice>(
            "SELECT * FROM model_prices WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(pool)
        .await?))
    }

    /// Models of active agents without a price, by provider and name.
    pub async fn unpriced_models(&self, limit: i64) -> Result<Vec<UnpricedModel>> {
        Ok(on_db!(self, pool => sqlx::query_as::<_, UnpricedModel>(
            "SELECT a.provider AS provider, a.model_name AS model_name, count(*) AS agents FROM agent_registrations a \
             LEFT JOIN model_prices m ON m.provider = a.provider AND m.model_name = a.model_name \
             WHERE a.is_active AND m.provider IS NULL GROUP BY a.provider, a.model_name \
             ORDER BY a.provider, a.model_name LIMIT $1",
        )
        .bind(limit)
        .fetch_all(pool)
        .await?))
    }
}

impl Tx {
    pub async fn insert_price(&mut self, price: &ModelPrice) -> Result<()> {
        on_tx!(self, c => sqlx::query(
            "INSERT INTO model_prices (id, provider, model_name, input_usd_per_million, output_usd_per_million, version, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(price.id)
        .bind(price.provider)
        .bind(&price.model_name)
        .bind(price.input_usd_per_million)
        .bind(price.output_usd_per_million)
        .bind(price.version)
        .bind(price.updated_at)
        .execute(c)
        .await?
        .rows_affected());
        Ok(())
    }

    /// Raises the version; `None` where the price is gone or at another
    /// version than `before`.
    pub async fn set_price(
        &mut self,
        id: ModelPriceId,
        input: f64,
        output: f64,
        before: i32,
    ) -> Result<Option<ModelPrice>> {
        let now = self.clock().now();
        Ok(on_tx!(self, c => sqlx::query_as::<_, ModelPrice>(
            "UPDATE model_prices SET input_usd_per_million = $2, output_usd_per_million = $3, updated_at = $4, \
             version = version + 1 WHERE id = $1 AND version = $5 RETURNING *",
        )
        .bind(id)
        .bind(input)
        .bind(output)
        .bind(now)
        .bind(before)
        .fetch_optional(c)
        .await?))
    }

    /// The deleted row; `None` where there was none.
    pub async fn delete_price(&mut self, id: ModelPriceId) -> Result<Option<ModelPrice>> {
        Ok(on_tx!(self, c => sqlx::query_as::<_, ModelPrice>(
            "DELETE FROM model_prices WHERE id = $1 RETURNING *",
        )
        .bind(id)
        .fetch_optional(c)
        .await?))
    }
}
