#![doc = include_str!("../docs/crate.md")]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod build_error;
mod delivery;
mod endpoint;
mod extract;
mod handler;
mod http;
mod json;
mod outcome;
pub mod provider;
mod route;
mod run;
mod service;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod webhooks;

pub use crate::http::{EndpointService, Serve};
pub use ::http::HeaderMap;
pub use axum::extract::{FromRef, State};
pub use build_error::{BuildError, BuildFault};
pub use delivery::{Attempt, Delivery, DeliveryId, EventName, ProviderId, RawBody, ReceivedAt};
pub use endpoint::{AllowFrom, Endpoint, Unrouted};
pub use extract::{Data, Envelope, FromDelivery, Need, Provides, Rejection};
pub use handler::HandlerList;
pub use outcome::{HandlerError, IntoOutcome, Outcome};
pub use provider::{
    Secrets,
    clock::{Clock, SystemClock},
};
pub use route::{
    catalog::{Catalog, Payload},
    pattern::{Pattern, PatternError},
};
pub use service::HandlerService;
#[doc = include_str!("../docs/webhook_handler.md")]
pub use switchhook_macros::webhook_handler;
pub use webhooks::{Builder, Given, NoState, Webhooks};

#[doc = include_str!("../docs/handlers.md")]
#[macro_export]
macro_rules! handlers {
    ($($list:tt)*) => { $crate::__private::handlers! { $crate; $($list)* } };
}

#[doc = include_str!("../docs/catalog.md")]
#[macro_export]
macro_rules! catalog {
    ($($catalog:tt)*) => { $crate::__private::catalog! { $crate; $($catalog)* } };
}
