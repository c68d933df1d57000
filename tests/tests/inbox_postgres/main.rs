//! The same tests of the inbox as in SQLite, in PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test may, and its handlers need no documentation"
)]

#[path = "../inbox/admin.rs"]
mod admin;
#[path = "../inbox/coalescing.rs"]
mod coalescing;
#[path = "../inbox/duplicates.rs"]
mod duplicates;
#[path = "../inbox/effects.rs"]
mod effects;
#[path = "../inbox/order.rs"]
mod order;
mod place;
#[path = "../inbox/quarantine.rs"]
mod quarantine;
#[path = "../inbox/retries.rs"]
mod retries;
#[path = "../inbox/rolling.rs"]
mod rolling;
#[path = "../inbox/shutdown.rs"]
mod shutdown;
#[path = "../inbox/support.rs"]
mod support;
#[path = "../inbox/tenants.rs"]
mod tenants;
#[path = "../inbox/workers.rs"]
mod workers;
