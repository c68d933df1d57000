//! A client's settings, checked before its first call.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use reqwest::{Url, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};

use super::{Client, Inner, shown};
use crate::chain::Causes;

/// Collects the settings of a [`Client`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use switchhook::provider::argyle::Client;
///
/// let builder = Client::sandbox("api-key-id", "api-key-secret");
/// let argyle = builder.timeout(Duration::from_secs(3)).deadline(Duration::from_secs(7)).attempts(2).build()?;
/// # Ok::<(), switchhook::provider::argyle::ClientError>(())
/// ```
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    key_id: SecretString,
    key_secret: SecretString,
    timeout: Duration,
    deadline: Duration,
    attempts: u32,
}

impl ClientBuilder {
    pub(super) fn new(base_url: String, key_id: SecretString, key_secret: SecretString) -> Self {
        let (timeout, deadline) = (Duration::from_secs(10), Duration::from_secs(25));
        Self { base_url, key_id, key_secret, timeout, deadline, attempts: 4 }
    }

    /// How long one attempt may take, to the end of the answer; 10 s unless set.
    ///
    /// # Examples
    ///
    /// See [`ClientBuilder`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a call may take with all its attempts and pauses; 25 s unless set, which is less than a handler has. It is
    /// not repeated when the pause before would end later. A list has this long for each page.
    ///
    /// # Examples
    ///
    /// See [`ClientBuilder`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many attempts a call has, at least one; 4 unless set.
    ///
    /// # Examples
    ///
    /// See [`ClientBuilder`].
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Checks the settings. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ClientError`] says which half of the key is blank, what is wrong with the address, or that there is no TLS.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::Client;
    ///
    /// let error = Client::sandbox("", "api-key-secret").build().unwrap_err();
    /// assert_eq!(error.to_string(), "the id of the API key is blank");
    /// ```
    pub fn build(self) -> Result<Client, ClientError> {
        let (id, secret) = (self.key_id.expose_secret(), self.key_secret.expose_secret());
        for (half, text) in [("id", id), ("secret", secret)] {
            if text.trim().is_empty() {
                return Err(ClientError::BlankKey { half });
            }
            if text.trim() != text {
                return Err(ClientError::UntrimmedKey { half });
            }
        }
        if id.contains(':') {
            return Err(ClientError::ColonInKey);
        }
        let base = base(&self.base_url)?;
        let http = reqwest::Client::builder();
        // What goes to this machine, perhaps in clear, goes through no proxy.
        let http = if is_here(&base) { http.no_proxy() } else { http };
        let http = http
            .user_agent(concat!("switchhook/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            // So that a server that does not even take the connection is known to have done nothing.
            .connect_timeout(self.timeout / 2)
            // Shorter than servers keep them, so that few calls meet a connection that is just being closed.
            .pool_idle_timeout(Duration::from_secs(15))
            .build()
            .map_err(ClientError::Tls)?;
        let Self { key_id, key_secret, timeout, deadline, attempts, .. } = self;
        Ok(Client(Arc::new(Inner { http, base, key_id, key_secret, timeout, deadline, attempts })))
    }
}

/// The address of an API, without a `/` at its end.
fn base(text: &str) -> Result<Url, ClientError> {
    let fault = |fault| ClientError::BaseUrl { url: shown::address(text), fault };
    let url = Url::parse(text.trim_end_matches('/')).map_err(|_error| fault("is no URL"))?;
    if url.cannot_be_a_base() || !url.has_host() {
        return Err(fault("is no URL of a server"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault("must hold no key; give it beside the URL"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(fault("must end with a path, such as `/v2`"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here(&url) => Ok(url),
        _ => Err(fault("must begin with `https:`, since the key goes there")),
    }
}

/// Tells whether the address is one of this machine.
fn is_here(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    })
}

/// Prints the address and neither half of the key.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &shown::address(&self.base_url))
            .field("timeout", &self.timeout)
            .field("deadline", &self.deadline)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Why there is no [`Client`] of these settings. `Debug` prints the same as `Display`: it is what `main` prints.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::Client;
///
/// let error = Client::at("api.argyle.com", "id", "secret").build().unwrap_err();
/// assert_eq!(error.to_string(), "the API's address `api.argyle.com` is no URL");
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A half of the key is empty or white space.
    #[error("the {half} of the API key is blank")]
    BlankKey {
        /// `id` or `secret`.
        half: &'static str,
    },
    /// A half of the key begins or ends with white space, such as the end of a file's line.
    #[error("the {half} of the API key begins or ends with white space; trim it")]
    UntrimmedKey {
        /// `id` or `secret`.
        half: &'static str,
    },
    /// The key's id has a colon, so that Basic authentication would cut it there.
    #[error("the id of the API key holds a `:`, which no id does; is it the id and the secret in one?")]
    ColonInKey,
    /// The address is not one to send a key to.
    #[error("the API's address `{url}` {fault}")]
    BaseUrl {
        /// The address, without what stands before an `@`.
        url: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// There is no TLS on this machine, such as no root certificates.
    #[error("TLS cannot be set up")]
    Tls(#[source] reqwest::Error),
}

impl fmt::Debug for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}{}", Causes(self))
    }
}
