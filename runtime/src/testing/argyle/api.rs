//! The calls of the API.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header, request::Parts, uri::Authority};

use super::{
    answer::Answer,
    fault::{Call, Fault},
    page::Query,
    requests::ApiRequest,
    state::{Shared, State},
};

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
    pub(super) fn take(&self, head: Parts, body: Option<Bytes>) -> (Answer, Option<Fault>) {
        let resource = Resource::at(head.uri.path());
        let call = resource.as_ref().and_then(|resource| resource.call(&head.method));
        let mut state = self.state();
        let (answer, fault) = match (&resource, call) {
            _ if !self.authorizes(&head.headers) => {
                (Answer::detail(StatusCode::UNAUTHORIZED, "Invalid username/password."), None)
            }
            (Some(resource), Some(call)) => {
                let fault = state.next_fault(call);
                let answer = match (&fault, &body) {
                    // The fault answers.
                    (Some(fault), _) if !fault.is_carried_out() => Answer::nothing(),
                    (_, None) => Answer::detail(StatusCode::PAYLOAD_TOO_LARGE, "The body is over 1 MiB."),
                    (Some(Fault::Stale), Some(_)) if call == Call::List => {
                        let (list, query) = self.list(&head);
                        Answer::valid(StatusCode::OK, state.subscriptions.stale_page(&list, &query))
                    }
                    (_, Some(body)) => self.carry_out(&mut state, call, resource.id(), &head, body),
                };
                (answer, fault)
            }
            (Some(_), None) => {
                let detail = format!("Method \"{}\" not allowed.", head.method);
                (Answer::detail(StatusCode::METHOD_NOT_ALLOWED, &detail), None)
            }
            (None, _) => (Answer::found(None), None),
        };
        state.requests.push(ApiRequest::new(head, body.unwrap_or_default()));
        (answer, fault)
    }

    fn carry_out(&self, state: &mut State, call: Call, id: &str, head: &Parts, body: &[u8]) -> Answer {
        match call {
            Call::List => {
                let (list, query) = self.list(head);
                Answer::valid(StatusCode::OK, state.subscriptions.page(&list, &query))
            }
            Call::Get => Answer::found(state.subscriptions.get(id)),
            Call::Create => create(state, &head.headers, body),
            Call::Delete if state.subscriptions.delete(id) => Answer::nothing(),
            Call::Delete => Answer::found(None),
            Call::Identity => Answer::found(state.identities.get(id)),
            Call::Identities => {
                let (list, query) = self.list(head);
                Answer::valid(StatusCode::OK, state.identities.page(&list, &query))
            }
        }
    }

    /// The address of a list as the client knows it, without a query, and the query.
    fn list(&self, head: &Parts) -> (String, Query) {
        let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host.and_then(|host| host.parse::<Authority>().ok());
        let host = host.map_or_else(|| self.address.to_string(), |host| host.to_string());
        let query = Query::parse(head.uri.query().unwrap_or_default());
        (format!("http://{host}{}", head.uri.path()), query)
    }

    fn authorizes(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let expected = STANDARD.encode(format!("{}:{}", self.key_id, self.key_secret));
        given
            .and_then(|given| given.split_once(' '))
            .is_some_and(|(scheme, key)| scheme.eq_ignore_ascii_case("basic") && key.trim() == expected)
    }
}

fn create(state: &mut State, headers: &HeaderMap, body: &[u8]) -> Answer {
    let media_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = format!("Unsupported media type \"{media_type}\" in request.");
        return Answer::detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, &detail);
    }
    match serde_json::from_slice(body) {
        Ok(body) => Answer::valid(StatusCode::CREATED, state.subscriptions.create(&body)),
        Err(_) => Answer::detail(StatusCode::BAD_REQUEST, "The body is not JSON."),
    }
}

/// A segment of a path, percent-decoded: it is read as the value of a form in which a plus sign stays one.
fn decoded(segment: &str) -> String {
    let form = format!("={}", segment.replace('&', "%26").replace('+', "%2B"));
    form_urlencoded::parse(form.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}
