//! Deliveries, as Argyle sends them.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::header;
use reqwest::Url;
use serde::Serialize;
use serde_json::Value;

use super::{
    LocalArgyle,
    data::Data,
    subscriptions::{Subscription, takes_days, takes_items, takes_resource},
};
use crate::provider::argyle::Argyle;

const USUAL_DAYS: u64 = 30;

/// Deliveries that are about to be sent, made by [`LocalArgyle::deliveries`].
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use switchhook::{provider::argyle::IdentityIds, testing::LocalArgyle};
///
/// let argyle = LocalArgyle::start().await?;
/// let sent = argyle
///     .deliveries()
///     .event("identities.added", &IdentityIds::default())
///     .event("identities.updated", &IdentityIds::default())
///     .repeated(3)
///     .shuffled(7)
///     .send()
///     .await;
/// assert!(sent.is_empty()); // nobody has subscribed
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "deliveries are only sent by `send()`"]
pub struct Deliveries {
    argyle: LocalArgyle,
    events: Vec<(String, Data)>,
    times: usize,
    seed: Option<u64>,
    at_once: usize,
    retries: u32,
    pause: Duration,
}

impl Deliveries {
    pub(super) fn new(argyle: LocalArgyle) -> Self {
        Self {
            argyle,
            events: Vec::new(),
            times: 1,
            seed: None,
            at_once: 1,
            retries: 0,
            pause: Duration::ZERO,
        }
    }

    /// Adds an event; `data` is what stands in the body's `data`. Anything but an object counts as an empty one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::testing::LocalArgyle;
    /// # async fn example(argyle: LocalArgyle) {
    /// use switchhook::provider::argyle::ItemRemoved;
    ///
    /// let gone = ItemRemoved { item: "item_000012345".to_owned() };
    /// argyle.deliveries().event("items.removed", &gone).send().await;
    /// # }
    /// ```
    pub fn event<T: Serialize + ?Sized>(mut self, event: &str, data: &T) -> Self {
        self.events.push((event.to_owned(), Data::of(data)));
        self
    }

