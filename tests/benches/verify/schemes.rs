//! Every scheme, with a request as its sender sends it: ours and the same by hand.

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Sha256, Sha512};
use switchhook::{
    Clock, SystemClock,
    provider::{
        Encoding, Provider,
        argyle::Argyle,
        custom::{Custom, Place},
        github::GitHub,
        shopify::Shopify,
        slack::Slack,
        standard::Standard,
        stripe::Stripe,
    },
    testing::{Sender, incoming},
};

use crate::by_hand::{self, Request};

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Does its work so many times, and tells how long that took.
pub(crate) type Batch = Box<dyn Fn(u32) -> Duration>;

pub(crate) struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) ours: Batch,
    pub(crate) by_hand: Batch,
}

type Others = &'static [(&'static str, &'static str)];

const COMMON: Others = &[
    ("host", "hooks.example.com"),
    ("content-type", "application/json"),
    ("content-length", "240"),
    ("accept", "*/*"),
    ("accept-encoding", "gzip, deflate"),
];

const ARGYLE: Others = &[
    ("user-agent", "python-requests/2.32.3"),
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("baggage", "sentry-environment=production"),
    ("connection", "keep-alive"),
];

const GITHUB: Others = &[
    ("user-agent", "GitHub-Hookshot/044aadd"),
    ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
    ("x-github-event", "issues"),
    ("x-github-hook-id", "292430182"),
    ("x-github-hook-installation-target-id", "79929171"),
    ("x-github-hook-installation-target-type", "repository"),
    ("x-hub-signature", "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6"),
];

