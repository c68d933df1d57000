//! Every answer that an endpoint gives. The texts are fixed: none repeats a part of the request.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;

use super::limits::BodyError;
use crate::Outcome;

pub(super) type Answer = Response<Full<Bytes>>;

/// How long senders are asked to wait while the process ends.
const UNTIL_RESTART: Duration = Duration::from_secs(5);

/// How long senders are asked to wait when a delivery could not be verified or stored.
const UNTIL_BACK: Duration = Duration::from_secs(5);

fn answer(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *answer.status_mut() = status;
    if !text.is_empty() {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        answer.headers_mut().insert(header::CONTENT_TYPE, plain);
    }
    answer
}

fn with(mut answer: Answer, name: header::HeaderName, value: impl Into<HeaderValue>) -> Answer {
    answer.headers_mut().insert(name, value.into());
    answer
}

/// A delivery that is handled, or that nobody handles and that is acknowledged.
pub(super) fn acknowledged(status: StatusCode) -> Answer {
    answer(status, "")
}

/// What a provider documents for its handshake.
pub(super) fn handshake(answer: Response<Bytes>) -> Answer {
    answer.map(Full::new)
}

pub(super) fn method_not_allowed() -> Answer {
    let answer = answer(StatusCode::METHOD_NOT_ALLOWED, "webhooks are sent with POST\n");
    with(answer, header::ALLOW, HeaderValue::from_static("POST"))
}

pub(super) fn encoded() -> Answer {
    answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be sent without a content encoding\n")
}

/// One text for every reason, so that a forger learns nothing.
pub(super) fn unverified() -> Answer {
    answer(StatusCode::UNAUTHORIZED, "not a delivery of the expected sender\n")
}

pub(super) fn not_the_envelope() -> Answer {
    answer(StatusCode::BAD_REQUEST, "the body is not what the provider sends\n")
}

pub(super) fn unrouted() -> Answer {
    answer(StatusCode::NOT_FOUND, "nobody handles this event\n")
}

pub(super) fn body_not_read(error: &BodyError) -> Answer {
    let answer = match error {
        BodyError::TooLong(_) => answer(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long\n"),
        BodyError::TooSlow(_) => answer(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time\n"),
        BodyError::Broken => answer(StatusCode::BAD_REQUEST, "the body broke off\n"),
    };
    // What is left of the body is not waited for.
    with(answer, header::CONNECTION, HeaderValue::from_static("close"))
}

pub(super) fn closing() -> Answer {
    later(answer(StatusCode::SERVICE_UNAVAILABLE, "shutting down, send it again\n"), UNTIL_RESTART)
}

/// A delivery that the inbox could not take. It may be stored all the same: a repetition is recognised then.
pub(super) fn not_stored() -> Answer {
    later(answer(StatusCode::SERVICE_UNAVAILABLE, "could not be stored, send it again\n"), UNTIL_BACK)
}

/// A delivery whose tenant could not be looked up.
pub(super) fn not_looked_up() -> Answer {
    later(answer(StatusCode::SERVICE_UNAVAILABLE, "could not be verified now, send it again\n"), UNTIL_BACK)
}

/// What a handler's outcome means to the sender, in direct mode.
pub(super) fn outcome(outcome: &Outcome, success: StatusCode) -> Answer {
    match outcome {
        Outcome::Done => acknowledged(success),
        Outcome::Dead(_) => {
            answer(StatusCode::UNPROCESSABLE_ENTITY, "the handler cannot use this delivery\n")
        }
        Outcome::Retry(error) => match error.delay() {
            Some(delay) => {
                later(answer(StatusCode::SERVICE_UNAVAILABLE, "not now, send it again later\n"), delay)
            }
            None => answer(StatusCode::INTERNAL_SERVER_ERROR, "the handler failed, send it again\n"),
        },
    }
}

fn later(answer: Answer, delay: Duration) -> Answer {
    // Whole seconds, and never sooner than asked for.
    let seconds = delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0));
    with(answer, header::RETRY_AFTER, seconds)
}
