//! One delivery as it is sent to one subscription.

use bytes::Bytes;
use http::header;
use reqwest::Url;
use serde_json::Value;

use super::{data::Data, subscriptions::Subscription};
use crate::{
    provider::argyle::{
        Argyle,
        api::offers::{DAYS_SYNCED, needs_items, offers_days, offers_resource},
    },
    testing::sender::providers::argyle_body,
};

/// A delivery, ready to be sent as often as needed. It has no `Debug`, which would show the secret.
#[derive(Clone)]
pub(super) struct Letter {
    pub(super) subscription: String,
    pub(super) event: String,
    url: Url,
    secret: Option<String>,
    body: Bytes,
}

impl Letter {
    /// Sends it, and returns the status of the answer.
    pub(super) async fn post(&self, client: &reqwest::Client) -> Option<u16> {
        let mut request = client
            .post(self.url.clone())
            .header(header::ACCEPT, "*/*")
            .header(header::ACCEPT_ENCODING, "gzip")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "ReactorNetty/1.1.28");
        let signature = self.secret.as_deref().and_then(|secret| Argyle::new(secret).sign(&self.body));
        if let Some((name, signature)) = signature {
            request = request.header(name, signature);
        }
        let response = request.body(self.body.clone()).send().await.ok()?;
        let status = response.status().as_u16();
        // Read to its end, so that the connection can be used again.
        let _body = response.bytes().await;
        Some(status)
    }
}

impl Subscription {
    /// Tells whether an event with this data is sent to it.
    pub(super) fn takes(&self, event: &str, data: &Data) -> bool {
        let is_named = |name: &String| name == event || name == "*";
        // The wildcard has no Items, and so none of their events.
        self.wanted.events.iter().any(is_named) && (!needs_items(event) || self.has_item(data))
    }

    fn has_item(&self, data: &Data) -> bool {
        let items = self.wanted.config.get("items").and_then(Value::as_array);
        items.zip(data.get("item")).is_some_and(|(items, item)| items.contains(item))
    }

    /// The delivery that it gets: the data as its `config` makes it.
    pub(super) fn letter(&self, event: &str, data: &Data) -> Letter {
        let mut data = data.clone();
        let config = &self.wanted.config;
        if offers_resource(event) && config.get("include_resource") != Some(&Value::Bool(true)) {
            data.remove("resource");
        }
        if offers_days(event) && data.get("days_synced").is_none_or(Value::is_null) {
            data.remove("days_synced");
            let days = config.get("days_synced").cloned().unwrap_or_else(|| DAYS_SYNCED.into());
            data.push("days_synced", days);
        }
        Letter {
            subscription: self.id.clone(),
            event: event.to_owned(),
            url: self.wanted.url.clone(),
            secret: self.wanted.secret.clone(),
            body: argyle_body(event, &self.wanted.name, &data),
        }
    }
}
