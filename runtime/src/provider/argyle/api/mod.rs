//! Argyle's API: what is asked of Argyle, where deliveries only come from it.

mod answer;
mod builder;
mod call;
mod error;
mod hidden;
mod identity;
pub(crate) mod offers;
mod page;
pub(crate) mod pause;
pub(crate) mod shown;
mod subscription;

use std::{fmt, sync::Arc, time::Duration};

use http::Method;
use reqwest::Url;
use secrecy::SecretString;
use serde::de::DeserializeOwned;

pub use builder::{ClientBuilder, ClientError};
pub use error::{ApiError, ApiFault};
pub use identity::{
    Address, BasePay, EmploymentStatus, EmploymentType, Identity, PayCycle, PayPeriod, PlatformIds, Ssn,
};
pub use subscription::{NewSubscription, Subscription, SubscriptionConfig};

use call::Call;

/// A client of Argyle's API, version 2: webhook subscriptions and identities.
///
/// Every call has a time limit of 25 s unless set, less than a handler has. Within it a call is repeated a few times, after
/// growing random pauses or the one that Argyle asks for, where that does no harm: when it was turned away (429) or never
/// arrived, and, but for [`create_subscription`](Self::create_subscription), also when Argyle failed or did not answer in
/// time. Redirections are not followed, so that the key goes nowhere else. Copies share their connections.
///
/// Neither the key nor a secret is in `Debug`, in the log or in an error.
///
/// Source: <https://docs.argyle.com/api-guide/overview>, read in 2026.
///
/// # Examples
///
/// ```no_run
/// use switchhook::provider::argyle::Client;
///
/// # async fn status(id: &str, secret: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let argyle = Client::sandbox(id, secret).build()?;
/// let identity = argyle.identity("0153b145-7ab9-bea2-cc16-a8b71328942f").await?;
/// println!("{:?}", identity.employment_status);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    base: Url,
    key_id: SecretString,
    key_secret: SecretString,
    /// For one attempt.
    timeout: Duration,
    /// For all attempts of a call, and the pauses between them.
    deadline: Duration,
    attempts: u32,
}

impl Client {
    /// A client of the sandbox, `https://api-sandbox.argyle.com/v2`; the key must be one of the sandbox.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::Client;
    ///
    /// let argyle = Client::sandbox("api-key-id", "api-key-secret").build()?;
    /// # Ok::<(), switchhook::provider::argyle::ClientError>(())
    /// ```
    pub fn sandbox(key_id: impl Into<SecretString>, key_secret: impl Into<SecretString>) -> ClientBuilder {
        Self::at("https://api-sandbox.argyle.com/v2", key_id, key_secret)
    }

    /// A client of production, `https://api.argyle.com/v2`; the key must be one of production.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::Client;
    ///
    /// let argyle = Client::production("api-key-id", "api-key-secret").build()?;
    /// # Ok::<(), switchhook::provider::argyle::ClientError>(())
    /// ```
    pub fn production(key_id: impl Into<SecretString>, key_secret: impl Into<SecretString>) -> ClientBuilder {
        Self::at("https://api.argyle.com/v2", key_id, key_secret)
    }

    /// A client of an API at another address, such as `https://api.argyle.com/partners/v2` or a local Argyle. `build()`
    /// refuses one that is not `https:`, but on this machine.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::Client;
    ///
    /// let argyle = Client::at("http://127.0.0.1:4010/v2", "api-key-id", "api-key-secret").build()?;
    /// let error = Client::at("http://api.argyle.com/v2", "id", "secret").build().unwrap_err();
    /// assert!(error.to_string().ends_with("must begin with `https:`, since the key goes there"));
    /// # Ok::<(), switchhook::provider::argyle::ClientError>(())
    /// ```
    pub fn at(
        base_url: impl Into<String>,
        key_id: impl Into<SecretString>,
        key_secret: impl Into<SecretString>,
    ) -> ClientBuilder {
        ClientBuilder::new(base_url.into(), key_id.into(), key_secret.into())
    }

    /// The address of the API.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::Client;
    ///
    /// let argyle = Client::sandbox("api-key-id", "api-key-secret").build()?;
    /// assert_eq!(argyle.base_url(), "https://api-sandbox.argyle.com/v2");
    /// # Ok::<(), switchhook::provider::argyle::ClientError>(())
    /// ```
    pub fn base_url(&self) -> &str {
        self.0.base.as_str()
    }

