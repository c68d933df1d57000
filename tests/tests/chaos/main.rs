//! PostgreSQL that stops, dies and fills up, and several processes on one inbox.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test may, and its handlers need no documentation"
)]

mod cluster;
