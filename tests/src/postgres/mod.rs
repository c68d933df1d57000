//! PostgreSQL for tests: a fresh database on a server that runs already, or a private server that a test may stop, kill
//! and fill up.
//!
//! A test that gets none says so on standard error and passes; with `CI=true` it fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests use it, and fail by it"
)]

mod cluster;
mod database;
mod disk;
mod installed;

use std::{
    io::{self, Write},
    time::Duration,
};

pub use self::{
    cluster::{Cluster, Stop},
    database::Database,
    disk::SmallDisk,
};

/// Nothing here takes so long unless it is broken.
const PATIENCE: Duration = Duration::from_mins(1);

/// Says that a test cannot be run, and why; on a machine that must run them all this is a failure.
fn not_tested(why: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    say(&format!("NOT TESTED: {why}"));
}

/// Writes past the test harness, which shows only what failed.
///
/// # Panics
///
/// When nothing can be written.
pub fn say(line: &str) {
    io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}
