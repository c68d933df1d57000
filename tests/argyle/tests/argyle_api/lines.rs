//! The lines of a plan, one by one.

use serde_json::{Value, json};
use switchhook::{
    Endpoint, HandlerList, Webhooks, handlers,
    provider::argyle::Argyle,
    subscriptions::{Plan, SubscriptionOptions},
    webhook_handler,
};

use crate::{
    store::Store,
    support::{NAME, SECRET, added, builder, show, updated, webhooks},
};

const URL: &str = "https://hooks.example.com/webhooks/argyle";

#[webhook_handler("*")]
async fn record() {}

#[webhook_handler("identities.*")]
async fn identities() {}

#[webhook_handler("accounts.updated")]
async fn account() {}

#[webhook_handler("paystubs.partially_synced")]
async fn synced() {}

#[webhook_handler("items.*")]
async fn items() {}

/// What there is of ours, but for these members.
fn one(members: &Value) -> Value {
    let mut one = json!({
        "id": "6f0d2c0e", "name": NAME, "url": URL, "events": ["identities.added"], "secret": SECRET, "config": null,
    });
    one.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    one
}

async fn plan(handlers: HandlerList<Argyle, ()>, options: SubscriptionOptions, there: Vec<Value>) -> Plan {
    let store = Store::with(there).await;
    let subscriptions = builder(&webhooks(handlers)).endpoint("argyle", options).build().unwrap();
    let plan = show(subscriptions.plan(&store.client).await.unwrap());
    println!("{plan}");
    plan
}

/// The lines behind the first one, `here` for where handlers are, and `ours` for our name.
fn lines(plan: &Plan) -> Vec<String> {
    let text = plan.to_string().replace(NAME, "ours");
    let mut parts = text.split("(tests/argyle/tests/argyle_api/");
    let mut said = parts.next().unwrap().to_owned();
    for part in parts {
        said.push_str("(here");
        said.push_str(&part[part.find(')').unwrap()..]);
    }
    said.lines().skip(1).map(str::to_owned).collect()
}

fn nothing() -> SubscriptionOptions {
    SubscriptionOptions::new()
}

#[tokio::test]
async fn an_address_is_said_to_become_another() {
    let there = one(&json!({ "url": "https://old.example.com/" }));
    let plan = plan(handlers![added], nothing(), vec![there]).await;
    assert_eq!(
        lines(&plan),
        [
            "~ replace `ours` 6f0d2c0e for endpoint `argyle`",
            "    ~ the address, https://old.example.com/, becomes https://hooks.example.com/webhooks/argyle",
            "      identities.added for `added` (here)",
        ]
    );
}

#[tokio::test]
async fn what_is_asked_for_is_said_to_become_something_else() {
    let there = one(&json!({ "events": ["paystubs.partially_synced"] }));
    let options = nothing().days_synced("paystubs.partially_synced", [90]);
    assert_eq!(
        lines(&plan(handlers![synced], options, vec![there]).await),
        [
            "~ replace `ours` 6f0d2c0e for endpoint `argyle`, with 90 days synced",
            "    ~ what it asks for, nothing more, becomes 90 days synced",
            "      paystubs.partially_synced for `synced` (here)",
        ]
    );
    let config = json!({ "include_resource": true, "days_synced": 7, "items": ["item_3"] });
    let there = one(&json!({ "events": ["items.updated", "items.removed"], "config": config }));
    let said = lines(&plan(handlers![items], nothing().items(["item_1", "item_2"]), vec![there]).await);
    assert_eq!(
        said[..2],
        [
            "~ replace `ours` 6f0d2c0e for endpoint `argyle`, with item_1, item_2",
            "    ~ what it asks for, the resource, 7 days synced, item_3, becomes item_1, item_2",
        ]
    );
}