    /// Sends each event so many times to each subscription, once unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{provider::argyle::IdentityIds, testing::LocalArgyle};
    /// # async fn example(argyle: LocalArgyle, ids: IdentityIds) {
    /// let sent = argyle.deliveries().event("identities.updated", &ids).repeated(2).send().await;
    /// # }
    /// ```
    pub fn repeated(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Sends them in another order, which this seed decides.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{provider::argyle::IdentityIds, testing::LocalArgyle};
    /// # async fn example(argyle: LocalArgyle, ids: IdentityIds) {
    /// let both = argyle.deliveries().event("identities.added", &ids).event("identities.updated", &ids);
    /// both.shuffled(42).send().await;
    /// # }
    /// ```
    pub fn shuffled(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Lets so many requests be under way at once; one unless set, so that they come in order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{provider::argyle::IdentityIds, testing::LocalArgyle};
    /// # async fn example(argyle: LocalArgyle, ids: IdentityIds) {
    /// argyle.deliveries().event("identities.updated", &ids).repeated(500).at_once(50).send().await;
    /// # }
    /// ```
    pub fn at_once(mut self, requests: usize) -> Self {
        self.at_once = requests.max(1);
        self
    }

    /// Sends what was not answered 2xx again, up to so many times, after a pause each time. Never unless set.
    ///
    /// Argyle's pages that could be read do not say how often it does so.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use switchhook::{provider::argyle::IdentityIds, testing::LocalArgyle};
    /// # async fn example(argyle: LocalArgyle, ids: IdentityIds) {
    /// let update = argyle.deliveries().event("identities.updated", &ids);
    /// let sent = update.retries(5, Duration::from_millis(20)).send().await;
    /// # }
    /// ```
    pub fn retries(mut self, times: u32, pause: Duration) -> Self {
        self.retries = times;
        self.pause = pause;
        self
    }

    /// Sends them to the subscriptions that there are now, and tells what came of each, in the order of sending.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops sending: some deliveries may have been received.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{provider::argyle::IdentityIds, testing::LocalArgyle};
    /// # async fn example(argyle: LocalArgyle, ids: IdentityIds) {
    /// for sent in argyle.deliveries().event("identities.updated", &ids).send().await {
    ///     assert_eq!(sent.status, Some(200));
    /// }
    /// # }
    /// ```
    pub async fn send(self) -> Vec<Sent> {
        let mut letters = self.letters();
        if let Some(seed) = self.seed {
            fastrand::Rng::with_seed(seed).shuffle(&mut letters);
        }
        let deliveries = letters.into_iter().map(|letter| self.deliver(letter));
        stream::iter(deliveries).buffered(self.at_once).collect().await
    }

    /// What is sent to whom, as subscriptions are at one moment.
    fn letters(&self) -> Vec<Letter> {
        let state = self.argyle.shared.state();
        if state.silent {
            return Vec::new();
        }
        let mut letters = Vec::new();
        for (event, data) in &self.events {
            for subscription in state.subscriptions.iter().filter(|one| one.takes(event, data)) {
                let letter = subscription.letter(event, data);
                letters.extend(std::iter::repeat_n(letter, self.times));
            }
        }
        letters
    }

    async fn deliver(&self, letter: Letter) -> Sent {
        let mut attempts = 0;
        loop {
            self.argyle.shared.state().subscriptions.sent(&letter.subscription);
            let status = post(&self.argyle.shared.client, &letter).await;
            attempts += 1;
            let is_taken = status.is_some_and(|status| (200..300).contains(&status));
            if is_taken || attempts > self.retries {
                return Sent { subscription: letter.subscription, event: letter.event, attempts, status };
            }
            tokio::time::sleep(self.pause).await;
        }
    }
}

/// What came of one delivery.
///
/// # Examples
///
/// See [`LocalArgyle::send`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// The id of the subscription that it was sent to.
    pub subscription: String,
    /// The event's name.
    pub event: String,
    /// How many times it was sent, at least one.
    pub attempts: u32,
    /// The status of the last answer; `None` where none came within 10 s.
    pub status: Option<u16>,
}

/// One request.
#[derive(Clone)]
struct Letter {
    subscription: String,
    event: String,
    url: Url,
    secret: Option<String>,
    body: Bytes,
}

/// Sends a request; gives the status of its answer.
async fn post(client: &reqwest::Client, letter: &Letter) -> Option<u16> {
    let mut request = client
        .post(letter.url.clone())
        .header(header::ACCEPT, "*/*")
        .header(header::ACCEPT_ENCODING, "gzip")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "ReactorNetty/1.1.28");
    let signature = letter.secret.as_deref().and_then(|secret| Argyle::new(secret).sign(&letter.body));
    if let Some((name, signature)) = signature {
        request = request.header(name, signature);
    }
    let response = request.body(letter.body.clone()).send().await.ok()?;
    let status = response.status().as_u16();
    // Read to its end, so that the connection can be used again.
    let _body = response.bytes().await;
    Some(status)
}

impl Subscription {
    fn takes(&self, event: &str, data: &Data) -> bool {
        let is_named = |name: &String| name == event || name == "*";
        // The wildcard has no Items, and so none of their events.
        self.wanted.events.iter().any(is_named) && (!takes_items(event) || self.has_item(data))
    }

    fn has_item(&self, data: &Data) -> bool {
        let items = self.wanted.config.get("items").and_then(Value::as_array);
        items.zip(data.get("item")).is_some_and(|(items, item)| items.contains(item))
    }

    fn letter(&self, event: &str, data: &Data) -> Letter {
        #[derive(Serialize)]
        struct Body<'a> {
            event: &'a str,
            name: &'a str,
            data: Data,
        }
        let mut data = data.clone();
        let config = &self.wanted.config;
        if takes_resource(event) && config.get("include_resource") != Some(&Value::Bool(true)) {
            data.remove("resource");
        }
        if takes_days(event) && data.get("days_synced").is_none_or(Value::is_null) {
            data.remove("days_synced");
            let days = config.get("days_synced").cloned().unwrap_or_else(|| USUAL_DAYS.into());
            data.push("days_synced", days);
        }
        let body = Body { event, name: &self.wanted.name, data };
        Letter {
            subscription: self.id.clone(),
            event: event.to_owned(),
            url: self.wanted.url.clone(),
            secret: self.wanted.secret.clone(),
            body: serde_json::to_vec_pretty(&body).unwrap_or_default().into(),
        }
    }
}
