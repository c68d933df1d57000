//! Providers that are described wrong: what `build()` says.

use std::time::{Duration, UNIX_EPOCH};

use switchhook::{
    Data, Endpoint, ProviderId, Secrets, Unrouted, Webhooks, handlers,
    provider::{
        Encoding, Provider, Verified,
        custom::{Custom, Place},
        standard::Standard,
    },
    testing::{Client, request},
    webhook_handler,
};

#[webhook_handler("*")]
async fn nothing() {}

/// The faults, without the endpoint's name in front.
fn faults<P: Provider>(provider: P) -> Vec<String> {
    let name = P::NAME.to_ascii_lowercase();
    let error =
        Webhooks::builder().endpoint(Endpoint::new(provider, handlers![nothing])).build().unwrap_err();
    let front = format!("endpoint `{name}`: ");
    error.faults().iter().map(|fault| fault.to_string().strip_prefix(&front).unwrap().to_owned()).collect()
}

/// A sound description.
fn acme() -> Custom {
    Custom::hmac_sha256("s3cr3t").signature_in("x-signature").event_at(Place::body("/type"))
}

#[test]
fn a_sound_description_builds() {
    let all = acme()
        .prefix("v1=")
        .encoding(Encoding::Base64)
        .signs("{id}.{timestamp}.{body}")
        .timestamp_in("x-time")
        .in_milliseconds()
        .id_at(Place::header("x-id"))
        .data_at("/data");
    for custom in [acme(), all] {
        let endpoint = Endpoint::new(custom, handlers![nothing]);
        assert!(Webhooks::builder().endpoint(endpoint).build().is_ok());
    }
}

#[tokio::test]
async fn a_described_sender_can_be_played() {
    #[webhook_handler("order.paid")]
    async fn paid(Data(data): Data<serde_json::Value>, id: ProviderId) -> Result<(), String> {
        if data["total"] == 7 && !id.as_str().is_empty() { Ok(()) } else { Err(data.to_string()) }
    }
    fn by_body() -> Custom {
        let acme = acme().signs("{timestamp}.{body}").timestamp_in("x-time");
        acme.id_at(Place::body("/id")).data_at("/payload/object")
    }
    fn by_headers() -> Custom {
        Custom::hmac_sha512("s3cr3t")
            .signature_in("x-signature")
            .prefix("v1=")
            .encoding(Encoding::Base64)
            .signs("{id}.{timestamp}.{body}")
            .timestamp_in("x-time")
            .in_milliseconds()
            .event_at(Place::header("x-event").then(".", Place::body("/action")))
            .id_at(Place::header("x-id"))
    }
    for custom in [by_body, by_headers] {
        let endpoint = Endpoint::new(custom(), handlers![paid]).unrouted(Unrouted::Reject);
        let client = Client::new(&Webhooks::builder().endpoint(endpoint).build().unwrap());
        let sent = request(&custom(), "order.paid", &serde_json::json!({ "total": 7 }));
        let answer = client.send("custom", sent).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.outcome());
    }
}

#[tokio::test]
async fn a_sender_of_one_event_has_a_fixed_one() {
    #[webhook_handler("deployed")]
    async fn deployed() {}
    let custom =
        || Custom::hmac_sha256("s3cr3t").signature_in("x-signature").event_at(Place::fixed("deployed"));
    let endpoint = Endpoint::new(custom(), handlers![deployed]).unrouted(Unrouted::Reject);
    let client = Client::new(&Webhooks::builder().endpoint(endpoint).build().unwrap());
    let sent = request(&custom(), "whatever", &serde_json::json!({}));
    assert_eq!(client.send("custom", sent).await.status(), 200);
}

#[tokio::test]
async fn a_message_of_ones_own_is_verified_with_the_schemes_secrets() {
    let at = UNIX_EPOCH;
    let end = at + Duration::from_secs(1);
    let custom = Custom::hmac_sha256(Secrets::from("new").previous_until("old", end));
    let signature = Custom::hmac_sha256("old").signature_of(b"/path{}").unwrap();
    let verify = |at, message: &[&[u8]], signature: &str| {
        custom.verify_message(at, message, signature.as_bytes()).map_err(|error| error.to_string())
    };
    assert_eq!(verify(at, &[b"/path", b"{}"], &signature), Ok(Verified::Signed { secret: 1 }));
    let mismatch = Err("the signature is not one of the known secrets'".to_owned());
    assert_eq!(verify(end, &[b"/path", b"{}"], &signature), mismatch);
    assert_eq!(verify(at, &[b"/other", b"{}"], &signature), mismatch);
    assert_eq!(verify(at, &[b"/path", b"{}"], &signature[1..]), mismatch);
}