#[tokio::test]
async fn what_moves_to_another_subscription_is_said_to_move() {
    let there = one(&json!({ "events": ["identities.added", "accounts.updated"] }));
    let options = nothing().include_resource(["accounts.updated"]);
    assert_eq!(
        lines(&plan(handlers![added, account], options, vec![there]).await),
        [
            "~ replace `ours` 6f0d2c0e for endpoint `argyle`",
            "      identities.added for `added` (here)",
            "    - accounts.updated: another subscription brings it",
            "+ create `ours` for endpoint `argyle` at https://hooks.example.com/webhooks/argyle, with the resource",
            "    + accounts.updated for `account` (here): another subscription has brought it so far",
        ]
    );
}

#[tokio::test]
async fn all_handlers_of_an_event_are_named() {
    let endpoint =
        Endpoint::new(Argyle::new(SECRET), handlers![added]).consumer("audit", handlers![identities]);
    let webhooks = Webhooks::builder().endpoint(endpoint).build().unwrap();
    let store = Store::with(Vec::new()).await;
    let plan = show(builder(&webhooks).build().unwrap().plan(&store.client).await.unwrap());
    assert_eq!(
        lines(&plan),
        [
            "+ create `ours` for endpoint `argyle` at https://hooks.example.com/webhooks/argyle",
            "    + identities.added for `added` (here) and `identities` (here): not subscribed yet",
            "    + identities.updated for `identities` (here): not subscribed yet",
        ]
    );
}

#[tokio::test]
async fn a_wildcard_names_the_handlers_of_single_events_too() {
    let items_left_out = ["items.updated", "items.removed"].map(|event| {
        format!(
            "! nothing subscribes `{event}` for `record` (here) of endpoint `argyle`: Argyle's `*` does not bring it; name \
             the Items with `.items([…])`"
        )
    });
    let plan = plan(handlers![record, added], nothing(), Vec::new()).await;
    let said = lines(&plan);
    assert_eq!(
        said[..2],
        [
            "+ create `ours` for endpoint `argyle` at https://hooks.example.com/webhooks/argyle",
            "    + * for `added` (here) and `record` (here): not subscribed yet",
        ]
    );
    assert_eq!(said[2..], items_left_out);
}

#[tokio::test]
async fn a_wildcard_that_is_spelled_out_is_said_to_be() {
    let there = one(&json!({ "events": ["*"] }));
    let plan = plan(handlers![record, added], nothing().except(["gigs.removed"]), vec![there]).await;
    let said = lines(&plan);
    assert!(
        said.contains(
            &"    - *: options single events out, so that those this version knows are named one by one"
                .to_owned()
        ),
        "{said:#?}"
    );
    let told: Vec<_> = said.iter().filter(|line| line.starts_with("! ")).collect();
    assert_eq!(told.len(), 4, "{told:#?}");
    assert_eq!(
        [told[0], told[3]],
        [
            "! nothing subscribes `gigs.removed` for `record` (here) of endpoint `argyle`: `.except(…)` leaves it out",
            "! nothing subscribes `*` for `record` (here) of endpoint `argyle`: options single events out, so that those this \
             version knows are named one by one",
        ]
    );
}

#[tokio::test]
async fn who_takes_single_events_is_said_to_name_them() {
    let there = one(&json!({ "events": "*" }));
    assert_eq!(
        lines(&plan(handlers![added, updated], nothing().except(["identities.updated"]), vec![there]).await),
        [
            "~ replace `ours` 6f0d2c0e for endpoint `argyle`",
            "    + identities.added for `added` (here): `*` has brought it so far",
            "    - *: handlers of endpoint `argyle` name their events",
            "! nothing subscribes `identities.updated` for `updated` (here) of endpoint `argyle`: `.except(…)` leaves it out",
        ]
    );
}

