//! The calls of the API, and their answers.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::{
    Call, Shared, State,
    fault::{Body, Fault, json, whole},
    page::Query,
};

const MOST_REQUESTS: usize = 10_000;

/// A request that came to the API of a [`LocalArgyle`](super::LocalArgyle).
///
/// Its authorization is not kept. `Debug` does not show the body, in which a secret may stand.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use switchhook::testing::{ApiRequest, LocalArgyle};
///
/// let argyle = LocalArgyle::start().await?;
/// // … the application starts …
/// let created = argyle.requests().iter().filter(|request| request.method() == "POST").count();
/// assert_eq!(created, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ApiRequest {
    method: Method,
    path: String,
    body: Bytes,
}

impl ApiRequest {
    /// The method.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::testing::ApiRequest;
    /// fn is_deletion(request: &ApiRequest) -> bool {
    ///     request.method() == "DELETE"
    /// }
    /// ```
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path with its query, such as `/v2/webhooks?limit=200`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::testing::ApiRequest;
    /// fn is_first_page(request: &ApiRequest) -> bool {
    ///     !request.path().contains("cursor=")
    /// }
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The body as it was received; empty where it was over 1 MiB.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::testing::ApiRequest;
    /// fn asked(request: &ApiRequest) -> serde_json::Result<serde_json::Value> {
    ///     serde_json::from_slice(request.body())
    /// }
    /// ```
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, body } = self;
        f.debug_struct("ApiRequest")
            .field("method", method)
            .field("path", path)
            .field("body", &format_args!("{} bytes", body.len()))
            .finish()
    }
}

/// What the API answers, before a fault spoils it.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    body: Option<Value>,
}

impl Answer {
    fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body) }
    }

    fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None }
    }

    pub(super) fn detail(status: StatusCode, detail: &str) -> Self {
        Self { status, body: Some(json!({ "detail": detail })) }
    }

    fn found(body: Option<Value>) -> Self {
        body.map_or_else(|| Self::detail(StatusCode::NOT_FOUND, "Not found."), Self::ok)
    }

    /// What was asked for, or the sentence that says what is wrong with the question.
    fn valid(status: StatusCode, body: Result<Value, String>) -> Self {
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

/// Where a path leads.
enum Resource {
    Webhooks,
    Webhook(String),
    Identities,
    Identity(String),
}

impl Resource {
    fn at(path: &str) -> Option<Self> {
        let segments: Vec<_> = path.split('/').skip(1).map(decoded).collect();
        match segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["v2", "webhooks"] => Some(Self::Webhooks),
            ["v2", "webhooks", id] => Some(Self::Webhook(id.to_owned())),
            ["v2", "identities"] => Some(Self::Identities),
            ["v2", "identities", id] => Some(Self::Identity(id.to_owned())),
            _ => None,
        }
    }

    fn call(&self, method: &Method) -> Option<Call> {
        match (self, method.as_str()) {
            (Self::Webhooks, "GET") => Some(Call::List),
            (Self::Webhooks, "POST") => Some(Call::Create),
            (Self::Webhook(_), "GET") => Some(Call::Get),
            (Self::Webhook(_), "DELETE") => Some(Call::Delete),
            (Self::Identities, "GET") => Some(Call::Identities),
            (Self::Identity(_), "GET") => Some(Call::Identity),
            _ => None,
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::Webhook(id) | Self::Identity(id) => id,
            Self::Webhooks | Self::Identities => "",
        }
    }
}

impl Shared {
    /// Records a request and carries it out, as one step; `None` for a body that was too large.
    pub(super) fn take(
        &self,
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Option<&Bytes>,
    ) -> (Answer, Option<Fault>) {
        let resource = Resource::at(uri.path());
        let call = resource.as_ref().and_then(|resource| resource.call(&method));
        let mut state = self.state();
        let fault = call.and_then(|call| state.next_fault(call));
        let answer = if !self.authorizes(headers) {
            Answer::detail(StatusCode::UNAUTHORIZED, "Invalid username/password.")
        } else if let (Some(resource), Some(call)) = (&resource, call) {
            match body {
                None => Answer::detail(StatusCode::PAYLOAD_TOO_LARGE, "The body is over 1 MiB."),
                Some(body) if fault.as_ref().is_none_or(Fault::is_carried_out) => {
                    self.carry_out(&mut state, call, resource.id(), uri, body)
                }
                // The fault answers.
                Some(_) => Answer::nothing(),
            }
        } else if resource.is_some() {
            let detail = format!("Method \"{method}\" not allowed.");
            Answer::detail(StatusCode::METHOD_NOT_ALLOWED, &detail)
        } else {
            Answer::found(None)
        };
        if state.requests.len() == MOST_REQUESTS {
            state.requests.pop_front();
        }
        let body = body.cloned().unwrap_or_default();
        state.requests.push_back(ApiRequest { method, path: uri.to_string(), body });
        (answer, fault)
    }

    fn carry_out(&self, state: &mut State, call: Call, id: &str, uri: &Uri, body: &[u8]) -> Answer {
        let list = format!("http://{}{}", self.address, uri.path());
        let query = Query::parse(uri.query().unwrap_or_default());
        match call {
            Call::List => Answer::valid(StatusCode::OK, state.subscriptions.page(&list, &query)),
            Call::Get => Answer::found(state.subscriptions.get(id)),
            Call::Create => match serde_json::from_slice(body) {
                Ok(body) => Answer::valid(StatusCode::CREATED, state.subscriptions.create(&body)),
                Err(_) => Answer::detail(StatusCode::BAD_REQUEST, "The body is not JSON."),
            },
            Call::Delete if state.subscriptions.delete(id) => Answer::nothing(),
            Call::Delete => Answer::found(None),
            Call::Identity => Answer::found(state.identities.get(id)),
            Call::Identities => Answer::valid(StatusCode::OK, state.identities.page(&list, &query)),
        }
    }

    fn authorizes(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let expected = STANDARD.encode(format!("{}:{}", self.key_id, self.key_secret));
        given
            .and_then(|given| given.split_once(' '))
            .is_some_and(|(scheme, key)| scheme.eq_ignore_ascii_case("basic") && key.trim() == expected)
    }
}

/// A segment of a path without its percent signs: read as the value of a form, but that a plus sign stays one.
fn decoded(segment: &str) -> String {
    let form = format!("={}", segment.replace('&', "%26").replace('+', "%2B"));
    form_urlencoded::parse(form.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}
