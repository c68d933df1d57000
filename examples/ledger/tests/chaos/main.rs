//! The ledger while processes are killed and frozen and PostgreSQL goes away and comes back: right to the cent.
//!
//! `CHAOS_ROUNDS` sets how often each fault comes, for a longer soak.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod bank;
mod books;
mod configuration;
mod faults;
mod killed;
mod ledger;
mod mixed;
mod two;

use std::time::Duration;

/// Nothing waits so long unless it is broken.
const PATIENCE: Duration = Duration::from_mins(5);

/// How often a fault comes: so often in the gate, and as `CHAOS_ROUNDS` says where it is set.
fn rounds(in_the_gate: usize) -> usize {
    std::env::var("CHAOS_ROUNDS").map_or(in_the_gate, |rounds| rounds.parse().unwrap())
}

/// Waits until something is so, and fails with its name when it never is.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let so = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, so).await.unwrap_or_else(|_| panic!("never came: {what}"));
}
