//! Argyle's API from code: subscriptions that follow the handlers, against a local Argyle over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod applied;
mod derived;
mod errors;
mod faults;
mod flow;
mod identity;
mod interrupted;
mod odd;
mod owned;
mod plan;
mod secrets;
mod settled;
mod several;
mod store;
mod support;
