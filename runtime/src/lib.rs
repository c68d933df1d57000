#![doc = include_str!("../docs/crate.md")]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod build_error;
mod chain;
mod delivery;
mod endpoint;
mod extract;
mod fault;
mod handler;
mod http;
pub mod inbox;
mod json;
mod outcome;
pub mod provider;
mod reverify;
mod route;
mod run;
mod service;
#[cfg(feature = "argyle-api")]
pub mod subscriptions;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod webhooks;

pub use crate::http::{EndpointService, Serve};
pub use ::http::HeaderMap;
pub use axum::extract::{FromRef, State};
pub use build_error::{BuildError, BuildFault};
pub use delivery::{
    Attempt, Delivery, DeliveryId, DeliveryIdError, EndpointName, EventName, ProviderId, RawBody, ReceivedAt,
    Tenant,
};
pub use endpoint::{AllowFrom, Dedupe, Endpoint, ReplaceError, Tenants, Unrouted};
pub use extract::{Data, Envelope, FromDelivery, Need, Provides, Rejection};
#[cfg(feature = "_sql")]
pub use extract::{Tx, TxError, TxGuard};
pub use handler::HandlerList;
pub use inbox::{Inbox, InboxError};
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
