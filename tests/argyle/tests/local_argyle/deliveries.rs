//! What a delivery is, and who gets it.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha512;
use switchhook::{
    provider::argyle::{IdentityIds, ItemRemoved},
    testing::LocalArgyle,
};

use crate::receiver::{Received, Receiver};

async fn both() -> (LocalArgyle, Receiver) {
    (LocalArgyle::start().await.unwrap(), Receiver::start().await)
}

fn ids() -> IdentityIds {
    IdentityIds { account: "account-1".into(), user: "user-1".into(), identity: "identity-1".into() }
}

fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    base16ct::lower::encode_string(&mac.finalize().into_bytes())
}

fn signature_of(received: &Received) -> Option<&str> {
    received.headers.get("x-argyle-signature").map(|header| header.to_str().unwrap())
}

#[tokio::test]
async fn a_delivery_is_what_argyle_sends() {
    let (argyle, app) = both().await;
    let made = app.subscribe(&argyle, "hr", &json!({ "events": ["identities.updated"], "secret": "s3cr3t" }));
    let sent = argyle.send("identities.updated", &ids()).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].event.as_str(), sent[0].attempts, sent[0].status),
        ("identities.updated", 1, Some(200))
    );
    assert_eq!(sent[0].subscription, made["id"]);

    let received = &app.received()[0];
    assert_eq!((received.method.as_str(), received.path.as_str()), ("POST", "/hr"));
    let body = "{\n  \"event\": \"identities.updated\",\n  \"name\": \"hr\",\n  \"data\": {\n    \"account\": \"account-1\",\n    \
                \"user\": \"user-1\",\n    \"identity\": \"identity-1\"\n  }\n}";
    assert_eq!(received.body, body);
    assert_eq!(signature_of(received), Some(&*signature("s3cr3t", body.as_bytes())));
    let mut headers: Vec<_> =
        received.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    headers.retain(|(name, _)| *name != "x-argyle-signature");
    headers.sort_unstable();
    assert_eq!(
        headers,
        [
            ("accept", "*/*"),
            ("accept-encoding", "gzip"),
            ("content-length", &*body.len().to_string()),
            ("content-type", "application/json"),
            ("host", app.url().strip_prefix("http://").unwrap()),
            ("user-agent", "ReactorNetty/1.1.28"),
        ]
    );
}

#[tokio::test]
async fn each_subscription_has_its_own_secret_and_name() {
    let (argyle, app) = both().await;
    app.subscribe(&argyle, "one", &json!({ "events": ["identities.added"], "secret": "first" }));
    app.subscribe(&argyle, "two", &json!({ "events": "*", "secret": "Zweites ✓" }));
    app.subscribe(&argyle, "none", &json!({ "events": ["identities.added"] }));
    app.subscribe(&argyle, "other", &json!({ "events": ["identities.updated"] }));
    assert_eq!(argyle.send("identities.added", &ids()).await.len(), 3);
    assert_eq!(app.names(), ["one", "two", "none"]);
    let received = app.received();
    assert_eq!(signature_of(&received[0]), Some(&*signature("first", &received[0].body)));
    assert_eq!(signature_of(&received[1]), Some(&*signature("Zweites ✓", &received[1].body)));
    assert_eq!(signature_of(&received[2]), None);
}

#[tokio::test]
async fn times_of_a_subscription_move_when_something_is_sent() {
    let (argyle, app) = both().await;
    let before = app.subscribe(&argyle, "hr", &json!({ "events": ["identities.added"] }));
    argyle.send("identities.updated", &ids()).await;
    assert_eq!(argyle.subscriptions()[0], before);
    argyle.send("identities.added", &ids()).await;
    let after = &argyle.subscriptions()[0];
    assert_eq!(after["created_at"], before["created_at"]);
    assert!(after["updated_at"].as_str() > before["updated_at"].as_str());
    assert_eq!(after["last_sent_at"], after["updated_at"]);
}

#[tokio::test]
async fn items_go_to_who_named_them_and_never_to_the_wildcard() {
    let (argyle, app) = both().await;
    let items =
        |items: Value| json!({ "events": ["items.updated", "items.removed"], "config": { "items": items } });
    app.subscribe(&argyle, "all", &json!({ "events": "*" }));
    app.subscribe(&argyle, "one", &items(json!(["item_1"])));
    app.subscribe(&argyle, "both", &items(json!(["item_2", "item_1"])));
    for item in ["item_1", "item_2", "item_3"] {
        argyle.send("items.removed", &ItemRemoved { item: item.to_owned() }).await;
    }
    argyle.send("items.removed", &json!({})).await;
    assert_eq!(app.names(), ["one", "both", "both"]);
    argyle.send("events.yet_to_come", &json!({})).await;
    assert_eq!(app.names().last().unwrap(), "all");
}

#[tokio::test]
async fn a_resource_that_is_optional_is_sent_where_it_was_asked_for() {
    let (argyle, app) = both().await;
    for event in ["accounts.updated", "direct_deposit_switches.failed", "verifications.updated"] {
        let config =
            |included: bool| json!({ "events": [event], "config": { "include_resource": included } });
        app.subscribe(&argyle, "with", &config(true));
        app.subscribe(&argyle, "without", &config(false));
        app.subscribe(&argyle, "unset", &json!({ "events": [event] }));
    }
    app.subscribe(&argyle, "all", &json!({ "events": "*" }));
    let data = json!({ "user": "user-1", "resource": { "id": "account-1" } });
    for event in ["accounts.updated", "direct_deposit_switches.failed", "verifications.updated"] {
        argyle.send(event, &data).await;
    }
    for received in app.received() {
        let is_asked_for = received.json()["name"] == "with";
        assert_eq!(received.data().get("resource").is_some(), is_asked_for);
        assert_eq!(received.data()["user"], "user-1");
    }
    assert_eq!(app.received().len(), 12);
    argyle.send("users.fully_synced", &data).await;
    assert_eq!(app.received()[12].data(), data, "it always has one");
}

#[tokio::test]
async fn days_that_were_synced_are_those_asked_for_unless_told() {
    let (argyle, app) = both().await;
    let events = json!(["gigs.partially_synced"]);
    app.subscribe(&argyle, "ninety", &json!({ "events": events, "config": { "days_synced": 90 } }));
    app.subscribe(&argyle, "unset", &json!({ "events": events }));
    let days = |from: usize| -> Vec<_> {
        app.received()[from..].iter().map(|one| one.data()["days_synced"].clone()).collect()
    };
    argyle.send("gigs.partially_synced", &json!({ "user": "user-1" })).await;
    assert_eq!(days(0), [90, 30]);
    argyle.send("gigs.partially_synced", &json!({ "days_synced": null })).await;
    assert_eq!(days(2), [90, 30]);
    argyle.send("gigs.partially_synced", &json!({ "days_synced": 140 })).await;
    assert_eq!(days(4), [140, 140]);
}

#[tokio::test]
async fn data_that_is_no_object_is_an_empty_one() {
    let (argyle, app) = both().await;
    app.subscribe(&argyle, "all", &json!({ "events": "*" }));
    for data in [json!(null), json!([1]), json!("text")] {
        argyle.send("identities.added", &data).await;
    }
    assert!(app.received().iter().all(|one| one.data() == json!({})));
}