#[test]
fn what_is_missing_is_named_at_once() {
    assert_eq!(
        faults(Custom::hmac_sha256("")),
        [
            "say which header holds the signature with `.signature_in(…)`",
            "say where the event's name is with `.event_at(…)`",
            "secret 1 of 1 is empty, so that anybody could sign",
        ]
    );
}

#[test]
fn what_is_missing_is_named_beside_what_is_wrong() {
    let custom = Custom::hmac_sha256("s3cr3t").signs("{timestamp}").data_at("data").timestamp_in("x-time");
    assert_eq!(
        faults(custom),
        [
            "`{timestamp}` must contain `{body}`, and once: what is not signed is not verified",
            "`data` is no JSON pointer; it begins with `/`, and `~` in it is written `~0`",
            "say which header holds the signature with `.signature_in(…)`",
            "say where the event's name is with `.event_at(…)`",
        ]
    );
}

#[test]
fn what_contradicts_is_named() {
    for (custom, fault) in [
        (
            acme().signs("{timestamp}.{body}"),
            "`{timestamp}` is signed; say which header holds it with `.timestamp_in(…)`",
        ),
        (
            acme().timestamp_in("x-time"),
            "the timestamp is not signed, so that anybody can set it; put `{timestamp}` into `.signs(…)`, or leave \
             `.timestamp_in(…)` out",
        ),
        (
            acme().signs("{id}.{body}"),
            "`{id}` is signed; say which header holds it with `.id_at(Place::header(…))`",
        ),
        (
            acme().signs("{id}.{body}").id_at(Place::body("/id")),
            "`{id}` is signed; say which header holds it with `.id_at(Place::header(…))`",
        ),
        (
            acme().signs("{timestamp}.{body}").timestamp_in("x-signature"),
            "the signature, the timestamp and the id must each have a header of their own",
        ),
    ] {
        assert_eq!(faults(custom), [fault]);
    }
}

#[test]
fn what_is_written_wrong_is_named() {
    for (custom, fault) in [
        (acme().signature_in("x signature"), "`x signature` is no name of a header"),
        (acme().timestamp_in(""), "`` is no name of a header"),
        (acme().event_at(Place::header("x\n")), "`x\n` is no name of a header"),
        (
            acme().event_at(Place::body("type")),
            "`type` is no JSON pointer; it begins with `/`, and `~` in it is written `~0`",
        ),
        (
            acme().id_at(Place::header("x-id").then("-", Place::body("/a~b"))),
            "`/a~b` is no JSON pointer; it begins with `/`, and `~` in it is written `~0`",
        ),
        (
            acme().data_at("data"),
            "`data` is no JSON pointer; it begins with `/`, and `~` in it is written `~0`",
        ),
        (
            acme().signs("{timestamp}"),
            "`{timestamp}` must contain `{body}`, and once: what is not signed is not verified",
        ),
    ] {
        assert_eq!(faults(custom), [fault]);
    }
}

#[test]
fn a_secret_that_is_no_key_is_named() {
    let described = |custom: Custom| custom.signature_in("x-signature").event_at(Place::body("/type"));
    for (custom, fault) in [
        (Custom::hmac_sha512("zz").keys_in(Encoding::Hex), "secret 1 of 1 is no key in lower-case hex"),
        (Custom::hmac_sha1(["YQ==", "a"]).keys_in(Encoding::Base64), "secret 2 of 2 is no key in base64"),
        (Custom::ed25519("00"), "secret 1 of 1 is no key in lower-case hex"),
        // A key of small order: anybody could sign for it.
        (Custom::ed25519("00".repeat(32)), "secret 1 of 1 is no key in lower-case hex"),
    ] {
        assert_eq!(faults(described(custom)), [fault]);
    }
}

#[test]
fn a_secret_that_is_none_of_standard_webhooks_is_named() {
    for (secret, fault) in [
        ("whsec_", "is a bare `whsec_` with no secret behind it"),
        ("whsec_a", "is not base64, with or without `whsec_` in front"),
        ("not base64!", "is not base64, with or without `whsec_` in front"),
        ("whpk_a", "is not base64 behind `whpk_`"),
        ("whpk_YQ==", "is no Ed25519 public key"),
        ("whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "is no Ed25519 public key"),
        (
            "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "is a private key; whoever receives has the public one, which begins with `whpk_`",
        ),
    ] {
        assert_eq!(faults(Standard::new(secret)), [format!("secret 1 of 1 {fault}")], "{secret}");
    }
    assert_eq!(
        faults(Standard::new("whsec_YQ==").event_at(["type"])),
        ["`type` is no JSON pointer; it begins with `/`, and `~` in it is written `~0`"]
    );
    assert_eq!(
        faults(Standard::new("whsec_YQ==").event_at::<&str>([])),
        ["`event_at` needs a JSON pointer at least"]
    );
}
