//! Argyle's API from code: subscriptions that follow the handlers, against a local Argyle over real HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod derived;
