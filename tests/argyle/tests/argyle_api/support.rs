//! A local Argyle with a key that every test knows, and an application to subscribe.

use std::{error::Error, fmt, io, time::Duration};

use serde_json::Value;
use switchhook::{
    Endpoint, HandlerList, Webhooks,
    provider::argyle::{Argyle, Client, ClientBuilder},
    subscriptions::{Subscriptions, SubscriptionsBuilder},
    testing::{ApiRequest, Fault, LocalArgyle},
    webhook_handler,
};

pub(crate) const KEY_ID: &str = "key-id-4f1d0c";
pub(crate) const KEY_SECRET: &str = "key-secret-9a77e2";
/// The seed's.
pub(crate) const SECRET: &str = "optional-secret";
pub(crate) const OTHER_SECRET: &str = "another-secret-51b3";
pub(crate) const SSN: &str = "078-05-1120";

/// The name of the subscriptions of these tests.
pub(crate) const NAME: &str = "name-for-the-webhook-subscription";

#[webhook_handler("identities.added")]
pub(crate) async fn added() {}

#[webhook_handler("identities.updated")]
pub(crate) async fn updated() {}

pub(crate) async fn local() -> LocalArgyle {
    say_all();
    LocalArgyle::start_with_key(KEY_ID, KEY_SECRET).await.unwrap()
}

/// A client whose patience no busy machine exhausts.
pub(crate) fn client(argyle: &LocalArgyle) -> Client {
    patient(Client::at(argyle.base_url(), KEY_ID, KEY_SECRET))
}

pub(crate) fn patient(client: ClientBuilder) -> Client {
    let patience = Duration::from_mins(1);
    show(client.timeout(patience).deadline(patience).attempts(2).build().unwrap())
}

/// A client that gives up soon where the answer never comes.
pub(crate) fn client_for(argyle: &LocalArgyle, fault: &Fault) -> Client {
    match fault {
        Fault::Hang | Fault::HangAfter => {
            let client =
                Client::at(argyle.base_url(), KEY_ID, KEY_SECRET).timeout(Duration::from_millis(500));
            show(client.attempts(2).build().unwrap())
        }
        _ => client(argyle),
    }
}

pub(crate) fn webhooks(handlers: HandlerList<Argyle, ()>) -> Webhooks {
    Webhooks::builder().endpoint(Endpoint::new(Argyle::new(SECRET), handlers)).build().unwrap()
}

pub(crate) fn builder(webhooks: &Webhooks) -> SubscriptionsBuilder {
    webhooks.subscriptions().named(NAME).at("https://hooks.example.com/webhooks")
}

/// What these handlers ask for.
pub(crate) fn subscriptions(handlers: HandlerList<Argyle, ()>) -> Subscriptions {
    show(builder(&webhooks(handlers)).build().unwrap())
}

/// The events of each subscription that bears our name, the oldest first.
pub(crate) fn ours(argyle: &LocalArgyle) -> Vec<String> {
    let all = argyle.subscriptions();
    let ours = all.iter().filter(|one| one["name"] == NAME);
    ours.map(|one| texts(&one["events"]).join(" ")).collect()
}

pub(crate) fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// The method and the path of each request, `GET /v2/webhooks`.
pub(crate) fn calls(argyle: &LocalArgyle) -> Vec<String> {
    let call = |request: &ApiRequest| format!("{} {}", request.method(), request.path());
    argyle.requests().iter().map(call).collect()
}

/// Prints a value as programmers see it, for the test that looks for secrets in all that is printed.
pub(crate) fn show<T: fmt::Debug>(value: T) -> T {
    println!("{value:?}\n{value:#?}");
    value
}

/// Prints a value as people see it, too, and an error with its causes.
pub(crate) fn tell<E: Error>(error: E) -> E {
    let error = show(error);
    println!("told: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        println!("caused by: {}", show(error));
        cause = error.source();
    }
    error
}

/// What this process was told to say to show that it shows all it does.
pub(crate) fn shown() -> Option<String> {
    std::env::var("SWITCHHOOK_TESTS_SHOW_ALL").ok()
}

/// Logs everything, from every crate, when this process shows all it does.
fn say_all() {
    if shown().is_some() {
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(io::stderr)
            .with_ansi(false);
        // The first of the tests has done it.
        drop(log.try_init());
    }
}
