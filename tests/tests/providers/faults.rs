//! What is wrong at present.

use base64ct::Encoding as _;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use switchhook::{
    Endpoint, Inbox, Webhooks, handlers,
    provider::{
        Encoding,
        custom::{Custom, Place},
        standard::Standard,
    },
    testing::Client,
    webhook_handler,
};

use crate::desk::Desk;

/// An HMAC pads its key with zeros up to its block, so that one of zeros is the one of no bytes.
#[test]
fn a_key_of_zeros_is_the_empty_key_and_refused() {
    for len in [1, 24, 64] {
        let secret = format!("whsec_{}", base64ct::Base64::encode_string(&vec![0; len]));
        assert!(Desk::open(Standard::new(secret)).is_err(), "{len} zeros");
        let acme = Custom::hmac_sha256("00".repeat(len)).keys_in(Encoding::Hex);
        let acme = acme.signature_in("x-acme-signature").event_at(Place::body("/event"));
        assert!(Desk::open(acme).is_err(), "{len} zeros in hex");
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
