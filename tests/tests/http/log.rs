//! What the log says of refused requests: why, and nothing of what was sent.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body_util::Full;
use switchhook::{
    Clock, Endpoint, SystemClock, Tenant, Tenants, Webhooks, handlers,
    provider::{
        Provider,
        argyle::Argyle,
        custom::{Custom, Place},
        github::GitHub,
        shopify::Shopify,
        slack::Slack,
        standard::Standard,
        stripe::Stripe,
    },
    testing::{Client, Sender},
    webhook_handler,
};
use switchhook_tests::logs::Log;
use tracing::Level;

#[webhook_handler("*")]
async fn nothing() {}

/// What no log may hold.
const SECRET: &str = "whsec_czNjcjN0czNjcjN0";
const PAYLOAD: &str = "social-security-number";

/// Sends a request and gives what was logged of its refusal, down to TRACE.
async fn logged(webhooks: &Webhooks, endpoint: &str, headers: HeaderMap, body: &str) -> String {
    let (log, _guard) = Log::capture(Level::TRACE);
    let mut request = Request::post("/endpoint/acme").body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    *request.headers_mut() = headers.clone();
    Client::new(webhooks).send(endpoint, request).await;
    let text = log.text();
    let shown: Vec<_> = headers.values().filter_map(|value| value.to_str().ok()).collect();
    let signatures = shown.iter().filter(|value| value.len() > 16);
    for kept_back in signatures.copied().chain([SECRET, PAYLOAD]) {
        assert!(!text.contains(kept_back), "{kept_back} is logged:\n{text}");
    }
    let refusal = text.lines().find_map(|line| line.split_once("delivery refused: "));
    refusal.map(|(_, rest)| rest.split(" endpoint=").next().unwrap().to_owned()).unwrap_or_default()
}

fn webhooks<P: Provider>(provider: P) -> Webhooks {
    Webhooks::builder()
        .endpoint(Endpoint::new(provider, handlers![nothing]).named("endpoint"))
        .build()
        .unwrap()
}

/// The refusal of a body that the sender has signed at this time.
async fn of_signed<P: Sender>(
    provider: fn() -> P,
    at: SystemTime,
    more: &[(&str, &str)],
    body: &str,
) -> String {
    let mut headers = provider().sign(at, HeaderMap::new(), body.as_bytes());
    for (name, value) in more {
        headers.insert(HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
    }
    logged(&webhooks(provider()), "endpoint", headers, body).await
}

#[tokio::test]
async fn a_signature_that_is_not_right() {
    let body = format!(r#"{{"type":"x","{PAYLOAD}":1}}"#);
    let right = Stripe::new(SECRET).sign(SystemClock.now(), HeaderMap::new(), body.as_bytes());
    let right = right["stripe-signature"].to_str().unwrap();
    for (values, text) in [
        (vec![], "the header `stripe-signature` is missing"),
        (vec![right, right], "the header `stripe-signature` came more than once"),
        (vec![&right[..right.len() - 1]], "the header `stripe-signature` is malformed"),
    ] {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("stripe-signature", HeaderValue::try_from(value).unwrap());
        }
        assert_eq!(logged(&webhooks(Stripe::new(SECRET)), "endpoint", headers, &body).await, text);
    }
    let now = SystemClock.now();
    let forged = Stripe::new("whsec_guess").sign(now, HeaderMap::new(), body.as_bytes());
    assert_eq!(
        logged(&webhooks(Stripe::new(SECRET)), "endpoint", forged, &body).await,
        "the signature is not one of the known secrets'"
    );
    let old = of_signed(|| Stripe::new(SECRET), now - Duration::from_hours(1), &[], &body).await;
    assert!(
        old.starts_with("the signed timestamp lies 3600 s before this machine's time, and 300 s"),
        "{old}"
    );
}

#[tokio::test]
async fn the_set_of_headers_that_came_is_named() {
    let right = Standard::new(SECRET).sign(SystemClock.now(), HeaderMap::new(), b"{}");
    let send = async |names: [&str; 3], signature: Option<&str>| {
        let values = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| right[name].clone());
        let mut headers: HeaderMap =
            names.into_iter().map(|name| HeaderName::try_from(name).unwrap()).zip(values).collect();
        if let Some(signature) = signature {
            let name = HeaderName::try_from(names[2]).unwrap();
            headers.insert(name, HeaderValue::try_from(signature).unwrap());
        } else {
            headers.remove(names[0]);
        }
        logged(&webhooks(Standard::new(SECRET)), "endpoint", headers, "{}").await
    };
    for brand in ["webhook", "svix"] {
        let names = ["id", "timestamp", "signature"].map(|part| format!("{brand}-{part}"));
        let names = [&*names[0], &*names[1], &*names[2]];
        assert_eq!(
            send(names, Some("v1,AAAA")).await,
            format!("the header `{brand}-signature` is malformed")
        );
        assert_eq!(send(names, None).await, format!("the header `{brand}-id` is missing"));
    }
}

