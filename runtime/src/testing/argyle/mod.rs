//! Argyle's API on this machine.

mod api;
mod data;
mod deliveries;
mod fault;
mod identities;
mod page;
mod server;
mod subscriptions;
mod time;

use std::{
    collections::VecDeque,
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use self::{
    identities::Identities,
    subscriptions::{Subscription, Subscriptions},
};

use crate::provider::argyle::{Client, ClientBuilder};

pub use api::ApiRequest;
pub use deliveries::{Deliveries, Sent};
pub use fault::{Call, Fault};

/// Argyle on this machine: its API of webhook subscriptions and identities on 127.0.0.1, and the deliveries it sends.
///
/// An application is pointed at [`base_url`](Self::base_url) with [`key_id`](Self::key_id) and
/// [`key_secret`](Self::key_secret), subscribes there, and receives what a test [sends](Self::send). What Argyle's pages
/// say is done as they say it; where they are silent, this is stricter than it might be, with a 400 and a sentence.
///
/// | call | answer |
/// | --- | --- |
/// | `POST /v2/webhooks` | 201 and the subscription, its secret in clear |
/// | `GET /v2/webhooks` | 200 and a page, the oldest first; `limit` is 10 unless set, and 200 at most |
/// | `GET /v2/webhooks/{id}` | 200 and the subscription |
/// | `DELETE /v2/webhooks/{id}` | 204 |
/// | `GET /v2/identities` | 200 and a page; filters `account`, `user` and `employment` |
/// | `GET /v2/identities/{id}` | 200 and the identity |
///
/// Copies are one Argyle, which ends with the last of them. It needs a Tokio runtime with I/O and time.
///
/// Sources: <https://docs.argyle.com/api-guide/webhooks>, <https://docs.argyle.com/api-reference/identities>, and answers
/// recorded in 2025 and 2026.
///
/// # Examples
///
/// ```
/// use serde_json::json;
/// use switchhook::provider::argyle::{Argyle, IdentityIds};
/// use switchhook::testing::LocalArgyle;
/// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
/// use tokio::net::TcpListener;
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh() {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let webhooks =
///     Webhooks::builder().endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![refresh])).build()?;
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
///
/// let argyle = LocalArgyle::start().await?;
/// // An application does this by itself, over the API.
/// let url = format!("http://{}/argyle", listener.local_addr()?);
/// argyle.subscribe(json!({ "name": "hr", "url": url, "events": ["identities.updated"], "secret": "s3cr3t" }))?;
///
/// let ids = IdentityIds::default();
/// tokio::select! {
///     () = webhooks.serve(listener, webhooks.router()).until(std::future::pending()) => {}
///     sent = argyle.send("identities.updated", &ids) => assert_eq!(sent[0].status, Some(200)),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LocalArgyle {
    shared: Arc<Shared>,
    _server: Arc<AbortOnDropHandle<()>>,
}

/// What the server and a test share.
struct Shared {
    address: SocketAddr,
    key_id: String,
    key_secret: String,
    client: reqwest::Client,
    /// How many requests were received.
    received: watch::Sender<u64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    subscriptions: Subscriptions,
    identities: Identities,
    faults: VecDeque<(Call, Fault)>,
    requests: VecDeque<ApiRequest>,
    silent: bool,
}

impl LocalArgyle {
    /// Starts one on a free port, with a key made at random.
    ///
    /// # Errors
    ///
    /// When there is no port to be had.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// assert!(argyle.base_url().starts_with("http://127.0.0.1:"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start() -> io::Result<Self> {
        let secret: String = (0..32).map(|_| fastrand::alphanumeric()).collect();
        Self::start_with_key(Uuid::now_v7().simple().to_string(), secret).await
    }

    /// Starts one that takes this key, of an id and a secret.
    ///
    /// # Errors
    ///
    /// When there is no port to be had.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start_with_key("id", "secret").await?;
    /// assert_eq!((argyle.key_id(), argyle.key_secret()), ("id", "secret"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start_with_key(id: impl Into<String>, secret: impl Into<String>) -> io::Result<Self> {
        let (key_id, key_secret) = (id.into(), secret.into());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(io::Error::other)?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            key_id,
            key_secret,
            client,
            received: watch::Sender::new(0),
            state: Mutex::default(),
        });
        #[expect(clippy::disallowed_methods, reason = "it ends with the last copy")]
        let server = tokio::spawn(server::serve(listener, Arc::clone(&shared)));
        Ok(Self { shared, _server: Arc::new(AbortOnDropHandle::new(server)) })
    }

    /// Where the API is, such as `http://127.0.0.1:40123/v2`.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// assert!(argyle.base_url().ends_with("/v2"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn base_url(&self) -> String {
        format!("http://{}/v2", self.shared.address)
    }

    /// The id of the key that the API takes: the user of Basic authentication.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start_with_key("id", "secret").await?;
    /// assert_eq!(argyle.key_id(), "id");
    /// # Ok(())
    /// # }
    /// ```
    pub fn key_id(&self) -> &str {
        &self.shared.key_id
    }

    /// The secret of the key that the API takes: the password of Basic authentication.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start_with_key("id", "secret").await?;
    /// assert_eq!(argyle.key_secret(), "secret");
    /// # Ok(())
    /// # }
    /// ```
    pub fn key_secret(&self) -> &str {
        &self.shared.key_secret
    }

    /// A client of it, with its key.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// let client = argyle.client().build()?;
    /// assert!(client.subscriptions().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn client(&self) -> ClientBuilder {
        Client::at(self.base_url(), self.key_id(), self.key_secret())
    }

    /// Adds an identity, or changes the one of its `id`; gives its id, which is made where it has none.
    ///
    /// A `user` in it is what the filter `user` finds it by. Argyle's identities have no such field, so it is not shown.
    /// Anything but an object counts as an empty one. For the fields see
    /// <https://docs.argyle.com/api-reference/identities>.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use serde_json::json;
    ///
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// let ada = json!({ "id": "5c0ffee0", "account": "0190aaaa", "employment_status": "active" });
    /// assert_eq!(argyle.put_identity(ada), "5c0ffee0");
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_identity(&self, identity: Value) -> String {
        self.shared.state().identities.put(identity)
    }

    /// Removes an identity, as when its account is removed; tells whether it was there.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// assert!(!argyle.remove_identity("5c0ffee0"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove_identity(&self, id: &str) -> bool {
        self.shared.state().identities.remove(id)
    }

    /// The subscriptions that there are, the oldest first, as the API shows them: with their secrets in clear.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// // … the application starts …
    /// assert_eq!(argyle.subscriptions().len(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscriptions(&self) -> Vec<Value> {
        self.shared.state().subscriptions.iter().map(Subscription::show).collect()
    }

    /// Adds a subscription as another application would, and gives it. It is no request.
    ///
    /// # Errors
    ///
    /// The sentence with which the API refuses it.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use serde_json::json;
    ///
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// let subscription = json!({ "name": "crm", "url": "https://crm.example.test", "events": "identities" });
    /// let refused = argyle.subscribe(subscription).unwrap_err();
    /// assert_eq!(refused, "`events` is required and must be a list of names, or `*`.");
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "it is mostly made with `json!`")]
    pub fn subscribe(&self, subscription: Value) -> Result<Value, String> {
        self.shared.state().subscriptions.create(&subscription)
    }

    /// The requests that the API received, the oldest first, and no more than the last 10,000.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// assert!(argyle.requests().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests(&self) -> Vec<ApiRequest> {
        self.shared.state().requests.iter().cloned().collect()
    }

    /// Waits until the API has received so many requests since it was started. What they ask for is done by then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use switchhook::testing::{Call, Fault, LocalArgyle};
    /// # async fn example(argyle: LocalArgyle) {
    /// argyle.fail(Call::Create, Fault::HangAfter);
    /// // … the application starts, and is given up on …
    /// argyle.wait_for_requests(2).await; // the list, and the creation
    /// assert_eq!(argyle.subscriptions().len(), 1);
    /// # }
    /// ```
    pub async fn wait_for_requests(&self, requests: u64) {
        let mut received = self.shared.received.subscribe();
        // It only fails when the sender is gone, which `self` holds.
        let _received = received.wait_for(|received| *received >= requests).await;
    }

    /// Lets the next request of this call go wrong. Faults of one call queue up, one for each request.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use switchhook::testing::{Call, Fault, LocalArgyle};
    ///
    /// let argyle = LocalArgyle::start().await?;
    /// argyle.fail(Call::Create, Fault::Status(500));
    /// argyle.fail(Call::Create, Fault::TruncatedAfter); // of the request after that
    /// # Ok(())
    /// # }
    /// ```
    pub fn fail(&self, call: Call, fault: Fault) {
        self.shared.state().faults.push_back((call, fault));
    }

    /// Lets several requests go wrong.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use switchhook::testing::{Call, Fault, LocalArgyle};
    ///
    /// let argyle = LocalArgyle::start().await?;
    /// argyle.fail_each(vec![(Call::List, Fault::Status(503)); 5]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fail_each(&self, faults: impl IntoIterator<Item = (Call, Fault)>) {
        self.shared.state().faults.extend(faults);
    }

    /// Sends an event to each subscription that takes it, one after the other, and tells what came of each.
    ///
    /// `data` is what stands in the body's `data`. For each subscription it is made what Argyle would send: without
    /// `resource` where that is optional and `include_resource` is not set, with `days_synced` where it has none. Events
    /// of `items.*` are sent for the Items of the subscription alone, and never for `*`.
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

    /// Deliveries in other ways: repeated, out of order, many at once, sent again.
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

    /// Loses every event from now on, or no longer: sending one then sends nothing, and it does not come later.
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

/// Neither the key nor what was sent.
impl fmt::Debug for LocalArgyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalArgyle").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_fault(&mut self, call: Call) -> Option<Fault> {
        let next = self.faults.iter().position(|(of, _)| *of == call)?;
        self.faults.remove(next).map(|(_, fault)| fault)
    }
}
