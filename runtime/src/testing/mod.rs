//! Tools for testing handlers, extractors and whole applications (feature `testing`).
//!
//! | to test | use |
//! | --- | --- |
//! | a handler | call it: it is an ordinary function |
//! | an extractor | [`delivery`] and [`FromDelivery::from_delivery`](crate::FromDelivery::from_delivery) |
//! | verification, routing and answers | [`request`] and [`Client`] |
//! | a provider of your own | [`incoming`] |
//! | subscribing at Argyle, and what it then sends | `LocalArgyle` (with the feature `argyle-api`) |
//! | what depends on the time | [`TestClock`] |
//! | what a crash leaves behind | [`kill_at`] |
//! | what a full disk does | [`limit_pages`] |

#[cfg(feature = "argyle-api")]
mod argyle;
mod client;
mod clock;
mod delivery;
mod full;
mod incoming;
mod kill;
mod sender;

#[cfg(feature = "argyle-api")]
pub use argyle::{ApiRequest, Call, Deliveries, Fault, LocalArgyle, Sent};
pub use client::{Answer, Client};
pub use clock::TestClock;
pub use delivery::{DeliveryBuilder, delivery};
pub use full::limit_pages;
pub use incoming::incoming;
pub use kill::kill_at;
pub use sender::{Sender, request, request_at};
