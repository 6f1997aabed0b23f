-- What a routing policy may demand, prices that a steward edits, and whether a
-- hub asks the next candidate where a provider is down or out of credit.

-- Micro US dollars for 1,000 tokens, against the dearer of the two prices.
ALTER TABLE model_routing_policies ADD COLUMN max_cost_microusd_per_1k INTEGER CHECK (max_cost_microusd_per_1k >= 0);
ALTER TABLE model_routing_policies ADD COLUMN required_capabilities TEXT NOT NULL DEFAULT '[]' CHECK (json_type(required_capabilities) = 'array');
ALTER TABLE model_routing_policies ADD COLUMN min_trust_level TEXT CHECK (min_trust_level IN ('advisory', 'elevated', 'autonomous'));

ALTER TABLE hubs ADD COLUMN routing_fallback INTEGER NOT NULL DEFAULT FALSE CHECK (routing_fallback IN (FALSE, TRUE));

-- A price gets an id, by which the API names it.
ALTER TABLE model_prices ADD COLUMN id BLOB;
UPDATE model_prices SET id = randomblob(16);
CREATE UNIQUE INDEX model_prices_id ON model_prices (id);
-- Which models the agents use, to find those without a price.
CREATE INDEX agent_registrations_model ON agent_registrations (provider, model_name);
