//! When what there is says what there should be, another run changes nothing, however Argyle writes it.

use serde_json::{Value, json};
use switchhook::{
    Endpoint, HandlerList, Secrets, Webhooks, handlers,
    provider::argyle::Argyle,
    subscriptions::{Change, Difference, SubscriptionOptions, Subscriptions},
    webhook_handler,
};

use crate::{
    store::Store,
    support::{NAME, OTHER_SECRET, SECRET, added, builder, calls, client, local, show, updated, webhooks},
};

#[webhook_handler("*")]
async fn record() {}

#[webhook_handler("paystubs.partially_synced")]
async fn synced() {}

#[webhook_handler("items.*")]
async fn items() {}

#[webhook_handler("accounts.updated")]
async fn account() {}

const URL: &str = "https://hooks.example.com/webhooks/argyle";

fn asking(handlers: HandlerList<Argyle, ()>, options: SubscriptionOptions) -> Subscriptions {
    show(builder(&webhooks(handlers)).endpoint("argyle", options).build().unwrap())
}

fn at(url: &str) -> Subscriptions {
    asking(handlers![added], SubscriptionOptions::new().at(url))
}

/// What is asked for, made and then asked for again.
async fn is_made_once(subscriptions: &Subscriptions) {
    let argyle = local().await;
    let client = client(&argyle);
    let made = subscriptions.apply(&client).await.unwrap().created.len();
    assert_eq!(made, subscriptions.wanted().len());
    let (before, seen) = (argyle.subscriptions(), argyle.requests().len());
    let applied = subscriptions.apply(&client).await.unwrap();
    let plan = show(subscriptions.plan(&client).await.unwrap());
    assert!(plan.is_settled(), "{plan}");
    assert_eq!(applied.to_string(), "0 subscriptions created, 0 deleted", "{plan}");
    assert_eq!(calls(&argyle)[seen..], ["GET /v2/webhooks"; 2], "{plan}");
    assert_eq!(argyle.subscriptions(), before);
}

#[tokio::test]
async fn an_unsigned_subscription_is_made_once() {
    let endpoint = Endpoint::new(Argyle::unsigned(), handlers![added]);
    is_made_once(&builder(&Webhooks::builder().endpoint(endpoint).build().unwrap()).build().unwrap()).await;
}

#[tokio::test]
async fn a_wildcard_is_subscribed_once_as_itself_and_spelled_out() {
    is_made_once(&asking(handlers![record, added], SubscriptionOptions::new())).await;
    let excepted = SubscriptionOptions::new().except(["gigs.removed"]);
    is_made_once(&asking(handlers![record], excepted)).await;
}

#[tokio::test]
async fn the_events_of_several_consumers_are_subscribed_once() {
    let endpoint = Endpoint::new(Argyle::new(Secrets::from(SECRET).previous(OTHER_SECRET)), handlers![added])
        .consumer("audit", handlers![record])
        .consumer("search", handlers![added, updated]);
    is_made_once(&builder(&Webhooks::builder().endpoint(endpoint).build().unwrap()).build().unwrap()).await;
}

#[tokio::test]
async fn however_an_address_or_a_name_is_written_it_is_subscribed_once() {
    for url in [
        "https://hooks.example.com:8443/argyle",
        "https://hooks.example.com:443/argyle",
        "https://hooks.example.com/argyle?tenant=a b&x=%2F",
        "https://HOOKS.example.com/a/../argyle",
        "https://hooks.example.com",
        "https://bücher.example.com/grüße",
        "https://hooks.example.com/gr%c3%bc%C3%9Fe",
        "https://hooks.example.com/it's~|here",
    ] {
        is_made_once(&at(url)).await;
    }
    let webhooks = webhooks(handlers![added]);
    is_made_once(&builder(&webhooks).named("löhne – Produktion „1“").build().unwrap()).await;
}

