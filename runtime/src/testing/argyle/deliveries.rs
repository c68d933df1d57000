//! Deliveries, and the ways in which they come.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde::Serialize;

use super::{LocalArgyle, data::Data, letter::Letter};

/// Deliveries to be sent, made by [`LocalArgyle::deliveries`].
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

impl LocalArgyle {
    /// Sends an event to each subscription that takes it, one after the other, and returns the outcomes.
    ///
    /// `data` becomes the body's `data`, adapted to each subscription: without `resource` where that is optional and
    /// `include_resource` is not set, and with `days_synced` where it is missing. Events of `items.*` are sent only for
    /// Items that the subscription names, and never for `*`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops sending: some deliveries may have been received.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use serde_json::json;
    /// use switchhook::provider::argyle::IdentityIds;
    ///
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// argyle.subscribe(json!({ "name": "hr", "url": "http://127.0.0.1:9", "events": "*" }))?;
    /// let sent = argyle.send("identities.added", &IdentityIds::default()).await;
    /// assert_eq!((sent.len(), sent[0].attempts, sent[0].status), (1, 1, None));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send<T: Serialize + ?Sized>(&self, event: &str, data: &T) -> Vec<Sent> {
        self.deliveries().event(event, data).send().await
    }

    /// Prepares deliveries that are repeated, out of order, many at once, or sent again.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{provider::argyle::IdentityIds, testing::LocalArgyle};
    /// # async fn example(argyle: LocalArgyle, ids: IdentityIds) {
    /// let twice = argyle.deliveries().event("identities.updated", &ids).repeated(2).send().await;
    /// # }
    /// ```
    pub fn deliveries(&self) -> Deliveries {
        Deliveries::new(self.clone())
    }

    /// Loses every event while `is_silent` is true: nothing is sent, and nothing is made up for later.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use switchhook::{provider::argyle::IdentityIds, testing::LocalArgyle};
    ///
    /// let argyle = LocalArgyle::start().await?;
    /// argyle.silence(true);
    /// assert!(argyle.send("identities.added", &IdentityIds::default()).await.is_empty());
    /// argyle.silence(false);
    /// # Ok(())
    /// # }
    /// ```
    pub fn silence(&self, is_silent: bool) {
        self.shared.state().silent = is_silent;
    }
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

    /// Adds an event with the body's `data`. Anything but an object counts as an empty one.
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

    /// Sends each event this many times to each subscription; once unless set.
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

    /// Sends them in an order that is shuffled with this seed. The same seed gives the same order.
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

    /// Sends up to this many requests at once; one unless set, so that they come in order.
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

    /// Sends what was not answered with a 2xx status again, up to this many times, with a pause before each; never unless
    /// set.
    ///
    /// How often Argyle itself sends again is not known: the pages of it that could be read do not say.
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

    /// Sends them to the subscriptions that there are now, and returns the outcomes in the order of sending.
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
        let this = &self;
        let mut letters = self.letters();
        if let Some(seed) = self.seed {
            fastrand::Rng::with_seed(seed).shuffle(&mut letters);
        }
        let deliveries = letters.into_iter().enumerate();
        let deliveries = deliveries.map(|(place, letter)| async move { (place, this.deliver(letter).await) });
        // Any answer makes room for the next request, whether or not it is that of the first one.
        let mut sent: Vec<_> = stream::iter(deliveries).buffer_unordered(self.at_once).collect().await;
        sent.sort_unstable_by_key(|(place, _)| *place);
        sent.into_iter().map(|(_, sent)| sent).collect()
    }

    /// What is sent to whom; the subscriptions are those of one moment.
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
            let status = letter.post(&self.argyle.shared.client).await;
            attempts += 1;
            let is_taken = status.is_some_and(|status| (200..300).contains(&status));
            if is_taken || attempts > self.retries {
                return Sent { subscription: letter.subscription, event: letter.event, attempts, status };
            }
            tokio::time::sleep(self.pause).await;
        }
    }
}

/// The outcome of one delivery.
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
