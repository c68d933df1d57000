//! What is one tenant's never stands for another's.

use std::convert::Infallible;

use serde_json::{Value, json};
use switchhook::{
    Clock, Endpoint, EndpointName, HandlerError, Inbox, SystemClock, Tenant, Tenants, Webhooks, handlers,
    inbox::{Filter, Quarantine, WorkState},
    provider::{
        argyle::{Argyle, IdentityIds},
        custom::{Custom, Place},
        stripe::Stripe,
    },
    testing::{Client, Sender, request},
    webhook_handler,
};

use crate::support::until;

#[webhook_handler("*", ordered_by = "customer")]
async fn ordered(endpoint: EndpointName, tenant: Tenant) -> Result<(), HandlerError> {
    assert_eq!(endpoint, "stripe");
    if tenant.as_str() == "failing" { Err("not now".into()) } else { Ok(()) }
}

/// Every tenant signs with its name.
fn stripe() -> Endpoint<Stripe, ()> {
    let tenants = Tenants::new(async |tenant: Tenant| -> Result<_, Infallible> {
        Ok(Some(Stripe::new(format!("whsec_{tenant}"))))
    });
    Endpoint::tenants(tenants, handlers![ordered])
}

async fn app(endpoint: Endpoint<Stripe, ()>) -> (crate::place::Place, Inbox, Client) {
    let place = crate::place::Place::new().await;
    let inbox = place.inbox_once().await.unwrap();
    let webhooks = Webhooks::builder().endpoint(endpoint).inbox(inbox.clone()).build().unwrap();
    (place, inbox, Client::new(&webhooks))
}

async fn send(client: &Client, tenant: &str, body: &Value) -> u16 {
    let (body, stripe) = (body.to_string(), Stripe::new(format!("whsec_{tenant}")));
    let headers = stripe.sign(SystemClock.now(), http::HeaderMap::new(), body.as_bytes());
    let mut request = http::Request::post(format!("/stripe/{tenant}"))
        .body(http_body_util::Full::new(bytes::Bytes::from(body)))
        .unwrap();
    *request.headers_mut() = headers;
    client.send("stripe", request).await.status().as_u16()
}

fn event(id: &str) -> Value {
    json!({ "id": id, "type": "invoice.paid", "data": { "object": { "customer": "cus_1" } } })
}

#[tokio::test]
async fn an_id_of_one_tenant_suppresses_no_delivery_of_another() {
    let (_place, inbox, client) = app(stripe()).await;
    for (tenant, id) in [("acme", "evt_1"), ("bell", "evt_1"), ("acme", "evt_1"), ("acme", "evt_2")] {
        assert_eq!(send(&client, tenant, &event(id)).await, 200);
    }
    assert_eq!(client.work_off().await.unwrap(), 3);
    let acme = Filter::default().tenant(&Tenant::new("acme").unwrap());
    let done = inbox.list(&acme, None, 10).await.unwrap().entries;
    assert_eq!(done.iter().filter(|entry| entry.state == WorkState::Done).count(), 2);
    assert!(done.iter().all(|entry| entry.tenant == Tenant::new("acme")));
}

#[tokio::test]
async fn a_lane_of_one_tenant_waits_for_no_other() {
    let (_place, inbox, client) = app(stripe()).await;
    for (tenant, id) in [("failing", "evt_1"), ("failing", "evt_2"), ("bell", "evt_3")] {
        assert_eq!(send(&client, tenant, &event(id)).await, 200);
    }
    assert_eq!(client.work_off().await.unwrap(), 2, "the first of each");
    let of = |tenant: &str| Filter::default().tenant(&Tenant::new(tenant).unwrap()).key("customer", "cus_1");
    let bell = inbox.list(&of("bell"), None, 10).await.unwrap().entries;
    assert_eq!(bell[0].lane.as_deref(), Some("bell/customer=cus_1"));
    assert_eq!(inbox.list(&of("failing"), None, 10).await.unwrap().entries.len(), 2);
}

