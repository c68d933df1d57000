//! What endpoints answer, in this process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod answers;
mod descriptions;
mod handlers;
mod log;
mod providers;
mod secrets;
mod tenants;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use switchhook::{
    Endpoint, HandlerList, Webhooks,
    provider::argyle::{Argyle, IdentityIds},
    testing::{Answer, Client, request},
};

pub(crate) fn ids() -> IdentityIds {
    IdentityIds { account: "account-1".into(), user: "user-1".into(), identity: "identity-1".into() }
}

pub(crate) fn argyle(handlers: HandlerList<Argyle, ()>) -> Endpoint<Argyle, ()> {
    Endpoint::new(Argyle::new("s3cr3t"), handlers)
}

pub(crate) fn webhooks(endpoint: Endpoint<Argyle, ()>) -> Webhooks {
    Webhooks::builder().endpoint(endpoint).build().unwrap()
}

pub(crate) fn signed(event: &str) -> Request<Full<Bytes>> {
    request(&Argyle::new("s3cr3t"), event, &ids())
}

pub(crate) async fn send(webhooks: &Webhooks, event: &str) -> Answer {
    Client::new(webhooks).send("argyle", signed(event)).await
}
