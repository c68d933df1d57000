//! What the log and the metrics tell: never a payload, a secret or a signature.
//!
//! | metric | labels | counts |
//! | --- | --- | --- |
//! | `switchhook_refused_total` | `endpoint`, `reason` | requests that did not become a delivery |
//! | `switchhook_unrouted_total` | `endpoint` | deliveries whose event has no handler |
//! | `switchhook_handled_total` | `endpoint`, `consumer`, `handler`, `outcome` | runs of handlers |

use std::{fmt::Display, sync::Arc, time::Duration};

use metrics::{SharedString, counter};
use tracing::{Span, field::Empty};

use crate::{Delivery, Outcome, handler::HandlerInfo};

/// The span of one run: everything that the handler logs is within it.
pub(crate) fn delivery_span(endpoint: &str, consumer: &str, handler: &str, delivery: &Delivery) -> Span {
    tracing::info_span!(
        "delivery",
        endpoint,
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

fn shared(text: &Arc<str>) -> SharedString {
    SharedString::from_shared(Arc::clone(text))
}
