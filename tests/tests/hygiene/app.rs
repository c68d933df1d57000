//! An application of one endpoint without a secret, and the trace of what ran in it.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::{Arc, Mutex};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use switchhook::{Endpoint, HandlerList, Webhooks, provider::argyle::Argyle};
use tower::ServiceExt;

/// What handlers write down; the application's state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    pub(crate) fn note(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    pub(crate) fn noted(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Sends the events, each with the same data, and gives what the handlers noted.
pub(crate) async fn run(handlers: HandlerList<Argyle, Trace>, events: &[&str]) -> Vec<String> {
    let trace = Trace::default();
    let endpoint = Endpoint::new(Argyle::unsigned(), handlers);
    let webhooks = Webhooks::builder().state(trace.clone()).endpoint(endpoint).build().unwrap();
    for event in events {
        let body = format!(
            r#"{{"event":"{event}","name":"n","data":{{"identity":"i1","account":"a1","user":"u1","item":"t1","item_id":"t1"}}}}"#
        );
        let request = Request::post("/").body(Body::from(body)).unwrap();
        let response = webhooks.endpoint("argyle").unwrap().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "for {event}");
    }
    trace.noted()
}
