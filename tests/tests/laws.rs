//! What holds for any input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use proptest::prelude::*;
use serde_json::value::RawValue;
use switchhook::{
    Data, Endpoint, EventName, Pattern, State, Webhooks, handlers,
    provider::argyle::{Argyle, IdentityIds},
    testing::{Answer, Client, request},
    webhook_handler,
};

/// The name of the handler that ran.
type Ran = std::sync::Arc<std::sync::Mutex<Option<&'static str>>>;

macro_rules! routes {
    ($($name:ident: $pattern:literal,)*) => {
        $(
            #[webhook_handler($pattern)]
            async fn $name(State(ran): State<Ran>) {
                *ran.lock().unwrap() = Some($pattern);
            }
        )*

        const PATTERNS: &[&str] = &[$($pattern),*];

        fn webhooks(ran: &Ran) -> Webhooks {
            let endpoint = Endpoint::new(Acme, handlers![$($name),*]);
            Webhooks::builder().endpoint(endpoint).state(Ran::clone(ran)).build().unwrap()
        }
    };
}

routes! {
    exact: "a",
    exact_ab: "a.b",
    exact_abc: "a.b.c",
    prefix_a: "a.*",
    prefix_ab: "a.b.*",
    prefix_abcd: "a.b.c.d.*",
    slash: "a/*",
    slash_b: "a/b",
    colon: "a:b:*",
    long: "a.b.c.d.e.f.g.h",
    other: "b.*",
}

/// Takes every event name, unsigned.
struct Acme;

impl switchhook::provider::Provider for Acme {
    const NAME: &'static str = "Acme";
    const CATALOG: &'static switchhook::Catalog = &switchhook::Catalog::open("Acme");

    fn verify(
        &self,
        _: &switchhook::provider::Incoming<'_>,
    ) -> Result<switchhook::provider::Verified, switchhook::provider::VerifyError> {
        Ok(switchhook::provider::Verified::Unsigned)
    }

    fn parts<'a>(
        &self,
        request: &switchhook::provider::Incoming<'a>,
    ) -> Result<switchhook::provider::Parts<'a>, switchhook::provider::EnvelopeError> {
        let event: std::borrow::Cow<'a, str> = request.json::<Named<'a>>()?.event;
        Ok(switchhook::provider::Parts::new(event, Bytes::from_static(b"{}")))
    }
}

#[derive(serde::Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    event: std::borrow::Cow<'a, str>,
}

/// The rule, written plainly: the pattern itself, else the longest prefix, else `*`.
fn reference(event: &str) -> Option<&'static str> {
    if let Some(exact) = PATTERNS.iter().find(|pattern| **pattern == event) {
        return Some(exact);
    }
    PATTERNS
        .iter()
        .filter(|pattern| {
            pattern
                .strip_suffix('*')
                .is_some_and(|prefix| event.len() > prefix.len() && event.starts_with(prefix))
        })
        .max_by_key(|pattern| pattern.len())
        .copied()
}

fn event() -> impl Strategy<Value = String> {
    let segment = prop_oneof!["[a-d]", "[a-z]{0,3}", "\\*", "\\PC{0,4}"];
    let separator = prop_oneof![Just("."), Just("/"), Just(":"), Just("")];
    prop::collection::vec((segment, separator), 0..9).prop_map(|parts| {
        parts.into_iter().fold(String::new(), |event, (segment, end)| event + &segment + end)
    })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn signed() -> (HeaderMap, Vec<u8>) {
    let (head, body) =
        request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default()).into_parts();
    (head.headers, block_on(body.collect()).unwrap().to_bytes().to_vec())
}

fn receive(headers: HeaderMap, body: Vec<u8>, argyle: Argyle) -> Answer {
    #[webhook_handler("identities.updated")]
    async fn updated(_: Data<IdentityIds>) {}
    #[webhook_handler("*")]
    async fn any(_: EventName, _: Data<Box<RawValue>>) {}
    let endpoint = Endpoint::new(argyle, handlers![updated, any]);
    let webhooks = Webhooks::builder().endpoint(endpoint).build().unwrap();
    let mut request = Request::post("/").body(Full::new(Bytes::from(body))).unwrap();
    *request.headers_mut() = headers;
    block_on(Client::new(&webhooks).send("argyle", request))
}

proptest! {
    #[test]
    fn the_closest_handler_runs(event in event()) {
        let ran = Ran::default();
        let body = serde_json::json!({"event": event}).to_string();
        let request = Request::post("/").body(Full::new(Bytes::from(body))).unwrap();
        let status = block_on(Client::new(&webhooks(&ran)).send("acme", request)).status();
        prop_assert_eq!(status.as_u16(), 200);
        prop_assert_eq!(*ran.lock().unwrap(), reference(&event));
    }

    #[test]
    fn a_pattern_matches_what_its_handler_gets(event in event()) {
        for text in PATTERNS {
            let matches = Pattern::parse(text).unwrap().matches(&event);
            let expected = match text.strip_suffix('*') {
                Some(prefix) => event.len() > prefix.len() && event.starts_with(prefix),
                None => event == *text,
            };
            prop_assert_eq!(matches, expected, "{} {}", text, event);
        }
    }

    #[test]
    fn no_changed_bit_of_the_body_passes(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let (headers, mut body) = signed();
        let at = at.index(body.len());
        body[at] ^= 1_u8 << bit;
        prop_assert_eq!(receive(headers, body, Argyle::new("s3cr3t")).status().as_u16(), 401);
    }

    #[test]
    fn no_changed_bit_of_the_signature_passes(at in any::<prop::sample::Index>(), bit in 0..7_u32) {
        let (mut headers, body) = signed();
        let mut signature = headers["x-argyle-signature"].as_bytes().to_vec();
        let at = at.index(signature.len());
        signature[at] ^= 1_u8 << bit;
        if let Ok(signature) = signature.as_slice().try_into() {
            headers.insert("x-argyle-signature", signature);
            prop_assert_eq!(receive(headers, body, Argyle::new("s3cr3t")).status().as_u16(), 401);
        }
    }

    #[test]
    fn no_body_ends_in_a_5xx(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let status = receive(HeaderMap::new(), body, Argyle::unsigned()).status();
        prop_assert!(status.as_u16() < 500, "{}", status);
    }

    #[test]
    fn no_json_ends_in_a_5xx(event in "\\PC*", data in "[\\[\\]{}\",:0-9a-z .-]{0,40}", name in "\\PC{0,20}") {
        let event = serde_json::Value::from(event);
        let body = format!(r#"{{"event":{event},"name":"{name}","data":{data}}}"#).into_bytes();
        let status = receive(HeaderMap::new(), body, Argyle::unsigned()).status();
        prop_assert!(status.as_u16() < 500, "{}", status);
    }

    #[test]
    fn any_text_of_256_bytes_is_an_event_name(text in "\\PC{0,300}") {
        prop_assert_eq!(EventName::new(&text).is_some(), text.len() <= 256);
    }
}
