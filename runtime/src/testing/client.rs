//! Sending to an application's endpoints without a socket.

use std::error::Error;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;

use crate::{InboxError, Outcome, Webhooks};

/// Sends requests to the endpoints of an application, in this process.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::{Argyle, IdentityIds};
/// use switchhook::testing::{Client, request};
/// use switchhook::{Data, Endpoint, Webhooks, handlers, webhook_handler};
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh(Data(ids): Data<IdentityIds>) -> Result<(), String> {
///     if ids.identity.is_empty() { Err("no identity".to_owned()) } else { Ok(()) }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), switchhook::BuildError> {
/// let webhooks =
///     Webhooks::builder().endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![refresh])).build()?;
/// let client = Client::new(&webhooks);
///
/// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
/// let answer = client.send("argyle", request).await;
/// assert_eq!(answer.status(), 500);
/// assert_eq!(answer.outcome().unwrap().error().unwrap().to_string(), "no identity");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    webhooks: Webhooks,
}

impl Client {
    /// A client of these endpoints.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::{Argyle, IdentityIds};
    /// use switchhook::testing::{Client, request};
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::BuildError> {
    /// let endpoint = Endpoint::new(Argyle::new("s3cr3t"), handlers![record]);
    /// let client = Client::new(&Webhooks::builder().endpoint(endpoint).build()?);
    /// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
    /// let answer = client.send("argyle", request).await;
    /// assert_eq!(answer.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(webhooks: &Webhooks) -> Self {
        Self { webhooks: webhooks.clone() }
    }

    /// Sends a request to the endpoint of this name.
    ///
    /// # Panics
    ///
    /// When there is no such endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::{Argyle, IdentityIds};
    /// use switchhook::testing::{Client, request};
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::BuildError> {
    /// let endpoint = Endpoint::new(Argyle::new("s3cr3t"), handlers![record]);
    /// let client = Client::new(&Webhooks::builder().endpoint(endpoint).build()?);
    /// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
    /// let answer = client.send("argyle", request).await;
    /// assert!(answer.outcome().is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send<B>(&self, endpoint: &str, request: Request<B>) -> Answer
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let Some(endpoint) = self.webhooks.endpoint(endpoint) else {
            #[expect(clippy::panic, reason = "a mistake in a test")]
            {
                panic!("there is no endpoint `{endpoint}` in {:?}", self.webhooks)
            }
        };
        let (response, outcome) = endpoint.receive(request).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Answer { status: head.status, headers: head.headers, body, outcome }
    }

    /// Sends a request to a tenant of the endpoint of this name.
    ///
    /// # Panics
    ///
    /// When there is no such endpoint, or no tenant can have this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use switchhook::provider::argyle::{Argyle, IdentityIds};
    /// use switchhook::testing::{Client, request};
    /// use switchhook::{Endpoint, Tenant, Tenants, Webhooks, handlers, webhook_handler};
    ///
    /// #[webhook_handler("*")]
    /// async fn record(tenant: Tenant) {
    ///     assert_eq!(tenant.as_str(), "acme");
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::BuildError> {
    /// let tenants = Tenants::new(async |_| Ok::<_, Infallible>(Some(Argyle::new("s3cr3t"))));
    /// let endpoint = Endpoint::tenants(tenants, handlers![record]);
    /// let client = Client::new(&Webhooks::builder().endpoint(endpoint).build()?);
    /// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
    /// assert_eq!(client.send_to("argyle", "acme", request).await.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send_to<B>(&self, endpoint: &str, tenant: &str, mut request: Request<B>) -> Answer
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let path = crate::Tenant::new(tenant).and_then(|tenant| format!("/{endpoint}/{tenant}").parse().ok());
        let Some(path) = path else {
            #[expect(clippy::panic, reason = "a mistake in a test")]
            {
                panic!("no tenant can have the name `{tenant}`")
            }
        };
        *request.uri_mut() = path;
        self.send(endpoint, request).await
    }

    /// Works off what the inbox has due, as `serve` does all the time; gives the number of attempts.
    ///
    /// An attempt that failed is due later: set the inbox's clock forward for the next.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use switchhook::provider::argyle::{Argyle, IdentityIds};
    /// use switchhook::testing::{Client, request};
    /// use switchhook::{Endpoint, Inbox, Webhooks, handlers, webhook_handler};
    ///
    /// #[webhook_handler("identities.updated", attempts = 3)]
    /// async fn refresh() {}
    ///
    /// let webhooks = Webhooks::builder()
    ///     .endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![refresh]))
    ///     .inbox(Inbox::memory().await?)
    ///     .build()?;
    /// let client = Client::new(&webhooks);
    /// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
    /// assert_eq!(client.send("argyle", request).await.status(), 200);
    /// assert_eq!(client.work_off().await?, 1);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    pub async fn work_off(&self) -> Result<usize, InboxError> {
        self.webhooks.work_off().await
    }
}

/// What an endpoint answered, and what its handlers made of the delivery.
///
/// # Examples
///
/// See [`Client`].
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    outcome: Option<Outcome>,
}

impl Answer {
    /// The status.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::{Argyle, IdentityIds};
    /// use switchhook::testing::{Client, request};
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::BuildError> {
    /// let endpoint = Endpoint::new(Argyle::new("s3cr3t"), handlers![record]);
    /// let client = Client::new(&Webhooks::builder().endpoint(endpoint).build()?);
    /// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
    /// let answer = client.send("argyle", request).await;
    /// assert_eq!(answer.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::{Argyle, IdentityIds};
    /// use switchhook::testing::{Client, request};
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::BuildError> {
    /// let endpoint = Endpoint::new(Argyle::new("s3cr3t"), handlers![record]);
    /// let client = Client::new(&Webhooks::builder().endpoint(endpoint).build()?);
    /// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
    /// let answer = client.send("argyle", request).await;
    /// assert!(answer.headers().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::{Argyle, IdentityIds};
    /// use switchhook::testing::{Client, request};
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::BuildError> {
    /// let endpoint = Endpoint::new(Argyle::new("s3cr3t"), handlers![record]);
    /// let client = Client::new(&Webhooks::builder().endpoint(endpoint).build()?);
    /// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
    /// let answer = client.send("argyle", request).await;
    /// assert!(answer.body().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The worst outcome of the handlers; `None` when none ran.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::{Argyle, IdentityIds};
    /// use switchhook::testing::{Client, request};
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::BuildError> {
    /// let endpoint = Endpoint::new(Argyle::new("s3cr3t"), handlers![record]);
    /// let client = Client::new(&Webhooks::builder().endpoint(endpoint).build()?);
    /// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
    /// let answer = client.send("argyle", request).await;
    /// assert!(matches!(answer.outcome(), Some(switchhook::Outcome::Done)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }
}