#[tokio::test]
async fn a_body_that_is_not_the_envelope() {
    let now = SystemClock.now();
    let body = &*format!(r#"{{"x":"{PAYLOAD}"}}"#);
    let form = &*format!("payload={PAYLOAD}&payload=2");
    let no_payload = &*format!("{PAYLOAD}=1");
    let github = || GitHub::new(SECRET);
    let named: &[_] = &[("x-github-event", "issues")];
    let standard = || Standard::new(SECRET);
    let slack = || Slack::new(SECRET);
    for (refusal, text) in [
        (of_signed(github, now, &[], body).await, "the header `x-github-event` is missing"),
        (
            of_signed(github, now, &[("x-github-event", "")], body).await,
            "the header `x-github-event` is empty",
        ),
        (of_signed(github, now, named, form).await, "the form has the field `payload` twice"),
        (of_signed(github, now, named, no_payload).await, "the body is not a JSON object"),
        (of_signed(github, now, named, "payload=7").await, "the body is not a JSON object"),
        (
            of_signed(github, now, named, r#"{"action":"a","action":"b"}"#).await,
            "the body is not the envelope: duplicate field `action`",
        ),
        (of_signed(|| Shopify::new(SECRET), now, &[], body).await, "the header `x-shopify-topic` is missing"),
        (
            of_signed(|| Stripe::new(SECRET), now, &[], body).await,
            "the body is not the envelope: missing field `id`",
        ),
        (
            of_signed(|| Argyle::new(SECRET), now, &[], body).await,
            "the body is not the envelope: missing field `event`",
        ),
        (of_signed(slack, now, &[], body).await, "the body is not the envelope: missing field `type`"),
        (of_signed(slack, now, &[], r#"{"type":"event_callback"}"#).await, "the callback has no `event`"),
        (of_signed(standard, now, &[], body).await, "the body names no event"),
        (of_signed(standard, now, &[], r#"{"type":["a"]}"#).await, "`/type` is neither a text nor a number"),
    ] {
        assert_eq!(refusal, text);
    }
}

#[tokio::test]
async fn a_header_that_is_no_plain_text() {
    let body = "{}";
    let mut headers = GitHub::new(SECRET).sign(SystemClock.now(), HeaderMap::new(), body.as_bytes());
    headers.insert("x-github-event", HeaderValue::from_bytes(b"\xFF").unwrap());
    let webhooks = webhooks(GitHub::new(SECRET));
    assert_eq!(
        logged(&webhooks, "endpoint", headers, body).await,
        "the header `x-github-event` is not plain text"
    );
}

#[tokio::test]
async fn a_description_that_finds_no_event() {
    let custom =
        || Custom::hmac_sha256(SECRET).signature_in("x-signature").event_at(Place::header("x-event"));
    let signature = custom().signature_of(b"{}").unwrap();
    let headers = HeaderMap::from_iter([(
        HeaderName::from_static("x-signature"),
        HeaderValue::try_from(signature).unwrap(),
    )]);
    assert_eq!(logged(&webhooks(custom()), "endpoint", headers, "{}").await, "the request names no event");
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_is_not_found() {
    let tenants = |name: &'static str| {
        let tenants = Tenants::new(move |_: Tenant| async move {
            match name {
                "failing" => Err("the database is away"),
                "unsound" => Ok(Some(Stripe::new(["whsec_a", ""]))),
                "slow" => std::future::pending().await,
                _ => Ok(None),
            }
        });
        let endpoint = Endpoint::tenants(tenants.timeout(Duration::from_secs(1)), handlers![nothing]);
        Webhooks::builder().endpoint(endpoint).build().unwrap()
    };
    for (name, text) in [
        ("failing", "the tenant `acme` was not looked up: the lookup failed: the database is away"),
        ("slow", "the tenant `acme` was not looked up: the lookup took longer than 1s"),
        (
            "unsound",
            "the tenant `acme` was not looked up: the provider that it gave is not sound: secret 2 of 2 is empty, so that anybody could sign",
        ),
        ("unknown", "nobody knows the tenant `acme`"),
    ] {
        assert_eq!(logged(&tenants(name), "stripe", HeaderMap::new(), PAYLOAD).await, text);
    }
    let panicking = Tenants::new(async |_: Tenant| -> Result<Option<Stripe>, Infallible> { panic!("oh no") });
    let panicking =
        Webhooks::builder().endpoint(Endpoint::tenants(panicking, handlers![nothing])).build().unwrap();
    assert_eq!(
        logged(&panicking, "stripe", HeaderMap::new(), PAYLOAD).await,
        "the tenant `acme` was not looked up: the lookup failed: it panicked"
    );
    let no_name = Request::post("/stripe/").body(Full::new(Bytes::new())).unwrap();
    assert_eq!(Client::new(&tenants("unknown")).send("stripe", no_name).await.status(), 401);
}
