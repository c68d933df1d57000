//! The providers as senders.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Serialize;
use serde_json::json;

use super::{Sender, with};
use crate::{
    DeliveryId,
    provider::{
        Events, argyle::Argyle, custom::Custom, github::GitHub, shopify::Shopify, slack::Slack,
        standard::Standard, stripe::Stripe,
    },
};

/// Argyle indents bodies by two spaces and writes `event`, `name`, `data`; the name here is `test`.
impl Sender for Argyle {
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes) {
        let mut headers = json_headers();
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        (headers, argyle_body(event, "test", data))
    }

    fn sign(&self, _: SystemTime, headers: HeaderMap, body: &[u8]) -> HeaderMap {
        with(headers, self.sign(body))
    }
}

/// The body of Argyle's deliveries: indented by two spaces, with its fields in this order.
pub(in crate::testing) fn argyle_body<T: Serialize>(event: &str, name: &str, data: &T) -> Bytes {
    #[derive(Serialize)]
    struct Body<'a, T> {
        event: &'a str,
        name: &'a str,
        data: &'a T,
    }
    Bytes::from(serde_json::to_vec_pretty(&Body { event, name, data }).unwrap_or_default())
}

/// `data` is the whole body; the part of the event behind the full stop should be its `action`.
impl Sender for GitHub {
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes) {
        let event = event.split('.').next().unwrap_or_default().to_owned();
        let headers = [
            (HeaderName::from_static("x-github-event"), event),
            (HeaderName::from_static("x-github-delivery"), new_id()),
        ];
        (with(json_headers(), headers), json(data))
    }

    fn sign(&self, _: SystemTime, headers: HeaderMap, body: &[u8]) -> HeaderMap {
        with(headers, self.sign(body))
    }
}

/// `data` is the object in `data.object`.
impl Sender for Stripe {
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes) {
        let id = format!("evt_{}", new_id());
        let body = json!({ "id": id, "object": "event", "type": event, "data": { "object": data } });
        (json_headers(), json(&body))
    }

    fn sign(&self, at: SystemTime, headers: HeaderMap, body: &[u8]) -> HeaderMap {
        with(headers, self.sign(seconds(at), body))
    }
}

/// `data` is the `event`, which should have the event's name as its `type`.
impl Sender for Slack {
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes) {
        let mut data = json!(data);
        if let Some(data) = data.as_object_mut() {
            data.entry("type").or_insert_with(|| event.into());
        }
        let body = json!({ "type": "event_callback", "event_id": format!("Ev{}", new_id()), "event": data });
        (json_headers(), json(&body))
    }

    fn sign(&self, at: SystemTime, headers: HeaderMap, body: &[u8]) -> HeaderMap {
        with(headers, self.sign(seconds(at), body).into_iter().flatten())
    }
}

/// `data` is the whole body.
impl Sender for Shopify {
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes) {
        let headers = [
            (HeaderName::from_static("x-shopify-topic"), event.to_owned()),
            (HeaderName::from_static("x-shopify-webhook-id"), new_id()),
        ];
        (with(json_headers(), headers), json(data))
    }

    fn sign(&self, _: SystemTime, headers: HeaderMap, body: &[u8]) -> HeaderMap {
        with(headers, self.sign(body))
    }
}

/// The event is in `type`, wherever else the provider would look for it.
impl<E: Events> Sender for Standard<E> {
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes) {
        (json_headers(), json(&json!({ "type": event, "data": data })))
    }

    fn sign(&self, at: SystemTime, headers: HeaderMap, body: &[u8]) -> HeaderMap {
        let id = headers.get("webhook-id").and_then(|id| id.to_str().ok());
        let id = id.map_or_else(|| format!("msg_{}", new_id()), str::to_owned);
        with(headers, self.sign(&id, seconds(at), body).into_iter().flatten())
    }
}

/// The event and an id stand where the provider looks for them. What signs with a public key is not signed here.
impl<E: Events> Sender for Custom<E> {
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes) {
        let (headers, body) = self.compose(event, &new_id(), json!(data));
        (with(json_headers(), headers), json(&body))
    }

    fn sign(&self, at: SystemTime, headers: HeaderMap, body: &[u8]) -> HeaderMap {
        let signing = self.sign(at, &headers, body);
        with(headers, signing)
    }
}

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

fn json<T: Serialize>(body: &T) -> Bytes {
    Bytes::from(serde_json::to_vec(body).unwrap_or_default())
}

fn new_id() -> String {
    DeliveryId::at(SystemTime::UNIX_EPOCH).to_string()
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
