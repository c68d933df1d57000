//! Every provider over a real endpoint: from the bytes of an HTTP request to the answer and what the handler got.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod desk;
mod letter;
mod nothing;
mod properties;
mod schemes;
mod secrets;
mod vectors;
mod ways;
mod wrong;