    /// All webhook subscriptions of the environment, whoever made them: of all pages.
    ///
    /// # Errors
    ///
    /// [`ApiError`] of the first page that could not be read.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn names(argyle: &switchhook::provider::argyle::Client) -> Result<(), switchhook::provider::argyle::ApiError> {
    /// for subscription in argyle.subscriptions().await? {
    ///     println!("{} {} {:?}", subscription.name, subscription.url, subscription.events);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>, ApiError> {
        // Without a `limit`: that this list takes one is documented for version 1 only.
        page::all(self, Call::new(Method::GET, ["webhooks"])).await
    }

    /// One webhook subscription.
    ///
    /// That version 2 has this call is not documented; version 1 has it.
    ///
    /// # Errors
    ///
    /// [`ApiError`]; [`is_not_found`](ApiError::is_not_found) when there is none of this id.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn url(argyle: &switchhook::provider::argyle::Client) -> Result<(), switchhook::provider::argyle::ApiError> {
    /// let subscription = argyle.subscription("6f0d2c0e-1a2b-4c3d-8e4f-5a6b7c8d9e0f").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn subscription(&self, id: &str) -> Result<Subscription, ApiError> {
        self.one(Call::new(Method::GET, ["webhooks", id])).await
    }

    /// Makes a webhook subscription. It is repeated only when it certainly was not carried out.
    ///
    /// # Errors
    ///
    /// [`ApiError`]; when [`may_have_been_carried_out`](ApiError::may_have_been_carried_out), look at what is there before
    /// you repeat it. Argyle takes two equal subscriptions, and sends every event for each.
    ///
    /// # Cancel safety
    ///
    /// Dropped on the way, it may have been carried out.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use switchhook::provider::argyle::{ApiError, Client, NewSubscription};
    ///
    /// # async fn subscribe(argyle: &Client) -> Result<(), ApiError> {
    /// let new = NewSubscription::new(
    ///     ["identities.added"],
    ///     "name-for-the-webhook-subscription",
    ///     "https://your-webhook-backend.com",
    /// );
    /// let subscription = argyle.create_subscription(&new.secret("optional-secret")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_subscription(&self, new: &NewSubscription) -> Result<Subscription, ApiError> {
        let call = Call::new(Method::POST, ["webhooks"]).body(new.to_json());
        self.one(call.hiding(new.exposed_secret())).await
    }

    /// Deletes a webhook subscription.
    ///
    /// # Errors
    ///
    /// [`ApiError`]; [`is_not_found`](ApiError::is_not_found) when there is none of this id, unless an attempt before may
    /// have deleted it.
    ///
    /// # Cancel safety
    ///
    /// Dropped on the way, it may have been carried out.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn delete(argyle: &switchhook::provider::argyle::Client) -> Result<(), switchhook::provider::argyle::ApiError> {
    /// argyle.delete_subscription("6f0d2c0e-1a2b-4c3d-8e4f-5a6b7c8d9e0f").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_subscription(&self, id: &str) -> Result<(), ApiError> {
        match self.send(&Call::new(Method::DELETE, ["webhooks", id])).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() && error.is_unsure() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// An identity: what `data.identity` of a delivery names.
    ///
    /// Argyle may change it again right after the delivery, and deliveries come in no order: before you store it, see that
    /// what you have is not [newer](Identity::is_newer_than).
    ///
    /// Source: <https://docs.argyle.com/api-reference/identities/retrieve-an-identity>.
    ///
    /// # Errors
    ///
    /// [`ApiError`]; [`is_not_found`](ApiError::is_not_found) when there is none of this id, such as when its account was
    /// removed.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use switchhook::provider::argyle::{Client, IdentityIds};
    /// use switchhook::{Data, HandlerError, State, webhook_handler};
    ///
    /// #[webhook_handler("identities.added", "identities.updated")]
    /// async fn refresh(Data(ids): Data<IdentityIds>, State(argyle): State<Client>) -> Result<(), HandlerError> {
    ///     let identity = argyle.identity(&ids.identity).await?;
    ///     println!("{:?}", identity.employment_status);
    ///     Ok(())
    /// }
    /// ```
    pub async fn identity(&self, id: &str) -> Result<Identity, ApiError> {
        self.one(Call::new(Method::GET, ["identities", id])).await
    }

    /// All identities of an account: of all pages.
    ///
    /// Source: <https://docs.argyle.com/api-reference/identities/list-all-identities>.
    ///
    /// # Errors
    ///
    /// [`ApiError`] of the first page that could not be read.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn reconcile(argyle: &switchhook::provider::argyle::Client) -> Result<(), switchhook::provider::argyle::ApiError> {
    /// for identity in argyle.identities("0187c66e-e7e5-811c-b006-2232f00f426a").await? {
    ///     println!("{:?}", identity.employer);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn identities(&self, account: &str) -> Result<Vec<Identity>, ApiError> {
        // The most that a page can hold.
        let call = Call::new(Method::GET, ["identities"]).query("limit", "200");
        page::all(self, call.query("account", account)).await
    }

    /// Reads one object.
    async fn one<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ApiError> {
        let answer = self.send(&call).await?;
        answer.object().map_err(|fault| ApiError::new(&call, fault).answered(answer.facts()))
    }
}

/// Prints the address and neither half of the key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}