#[webhook_handler("*")]
async fn anything() {}

/// Its name does not tell that it holds a signature.
#[tokio::test]
async fn a_described_senders_signature_is_not_stored() {
    let acme = || {
        let acme = Custom::hmac_sha256("s3cr3t").signature_in("x-acme-content-mac");
        acme.event_at(Place::body("/type"))
    };
    let place = crate::place::Place::new().await;
    let inbox = place.inbox_once().await.unwrap();
    let endpoint = Endpoint::new(acme(), handlers![anything]);
    let webhooks = Webhooks::builder().endpoint(endpoint).inbox(inbox.clone()).build().unwrap();
    let sent = request(&acme(), "paid", &json!({}));
    assert!(sent.headers().contains_key("x-acme-content-mac"));
    assert_eq!(Client::new(&webhooks).send("custom", sent).await.status(), 200);
    let id = inbox.list(&Filter::default(), None, 1).await.unwrap().entries[0].id;
    let stored = inbox.find(id).await.unwrap().unwrap().delivery.unwrap();
    assert!(!stored.headers().contains_key("x-acme-content-mac"));
    assert!(stored.headers().contains_key("content-type"));
}

#[webhook_handler("identities.updated")]
async fn hinted() {}

#[webhook_handler("identities.updated", ordered_by = "identity")]
async fn hinted_in_lane() {}

async fn runs_of_hints(endpoint: Endpoint<Argyle, ()>) -> usize {
    let place = crate::place::Place::new().await;
    let inbox = place.inbox_once().await.unwrap();
    let webhooks = Webhooks::builder().endpoint(endpoint).inbox(inbox).build().unwrap();
    let client = Client::new(&webhooks);
    for tenant in ["acme", "bell", "bell", "acme"] {
        let mut request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
        *request.uri_mut() = format!("/argyle/{tenant}").parse().unwrap();
        assert_eq!(client.send("argyle", request).await.status(), 200);
    }
    client.work_off().await.unwrap()
}

#[tokio::test]
async fn a_hint_of_one_tenant_is_not_dropped_for_anothers() {
    let tenants = || Tenants::new(async |_| Ok::<_, Infallible>(Some(Argyle::new("s3cr3t"))));
    // Without a lane only the newest of the endpoint is looked at, and that is not always the tenant's.
    assert_eq!(runs_of_hints(Endpoint::tenants(tenants(), handlers![hinted])).await, 3);
    assert_eq!(runs_of_hints(Endpoint::tenants(tenants(), handlers![hinted_in_lane])).await, 2);
}

#[tokio::test]
async fn a_refused_request_is_verified_again_with_its_tenants_secret() {
    let place = crate::place::Place::new().await;
    let inbox = place.inbox_once().quarantine(Quarantine::default()).await.unwrap();
    let lookup = |secret: &'static str| {
        Tenants::new(move |_| async move { Ok::<_, Infallible>(Some(Stripe::new(secret))) })
    };
    let build = |tenants| {
        let endpoint = Endpoint::tenants(tenants, handlers![ordered]);
        Webhooks::builder().endpoint(endpoint).inbox(inbox.clone()).build().unwrap()
    };
    let mistyped = build(lookup("whsec_mistyped"));
    assert_eq!(send(&Client::new(&mistyped), "acme", &event("evt_1")).await, 401);
    until("it is kept", async || mistyped.verify_again().await.unwrap().refused == 1).await;
    let mended = build(lookup("whsec_acme"));
    assert_eq!(mended.verify_again().await.unwrap().passed, 1);
    assert_eq!(Client::new(&mended).work_off().await.unwrap(), 1);
    let done = inbox.list(&Filter::default().state(WorkState::Done), None, 10).await.unwrap().entries;
    assert_eq!(done[0].tenant, Tenant::new("acme"));
}
