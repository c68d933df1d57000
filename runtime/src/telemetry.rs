//! What the log and the metrics tell: never a payload, a secret or a signature.
//!
//! | metric | labels | counts |
//! | --- | --- | --- |
//! | `switchhook_verified_total` | `endpoint`, `secret` | requests that are their sender's, by the position of the secret that signed them, from 1; `none` for unsigned ones |
//! | `switchhook_refused_total` | `endpoint`, `reason` | requests that did not become a delivery |
//! | `switchhook_unrouted_total` | `endpoint` | deliveries whose event has no handler |
//! | `switchhook_handled_total` | `endpoint`, `consumer`, `handler`, `outcome` | runs of handlers |
//! | `switchhook_stored_total` | `endpoint`, `stored` | deliveries that an inbox took: `new`, `duplicate`, `revived`, `coalesced` |
//! | `switchhook_not_stored_total` | `endpoint` | deliveries that an inbox could not take |
//! | `switchhook_dead_total` | `endpoint`, `consumer` | deliveries that a consumer's last attempt left unhandled |

use std::{
    error::Error,
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use metrics::{SharedString, counter};
use tracing::{Span, field::Empty};

use crate::{
    Delivery, HandlerError, Outcome, Secrets, chain::Chain, handler::HandlerInfo, provider::Verified,
};

/// The span of one run: everything that the handler logs is within it.
pub(crate) fn delivery_span(endpoint: &str, consumer: &str, handler: &str, delivery: &Delivery) -> Span {
    tracing::info_span!(
        "delivery",
        endpoint,
        tenant = delivery.tenant().map(crate::Tenant::as_str),
        consumer,
        event = delivery.event().as_str(),
        delivery_id = %delivery.id(),
        handler,
        outcome = Empty,
        duration_ms = Empty,
    )
}

/// Closes a run's span and counts it.
pub(crate) fn handled(
    span: &Span,
    endpoint: &Arc<str>,
    consumer: &Arc<str>,
    handler: &'static HandlerInfo,
    outcome: &Outcome,
    duration: Duration,
) {
    span.record("outcome", outcome.as_str());
    span.record("duration_ms", duration.as_secs_f64() * 1_000.0);
    span.in_scope(|| match outcome {
        Outcome::Done => tracing::debug!("handled"),
        Outcome::Retry(error) => tracing::error!(%error, "the handler failed"),
        Outcome::Dead(error) => tracing::error!(%error, "the delivery is dead"),
    });
    counter!(
        "switchhook_handled_total",
        "endpoint" => shared(endpoint),
        "consumer" => shared(consumer),
        "handler" => handler.name,
        "outcome" => outcome.as_str(),
    )
    .increment(1);
}

/// Counts a request that is its sender's, by the secret that signed it: people see when an older one can go.
pub(crate) fn verified(endpoint: &Arc<str>, verified: Verified) {
    const POSITIONS: [&str; Secrets::MOST] = ["1", "2", "3", "4", "5", "6", "7", "8"];
    let secret = match verified {
        Verified::Signed { secret } => POSITIONS.get(secret).copied().unwrap_or("other"),
        Verified::Unsigned => "none",
    };
    tracing::trace!(endpoint = &**endpoint, secret, "verified");
    counter!("switchhook_verified_total", "endpoint" => shared(endpoint), "secret" => secret).increment(1);
}

/// Says that an endpoint's provider was replaced.
pub(crate) fn replaced(endpoint: &Arc<str>) {
    tracing::info!(endpoint = &**endpoint, "the provider was replaced");
}

/// Counts a request that did not become a delivery and says why.
pub(crate) fn refused(endpoint: &Arc<str>, reason: &'static str, detail: &dyn Display) {
    tracing::warn!(endpoint = &**endpoint, reason, "delivery refused: {detail}");
    counter!("switchhook_refused_total", "endpoint" => shared(endpoint), "reason" => reason).increment(1);
}

/// Counts a delivery whose event nobody handles.
pub(crate) fn unrouted(endpoint: &Arc<str>, event: &str) {
    if event.len() > crate::EventName::MAX_LEN {
        tracing::info!(
            endpoint = &**endpoint,
            event_len = event.len(),
            "no handler: the event's name is too long"
        );
    } else {
        tracing::info!(endpoint = &**endpoint, event, "no handler for the event");
    }
    counter!("switchhook_unrouted_total", "endpoint" => shared(endpoint)).increment(1);
}

/// Counts a delivery that the inbox took.
pub(crate) fn stored(endpoint: &Arc<str>, stored: &'static str) {
    counter!("switchhook_stored_total", "endpoint" => shared(endpoint), "stored" => stored).increment(1);
}

/// Counts a delivery that the inbox could not take and says why: once a minute, since many come while the store is away.
pub(crate) fn not_stored(endpoint: &Arc<str>, error: &dyn Error, said: &Seldom) {
    if said.is_due() {
        tracing::warn!(
            endpoint = &**endpoint,
            "delivery not stored: {}; this is said once a minute, and counted each time",
            Chain(error)
        );
    }
    counter!("switchhook_not_stored_total", "endpoint" => shared(endpoint)).increment(1);
}

/// Counts a delivery that is given up, though its last attempt asked for another.
pub(crate) fn dead(endpoint: &Arc<str>, consumer: &Arc<str>, delivery: &Delivery, error: &HandlerError) {
    tracing::error!(
        endpoint = &**endpoint,
        consumer = &**consumer,
        delivery_id = %delivery.id(),
        attempts = delivery.attempt().number(),
        %error,
        "no attempt is left: the delivery is dead until it is replayed or discarded"
    );
    counter!("switchhook_dead_total", "endpoint" => shared(endpoint), "consumer" => shared(consumer))
        .increment(1);
}

/// Says that the inbox's store could not do something.
pub(crate) fn store_failed(what: &'static str, error: &dyn Error) {
    tracing::error!("{what} failed: {}", Chain(error));
}

/// Lets something be said once a minute.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    const EVERY: Duration = Duration::from_mins(1);

    /// Tells whether it may be said now; then it is taken for said.
    pub(crate) fn is_due(&self) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = said.is_none_or(|said| said.elapsed() > Self::EVERY);
        if due {
            *said = Some(Instant::now());
        }
        due
    }

    /// What is said of is over: the next time may be said at once. Tells whether this one was said.
    pub(crate) fn over(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}

fn shared(text: &Arc<str>) -> SharedString {
    SharedString::from_shared(Arc::clone(text))
}
