//! Argyle's API from code: subscriptions that follow the handlers, against a local Argyle over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod answers;
mod applied;
mod contended;
mod derived;
mod endpoints;
mod errors;
mod faults;
mod flow;
mod identity;
mod ids;
mod interrupted;
mod lines;
mod odd;
mod owned;
mod plan;
mod secrets;
mod settled;
mod several;
mod store;
mod support;
