//! GitHub: repositories, organisations and apps. See <https://docs.github.com/en/webhooks>.

mod catalog;
mod payload;
mod resource;

use std::borrow::Cow;

use bytes::Bytes;
use hmac::Hmac;
use http::HeaderName;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;

pub use catalog::GITHUB;
pub use payload::*;
pub use resource::*;

use super::{
    EnvelopeError, Incoming, Parts, Provider, Secrets, Verified, VerifyError,
    keys::{self, Keys},
    object,
    signature::{Encoding, sole_header},
};
use crate::route::catalog::Catalog;

static SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
static EVENT: HeaderName = HeaderName::from_static("x-github-event");
static DELIVERY: HeaderName = HeaderName::from_static("x-github-delivery");

/// GitHub, whose deliveries are signed with the webhook's secret.
///
/// `X-Hub-Signature-256` is `sha256=` and the HMAC-SHA256 of the body in lower-case hex; the key is the text of the
/// secret. The older `X-Hub-Signature` (SHA-1) is never looked at.
///
/// The event is the header `X-GitHub-Event` and, where the body has one, its `action`: `issues.opened`, but `push`. The
/// delivery's id is `X-GitHub-Delivery`; a redelivery has the same. Bodies come as JSON or as a form
/// (`payload=…`), as the webhook is set up; `data` is the whole JSON of either, while [`Envelope`](crate::Envelope) and
/// [`Dedupe::by`](crate::Dedupe::by) read JSON bodies only. They have up to 25 MB, and GitHub does not send again by
/// itself: where large ones matter, raise the endpoint's [limit](crate::Endpoint::body_limit), which is 1 MiB.
///
/// # Security
///
/// The signature covers the body and nothing else. **The event's name and the delivery's id are headers that it does not
/// cover**, and there is no timestamp: whoever records a delivery can send it again, under another event's name and
/// another id, for as long as the secret lives. A typed payload does not tell which event it was: the body of
/// `issue_comment.deleted` fits `issues.deleted` too. Where that matters, take the delivery as a hint and fetch the object.
/// An inbox recognises a repetition by id and body together.
///
/// Source: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>.
///
/// # Examples
///
/// ```
/// use switchhook::{Data, Endpoint, handlers, webhook_handler};
/// use switchhook::provider::github::{GitHub, IssuesEvent};
///
/// #[webhook_handler("issues.opened")]
/// async fn opened(Data(event): Data<IssuesEvent>) {
///     println!("{}", event.issue.title);
/// }
///
/// # fn endpoint() -> Endpoint<GitHub, ()> {
/// Endpoint::new(GitHub::new("s3cr3t"), handlers![opened])
/// # }
/// ```
#[derive(Debug)]
pub struct GitHub(Keys<Hmac<Sha256>>);

impl GitHub {
    /// Takes deliveries that one of the secrets signed. `build()` refuses a bad one, or none at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::github::GitHub;
    ///
    /// let github = GitHub::new("s3cr3t");
    /// ```
    pub fn new(secrets: impl Into<Secrets>) -> Self {
        Self(Keys::new(secrets.into(), keys::hmac))
    }

    /// What the first secret signs a body with.
    #[cfg(feature = "testing")]
    pub(crate) fn sign(&self, body: &[u8]) -> Option<(HeaderName, String)> {
        let signature = self.0.sign(&[body])?;
        Some((SIGNATURE.clone(), format!("sha256={}", Encoding::Hex.encode(&signature))))
    }
}

/// What of a body belongs to the event's name, if it is a text.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    action: Option<&'a RawValue>,
}

impl Body<'_> {
    fn action(&self) -> Option<String> {
        serde_json::from_str(self.action?.get()).ok()
    }
}

impl Provider for GitHub {
    const NAME: &'static str = "GitHub";
    const CATALOG: &'static Catalog = GITHUB;

    fn check(&self) -> Result<(), Vec<String>> {
        self.0.check()
    }

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        let header = sole_header(request.headers(), &SIGNATURE)?;
        let signature = header
            .strip_prefix(b"sha256=")
            .and_then(|text| Encoding::Hex.decode::<32>(text))
            .ok_or_else(|| VerifyError::MalformedHeader(SIGNATURE.clone()))?;
        self.0.verify(request.received_at(), &[request.body()], &[signature])
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        let event = request.required_header(&EVENT)?;
        let (data, action) = if is_form(request.body()) {
            let data = payload(request.body())?;
            let action = object::<Body<'_>>(&data)?.action();
            (data, action)
        } else {
            (request.body().clone(), request.json::<Body<'a>>()?.action())
        };
        let event = match action {
            Some(action) => Cow::Owned(format!("{event}.{action}")),
            None => Cow::Borrowed(event),
        };
        let parts = Parts::new(event, data);
        Ok(match request.header(&DELIVERY)? {
            Some(id) => parts.unsigned_id(id),
            None => parts,
        })
    }
}

/// Tells a form from JSON by the body, which is signed, and not by the content type, which is not.
fn is_form(body: &[u8]) -> bool {
    body.starts_with(b"payload=")
}

/// The JSON in a form's one field `payload`.
fn payload(form: &[u8]) -> Result<Bytes, EnvelopeError> {
    let mut payloads = form_urlencoded::parse(form).filter(|(name, _)| name == "payload");
    match (payloads.next(), payloads.next()) {
        (Some((_, payload)), None) => Ok(Bytes::from(payload.into_owned())),
        _ => Err(EnvelopeError::new("the form has the field `payload` twice")),
    }
}
