//! What can go wrong between a client and the API.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};

use super::api::Answer;

/// A call of the API, for [`LocalArgyle::fail`](super::LocalArgyle::fail).
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use switchhook::testing::{Call, Fault, LocalArgyle};
///
/// let argyle = LocalArgyle::start().await?;
/// argyle.fail(Call::List, Fault::Status(503));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// `GET /v2/webhooks`.
    List,
    /// `GET /v2/webhooks/{id}`.
    Get,
    /// `POST /v2/webhooks`.
    Create,
    /// `DELETE /v2/webhooks/{id}`.
    Delete,
    /// `GET /v2/identities/{id}`.
    Identity,
    /// `GET /v2/identities`.
    Identities,
}

/// How a call goes wrong. One that ends in `After` is carried out first, so that only the client does not know.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use std::time::Duration;
/// use switchhook::testing::{Call, Fault, LocalArgyle};
///
/// let argyle = LocalArgyle::start().await?;
/// argyle.fail(Call::Create, Fault::RateLimited { retry_after: Some(Duration::from_secs(2)) });
/// argyle.fail(Call::Create, Fault::HangAfter); // the one after that
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Answers with this status, and a `detail`; 500 where the number is no status. The call is not carried out.
    Status(u16),
    /// Answers 429. The call is not carried out.
    RateLimited {
        /// What `Retry-After` says, in whole seconds; `None` for no such header.
        retry_after: Option<Duration>,
    },
    /// Never answers. The call is not carried out.
    Hang,
    /// Carries the call out and never answers.
    HangAfter,
    /// Carries the call out and answers with this status, and a `detail`.
    StatusAfter(u16),
    /// Carries the call out and closes the connection after half of the body. Where there is no body, after half of `{}`.
    TruncatedAfter,
    /// Carries the call out and answers 200 with a page of HTML.
    NotJsonAfter,
    /// Carries the call out and answers as it should, but only after this time.
    Slow(Duration),
    /// Answers 200 with a body that does not end: white space, in chunks. The call is not carried out.
    Huge,
}

pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

impl Fault {
    pub(super) fn is_carried_out(&self) -> bool {
        match self {
            Self::Status(_) | Self::RateLimited { .. } | Self::Hang | Self::Huge => false,
            Self::HangAfter
            | Self::StatusAfter(_)
            | Self::TruncatedAfter
            | Self::NotJsonAfter
            | Self::Slow(_) => true,
        }
    }

    /// What a client gets, instead of this answer.
    pub(super) async fn spoil(self, answer: Answer) -> Response<Body> {
        match self {
            Self::Status(status) | Self::StatusAfter(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Answer::detail(status, "This is a fault that a test asked for.").respond()
            }
            Self::RateLimited { retry_after } => {
                let answer = Answer::detail(StatusCode::TOO_MANY_REQUESTS, "Request was throttled.");
                let mut response = answer.respond();
                if let Some(after) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, after.as_secs().into());
                }
                response
            }
            Self::Hang | Self::HangAfter => std::future::pending().await,
            Self::TruncatedAfter => truncated(&answer),
            Self::NotJsonAfter => {
                let mut response = Response::new(whole("<html><body>Bad gateway</body></html>"));
                let html = HeaderValue::from_static("text/html");
                response.headers_mut().insert(header::CONTENT_TYPE, html);
                response
            }
            Self::Slow(time) => {
                tokio::time::sleep(time).await;
                answer.respond()
            }
            Self::Huge => {
                let chunks = stream::repeat(Bytes::from_static(&[b' '; 16 * 1024]));
                json(
                    StatusCode::OK,
                    StreamBody::new(chunks.map(|chunk| Ok(Frame::data(chunk)))).boxed_unsync(),
                )
            }
        }
    }
}

/// Half of an answer that says how long all of it is.
fn truncated(answer: &Answer) -> Response<Body> {
    let (status, text) = match answer.text() {
        Some(text) => (answer.status, text),
        None => (StatusCode::OK, "{}".to_owned()),
    };
    let length = text.len();
    let mut half = Bytes::from(text);
    half.truncate(length / 2);
    let broken = async {
        // Lets what was written so far go out, before the connection is given up.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    let parts = stream::iter([Ok(Frame::data(half))]).chain(stream::once(broken));
    let mut response = json(status, StreamBody::new(parts).boxed_unsync());
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    response
}

pub(super) fn json(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(super) fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).map_err(|never| match never {}).boxed_unsync()
}
