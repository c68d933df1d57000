//! What there is becomes what there should be, and nothing else is touched.

use serde_json::{Value, json};
use switchhook::{
    Endpoint, Secrets, Webhooks, handlers,
    provider::argyle::{Argyle, SubscriptionConfig},
    subscriptions::{ApplyFault, Change, Difference, SubscriptionOptions},
    testing::{Call, Fault, LocalArgyle},
    webhook_handler,
};

use crate::support::{
    NAME, OTHER_SECRET, SECRET, added, builder, calls, client, client_for, local, ours, show, subscriptions,
    tell, updated, webhooks,
};

const URL: &str = "https://hooks.example.com/webhooks/argyle";

fn put(argyle: &LocalArgyle, name: &str, url: &str, events: &[&str]) -> String {
    let subscription = json!({ "name": name, "url": url, "events": events, "secret": SECRET });
    argyle.subscribe(subscription).unwrap()["id"].as_str().unwrap().to_owned()
}

fn ids(argyle: &LocalArgyle) -> Vec<String> {
    argyle.subscriptions().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn from_nothing_the_request_of_argyles_page_goes_out() {
    let argyle = local().await;
    let webhooks = webhooks(handlers![added]);
    let at = SubscriptionOptions::new().at("https://your-webhook-backend.com");
    let subscriptions = builder(&webhooks).endpoint("argyle", at).build().unwrap();
    let applied = show(subscriptions.apply(&client(&argyle)).await.unwrap());
    assert_eq!(applied.to_string(), "1 subscription created, 0 deleted");
    assert_eq!(calls(&argyle), ["GET /v2/webhooks", "POST /v2/webhooks", "GET /v2/webhooks"]);
    let page = r#"{"events":["identities.added"],"name":"name-for-the-webhook-subscription","url":"https://your-webhook-backend.com","secret":"optional-secret"}"#;
    let request = &argyle.requests()[1];
    assert_eq!(request.body(), page);
    for header in ["accept", "content-type"] {
        assert_eq!(request.header(header), Some("application/json"));
    }
}

#[tokio::test]
async fn when_all_is_as_it_should_be_nothing_is_changed() {
    let argyle = local().await;
    let (subscriptions, client) = (subscriptions(handlers![added, updated]), client(&argyle));
    subscriptions.apply(&client).await.unwrap();
    let before = (argyle.subscriptions(), argyle.requests().len());
    assert!(show(subscriptions.plan(&client).await.unwrap()).is_settled());
    assert_eq!(subscriptions.apply(&client).await.unwrap().to_string(), "0 subscriptions created, 0 deleted");
    assert_eq!(calls(&argyle)[before.1..], ["GET /v2/webhooks", "GET /v2/webhooks"]);
    assert_eq!(argyle.subscriptions(), before.0);
}

#[tokio::test]
async fn a_handler_more_replaces_the_subscription_and_the_old_one_goes_last() {
    let argyle = local().await;
    let client = client(&argyle);
    subscriptions(handlers![added]).apply(&client).await.unwrap();
    let old = ids(&argyle);
    let seen = argyle.requests().len();
    let applied = subscriptions(handlers![added, updated]).apply(&client).await.unwrap();
    assert_eq!(applied.deleted, old);
    assert_eq!(applied.created, ids(&argyle));
    let (list, delete) = ("GET /v2/webhooks", format!("DELETE /v2/webhooks/{}", old[0]));
    assert_eq!(calls(&argyle)[seen..], [list, "POST /v2/webhooks", list, &delete, list]);
    assert_eq!(ours(&argyle), ["identities.added identities.updated"]);
}

#[tokio::test]
async fn those_of_others_are_not_touched() {
    let argyle = local().await;
    let others = [
        put(&argyle, "crm", URL, &["identities.added"]),
        put(&argyle, "crm", "https://crm.example.com", &["*"]),
        put(&argyle, "name-for-the-webhook-subscription-2", URL, &["vehicles.added"]),
    ];
    put(&argyle, NAME, "https://old.example.com", &["vehicles.added"]);
    let before = argyle.subscriptions();
    let subscriptions = subscriptions(handlers![added]);
    let plan = show(subscriptions.plan(&client(&argyle)).await.unwrap());
    let foreign: Vec<_> = plan.foreign().iter().map(|foreign| &foreign.existing.id).collect();
    assert_eq!(foreign, [&others[0], &others[2]]);
    subscriptions.apply(&client(&argyle)).await.unwrap();
    assert_eq!(argyle.subscriptions()[..3], before[..3]);
    assert_eq!(ours(&argyle), ["identities.added"]);
}

#[tokio::test]
async fn thirty_subscriptions_on_three_pages_are_all_seen() {
    let argyle = local().await;
    for number in 0..14 {
        put(&argyle, &format!("crm-{number}"), "https://crm.example.com", &["*"]);
    }
    put(&argyle, NAME, "https://old.example.com", &["vehicles.added"]);
    for number in 14..28 {
        put(&argyle, &format!("crm-{number}"), "https://crm.example.com", &["*"]);
    }
    put(&argyle, NAME, URL, &["identities.added"]);
    let client = client(&argyle);
    assert_eq!(client.subscriptions().await.unwrap().len(), 30);
    assert_eq!(argyle.requests().len(), 3);
    let applied = subscriptions(handlers![added]).apply(&client).await.unwrap();
    assert_eq!(applied.to_string(), "0 subscriptions created, 1 deleted");
    assert_eq!((ours(&argyle).len(), argyle.subscriptions().len()), (1, 29));
}

#[tokio::test]
async fn of_several_that_say_the_same_the_oldest_stays() {
    let argyle = local().await;
    let oldest = put(&argyle, NAME, URL, &["identities.added"]);
    put(&argyle, NAME, URL, &["identities.added"]);
    put(&argyle, NAME, URL, &["identities.added"]);
    subscriptions(handlers![added]).apply(&client(&argyle)).await.unwrap();
    assert_eq!(ids(&argyle), [oldest]);
}

#[tokio::test]
async fn processes_that_apply_at_one_time_end_with_one_subscription() {
    let mut most = 0;
    for _ in 0..20 {
        let argyle = local().await;
        put(&argyle, NAME, URL, &["vehicles.added"]);
        let subscriptions = subscriptions(handlers![added]);
        let clients: Vec<_> = (0..4).map(|_| client(&argyle)).collect();
        let applied = clients.iter().map(|client| subscriptions.apply(client));
        futures_util::future::try_join_all(applied).await.unwrap();
        assert_eq!(ours(&argyle), ["identities.added"]);
        most = most.max(calls(&argyle).iter().filter(|call| call.starts_with("POST")).count());
    }
    assert!(most > 1, "none of them got into the way of another");
}

#[tokio::test]
async fn of_two_versions_that_apply_at_one_time_the_last_one_has_what_it_asks_for() {
    for _ in 0..20 {
        let argyle = local().await;
        put(&argyle, NAME, URL, &["identities.added"]);
        let (old, new) = (subscriptions(handlers![added]), subscriptions(handlers![added, updated]));
        let (old_client, new_client) = (client(&argyle), client(&argyle));
        let (old, new) = tokio::join!(old.apply(&old_client), new.apply(&new_client));
        for error in [&old, &new].iter().filter_map(|applied| applied.as_ref().err()) {
            let said = tell(error).to_string();
            assert!(
                said.starts_with(
                    "somebody else changes the subscriptions of this name at the same time; let one version"
                ) || said.starts_with("Argyle's list does not show a subscription that was just made"),
                "{said}"
            );
        }
        let ours = ours(&argyle);
        assert!(
            old.is_err()
                || new.is_err()
                || ours == ["identities.added"]
                || ours == ["identities.added identities.updated"],
            "both are content, and there is {ours:?}"
        );
    }
}

#[tokio::test]
async fn another_secret_address_name_or_wish_replaces_it() {
    let argyle = local().await;
    let client = client(&argyle);
    subscriptions(handlers![added]).apply(&client).await.unwrap();
    let webhooks = |secrets: Secrets| {
        Webhooks::builder().endpoint(Endpoint::new(Argyle::new(secrets), handlers![added])).build().unwrap()
    };
    let one = |argyle: &LocalArgyle| {
        let [one]: [Value; 1] = argyle.subscriptions().try_into().unwrap();
        (one["name"].clone(), one["url"].clone(), one["secret"].clone())
    };

    let rotated = webhooks(Secrets::from(OTHER_SECRET).previous(SECRET));
    builder(&rotated).build().unwrap().apply(&client).await.unwrap();
    assert_eq!(one(&argyle), (json!(NAME), json!(URL), json!(OTHER_SECRET)));

    let at = "https://new.example.com/the%20hooks";
    builder(&rotated).at(at).build().unwrap().apply(&client).await.unwrap();
    let url = format!("{at}/argyle");
    assert_eq!(one(&argyle), (json!(NAME), json!(url), json!(OTHER_SECRET)));

    let renamed = rotated.subscriptions().named("payroll").formerly(NAME).at(at).build().unwrap();
    renamed.apply(&client).await.unwrap();
    assert_eq!(one(&argyle), (json!("payroll"), json!(url), json!(OTHER_SECRET)));
    assert!(renamed.plan(&client).await.unwrap().is_settled());
}

#[tokio::test]
async fn an_address_that_argyle_encodes_is_the_same_address() {
    let argyle = local().await;
    let subscriptions =
        builder(&webhooks(handlers![added])).at("https://hooks.example.com/the hooks").build().unwrap();
    subscriptions.apply(&client(&argyle)).await.unwrap();
    assert_eq!(argyle.subscriptions()[0]["url"], "https://hooks.example.com/the%20hooks/argyle");
    assert!(subscriptions.plan(&client(&argyle)).await.unwrap().is_settled());
}

#[tokio::test]
async fn a_creation_that_argyle_carried_out_without_saying_so_is_found() {
    for fault in [
        Fault::StatusAfter(500),
        Fault::StatusAfter(502),
        Fault::HangAfter,
        Fault::TruncatedAfter,
        Fault::NotJsonAfter,
    ] {
        let argyle = local().await;
        put(&argyle, NAME, URL, &["vehicles.added"]);
        argyle.fail(Call::Create, fault.clone());
        let applied = subscriptions(handlers![added]).apply(&client_for(&argyle, &fault)).await;
        assert!(applied.is_ok(), "{fault:?}: {applied:?}");
        assert_eq!(ours(&argyle), ["identities.added"], "{fault:?}");
        assert_eq!(calls(&argyle).iter().filter(|call| call.starts_with("POST")).count(), 1);
    }
}

#[tokio::test]
async fn a_creation_that_failed_is_told_and_the_old_one_stays_until_the_next_run() {
    for fault in [Fault::Status(500), Fault::Hang, Fault::Status(400)] {
        let argyle = local().await;
        put(&argyle, NAME, URL, &["vehicles.added"]);
        argyle.fail(Call::Create, fault.clone());
        let subscriptions = subscriptions(handlers![added]);
        let error = tell(subscriptions.apply(&client_for(&argyle, &fault)).await.unwrap_err());
        let advice = if fault == Fault::Status(400) {
            ""
        } else {
            "; run it again: it looks at what is there and goes on"
        };
        assert_eq!(
            error.to_string(),
            format!(
                "the subscriptions are not what they should be (0 subscriptions created, 0 deleted){advice}"
            )
        );
        assert!(matches!(error.fault(), ApplyFault::Api(_)));
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.starts_with("`POST /webhooks`: "), "{cause}");
        assert_eq!(ours(&argyle), ["vehicles.added"], "{fault:?}");
        subscriptions.apply(&client_for(&argyle, &fault)).await.unwrap();
        assert_eq!(ours(&argyle), ["identities.added"], "{fault:?}");
    }
}

