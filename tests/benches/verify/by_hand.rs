//! The same checks by hand, with what they need and no more.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderName};
use sha2::{Sha256, Sha512};

/// What a check is made of.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) now: SystemTime,
}

impl<'a> Request<'a> {
    fn header(&self, name: &HeaderName) -> Option<&'a [u8]> {
        Some(self.headers.get(name)?.as_bytes())
    }

    /// `None` where the time is too far away.
    fn check_time(&self, text: &[u8]) -> Option<()> {
        let then: u64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        let now = self.now.duration_since(UNIX_EPOCH).ok()?.as_secs();
        (now.abs_diff(then) <= 300).then_some(())
    }
}

fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    (base16ct::lower::decode(text, &mut bytes).ok()?.len() == N).then_some(bytes)
}

fn base64<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    (base64::prelude::BASE64_STANDARD.decode_slice(text, &mut bytes).ok()? == N).then_some(bytes)
}

fn matches<M: Mac + Clone>(key: &M, message: &[&[u8]], signature: &[u8]) -> Option<()> {
    let mut mac = key.clone();
    for part in message {
        mac.update(part);
    }
    mac.verify_slice(signature).ok()
}

pub(crate) fn argyle(key: &Hmac<Sha512>, request: Request<'_>) -> Option<()> {
    const SIGNATURE: HeaderName = HeaderName::from_static("x-argyle-signature");
    let signature = hex::<64>(request.header(&SIGNATURE)?)?;
    matches(key, &[request.body], &signature)
}

pub(crate) fn github(key: &Hmac<Sha256>, request: Request<'_>) -> Option<()> {
    const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
    let signature = hex::<32>(request.header(&SIGNATURE)?.strip_prefix(b"sha256=")?)?;
    matches(key, &[request.body], &signature)
}

pub(crate) fn stripe(key: &Hmac<Sha256>, request: Request<'_>) -> Option<()> {
    const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");
    let (mut timestamp, mut signature) = (None, None);
    for element in request.header(&SIGNATURE)?.split(|byte| *byte == b',') {
        if let Some(text) = element.strip_prefix(b"t=") {
            timestamp = Some(text);
        } else if let Some(text) = element.strip_prefix(b"v1=") {
            signature = Some(hex::<32>(text)?);
        }
    }
    let timestamp = timestamp?;
    matches(key, &[timestamp, b".", request.body], &signature?)?;
    request.check_time(timestamp)
}

pub(crate) fn slack(key: &Hmac<Sha256>, request: Request<'_>) -> Option<()> {
    const SIGNATURE: HeaderName = HeaderName::from_static("x-slack-signature");
    const TIMESTAMP: HeaderName = HeaderName::from_static("x-slack-request-timestamp");
    let signature = hex::<32>(request.header(&SIGNATURE)?.strip_prefix(b"v0=")?)?;
    let timestamp = request.header(&TIMESTAMP)?;
    matches(key, &[b"v0:", timestamp, b":", request.body], &signature)?;
    request.check_time(timestamp)
}

pub(crate) fn shopify(key: &Hmac<Sha256>, request: Request<'_>) -> Option<()> {
    const SIGNATURE: HeaderName = HeaderName::from_static("x-shopify-hmac-sha256");
    let signature = base64::<32>(request.header(&SIGNATURE)?)?;
    matches(key, &[request.body], &signature)
}

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

pub(crate) fn standard(key: &Hmac<Sha256>, request: Request<'_>) -> Option<()> {
    let signature = base64::<32>(request.header(&SIGNATURE)?.strip_prefix(b"v1,")?)?;
    let (id, timestamp) = (request.header(&ID)?, request.header(&TIMESTAMP)?);
    matches(key, &[id, b".", timestamp, b".", request.body], &signature)?;
    request.check_time(timestamp)
}

pub(crate) fn standard_public(key: &VerifyingKey, request: Request<'_>) -> Option<()> {
    let signature = base64::<64>(request.header(&SIGNATURE)?.strip_prefix(b"v1a,")?)?;
    let (id, timestamp) = (request.header(&ID)?, request.header(&TIMESTAMP)?);
    let message = [id, b".", timestamp, b".", request.body].concat();
    key.verify_strict(&message, &Signature::from_bytes(&signature)).ok()?;
    request.check_time(timestamp)
}

const ACME_ID: HeaderName = HeaderName::from_static("x-acme-id");
const ACME_TIMESTAMP: HeaderName = HeaderName::from_static("x-acme-timestamp");
const ACME_SIGNATURE: HeaderName = HeaderName::from_static("x-acme-signature");

pub(crate) fn custom_hex(key: &Hmac<Sha256>, request: Request<'_>) -> Option<()> {
    let signature = hex::<32>(request.header(&ACME_SIGNATURE)?.strip_prefix(b"sha256=")?)?;
    let timestamp = request.header(&ACME_TIMESTAMP)?;
    matches(key, &[timestamp, b".", request.body], &signature)?;
    request.check_time(timestamp)
}

pub(crate) fn custom_base64(key: &Hmac<Sha256>, request: Request<'_>) -> Option<()> {
    let signature = base64::<32>(request.header(&ACME_SIGNATURE)?)?;
    let (id, timestamp) = (request.header(&ACME_ID)?, request.header(&ACME_TIMESTAMP)?);
    matches(key, &[id, b":", timestamp, b":", request.body], &signature)?;
    request.check_time(timestamp)
}
