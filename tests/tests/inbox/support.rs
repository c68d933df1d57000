//! A sender with ids, an application that writes down what it did, and stores to run it on.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use axum::http::{HeaderName, Request};
use bytes::Bytes;
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use switchhook::{
    Attempt, Catalog, Data, Delivery, DeliveryId, Endpoint, EventName, HandlerError, HandlerList, Inbox,
    InboxError, State, Webhooks, handlers,
    inbox::{OpenInbox, WorkState},
    provider::{EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError, sole_header},
    testing::{Client, TestClock},
    webhook_handler,
};
use tokio::sync::Semaphore;

use crate::place::Place;

/// A sender whose token is its signature.
pub(crate) struct Bank {
    pub(crate) token: &'static str,
    /// Whether the token vouches for the id too.
    pub(crate) signs_id: bool,
}

pub(crate) const TOKEN: &str = "bank-token";

impl Default for Bank {
    fn default() -> Self {
        Self { token: TOKEN, signs_id: true }
    }
}

impl Provider for Bank {
    const NAME: &'static str = "Bank";
    const CATALOG: &'static Catalog = &Catalog::open("Bank");

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        let token = sole_header(request.headers(), &HeaderName::from_static("x-bank-token"))?;
        if token == self.token.as_bytes() {
            Ok(Verified::Signed { secret: 0 })
        } else {
            Err(VerifyError::Mismatch)
        }
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        #[derive(Deserialize)]
        struct Body<'a> {
            event: String,
            id: Option<String>,
            #[serde(borrow)]
            data: &'a RawValue,
        }
        let Body { event, id, data } = request.json()?;
        let parts = Parts::new(event, request.part(data));
        Ok(match id {
            Some(id) if self.signs_id => parts.id(id),
            Some(id) => parts.unsigned_id(id),
            None => parts,
        })
    }
}

/// A delivery of the bank, with an id or without.
pub(crate) fn delivery(event: &str, id: Option<&str>, data: &Value) -> Request<Full<Bytes>> {
    let body = serde_json::json!({ "event": event, "id": id, "data": data }).to_string();
    raw(TOKEN, body)
}

pub(crate) fn raw(token: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post("/bank").header("x-bank-token", token).body(Full::new(body.into())).unwrap()
}

/// What handlers did, and what they are to do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Entries>>);

#[derive(Debug)]
pub(crate) struct Entries {
    pub(crate) runs: Vec<Run>,
    /// How many of the next runs fail, by `data.key`.
    pub(crate) failures: BTreeMap<String, u32>,
    /// What `held.*` waits for.
    pub(crate) gate: Arc<Semaphore>,
}

impl Default for Entries {
    fn default() -> Self {
        Self { runs: Vec::new(), failures: BTreeMap::new(), gate: Arc::new(Semaphore::new(0)) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) consumer: &'static str,
    pub(crate) event: String,
    pub(crate) key: String,
    pub(crate) attempt: u32,
    pub(crate) id: DeliveryId,
}

impl Journal {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap()
    }

    /// The keys of the runs of a consumer, in their order.
    pub(crate) fn keys(&self, consumer: &str) -> Vec<String> {
        self.lock().runs.iter().filter(|run| run.consumer == consumer).map(|run| run.key.clone()).collect()
    }

    /// The delivery that ran first.
    pub(crate) fn first(&self) -> DeliveryId {
        self.lock().runs[0].id
    }

    pub(crate) fn fail(&self, key: &str, times: u32) {
        self.lock().failures.insert(key.to_owned(), times);
    }

    fn run(&self, consumer: &'static str, delivery: &Delivery, key: &str) -> Result<(), HandlerError> {
        let mut entries = self.lock();
        let attempt = delivery.attempt().number();
        let (event, id) = (delivery.event().as_str().to_owned(), delivery.id());
        entries.runs.push(Run { consumer, event, key: key.to_owned(), attempt, id });
        match entries.failures.get_mut(key) {
            Some(left) if *left > 0 => {
                *left -= 1;
                Err(HandlerError::from("told to fail"))
            }
            _ => Ok(()),
        }
    }
}

/// What the bank sends.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Fact {
    pub(crate) key: String,
}

#[webhook_handler("fact.*")]
async fn plain(
    delivery: Delivery,
    Data(fact): Data<Fact>,
    State(journal): State<Journal>,
) -> Result<(), HandlerError> {
    journal.run("default", &delivery, &fact.key)
}

