//! Tools for testing handlers, extractors and whole applications (feature `testing`).
//!
//! | to test | use |
//! | --- | --- |
//! | a handler | call it: it is an ordinary function |
//! | an extractor | [`delivery`] and [`FromDelivery::from_delivery`](crate::FromDelivery::from_delivery) |
//! | verification, routing and answers | [`request`] and [`Client`] |
//! | a provider of your own | [`incoming`] |
//! | what depends on the time | [`TestClock`] |
//! | what a crash leaves behind | [`kill_at`] |
//! | what a full disk does | [`limit_pages`] |

mod client;
mod clock;
mod delivery;
mod full;
mod incoming;
mod kill;
mod sender;

pub use client::{Answer, Client};
pub use clock::TestClock;
pub use delivery::{DeliveryBuilder, delivery};
pub use full::limit_pages;
pub use incoming::incoming;
pub use kill::kill_at;
pub use sender::{Sender, request, request_at};
