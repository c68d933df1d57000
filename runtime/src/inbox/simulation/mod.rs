//! A simulation that tries to break the inbox.
//!
//! The real ingest and the real worker run on a [model](model) of a store, with time that stands still unless somebody
//! waits for it. Processes end at any await, stand still and come back, calls to the store are late, fail before they are
//! committed or behind that, the store's clock is set, programs of other generations come and go. Meanwhile [laws](laws)
//! are looked at that must hold whatever happens, and when everything has been let run out.
//!
//! A seed decides all that happens, so what was found once is found again:
//!
//! ```sh
//! SEEDS=10000 cargo test --release -p switchhook --features sqlite,testing simulation
//! SEED=7 cargo test -p switchhook --features sqlite,testing simulation::tests::no_law -- --nocapture
//! ```
//!
//! The first looks at so many seeds, the second prints everything that happens in one.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod bugs;
mod chaos;
mod clock;
mod faults;
mod handlers;
mod laws;
mod life;
mod model;
mod process;
mod regressions;
mod senders;
mod tests;
mod trace;
mod world;
