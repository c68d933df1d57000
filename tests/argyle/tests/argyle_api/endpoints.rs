//! Several endpoints of one application, each with names, secrets and handlers of its own, over real HTTP.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde::Deserialize;
use serde_json::{Value, json};
use switchhook::{
    Endpoint, Envelope, State, Webhooks, handlers,
    provider::argyle::{Argyle, IdentityIds},
    subscriptions::{SubscriptionOptions, Subscriptions},
    testing::LocalArgyle,
    webhook_handler,
};

use crate::{
    flow::serve,
    support::{NAME, OTHER_SECRET, SECRET, client, local, show, tell, texts},
};

const AUDIT: &str = "name-of-the-audit";

/// What each endpoint's handler heard: the subscription's name and the identity.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeMap<&'static str, Vec<String>>>>);

#[derive(Deserialize)]
struct Body {
    name: String,
    data: IdentityIds,
}

impl Heard {
    fn note(&self, endpoint: &'static str, body: &Body) {
        let line = format!("{} {}", body.name, body.data.identity);
        self.0.lock().unwrap().entry(endpoint).or_default().push(line);
    }

    /// What was heard since this was last asked.
    fn take(&self) -> BTreeMap<&'static str, Vec<String>> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[webhook_handler("identities.added")]
async fn pay(Envelope(body): Envelope<Body>, State(heard): State<Heard>) {
    heard.note("payroll", &body);
}

#[webhook_handler("identities.added")]
async fn audit(Envelope(body): Envelope<Body>, State(heard): State<Heard>) {
    heard.note("audit", &body);
}

fn application(heard: &Heard) -> Webhooks {
    Webhooks::builder()
        .state(heard.clone())
        .endpoint(Endpoint::new(Argyle::new(SECRET), handlers![pay]).named("payroll"))
        .endpoint(Endpoint::new(Argyle::new(OTHER_SECRET), handlers![audit]).named("audit"))
        .build()
        .unwrap()
}

fn subscriptions(webhooks: &Webhooks, url: &str) -> Subscriptions {
    let audit = SubscriptionOptions::new().named(AUDIT);
    show(webhooks.subscriptions().named(NAME).at(url).endpoint("audit", audit).build().unwrap())
}

/// Sends an event; gives the statuses of the answers.
async fn sent(argyle: &LocalArgyle, identity: &str) -> Vec<Option<u16>> {
    let ids = IdentityIds { identity: identity.to_owned(), ..IdentityIds::default() };
    argyle.send("identities.added", &ids).await.iter().map(|sent| sent.status).collect()
}

/// Name, path, events and whether the secret is this one, of each subscription.
fn stored(argyle: &LocalArgyle, secret: &str) -> Vec<(String, String, String, bool)> {
    let stored = |one: &Value| {
        let path = one["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        (
            one["name"].as_str().unwrap().to_owned(),
            path,
            texts(&one["events"]).join(" "),
            one["secret"] == secret,
        )
    };
    argyle.subscriptions().iter().map(stored).collect()
}

fn line(name: &str, path: &str, is_signed_so: bool) -> (String, String, String, bool) {
    (name.to_owned(), path.to_owned(), "identities.added".to_owned(), is_signed_so)
}

#[tokio::test]
async fn each_endpoint_hears_once_with_its_own_name_and_secret() {
    let (argyle, heard) = (local().await, Heard::default());
    let webhooks = application(&heard);
    let (url, _serving) = serve(&webhooks).await;
    subscriptions(&webhooks, &url).apply(&client(&argyle)).await.unwrap();
    assert_eq!(stored(&argyle, SECRET), [line(NAME, "payroll", true), line(AUDIT, "audit", false)]);
    assert_eq!(stored(&argyle, OTHER_SECRET), [line(NAME, "payroll", false), line(AUDIT, "audit", true)]);

    assert_eq!(sent(&argyle, "identity-1").await, [Some(200), Some(200)]);
    assert_eq!(
        heard.take(),
        BTreeMap::from([
            ("audit", vec![format!("{AUDIT} identity-1")]),
            ("payroll", vec![format!("{NAME} identity-1")])
        ])
    );
}

#[tokio::test]
async fn with_the_other_ones_secret_it_is_a_forgery_at_both() {
    let (argyle, heard) = (local().await, Heard::default());
    let webhooks = application(&heard);
    let (url, _serving) = serve(&webhooks).await;
    for (path, secret) in [("payroll", OTHER_SECRET), ("audit", SECRET)] {
        let url = format!("{url}/{path}");
        argyle.subscribe(json!({ "name": "swapped", "url": url, "events": "*", "secret": secret })).unwrap();
    }
    assert_eq!(sent(&argyle, "identity-1").await, [Some(401), Some(401)]);
    assert!(heard.take().is_empty());
}

#[tokio::test]
async fn a_provider_that_was_replaced_subscribes_with_its_new_secret() {
    let (argyle, heard) = (local().await, Heard::default());
    let webhooks = application(&heard);
    let (url, _serving) = serve(&webhooks).await;
    let before = subscriptions(&webhooks, &url);
    before.apply(&client(&argyle)).await.unwrap();

    webhooks.replace_provider("payroll", Argyle::new(OTHER_SECRET)).unwrap();
    assert_eq!(
        sent(&argyle, "identity-1").await,
        [Some(401), Some(200)],
        "it is subscribed with the old one"
    );
    heard.take();
    assert!(show(before.plan(&client(&argyle)).await.unwrap()).is_settled(), "what was derived before stays");

    let applied = show(subscriptions(&webhooks, &url).apply(&client(&argyle)).await.unwrap());
    assert_eq!(applied.to_string(), "1 subscription created, 1 deleted");
    assert_eq!(stored(&argyle, OTHER_SECRET), [line(AUDIT, "audit", true), line(NAME, "payroll", true)]);
    assert_eq!(sent(&argyle, "identity-2").await, [Some(200), Some(200)]);
    assert_eq!(heard.take()["payroll"], [format!("{NAME} identity-2")]);
}

#[test]
fn two_endpoints_at_one_address_are_refused() {
    let webhooks = application(&Heard::default());
    let base = "https://hooks.example.com/webhooks";
    for at in ["https://hooks.example.com/webhooks/payroll", "https://HOOKS.example.com:443/webhooks/payroll"]
    {
        let builder = webhooks.subscriptions().named(NAME).at(base);
        let error = tell(builder.endpoint("audit", SubscriptionOptions::new().at(at)).build().unwrap_err());
        assert_eq!(
            error.to_string(),
            format!(
                "1 fault in the subscriptions:\n- endpoint `audit`: it has the address of endpoint `payroll`, `{at}`"
            )
        );
    }
}
