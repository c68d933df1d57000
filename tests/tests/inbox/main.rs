//! The inbox: what was acknowledged is handled, in order where there is one, and its effects in `Tx` commit once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test may, and its handlers need no documentation"
)]

mod admin;
mod coalescing;
mod duplicates;
mod effects;
mod faults;
mod file;
mod order;
mod place;
mod quarantine;
mod retries;
mod rolling;
mod shutdown;
mod support;
mod tenants;
mod workers;
