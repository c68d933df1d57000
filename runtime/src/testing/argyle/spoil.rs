//! What a client gets where a call goes wrong.

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};

use super::{
    answer::{Answer, Body, json, whole},
    fault::Fault,
};

impl Fault {
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
            Self::Stale => answer.respond(),
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