#[tokio::test]
async fn thirty_days_asked_for_are_made_once() {
    for days in [vec![30], vec![1, 30, 90]] {
        let options = SubscriptionOptions::new().days_synced("paystubs.partially_synced", days);
        is_made_once(&asking(handlers![synced, added], options)).await;
    }
}

/// What Argyle has, of which all but these members is what is asked for.
fn existing(members: &Value) -> Value {
    let mut one = json!({
        "id": "6f0d2c0e", "name": NAME, "url": URL, "events": ["identities.added"], "secret": SECRET, "config": {},
        "created_at": "2026-02-03T10:11:12.226533Z",
    });
    one.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    one
}

/// Whether it is what is asked for, by the plan, and by what `apply` sends.
async fn is_kept(subscriptions: &Subscriptions, members: Value) -> bool {
    let store = Store::with(vec![existing(&members)]).await;
    let plan = show(subscriptions.plan(&store.client).await.unwrap());
    let is_kept = plan.is_settled();
    subscriptions.apply(&store.client).await.unwrap();
    let calls = if is_kept {
        vec!["GET", "GET"]
    } else {
        vec!["GET", "GET", "POST", "GET", "DELETE 6f0d2c0e", "GET"]
    };
    let left = if is_kept { "6f0d2c0e" } else { "made-1" };
    assert_eq!(
        (store.calls(), store.ids()),
        (calls.iter().map(ToString::to_string).collect(), vec![left.to_owned()])
    );
    is_kept
}

#[tokio::test]
async fn events_are_the_same_in_another_order_and_form() {
    let both = asking(handlers![added, updated], SubscriptionOptions::new());
    for (events, is_same) in [
        (json!(["identities.updated", "identities.added"]), true),
        (json!(["identities.added", "identities.updated", "identities.added"]), true),
        (json!(["identities.added"]), false),
        (json!([]), false),
        (Value::Null, false),
    ] {
        let case = events.to_string();
        assert_eq!(is_kept(&both, json!({ "events": events })).await, is_same, "{case}");
    }
    let all = asking(handlers![record], SubscriptionOptions::new());
    for events in [json!("*"), json!(["*"])] {
        assert!(is_kept(&all, json!({ "events": events })).await);
    }
    let one = asking(handlers![added], SubscriptionOptions::new());
    assert!(is_kept(&one, json!({ "events": "identities.added" })).await);
}

#[tokio::test]
async fn an_address_is_the_same_however_argyle_encodes_it() {
    for (asked, there, is_same) in [
        ("https://hooks.example.com/%C3%A9", "https://hooks.example.com/%c3%a9", true),
        ("https://hooks.example.com/é", "https://hooks.example.com/%c3%a9", true),
        ("https://hooks.example.com/it's~|", "https://hooks.example.com/it%27s%7E%7C", true),
        ("https://bücher.example.com/x", "https://xn--bcher-kva.example.com/x", true),
        ("https://hooks.example.com", "https://hooks.example.com/", true),
        ("https://hooks.example.com/x", "https://hooks.example.com:443/x", true),
        ("https://hooks.example.com/x?a=b%20c", "https://hooks.example.com/x?a=b c", true),
        ("https://hooks.example.com/x", "https://hooks.example.com/x/", false),
        ("https://hooks.example.com/x", "https://hooks.example.com/X", false),
        ("https://hooks.example.com/x", "http://hooks.example.com/x", false),
        ("https://hooks.example.com/x?a=b", "https://hooks.example.com/x?a=c", false),
        ("https://hooks.example.com/x", "https://hooks.example.com:8443/x", false),
        ("https://hooks.example.com/x", "not an address", false),
    ] {
        assert_eq!(is_kept(&at(asked), json!({ "url": there })).await, is_same, "{asked} {there}");
    }
}

