//! Argyle's API on this machine.
//!
//! `server` reads a request, `api` carries it out on the `state`, and `answer`, or `spoil` where there is a `fault`, says
//! what comes back. `deliveries` sends a `letter` to each of the `subscriptions` that takes an event. Methods of
//! [`LocalArgyle`] stand beside what they are about.

mod answer;
mod api;
mod data;
mod deliveries;
mod fault;
mod id;
mod identities;
mod letter;
mod page;
mod requests;
mod server;
mod spoil;
mod state;
mod subscriptions;
mod time;
mod wanted;

use std::{fmt, io, net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use self::state::Shared;
use crate::provider::argyle::{Client, ClientBuilder};

pub use deliveries::{Deliveries, Sent};
pub use fault::{Call, Fault};
pub use requests::ApiRequest;

/// Argyle on this machine: its API of webhook subscriptions and identities on 127.0.0.1, and the deliveries it sends.
///
/// An application is pointed at [`base_url`](Self::base_url) with [`key_id`](Self::key_id) and
/// [`key_secret`](Self::key_secret), subscribes there, and receives what a test [sends](Self::send).
///
/// | call | answer |
/// | --- | --- |
/// | `POST /v2/webhooks` | 201 and the subscription, its secret in clear |
/// | `GET /v2/webhooks` | 200 and a page, oldest first; `limit` is 10 unless set, and at most 200 |
/// | `GET /v2/webhooks/{id}` | 200 and the subscription |
/// | `DELETE /v2/webhooks/{id}` | 204 |
/// | `GET /v2/identities` | 200 and a page; filters `account`, `user` and `employment` |
/// | `GET /v2/identities/{id}` | 200 and the identity |
///
/// `next` and `previous` of a page are full URLs, on the host that the request named in its `Host` header.
///
/// Clones are handles of one Argyle, which ends when the last is dropped. It needs a Tokio runtime with I/O and time.
///
/// # What is known, and what is a guess
///
/// Known from <https://docs.argyle.com/api-guide/webhooks>, <https://docs.argyle.com/api-reference/identities> and answers
/// recorded in 2025 and 2026: the paths; Basic authentication and the body of a 401; the fields of a subscription, its
/// secret in clear among them; the pages of `next`, `previous` and `results`, with `limit` and `cursor` for identities;
/// what `config` takes and what `*` leaves out; ids that need not be UUIDs; the headers and the body of a delivery.
///
/// Not known, and so a guess that Argyle may differ from:
///
/// - 201 as the answer to a creation (Argyle's pages say 200 and show something else), and 204 to a deletion;
/// - `GET /v2/webhooks/{id}`, which is only documented for the API's first version, as is `limit` for `/v2/webhooks`;
/// - the order of lists: oldest first;
/// - that a list shows each change at once; see [`Fault::Stale`] for one that does not;
/// - what is refused beyond what the pages forbid, with which status (400, 404, 405, 413, 415) and which `detail`.
///
/// Where Argyle's pages are silent, this is rather too strict than too lax.
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

impl LocalArgyle {
    /// Starts one on a free port, with a random key.
    ///
    /// # Errors
    ///
    /// When no port can be bound.
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
        Self::start_with_key(id::digits(32), secret).await
    }

    /// Starts one that accepts this key: an id and a secret.
    ///
    /// # Errors
    ///
    /// When no port can be bound.
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
        let shared = Arc::new(Shared::new(listener.local_addr()?, key_id, key_secret, client));
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

    /// The id of the key that the API accepts: the user of Basic authentication.
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

    /// The secret of the key that the API accepts: the password of Basic authentication.
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

    /// Prepares a client of it, with its key.
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
}

/// Neither the key nor what was sent.
impl fmt::Debug for LocalArgyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalArgyle").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}