const STRIPE: Others = &[
    ("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
    ("cache-control", "no-cache"),
    ("x-forwarded-for", "3.18.12.63"),
    ("x-forwarded-proto", "https"),
];

const SLACK: Others = &[
    ("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)"),
    ("x-slack-retry-num", "1"),
    ("x-slack-retry-reason", "http_timeout"),
    ("connection", "close"),
];

const SHOPIFY: Others = &[
    ("user-agent", "Shopify-Captain-Hook"),
    ("x-shopify-topic", "orders/create"),
    ("x-shopify-shop-domain", "johns-apparel.myshopify.com"),
    ("x-shopify-api-version", "2026-01"),
    ("x-shopify-webhook-id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"),
    ("x-shopify-triggered-at", "2026-01-15T10:00:00.000Z"),
];

const STANDARD: Others = &[
    ("user-agent", "Svix-Webhooks/1.62.0 (sender-9YMgn)"),
    ("x-forwarded-for", "44.228.126.217"),
    ("x-forwarded-proto", "https"),
    ("x-request-id", "0b9a0a36-6a6b-4c8b-9a55-5f3c7a1d0f11"),
];

struct Sent {
    now: SystemTime,
    headers: HeaderMap,
    body: Bytes,
}

impl Sent {
    fn new(others: Others) -> Self {
        let headers = COMMON
            .iter()
            .chain(others)
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let body = format!(r#"{{"type":"invoice.paid","data":"{}"}}"#, "x".repeat(207));
        assert_eq!(body.len(), 240);
        Self { now: SystemClock.now(), headers: headers.collect(), body: Bytes::from(body) }
    }

    fn signed_by(self, sender: &impl Sender) -> Self {
        Self { headers: sender.sign(self.now, self.headers, &self.body), ..self }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    fn seconds(&self) -> String {
        self.now.duration_since(UNIX_EPOCH).unwrap().as_secs().to_string()
    }

    /// What a template of parts around the body makes of this.
    fn message(&self, front: &[&str]) -> Vec<u8> {
        [front.concat().as_bytes(), &self.body].concat()
    }
}

fn timed(times: u32, work: impl Fn() -> bool) -> Duration {
    let started = Instant::now();
    for _ in 0..times {
        assert!(black_box(work()));
    }
    started.elapsed()
}

fn scheme<P: Provider, K: 'static>(
    name: &'static str,
    sent: Sent,
    provider: P,
    key: K,
    by_hand: fn(&K, Request<'_>) -> Option<()>,
) -> Scheme {
    let Sent { now, headers, body } = sent;
    let (same_headers, same_body) = (headers.clone(), body.clone());
    let ours = move |times| {
        let request = incoming(&headers, &body, now);
        timed(times, || provider.verify(black_box(&request)).is_ok())
    };
    let by_hand = move |times| {
        let request = Request { headers: &same_headers, body: &same_body, now };
        timed(times, || by_hand(&key, black_box(request)).is_some())
    };
    Scheme { name, ours: Box::new(ours), by_hand: Box::new(by_hand) }
}

fn sha256(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).unwrap()
}

fn public() -> (Sent, Standard, VerifyingKey) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let sent = Sent::new(STANDARD);
    let seconds = sent.seconds();
    let signature = key.sign(&sent.message(&["msg_p5jXN8AQM9LWM0D4loKWxJek", ".", &seconds, "."]));
    let signature = format!("v1a,{}", BASE64_STANDARD.encode(signature.to_bytes()));
    let sent = sent
        .with("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
        .with("webhook-timestamp", &seconds)
        .with("webhook-signature", &signature);
    let public = key.verifying_key();
    (sent, Standard::new(format!("whpk_{}", BASE64_STANDARD.encode(public.as_bytes()))), public)
}

fn custom_hex() -> (Sent, Custom) {
    let custom = Custom::hmac_sha256(SECRET)
        .signature_in("x-acme-signature")
        .prefix("sha256=")
        .signs("{timestamp}.{body}")
        .timestamp_in("x-acme-timestamp")
        .event_at(Place::body("/type"));
    let sent = Sent::new(STRIPE);
    let seconds = sent.seconds();
    let signature = custom.signature_of(&sent.message(&[&seconds, "."])).unwrap();
    let sent =
        sent.with("x-acme-timestamp", &seconds).with("x-acme-signature", &format!("sha256={signature}"));
    (sent, custom)
}

fn custom_base64() -> (Sent, Custom) {
    let custom = Custom::hmac_sha256(SECRET)
        .signature_in("x-acme-signature")
        .encoding(Encoding::Base64)
        .signs("{id}:{timestamp}:{body}")
        .id_at(Place::header("x-acme-id"))
        .timestamp_in("x-acme-timestamp")
        .event_at(Place::body("/type"));
    let sent = Sent::new(STRIPE);
    let seconds = sent.seconds();
    let signature = custom.signature_of(&sent.message(&["evt_1", ":", &seconds, ":"])).unwrap();
    let sent = sent
        .with("x-acme-id", "evt_1")
        .with("x-acme-timestamp", &seconds)
        .with("x-acme-signature", &signature);
    (sent, custom)
}

pub(crate) fn all() -> Vec<Scheme> {
    let text = SECRET.as_bytes();
    let (argyle, github, stripe) = (Argyle::new(SECRET), GitHub::new(SECRET), Stripe::new(SECRET));
    let (slack, shopify, standard) = (Slack::new(SECRET), Shopify::new(SECRET), Standard::new(SECRET));
    let decoded = BASE64_STANDARD.decode(SECRET).unwrap();
    let sha512 = Hmac::<Sha512>::new_from_slice(text).unwrap();
    let (to_argyle, to_github) = (Sent::new(ARGYLE).signed_by(&argyle), Sent::new(GITHUB).signed_by(&github));
    let (to_stripe, to_slack) = (Sent::new(STRIPE).signed_by(&stripe), Sent::new(SLACK).signed_by(&slack));
    let to_shopify = Sent::new(SHOPIFY).signed_by(&shopify);
    let to_standard = Sent::new(STANDARD).signed_by(&standard);
    let (to_public, public, public_key) = public();
    let ((to_hex, hex), (to_base64, base64)) = (custom_hex(), custom_base64());
    vec![
        scheme("Argyle", to_argyle, argyle, sha512, by_hand::argyle),
        scheme("GitHub", to_github, github, sha256(text), by_hand::github),
        scheme("Stripe", to_stripe, stripe, sha256(text), by_hand::stripe),
        scheme("Slack", to_slack, slack, sha256(text), by_hand::slack),
        scheme("Shopify", to_shopify, shopify, sha256(text), by_hand::shopify),
        scheme("Standard v1", to_standard, standard, sha256(&decoded), by_hand::standard),
        scheme("Standard v1a", to_public, public, public_key, by_hand::standard_public),
        scheme("Custom hex", to_hex, hex, sha256(text), by_hand::custom_hex),
        scheme("Custom base64", to_base64, base64, sha256(text), by_hand::custom_base64),
    ]
}