#[tokio::test]
async fn what_is_asked_for_beside_events_is_the_same_in_another_form() {
    let nothing = SubscriptionOptions::new;
    let plain = asking(handlers![added], nothing());
    let thirty = asking(handlers![synced], nothing().days_synced("paystubs.partially_synced", [30]));
    let ninety = asking(handlers![synced], nothing().days_synced("paystubs.partially_synced", [90]));
    let usual = asking(handlers![synced], nothing());
    let of_items = asking(handlers![items], nothing().items(["item_1", "item_2"]));
    let resource = asking(handlers![account], nothing().include_resource(["accounts.updated"]));
    let days = json!(["paystubs.partially_synced"]);
    let item_events = json!(["items.updated", "items.removed"]);
    for (asked, events, config, is_same) in [
        (&plain, json!(["identities.added"]), Value::Null, true),
        (
            &plain,
            json!(["identities.added"]),
            json!({ "new": { "x": 1 }, "items": null, "days_synced": null }),
            true,
        ),
        (&plain, json!(["identities.added"]), json!({ "include_resource": false, "items": [] }), true),
        (&thirty, days.clone(), Value::Null, true),
        (&thirty, days.clone(), json!({}), true),
        (&usual, days.clone(), json!({ "days_synced": 30 }), true),
        (&usual, days.clone(), json!({ "days_synced": 31 }), false),
        (&ninety, days.clone(), json!({ "days_synced": "90" }), true),
        (&ninety, days.clone(), json!({ "days_synced": 90, "new": true }), true),
        (&ninety, days.clone(), json!({ "days_synced": "9" }), false),
        (&ninety, days, json!({}), false),
        (&of_items, item_events.clone(), json!({ "items": ["item_2", "item_1", "item_2"] }), true),
        (&of_items, item_events, json!({ "items": ["item_1"] }), false),
        (&resource, json!(["accounts.updated"]), json!({ "include_resource": true }), true),
        (&resource, json!(["accounts.updated"]), json!({ "include_resource": false }), false),
    ] {
        let case = format!("{events} {config}");
        assert_eq!(is_kept(asked, json!({ "events": events, "config": config })).await, is_same, "{case}");
    }
}

#[tokio::test]
async fn a_secret_too_many_or_too_few_is_another_one() {
    let signed = asking(handlers![added], SubscriptionOptions::new());
    let endpoint = Endpoint::new(Argyle::unsigned(), handlers![added]);
    let unsigned = builder(&Webhooks::builder().endpoint(endpoint).build().unwrap()).build().unwrap();
    for (asked, secret, is_same) in [
        (&signed, json!(SECRET), true),
        (&signed, json!(OTHER_SECRET), false),
        (&signed, Value::Null, false),
        (&unsigned, Value::Null, true),
        (&unsigned, json!(SECRET), false),
    ] {
        assert_eq!(is_kept(asked, json!({ "secret": secret })).await, is_same);
        let store = Store::with(vec![existing(&json!({ "secret": secret }))]).await;
        let plan = show(asked.plan(&store.client).await.unwrap());
        let is_told = match &plan.changes()[0] {
            Change::Replace { differences, .. } => *differences == [Difference::Secret],
            _ => false,
        };
        assert_eq!(is_told, !is_same);
    }
}

#[tokio::test]
async fn those_of_others_without_a_name_or_an_address_are_left_alone() {
    let others = [
        json!({ "id": "1", "name": null, "url": URL, "events": "*" }),
        json!({ "id": "2", "name": "crm", "url": null, "events": null, "config": null, "secret": null }),
        json!({ "id": "3" }),
        json!({ "id": "4", "name": "crm", "url": "no address", "config": 7 }),
    ];
    let store = Store::with([&others[..], &[existing(&json!({}))]].concat()).await;
    let subscriptions = asking(handlers![added], SubscriptionOptions::new());
    let plan = show(subscriptions.plan(&store.client).await.unwrap());
    assert!(plan.is_settled());
    assert_eq!(plan.foreign().iter().map(|foreign| foreign.existing.id.as_str()).collect::<Vec<_>>(), ["1"]);
    subscriptions.apply(&store.client).await.unwrap();
    assert_eq!((store.calls(), store.ids().len()), (vec!["GET".to_owned(); 2], 5));
}
