//! PostgreSQL for tests does what tests ask of it; and several versions of an application, or one without connections
//! to spare, on one inbox in it. Where processes are killed and the server goes away is in `examples/ledger`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test may, and its handlers need no documentation"
)]

mod cluster;
mod pool;
mod rolling;
mod support;
