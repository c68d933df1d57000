-- Times are microseconds since 1970. Nothing references by foreign keys: what belongs together is removed together.

CREATE TABLE switchhook.queue (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (id < 65536),
  endpoint TEXT NOT NULL,
  consumer TEXT NOT NULL,
  UNIQUE (endpoint, consumer)
);

-- Numbers are given before the commit and some are never used; what is stored later than another has a higher one.
CREATE SEQUENCE switchhook.delivery_seq;

-- Written once, never updated. The ids begin with the time: their index finds what is old, and grows at its end.
CREATE TABLE switchhook.delivery (
  seq BIGINT PRIMARY KEY,
  id UUID NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  tenant TEXT,
  event TEXT NOT NULL,
  provider_id TEXT,
  received_at BIGINT NOT NULL,
  signed BOOLEAN NOT NULL
);

-- The bytes of a delivery, which go before its row does. Where `data` is no part of the body, it stands by itself.
CREATE TABLE switchhook.content (
  delivery BIGINT PRIMARY KEY,
  headers BYTEA NOT NULL,
  body BYTEA NOT NULL,
  data_start BIGINT NOT NULL,
  data_end BIGINT NOT NULL,
  data BYTEA
);

-- A consumer's work on a delivery; its number is the delivery's << 16 | the queue's. States: 0 ready, 1 running, 2 waiting in its lane, 3 done, 4 dead, 5 discarded. Each piece is changed twice at least: what
-- is left of that is cleared away early and often.
CREATE TABLE switchhook.work (
  seq BIGINT PRIMARY KEY,
  due BIGINT NOT NULL,
  token BIGINT NOT NULL DEFAULT 0,
  started BIGINT,
  lease_until BIGINT,
  queue BIGINT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  replays INTEGER NOT NULL DEFAULT 0,
  state SMALLINT NOT NULL,
  lane TEXT
) WITH (
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX work_ready ON switchhook.work (queue, due, seq) WHERE state = 0;
CREATE INDEX work_leased ON switchhook.work (lease_until) WHERE state = 1;
CREATE INDEX work_lane ON switchhook.work (queue, lane, seq) WHERE lane IS NOT NULL AND state < 3;
-- At most one in a lane is ready or runs.
CREATE UNIQUE INDEX work_active ON switchhook.work (queue, lane) WHERE lane IS NOT NULL AND state < 2;
CREATE INDEX work_dead ON switchhook.work (queue, seq) WHERE state = 4;

CREATE TABLE switchhook.attempt (
  work BIGINT NOT NULL,
  replay INTEGER NOT NULL,
  number INTEGER NOT NULL,
  started BIGINT NOT NULL,
  duration BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  error TEXT,
  PRIMARY KEY (work, replay, number)
);

-- By what a repetition is recognised; it outlives the delivery.
CREATE TABLE switchhook.key (
  key BYTEA PRIMARY KEY,
  delivery BIGINT NOT NULL,
  received_at BIGINT NOT NULL
);

-- Deliveries without a handler; those that are wanted run as soon as there is one. With its key, which goes with it: what
-- never ran must not keep another from being stored.
CREATE TABLE switchhook.unrouted (
  delivery BIGINT PRIMARY KEY,
  received_at BIGINT NOT NULL,
  key BYTEA,
  wanted BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX unrouted_received ON switchhook.unrouted (received_at);
CREATE INDEX unrouted_wanted ON switchhook.unrouted (delivery) WHERE wanted;

-- Requests that were refused.
CREATE TABLE switchhook.quarantine (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  endpoint TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  uri TEXT NOT NULL,
  headers BYTEA NOT NULL,
  body BYTEA NOT NULL,
  size BIGINT GENERATED ALWAYS AS (octet_length(uri) + octet_length(headers) + octet_length(body)) STORED
);
CREATE INDEX quarantine_of_endpoint ON switchhook.quarantine (endpoint, seq);
