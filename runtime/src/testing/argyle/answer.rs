//! What the API answers.

use std::io;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use serde_json::{Value, json};

pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// What the API answers, before a fault spoils it.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    body: Option<Value>,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body) }
    }

    pub(super) fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None }
    }

    pub(super) fn detail(status: StatusCode, detail: &str) -> Self {
        Self { status, body: Some(json!({ "detail": detail })) }
    }

    pub(super) fn found(body: Option<Value>) -> Self {
        body.map_or_else(|| Self::detail(StatusCode::NOT_FOUND, "Not found."), Self::ok)
    }

    /// What was asked for, or the sentence that says what is wrong with the question.
    pub(super) fn valid(status: StatusCode, body: Result<Value, String>) -> Self {
        match body {
            Ok(body) => Self { status, body: Some(body) },
            Err(detail) => Self::detail(StatusCode::BAD_REQUEST, &detail),
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        self.body.as_ref().map(Value::to_string)
    }

    pub(super) fn respond(&self) -> Response<Body> {
        if let Some(text) = self.text() {
            return json(self.status, whole(text));
        }
        let mut response = Response::new(whole(Bytes::new()));
        *response.status_mut() = self.status;
        response
    }
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
