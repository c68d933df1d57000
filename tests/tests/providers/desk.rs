//! An endpoint whose handler records what it got.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body_util::Full;
use switchhook::{
    Delivery, Endpoint, State, Webhooks, handlers,
    provider::Provider,
    testing::{Answer, Client, TestClock},
    webhook_handler,
};

use crate::letter::Sent;

/// What the handler got: the event, the sender's id, and `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) event: String,
    pub(crate) id: Option<String>,
    pub(crate) data: String,
}

type Log = Arc<Mutex<Vec<Seen>>>;

#[webhook_handler("*")]
async fn record(State(log): State<Log>, delivery: Delivery) {
    assert!(delivery.is_signed());
    log.lock().unwrap().push(Seen {
        event: delivery.event().as_str().to_owned(),
        id: delivery.provider_id().map(|id| id.as_str().to_owned()),
        data: String::from_utf8(delivery.data().to_vec()).unwrap(),
    });
}

pub(crate) struct Desk {
    client: Client,
    clock: TestClock,
    log: Log,
}

impl Desk {
    /// The endpoint, or the text of what `build()` says.
    pub(crate) fn open<P: Provider>(provider: P) -> Result<Self, String> {
        let (log, clock) = (Log::default(), TestClock::at(UNIX_EPOCH));
        let endpoint = Endpoint::new(provider, handlers![record]).named("desk");
        let webhooks =
            Webhooks::builder().endpoint(endpoint).clock(clock.clone()).state(Log::clone(&log)).build();
        let webhooks = webhooks.map_err(|error| error.to_string())?;
        Ok(Self { client: Client::new(&webhooks), clock, log })
    }

    pub(crate) fn set_time(&self, seconds: u64) {
        self.set(UNIX_EPOCH + Duration::from_secs(seconds));
    }

    pub(crate) fn set(&self, time: SystemTime) {
        self.clock.set(time);
    }

    /// Sends a request; gives the answer, and what handlers saw of it.
    pub(crate) async fn post(&self, sent: &Sent) -> (Answer, Vec<Seen>) {
        let mut request = Request::post("/").body(Full::new(Bytes::from(sent.body.clone()))).unwrap();
        *request.headers_mut() = header_map(sent).expect("a header value can have these bytes");
        let answer = self.client.send("desk", request).await;
        let seen = std::mem::take(&mut *self.log.lock().unwrap());
        (answer, seen)
    }

    /// The same, and the status alone.
    pub(crate) async fn status(&self, sent: &Sent) -> u16 {
        self.post(sent).await.0.status().as_u16()
    }
}

/// The headers; `None` where HTTP has no such value.
pub(crate) fn header_map(sent: &Sent) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in &sent.headers {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?);
    }
    Some(headers)
}
