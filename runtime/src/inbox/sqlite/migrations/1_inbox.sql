-- Times are microseconds since 1970. Nothing references by foreign keys: what belongs together is removed together.

CREATE TABLE switchhook_queue (
  id INTEGER PRIMARY KEY CHECK (id < 65536),
  endpoint TEXT NOT NULL,
  consumer TEXT NOT NULL,
  UNIQUE (endpoint, consumer)
) STRICT;

-- Written once, never updated. No number is given twice, so that a worker that comes back late meets no stranger.
-- The ids begin with the time: their index finds what is old, and grows at its end.
CREATE TABLE switchhook_delivery (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  event TEXT NOT NULL,
  provider_id TEXT,
  received_at INTEGER NOT NULL,
  signed INTEGER NOT NULL
) STRICT;

-- The bytes of a delivery, which go before its row does. Where `data` is no part of the body, it stands by itself.
CREATE TABLE switchhook_content (
  delivery INTEGER PRIMARY KEY,
  headers BLOB NOT NULL,
  body BLOB NOT NULL,
  data_start INTEGER NOT NULL,
  data_end INTEGER NOT NULL,
  data BLOB
) STRICT;

-- A consumer's work on a delivery; its number is made of the delivery's and the queue's. States: 0 ready, 1 running, 2 waiting in its lane, 3 done, 4 dead, 5 discarded.
CREATE TABLE switchhook_work (
  seq INTEGER PRIMARY KEY,
  delivery INTEGER GENERATED ALWAYS AS (seq >> 16) VIRTUAL,
  queue INTEGER NOT NULL,
  lane TEXT,
  state INTEGER NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  replays INTEGER NOT NULL DEFAULT 0,
  token INTEGER NOT NULL DEFAULT 0,
  started INTEGER,
  lease_until INTEGER
) STRICT;
CREATE INDEX switchhook_work_ready ON switchhook_work (queue, due, seq) WHERE state = 0;
CREATE INDEX switchhook_work_leased ON switchhook_work (lease_until) WHERE state = 1;
CREATE INDEX switchhook_work_lane ON switchhook_work (queue, lane, seq) WHERE lane IS NOT NULL AND state < 3;
-- At most one in a lane: it tells whether the lane is in use without going through what waits in it.
CREATE INDEX switchhook_work_active ON switchhook_work (queue, lane) WHERE lane IS NOT NULL AND state < 2;
CREATE INDEX switchhook_work_dead ON switchhook_work (queue, seq) WHERE state = 4;

CREATE TABLE switchhook_attempt (
  work INTEGER NOT NULL,
  replay INTEGER NOT NULL,
  number INTEGER NOT NULL,
  started INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  error TEXT,
  PRIMARY KEY (work, replay, number)
) STRICT, WITHOUT ROWID;

-- By what a repetition is recognised; it outlives the delivery.
CREATE TABLE switchhook_key (
  key BLOB PRIMARY KEY,
  delivery INTEGER NOT NULL,
  received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Deliveries without a handler; those that are wanted run as soon as there is one. With its key, which goes with it: what
-- never ran must not keep another from being stored.
CREATE TABLE switchhook_unrouted (
  delivery INTEGER PRIMARY KEY,
  received_at INTEGER NOT NULL,
  key BLOB,
  wanted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX switchhook_unrouted_received ON switchhook_unrouted (received_at);
CREATE INDEX switchhook_unrouted_wanted ON switchhook_unrouted (delivery) WHERE wanted = 1;

-- Requests that were refused.
CREATE TABLE switchhook_quarantine (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  uri TEXT NOT NULL,
  headers BLOB NOT NULL,
  body BLOB NOT NULL,
  size INTEGER GENERATED ALWAYS AS (length(uri) + length(headers) + length(body)) STORED
) STRICT;
CREATE INDEX switchhook_quarantine_of_endpoint ON switchhook_quarantine (endpoint, seq);
-- Tells how much there is without reading it.
CREATE INDEX switchhook_quarantine_size ON switchhook_quarantine (seq, size);
