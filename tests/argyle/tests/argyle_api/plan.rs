//! A plan, as people and tools read it.

use serde_json::{Value, json};
use switchhook::{
    Endpoint, Webhooks, handlers,
    provider::argyle::Argyle,
    subscriptions::{Plan, SubscriptionOptions},
    testing::LocalArgyle,
    webhook_handler,
};

use crate::support::{NAME, OTHER_SECRET, SECRET, added, builder, client, local, show, updated};

#[webhook_handler("*")]
async fn record() {}

#[webhook_handler("paystubs.partially_synced")]
async fn synced() {}

const URL: &str = "https://hooks.example.com/webhooks/argyle";

/// A line for what there should be and is not, is, is otherwise, and should not be.
async fn plan(argyle: &LocalArgyle) -> Plan {
    for (name, url, events, secret) in [
        (NAME, URL, json!(["identities.added", "vehicles.added"]), OTHER_SECRET),
        (NAME, "https://old.example.com", json!(["*"]), SECRET),
        ("crm", URL, json!(["identities.added"]), OTHER_SECRET),
        ("former", "https://hooks.example.com/webhooks/open", json!("*"), SECRET),
        (NAME, "https://hooks.example.com/webhooks/days", json!(["paystubs.partially_synced"]), SECRET),
        (NAME, "https://hooks.example.com/webhooks/days", json!(["paystubs.partially_synced"]), SECRET),
    ] {
        argyle.subscribe(json!({ "name": name, "url": url, "events": events, "secret": secret })).unwrap();
    }
    let webhooks = Webhooks::builder()
        .endpoint(Endpoint::new(Argyle::new(SECRET), handlers![added, updated]))
        .endpoint(Endpoint::new(Argyle::unsigned(), handlers![record]).named("open"))
        .endpoint(Endpoint::new(Argyle::new(SECRET), handlers![synced]).named("days"))
        .build()
        .unwrap();
    let subscriptions = builder(&webhooks)
        .formerly("former")
        .endpoint("days", SubscriptionOptions::new().days_synced("paystubs.partially_synced", [30, 90]))
        .build()
        .unwrap();
    show(subscriptions.plan(&client(argyle)).await.unwrap())
}

/// The text with the ids, which are others each time, by their places.
fn placed(text: &str, argyle: &LocalArgyle) -> String {
    let ids = argyle.subscriptions();
    ids.iter().enumerate().fold(text.to_owned(), |text, (place, one)| {
        text.replace(one["id"].as_str().unwrap(), &format!("#{place}"))
    })
}

/// The text with the lines of this file and of others as `file:line`.
fn without_lines(text: &str) -> String {
    let mut said = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("(tests/argyle/tests/argyle_api/") {
        said.push_str(before);
        said.push_str("(here)");
        rest = after.split_once(')').unwrap().1;
    }
    said + rest
}

#[tokio::test]
async fn people_read_it_like_a_diff() {
    let argyle = local().await;
    let plan = plan(&argyle).await;
    let said = without_lines(&placed(&plan.to_string(), &argyle));
    let expected = format!(
        "subscriptions at {}: 1 to create, 2 to replace, 2 to delete, 1 to keep
~ replace `name-for-the-webhook-subscription` #0 for endpoint `argyle`
    ~ the secret
      identities.added for `added` (here)
    + identities.updated for `updated` (here): not subscribed yet
    - vehicles.added: no handler of endpoint `argyle` takes it
~ replace `former` #3 for endpoint `open`, unsigned
    ~ the secret
    ~ the name, `former`, becomes `name-for-the-webhook-subscription`
      * for `record` (here)
= keep `name-for-the-webhook-subscription` #4 for endpoint `days`, with 30 days synced
      paystubs.partially_synced for `synced` (here)
+ create `name-for-the-webhook-subscription` for endpoint `days` at https://hooks.example.com/webhooks/days, with 90 days synced
    + paystubs.partially_synced for `synced` (here): another subscription has brought it so far
- delete `name-for-the-webhook-subscription` #5 at https://hooks.example.com/webhooks/days, the same as #4
- delete `name-for-the-webhook-subscription` #1 at https://old.example.com/
    - *: no endpoint is at this address
! others have `crm` #2 at endpoint `argyle`; it is left alone, and its deliveries come too: identities.added
! nothing subscribes `items.updated` for `record` (here) of endpoint `open`: Argyle's `*` does not bring it; name the Items with `.items([…])`
! nothing subscribes `items.removed` for `record` (here) of endpoint `open`: Argyle's `*` does not bring it; name the Items with `.items([…])`",
        argyle.base_url()
    );
    println!("{said}");
    assert_eq!(said, expected);
}

#[tokio::test]
async fn tools_read_it_as_json() {
    let argyle = local().await;
    let json = serde_json::to_value(plan(&argyle).await).unwrap();
    println!("{json:#}");
    let actions: Vec<_> =
        json["changes"].as_array().unwrap().iter().map(|change| change["action"].clone()).collect();
    assert_eq!(actions, ["replace", "replace", "keep", "create", "delete", "delete"]);
    assert_eq!(
        json["changes"][0]["differences"],
        json!([
            { "field": "events", "added": ["identities.updated"], "removed": ["vehicles.added"] },
            { "field": "secret" }
        ])
    );
    let wanted = &json["changes"][3]["wanted"];
    assert_eq!(wanted["config"], json!({ "days_synced": 90 }));
    assert_eq!(
        (&wanted["has_secret"], &wanted["name"], &wanted["endpoint"]),
        (&json!(true), &json!(NAME), &json!("days"))
    );
    assert_eq!(json["changes"][1]["wanted"]["has_secret"], json!(false));
    assert_eq!(json["changes"][4]["same_as"], json["changes"][2]["existing"]["id"]);
    assert_eq!(json["changes"][5]["same_as"], Value::Null);
    assert_eq!(json["foreign"][0]["existing"]["name"], "crm");
    assert_eq!(json["left_out"][0]["event"], "items.updated");
    for secret in [SECRET, OTHER_SECRET] {
        assert!(!json.to_string().contains(secret));
    }
}
