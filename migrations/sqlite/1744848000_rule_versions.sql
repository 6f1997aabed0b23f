-- A change made on an older text of a routing policy or a price is refused, as
-- it is for agents and governance policies.

ALTER TABLE model_routing_policies ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE model_prices ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1);