#[tokio::test]
async fn a_deletion_that_argyle_carried_out_without_saying_so_is_done() {
    for fault in [Fault::StatusAfter(500), Fault::HangAfter, Fault::Status(503)] {
        let argyle = local().await;
        put(&argyle, NAME, URL, &["vehicles.added"]);
        argyle.fail(Call::Delete, fault.clone());
        subscriptions(handlers![added]).apply(&client_for(&argyle, &fault)).await.unwrap();
        assert_eq!(ours(&argyle), ["identities.added"], "{fault:?}");
    }
}

#[webhook_handler("accounts.updated", "paystubs.partially_synced", "items.*")]
async fn more() {}

#[tokio::test]
async fn what_is_asked_for_beside_events_is_made_and_stays() {
    let argyle = local().await;
    let client = client(&argyle);
    let webhooks = webhooks(handlers![added, more]);
    let asking = |days: [u32; 2]| {
        let options = SubscriptionOptions::new()
            .include_resource(["accounts.updated"])
            .days_synced("paystubs.partially_synced", days)
            .items((0..31).map(|number| format!("item_{number:02}")));
        builder(&webhooks).endpoint("argyle", options).build().unwrap()
    };
    let configs = || argyle.subscriptions().iter().map(|one| one["config"].clone()).collect::<Vec<_>>();
    let items =
        |range: std::ops::Range<u32>| range.map(|number| format!("item_{number:02}")).collect::<Vec<_>>();

    let subscriptions = asking([90, 182]);
    assert_eq!(subscriptions.apply(&client).await.unwrap().created.len(), 6);
    let made = [
        json!({}),
        json!({ "include_resource": true }),
        json!({ "days_synced": 90 }),
        json!({ "days_synced": 182 }),
        json!({ "items": items(0..30) }),
        json!({ "items": items(30..31) }),
    ];
    assert_eq!(configs(), made);
    assert!(show(subscriptions.plan(&client).await.unwrap()).is_settled());

    let changed = asking([120, 182]);
    let plan = show(changed.plan(&client).await.unwrap());
    let differences: Vec<_> = plan
        .changes()
        .iter()
        .filter_map(|change| match change {
            Change::Replace { differences, .. } => Some(differences.clone()),
            _ => None,
        })
        .collect();
    let had = SubscriptionConfig { days_synced: Some(90), ..SubscriptionConfig::default() };
    assert_eq!(differences, [[Difference::Config { had }]]);
    assert_eq!(changed.apply(&client).await.unwrap().to_string(), "1 subscription created, 1 deleted");
    assert_eq!(configs()[2], made[3]);
    assert_eq!(configs()[5], json!({ "days_synced": 120 }));
}
