//! Slack: the Events API. See <https://docs.slack.dev/apis/events-api>.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use hmac::Hmac;
use http::{HeaderName, HeaderValue, header};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;

use super::{
    EnvelopeError, Incoming, Parts, Provider, Secrets, Verified, VerifyError,
    keys::{self, Keys},
    object,
    signature::{Encoding, sole_header},
    timestamp::{self, TOLERANCE, Unit},
};
use crate::route::catalog::Catalog;

static SIGNATURE: HeaderName = HeaderName::from_static("x-slack-signature");
static TIMESTAMP: HeaderName = HeaderName::from_static("x-slack-request-timestamp");

/// Slack's Events API, whose deliveries are signed with the app's signing secret.
///
/// `X-Slack-Signature` is `v0=` and the HMAC-SHA256 of `v0:<timestamp>:<body>` in lower-case hex, where the timestamp is
/// that of `X-Slack-Request-Timestamp`. The key is the text of the signing secret.
///
/// The event is `event.type`, which is not always the name of the subscription: of `message.channels` and `message.im` it is
/// `message`, and a field `channel_type` tells them apart. It is that of a body whose `type` is `event_callback`, its id `event_id`, and `data` is `event`. Of any other
/// body the event is its `type` (such as `app_rate_limited`), and `data` the whole. A `url_verification`, which must be signed
/// as everything else, is answered with its `challenge`. Handlers see which retry a delivery is in the header
/// `X-Slack-Retry-Num`.
///
/// Slack's other requests, such as slash commands, are forms and no events: they are answered 400. Slack waits 3 s for an
/// answer and sends a delivery again otherwise, so use an inbox where handlers take longer.
///
/// # Security
///
/// The signature covers the body and the timestamp, which may be five minutes off at most: a recorded delivery can be sent
/// again for that long. It does not cover the other headers, `X-Slack-Retry-Num` among them.
///
/// Source: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
///
/// # Examples
///
/// ```
/// use switchhook::{Endpoint, Envelope, handlers, webhook_handler};
/// use switchhook::provider::slack::Slack;
///
/// #[webhook_handler("app_mention")]
/// async fn mentioned() {}
///
/// # fn endpoint() -> Endpoint<Slack, ()> {
/// Endpoint::new(Slack::new("8f742231b10e8888abcd99yyyzzz85a5"), handlers![mentioned])
/// # }
/// ```
#[derive(Debug)]
pub struct Slack {
    keys: Keys<Hmac<Sha256>>,
    tolerance: Duration,
}

impl Slack {
    /// Takes deliveries that one of the secrets signed. `build()` refuses a bad one, or none at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::slack::Slack;
    ///
    /// let slack = Slack::new("8f742231b10e8888abcd99yyyzzz85a5");
    /// ```
    pub fn new(secrets: impl Into<Secrets>) -> Self {
        Self { keys: Keys::new(secrets.into(), keys::hmac), tolerance: TOLERANCE }
    }

    /// How far the timestamp may be from now, before and after; five minutes unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use switchhook::provider::slack::Slack;
    ///
    /// let slack = Slack::new("8f742231b10e8888abcd99yyyzzz85a5").tolerance(Duration::from_mins(1));
    /// ```
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// What the first secret signs a body with.
    #[cfg(feature = "testing")]
    pub(crate) fn sign(&self, seconds: u64, body: &[u8]) -> Option<[(HeaderName, String); 2]> {
        let seconds = seconds.to_string();
        let signature = self.keys.sign(&[b"v0:", seconds.as_bytes(), b":", body])?;
        let signature = format!("v0={}", Encoding::Hex.encode(&signature));
        Some([(TIMESTAMP.clone(), seconds), (SIGNATURE.clone(), signature)])
    }
}

/// The envelope of everything that the Events API sends.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    event_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    challenge: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
}

impl Provider for Slack {
    const NAME: &'static str = "Slack";
    const CATALOG: &'static Catalog = &Catalog::open("Slack");

    fn check(&self) -> Result<(), Vec<String>> {
        self.keys.check()
    }

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        let signature = sole_header(request.headers(), &SIGNATURE)?
            .strip_prefix(b"v0=")
            .and_then(|text| Encoding::Hex.decode::<32>(text))
            .ok_or_else(|| VerifyError::MalformedHeader(SIGNATURE.clone()))?;
        let timestamp = timestamp::digits(&TIMESTAMP, sole_header(request.headers(), &TIMESTAMP)?)?;
        let message = [b"v0:", timestamp.0, b":", request.body()];
        let verified = self.keys.verify(request.received_at(), &message, &[signature])?;
        timestamp.near(request.received_at(), self.tolerance, Unit::Seconds)?;
        Ok(verified)
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        let Body { r#type, event_id, event, challenge: _ } = request.json()?;
        let (event, data) = if r#type == "event_callback" {
            let event = event.ok_or_else(|| EnvelopeError::new("the callback has no `event`"))?;
            let Event { r#type } = object(event.get().as_bytes())?;
            (r#type, request.part(event))
        } else {
            (r#type, request.body().clone())
        };
        let parts = Parts::new(event, data);
        Ok(match event_id {
            Some(id) => parts.id(id),
            None => parts,
        })
    }

    fn handshake(&self, request: &Incoming<'_>) -> Option<http::Response<Bytes>> {
        if request.method() != http::Method::POST {
            return None;
        }
        let Body { r#type, challenge, .. } = request.json().ok()?;
        let challenge = challenge.filter(|_| r#type == "url_verification")?;
        let mut answer = http::Response::new(Bytes::from(challenge.into_owned()));
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        answer.headers_mut().insert(header::CONTENT_TYPE, plain);
        Some(answer)
    }
}
