//! What the runtime asks of a provider, and in which order.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderName, Request, Response};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::value::RawValue;
use switchhook::{
    Catalog, Data, Delivery, Endpoint, ProviderId, Webhooks, catalog, handlers,
    provider::{
        EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError, argyle::Argyle, sole_header,
    },
    testing::{Client, request},
    webhook_handler,
};

use crate::{ids, webhooks};

/// A provider of a user's: a token in a header, an id, a challenge by `GET` and one by `POST`.
#[derive(Clone, Default)]
struct Acme {
    asked: Arc<Mutex<Vec<&'static str>>>,
}

#[derive(Deserialize)]
struct Invoice {
    number: u32,
}

catalog! {
    /// What Acme sends.
    pub(crate) ACME for Acme {
        "invoice.paid" | "invoice.void" => Invoice,
        "ping",
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    kind: String,
    id: Option<String>,
    #[serde(borrow)]
    object: &'a RawValue,
}

impl Provider for Acme {
    const NAME: &'static str = "Acme";
    const CATALOG: &'static Catalog = ACME;

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        self.asked.lock().unwrap().push("verify");
        match sole_header(request.headers(), &HeaderName::from_static("x-acme-token"))? {
            b"token" => Ok(Verified::Signed { secret: 0 }),
            _ => Err(VerifyError::Mismatch),
        }
    }

    fn handshake(&self, request: &Incoming<'_>) -> Option<Response<Bytes>> {
        self.asked.lock().unwrap().push("handshake");
        let challenge = match request.uri().query().and_then(|query| query.strip_prefix("challenge=")) {
            Some(challenge) => challenge.to_owned(),
            None => std::str::from_utf8(request.body()).ok()?.strip_prefix("challenge ")?.to_owned(),
        };
        Some(Response::new(Bytes::from(challenge)))
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        self.asked.lock().unwrap().push("parts");
        let body: Body<'_> = request.json()?;
        let parts = Parts::new(body.kind, request.part(body.object));
        Ok(match body.id {
            Some(id) => parts.id(id),
            None => parts,
        })
    }
}

#[webhook_handler("invoice.*", provider = Acme)]
async fn invoice(
    Data(invoice): Data<Invoice>,
    delivery: Delivery,
    id: Option<ProviderId>,
) -> Result<(), String> {
    assert!(delivery.is_signed());
    match id {
        Some(id) if id.as_str() == format!("evt_{}", invoice.number) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

async fn send(acme: &Acme, request: Request<Full<Bytes>>) -> (u16, Bytes, Vec<&'static str>) {
    let endpoint = Endpoint::new(acme.clone(), handlers![invoice]);
    let webhooks = Webhooks::builder().endpoint(endpoint).build().unwrap();
    let answer = Client::new(&webhooks).send("acme", request).await;
    (answer.status().as_u16(), answer.body().clone(), std::mem::take(&mut *acme.asked.lock().unwrap()))
}

fn post(token: &str, body: &'static str) -> Request<Full<Bytes>> {
    Request::post("/")
        .header("x-acme-token", token)
        .body(Full::new(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

#[tokio::test]
async fn nothing_is_parsed_before_it_is_verified() {
    let acme = Acme::default();
    let body = r#"{"kind":"invoice.paid","id":"evt_7","object":{"number":7}}"#;
    let (status, _, asked) = send(&acme, post("token", body)).await;
    assert_eq!((status, asked), (200, vec!["verify", "handshake", "parts"]));
    let (status, _, asked) = send(&acme, post("guess", body)).await;
    assert_eq!((status, asked), (401, vec!["verify"]));
}

#[tokio::test]
async fn handshakes_are_answered_as_the_provider_says() {
    let acme = Acme::default();
    let get = Request::get("/?challenge=42").body(Full::default()).unwrap();
    let (status, body, asked) = send(&acme, get).await;
    assert_eq!((status, &body[..], asked), (200, &b"42"[..], vec!["handshake"]));
    let (status, body, _) = send(&acme, post("token", "challenge 43")).await;
    assert_eq!((status, &body[..]), (200, &b"43"[..]));
    let (status, _, asked) = send(&acme, post("guess", "challenge 43")).await;
    assert_eq!((status, asked), (401, vec!["verify"]), "a forged one gets no answer");
    let (status, _, _) = send(&acme, Request::get("/").body(Full::default()).unwrap()).await;
    assert_eq!(status, 405);
}

#[tokio::test]
async fn each_of_several_secrets_is_taken_and_no_other() {
    #[webhook_handler("identities.updated")]
    async fn signed_only(delivery: Delivery) -> Result<(), &'static str> {
        if delivery.is_signed() { Ok(()) } else { Err("unsigned") }
    }
    let rotating = Endpoint::new(Argyle::new(["new", "old"]), handlers![signed_only]);
    let client = Client::new(&webhooks(rotating));
    for (secret, status) in [("new", 200), ("old", 200), ("older", 401), ("s3cr3t", 401)] {
        let request = request(&Argyle::new(secret), "identities.updated", &ids());
        assert_eq!(client.send("argyle", request).await.status(), status, "{secret}");
    }
    let unsigned = Client::new(&webhooks(Endpoint::new(Argyle::unsigned(), handlers![signed_only])));
    let request = request(&Argyle::new("any"), "identities.updated", &ids());
    let answer = unsigned.send("argyle", request).await;
    assert_eq!(answer.outcome().unwrap().error().unwrap().to_string(), "unsigned", "and says so for life");
}

#[webhook_handler("identities.updated")]
async fn typed(_: Data<serde_json::Value>) {}

#[tokio::test]
async fn data_that_is_too_deep_harms_nobody() {
    let deep = format!(
        r#"{{"event":"identities.updated","name":"n","data":{}{}}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    let mut request = request(&Argyle::new("s3cr3t"), "identities.updated", &ids());
    *request.body_mut() = Full::new(Bytes::from(deep));
    let client = Client::new(&webhooks(Endpoint::new(Argyle::unsigned(), handlers![typed])));
    assert!(matches!(client.send("argyle", request).await.status().as_u16(), 400 | 422));
    assert_eq!(client.send("argyle", crate::signed("identities.updated")).await.status(), 200);
}