#[webhook_handler("lane.*", ordered_by = "lane")]
async fn in_lane(
    delivery: Delivery,
    Data(fact): Data<Fact>,
    State(journal): State<Journal>,
) -> Result<(), HandlerError> {
    journal.run("default", &delivery, &fact.key)
}

#[webhook_handler("thrice.*", attempts = 3)]
async fn thrice(
    attempt: Attempt,
    delivery: Delivery,
    Data(fact): Data<Fact>,
    State(journal): State<Journal>,
) -> Result<(), HandlerError> {
    assert_eq!(attempt, delivery.attempt());
    journal.run("default", &delivery, &fact.key)
}

#[webhook_handler("held.*")]
async fn held(
    delivery: Delivery,
    Data(fact): Data<Fact>,
    State(journal): State<Journal>,
) -> Result<(), HandlerError> {
    journal.run("default", &delivery, &fact.key)?;
    let gate = Arc::clone(&journal.lock().gate);
    gate.acquire().await?.forget();
    Ok(())
}

#[webhook_handler("*")]
async fn audited(
    event: EventName,
    delivery: Delivery,
    Data(fact): Data<Fact>,
    State(journal): State<Journal>,
) -> Result<(), HandlerError> {
    assert_eq!(&event, delivery.event());
    let key = format!("audit {}", fact.key);
    journal.run("audit", &delivery, &key)
}

pub(crate) fn default_handlers() -> HandlerList<Bank, Journal> {
    handlers![plain, in_lane, thrice, held]
}

pub(crate) fn audit_handlers() -> HandlerList<Bank, Journal> {
    handlers![audited]
}

/// The inbox's clock at the beginning of every test.
pub(crate) fn clock() -> TestClock {
    TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
}

/// Opens an inbox with the test's clock.
pub(crate) async fn open(opening: OpenInbox, clock: &TestClock) -> Result<Inbox, InboxError> {
    opening.clock(clock.clone()).await
}

/// An application with one endpoint, `bank`, all on one clock.
pub(crate) fn webhooks(
    journal: &Journal,
    inbox: &Inbox,
    clock: &TestClock,
    endpoint: Endpoint<Bank, Journal>,
) -> Webhooks {
    Webhooks::builder()
        .state(journal.clone())
        .endpoint(endpoint)
        .inbox(inbox.clone())
        .clock(clock.clone())
        .build()
        .unwrap()
}

/// The endpoint with the default consumer's handlers.
pub(crate) fn endpoint() -> Endpoint<Bank, Journal> {
    Endpoint::new(Bank::default(), default_handlers())
}

/// An inbox and the application on it, with this endpoint.
pub(crate) async fn app(endpoint: Endpoint<Bank, Journal>) -> App {
    let (place, journal, clock) = (Place::new().await, Journal::default(), clock());
    let inbox = open(place.inbox_once(), &clock).await.unwrap();
    let webhooks = webhooks(&journal, &inbox, &clock, endpoint);
    App { client: Client::new(&webhooks), webhooks, journal, inbox, clock, _place: place }
}

pub(crate) struct App {
    pub(crate) webhooks: Webhooks,
    pub(crate) client: Client,
    pub(crate) journal: Journal,
    pub(crate) inbox: Inbox,
    pub(crate) clock: TestClock,
    pub(crate) _place: Place,
}

impl App {
    /// Sends a delivery, which must be acknowledged.
    pub(crate) async fn send(&self, event: &str, id: Option<&str>, data: &Value) {
        let answer = self.client.send("bank", delivery(event, id, data)).await;
        assert_eq!(answer.status(), 200);
    }

    /// Runs all that is due, and then lets a day pass.
    pub(crate) async fn day(&self) -> usize {
        let attempts = self.client.work_off().await.unwrap();
        self.clock.advance(Duration::from_hours(24));
        attempts
    }

    /// How much work there is in a state.
    pub(crate) async fn count(&self, state: WorkState) -> u64 {
        let counts = self.inbox.counts().await.unwrap();
        counts.iter().filter(|count| count.state == state).map(|count| count.count).sum()
    }
}

/// Waits until something is so, and fails with its name when it never is.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let limit = tokio::time::Instant::now() + Duration::from_mins(1);
    while !is_so().await {
        assert!(tokio::time::Instant::now() < limit, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until all work is done.
pub(crate) async fn all_done(inbox: &Inbox) {
    until("all are done", async || {
        let counts = inbox.counts().await.unwrap();
        counts.iter().all(|count| count.state == WorkState::Done)
    })
    .await;
}