#[tokio::test]
async fn what_others_wrote_forges_no_line_and_drives_no_terminal() {
    let forged = "x\n- delete `y`\u{1b}[2J\u{9b}1m\r\u{202e}";
    let others = one(&json!({ "id": "\n= keep", "name": forged, "events": ["a\nb", "c"] }));
    let ours = one(
        &json!({ "id": "a\u{7}", "url": "https://old.example.com/\n+", "events": ["identities.added", "e\n"] }),
    );
    let long = one(&json!({ "id": "l", "name": "é".repeat(300) }));
    let options = nothing();
    let plan = plan(handlers![added], options, vec![others, ours, long]).await;
    let said = lines(&plan);
    assert!(!plan.to_string().contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
    assert_eq!(
        said[..6],
        [
            r"~ replace `ours` a\u{7} for endpoint `argyle`",
            r"    ~ the address, https://old.example.com/\n+, becomes https://hooks.example.com/webhooks/argyle",
            "      identities.added for `added` (here)",
            r"    - e\n: no endpoint is at this address",
            "! others have `x\\n- delete `y`\\u{1b}[2J\\u{9b}1m\\r\\u{202e}` \\n= keep at endpoint `argyle`; it is left alone, and \
             its deliveries come too: a\\nb, c",
            &format!(
                "! others have `{}…` l at endpoint `argyle`; it is left alone, and its deliveries come too: identities.added",
                "é".repeat(200)
            ),
        ]
    );
    assert_eq!(said.len(), 6);
}

#[tokio::test]
async fn tools_read_every_difference_and_why_something_is_left_out() {
    let config = json!({ "include_resource": true, "days_synced": 7, "items": ["item_3"] });
    let there = [
        one(&json!({
            "name": "former", "url": "https://old.example.com/", "events": ["identities.added"], "secret": null,
            "config": config, "created_at": "2026-02-03T10:11:12.226533Z",
        })),
        one(
            &json!({ "id": "c", "name": "crm", "events": ["*"], "last_sent_at": "2026-02-03T10:11:12.226533Z" }),
        ),
    ];
    let store = Store::with(there.to_vec()).await;
    let options = nothing().except(["identities.updated"]);
    let webhooks = webhooks(handlers![added, updated]);
    let subscriptions = builder(&webhooks).formerly("former").endpoint("argyle", options).build().unwrap();
    let plan = show(subscriptions.plan(&store.client).await.unwrap());
    let mut json = serde_json::to_value(&plan).unwrap();
    println!("{json:#}");
    let handlers = json["changes"][0]["wanted"]["events"][0]["handlers"].take();
    let [handler] = handlers.as_array().unwrap().as_slice() else { panic!("{handlers}") };
    assert!(
        handler.as_str().unwrap().starts_with("`added` (tests/argyle/tests/argyle_api/support.rs:"),
        "{handler}"
    );
    let left_out = json["left_out"][0]["handlers"].take();
    assert!(left_out[0].as_str().unwrap().starts_with("`updated` ("), "{left_out}");
    assert_eq!(
        json,
        json!({
            "base_url": store.client.base_url(),
            "changes": [{
                "action": "replace",
                "wanted": {
                    "endpoint": "argyle", "name": NAME, "url": URL, "config": {}, "has_secret": true,
                    "events": [{ "event": "identities.added", "handlers": null }],
                },
                "existing": {
                    "id": "6f0d2c0e", "name": "former", "url": "https://old.example.com/", "events": ["identities.added"],
                    "config": config, "has_secret": false, "created_at": "2026-02-03T10:11:12.226533Z", "last_sent_at": null,
                },
                "differences": [
                    { "field": "secret" },
                    { "field": "name", "had": "former" },
                    { "field": "url", "had": "https://old.example.com/" },
                    { "field": "config", "had": config },
                ],
            }],
            "foreign": [{
                "endpoint": "argyle",
                "existing": {
                    "id": "c", "name": "crm", "url": URL, "events": ["*"], "config": {}, "has_secret": true,
                    "created_at": null, "last_sent_at": "2026-02-03T10:11:12.226533Z",
                },
            }],
            "left_out": [{
                "endpoint": "argyle", "event": "identities.updated", "handlers": null, "why": "`.except(…)` leaves it out",
            }],
        })
    );
}
