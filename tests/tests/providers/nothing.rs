//! Nothing at all where something is expected: a key of zeros, an empty id, no data.

use std::time::UNIX_EPOCH;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::Full;
use switchhook::{
    Endpoint, Inbox, Webhooks, handlers,
    provider::{
        Encoding,
        custom::{Custom, Place},
        standard::Standard,
    },
    testing::{Client, Sender},
    webhook_handler,
};

use crate::{desk::Desk, letter::Sent};

/// An HMAC pads its key with zeros up to its block, so that one of zeros is the one of no bytes.
#[test]
fn a_key_of_zeros_is_the_empty_key_and_refused() {
    for len in [1, 24, 64] {
        let secret = format!("whsec_{}", BASE64_STANDARD.encode(vec![0; len]));
        assert!(Desk::open(Standard::new(secret)).is_err(), "{len} zeros");
        let acme = Custom::hmac_sha256("00".repeat(len)).keys_in(Encoding::Hex);
        let acme = acme.signature_in("x-acme-signature").event_at(Place::body("/event"));
        assert!(Desk::open(acme).is_err(), "{len} zeros in hex");
    }
}

/// `null` is what the sender says of the data; only where it says nothing, the whole body is.
#[tokio::test]
async fn data_that_is_null_is_not_the_whole_body() {
    let standard = || Standard::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    for (body, data) in [
        (r#"{"type":"x","data":null}"#, "null"),
        (r#"{"type":"x","data":{}}"#, "{}"),
        (r#"{"type":"x"}"#, r#"{"type":"x"}"#),
    ] {
        let desk = Desk::open(standard()).unwrap();
        let headers = standard().sign(UNIX_EPOCH, HeaderMap::new(), body.as_bytes());
        let header = |name| (name, headers[name].as_bytes().to_vec());
        let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header).into();
        let (answer, seen) = desk.post(&Sent { headers, body: body.into() }).await;
        assert_eq!((answer.status().as_u16(), &*seen[0].data), (200, data));
    }
}

#[webhook_handler("*")]
async fn anything() {}

/// A sender that writes an empty text where it has no id loses nothing.
#[tokio::test]
async fn deliveries_without_an_id_are_not_one_delivery() {
    let acme = || {
        let acme = Custom::hmac_sha256("s3cr3t").signature_in("x-acme-signature");
        acme.event_at(Place::body("/event")).id_at(Place::body("/id"))
    };
    let webhooks = Webhooks::builder()
        .endpoint(Endpoint::new(acme(), handlers![anything]).named("acme"))
        .inbox(Inbox::memory().await.unwrap())
        .build()
        .unwrap();
    let client = Client::new(&webhooks);
    for body in [r#"{"event":"paid","id":"","invoice":1}"#, r#"{"event":"void","id":"","invoice":2}"#] {
        let request = Request::post("/")
            .header("x-acme-signature", acme().signature_of(body.as_bytes()).unwrap())
            .body(Full::new(Bytes::from_static(body.as_bytes())))
            .unwrap();
        assert_eq!(client.send("acme", request).await.status(), 200);
    }
    assert_eq!(client.work_off().await.unwrap(), 2);
}
