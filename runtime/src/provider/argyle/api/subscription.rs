//! Webhook subscriptions, as Argyle stores them and as they are asked for.

use std::fmt;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

/// A webhook subscription that Argyle has.
///
/// `Debug` does not print its secret. Source: deliveries and answers recorded in 2025 and 2026; Argyle's pages show
/// version 1's, <https://docs.argyle.com/legacy/api-reference/webhooks>.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::Subscription;
///
/// let json = r#"{"id":"6f0d2c0e","name":"payroll","events":["identities.added"],"url":"https://hooks.example.com"}"#;
/// let subscription: Subscription = serde_json::from_str(json)?;
/// assert_eq!(subscription.events, ["identities.added"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(expecting = "a subscription")]
#[non_exhaustive]
pub struct Subscription {
    /// Argyle's id of it.
    pub id: String,
    /// The subscriber's name for it, which every delivery repeats. Not unique.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The events, or `*` alone.
    #[serde(default, deserialize_with = "events")]
    pub events: Vec<String>,
    /// What more was asked for.
    #[serde(default, deserialize_with = "config")]
    pub config: SubscriptionConfig,
    /// The secret that deliveries are signed with. Argyle gives it in clear.
    #[serde(default, deserialize_with = "secret")]
    pub secret: Option<SecretString>,
    /// Where deliveries go.
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
    /// When it was made, ISO 8601.
    pub created_at: Option<String>,
    /// When it was changed last, ISO 8601; it seems to move with every delivery.
    pub updated_at: Option<String>,
    /// When a delivery was last sent, ISO 8601.
    pub last_sent_at: Option<String>,
}

/// What a subscription asks for beside its events.
///
/// Source: <https://docs.argyle.com/api-guide/webhooks>.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::SubscriptionConfig;
///
/// let config = SubscriptionConfig { days_synced: Some(90), ..Default::default() };
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SubscriptionConfig {
    /// Deliveries carry the object itself, for the events that offer it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_resource: bool,
    /// After how many days of history `*.partially_synced` is sent; Argyle takes 30 for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_synced: Option<u32>,
    /// The Items that `items.*` is about, 30 at the most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

impl SubscriptionConfig {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A webhook subscription to be made.
///
/// `Debug` and `Display` mask its secret; `Display` prints the request as JSON.
///
/// Source: <https://docs.argyle.com/api-reference/identities-webhooks>.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::NewSubscription;
///
/// let new = NewSubscription::new(["identities.added"], "payroll", "https://hooks.example.com/argyle");
/// assert!(new.secret("optional-secret").to_string().contains(r#""secret": "***""#));
/// ```
#[derive(Debug, Clone)]
pub struct NewSubscription {
    events: Vec<String>,
    name: String,
    url: String,
    secret: Option<SecretString>,
    config: SubscriptionConfig,
}

impl NewSubscription {
    /// A subscription without a secret, so that its deliveries are not signed.
    ///
    /// # Examples
    ///
    /// See [`NewSubscription`].
    pub fn new<E: Into<String>>(
        events: impl IntoIterator<Item = E>,
        name: impl Into<String>,
        url: impl Into<String>,
    ) -> Self {
        Self {
            events: events.into_iter().map(Into::into).collect(),
            name: name.into(),
            url: url.into(),
            secret: None,
            config: SubscriptionConfig::default(),
        }
    }

    /// Has deliveries signed with this secret.
    ///
    /// # Examples
    ///
    /// See [`NewSubscription`].
    #[must_use]
    pub fn secret(self, secret: impl Into<SecretString>) -> Self {
        Self { secret: Some(secret.into()), ..self }
    }

    /// Asks for more.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::{NewSubscription, SubscriptionConfig};
    ///
    /// let config = SubscriptionConfig { include_resource: true, ..Default::default() };
    /// let new = NewSubscription::new(["accounts.updated"], "payroll", "https://hooks.example.com/argyle").config(config);
    /// ```
    #[must_use]
    pub fn config(self, config: SubscriptionConfig) -> Self {
        Self { config, ..self }
    }

    /// The events, or `*` alone.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::NewSubscription;
    ///
    /// let new = NewSubscription::new(["*"], "payroll", "https://hooks.example.com/argyle");
    /// assert_eq!((new.events(), new.name()), (&["*".to_owned()][..], "payroll"));
    /// ```
    pub fn events(&self) -> &[String] {
        &self.events
    }

    /// Its name.
    ///
    /// # Examples
    ///
    /// See [`events`](Self::events).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where deliveries are to go.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::NewSubscription;
    ///
    /// let new = NewSubscription::new(["*"], "payroll", "https://hooks.example.com/argyle");
    /// assert_eq!(new.url(), "https://hooks.example.com/argyle");
    /// ```
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What more is asked for.
    pub(crate) fn asked(&self) -> &SubscriptionConfig {
        &self.config
    }

    pub(crate) fn exposed_secret(&self) -> Option<&str> {
        self.secret.as_ref().map(ExposeSecret::expose_secret)
    }

    /// The request, with the secret.
    pub(super) fn to_json(&self) -> Bytes {
        // A body of texts and numbers can always be written.
        serde_json::to_vec(&self.body(self.exposed_secret())).unwrap_or_default().into()
    }

    fn body<'a>(&'a self, secret: Option<&'a str>) -> Body<'a> {
        let config = (!self.config.is_empty()).then_some(&self.config);
        Body { events: &self.events, name: &self.name, url: &self.url, secret, config }
    }
}

/// The request's fields, in the order of Argyle's page.
#[derive(Serialize)]
struct Body<'a> {
    events: &'a [String],
    name: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a SubscriptionConfig>,
}

impl fmt::Display for NewSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = self.secret.as_ref().map(|_| "***");
        f.write_str(&serde_json::to_string_pretty(&self.body(masked)).unwrap_or_default())
    }
}

/// `null` for what is absent.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(json: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(json)?.unwrap_or_default())
}

/// By way of a [`Value`]: the errors of `String` would print a number that came instead.
fn secret<'de, D: Deserializer<'de>>(json: D) -> Result<Option<SecretString>, D::Error> {
    match Value::deserialize(json)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.into())),
        _ => Err(D::Error::custom("`secret` must be a text")),
    }
}

/// A list of names, or the wildcard by itself.
fn events<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Option::deserialize(json)? {
        Some(OneOrMany::One(event)) => vec![event],
        Some(OneOrMany::Many(events)) => events,
        None => Vec::new(),
    })
}

/// What is known of a `config`; there may be more in it, or other things, in those of others.
fn config<'de, D: Deserializer<'de>>(json: D) -> Result<SubscriptionConfig, D::Error> {
    let config = Value::deserialize(json)?;
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let items = config["items"].as_array().into_iter().flatten();
    Ok(SubscriptionConfig {
        include_resource: config["include_resource"].as_bool().unwrap_or_default(),
        days_synced: number(&config["days_synced"]).and_then(|days| days.try_into().ok()),
        items: items.filter_map(|item| item.as_str().map(str::to_owned)).collect(),
    })
}
