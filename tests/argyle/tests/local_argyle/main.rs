//! Argyle on this machine, as a client of its API and a receiver of its deliveries see it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod calls;
mod deliveries;
mod faults;
mod lists;
mod receiver;
mod ways;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use switchhook::testing::LocalArgyle;

/// What an application has: the address and the key.
pub(crate) struct Client {
    argyle: LocalArgyle,
    http: reqwest::Client,
}

impl Client {
    pub(crate) fn of(argyle: &LocalArgyle) -> Self {
        Self { argyle: argyle.clone(), http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    /// A request to a path below the base.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.argyle.base_url());
        self.http.request(method, url).basic_auth(self.argyle.key_id(), Some(self.argyle.key_secret()))
    }

    /// A creation with this body, whatever it is.
    pub(crate) fn post(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.request(Method::POST, "/webhooks").header("content-type", "application/json").body(body)
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        read(self.request(method, path).body(body.to_string()).send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn create(&self, body: &Value) -> (StatusCode, Value) {
        read(self.post(body.to_string()).send().await.unwrap()).await
    }

    /// Follows `next` or `previous`.
    pub(crate) async fn follow(&self, link: &Value) -> Value {
        let path = link.as_str().unwrap().strip_prefix(&self.argyle.base_url()).unwrap();
        let (status, page) = self.get(path).await;
        assert_eq!(status, 200);
        page
    }
}

/// The status and the JSON of an answer; null where it has no body.
pub(crate) async fn read(response: Response) -> (StatusCode, Value) {
    assert!(response.headers().contains_key("x-trace-id"));
    let status = response.status();
    let body = response.bytes().await.unwrap();
    if body.is_empty() {
        return (status, Value::Null);
    }
    (status, serde_json::from_slice(&body).unwrap())
}

pub(crate) fn wanted(name: &str) -> Value {
    json!({ "name": name, "url": "https://hooks.example.test/argyle", "events": ["identities.updated"] })
}
