//! Which subscriptions belong to the application, and which it leaves alone.

use serde_json::json;
use switchhook::{
    Endpoint, Tenant, Tenants, Webhooks, handlers,
    provider::argyle::Argyle,
    subscriptions::{SubscriptionOptions, SubscriptionsBuilder},
    testing::LocalArgyle,
};

use crate::{
    store::Store,
    support::{NAME, OTHER_SECRET, SECRET, added, builder, client, local, show, updated, webhooks},
};

const BASE: &str = "https://hooks.example.com/webhooks";

/// Puts subscriptions of a name and below the base's address there.
fn put(argyle: &LocalArgyle, all: &[(&str, &str)]) {
    for (name, path) in all {
        let url = format!("{BASE}/{path}");
        let one = json!({ "name": name, "url": url, "events": ["vehicles.added"], "secret": SECRET });
        argyle.subscribe(one).unwrap();
    }
}

/// Applies; gives name, path and event of each that there is then.
async fn applied(argyle: &LocalArgyle, builder: SubscriptionsBuilder) -> Vec<String> {
    let subscriptions = show(builder.build().unwrap());
    subscriptions.apply(&client(argyle)).await.unwrap();
    assert!(show(subscriptions.plan(&client(argyle)).await.unwrap()).is_settled());
    let line = |one: &serde_json::Value| {
        let url = one["url"].as_str().unwrap();
        let path = url.strip_prefix(BASE).map_or(url, |path| path.trim_start_matches('/'));
        format!("{} {path} {}", one["name"].as_str().unwrap(), one["events"][0].as_str().unwrap())
    };
    argyle.subscriptions().iter().map(line).collect()
}

/// An application with an endpoint `argyle`, one `audit`, and one `customers` for tenants.
fn three_endpoints() -> Webhooks {
    let tenants = Tenants::new(|_: Tenant| async { Ok::<_, String>(Some(Argyle::new(SECRET))) });
    Webhooks::builder()
        .endpoint(Endpoint::new(Argyle::new(SECRET), handlers![added]))
        .endpoint(Endpoint::new(Argyle::new(OTHER_SECRET), handlers![updated]).named("audit"))
        .endpoint(Endpoint::tenants(tenants, handlers![added]).named("customers"))
        .build()
        .unwrap()
}

#[tokio::test]
async fn those_of_an_endpoint_that_is_left_out_stay_although_they_bear_our_name() {
    let argyle = local().await;
    let there = [
        (NAME, "audit"),
        (NAME, "customers"),
        (NAME, "customers/acme"),
        (NAME, "customers/acme/eu"),
        (NAME, "customers-of-old"),
        (NAME, "argyle"),
    ];
    put(&argyle, &there);
    let webhooks = three_endpoints();
    let left = applied(&argyle, builder(&webhooks).without("customers").without("audit")).await;
    let stay: Vec<_> =
        there[..4].iter().map(|(name, path)| format!("{name} {path} vehicles.added")).collect();
    assert_eq!(left[..4], stay);
    assert_eq!(left[4..], [format!("{NAME} argyle identities.added")]);
}

#[tokio::test]
async fn what_is_left_out_is_where_its_options_say() {
    let argyle = local().await;
    put(&argyle, &[(NAME, "elsewhere"), (NAME, "audit")]);
    let webhooks = three_endpoints();
    let elsewhere = SubscriptionOptions::new().at(format!("{BASE}/elsewhere"));
    let builder = builder(&webhooks).without("customers").without("audit").endpoint("audit", elsewhere);
    assert_eq!(
        applied(&argyle, builder).await,
        [format!("{NAME} elsewhere vehicles.added"), format!("{NAME} argyle identities.added")]
    );
}

#[tokio::test]
async fn the_applications_name_is_its_own_though_every_endpoint_has_another() {
    let argyle = local().await;
    put(&argyle, &[(NAME, "argyle"), ("crm", "argyle"), (NAME, "of-old")]);
    let webhooks = webhooks(handlers![added]);
    let builder = builder(&webhooks).endpoint("argyle", SubscriptionOptions::new().named("argyle-alone"));
    assert_eq!(
        applied(&argyle, builder).await,
        ["crm argyle vehicles.added".to_owned(), "argyle-alone argyle identities.added".to_owned()]
    );
}

#[tokio::test]
async fn former_names_are_its_own_and_exactly_these() {
    let argyle = local().await;
    put(
        &argyle,
        &[("one", "argyle"), ("two", "of-old"), ("One", "argyle"), ("one-2", "argyle"), ("one ", "argyle")],
    );
    let webhooks = webhooks(handlers![added]);
    let left = applied(&argyle, builder(&webhooks).formerly("one").formerly("two")).await;
    let stay = ["One argyle vehicles.added", "one-2 argyle vehicles.added", "one  argyle vehicles.added"];
    assert_eq!(left[..3], stay);
    assert_eq!(left[3..], [format!("{NAME} argyle identities.added")]);
}

#[tokio::test]
async fn an_endpoint_takes_none_of_another_ones_that_says_what_it_should() {
    let argyle = local().await;
    let webhooks = three_endpoints();
    let audit = SubscriptionOptions::new().named("audit-alone");
    let with = || builder(&webhooks).without("customers").endpoint("audit", audit.clone());
    let made = [format!("{NAME} argyle identities.added"), "audit-alone audit identities.updated".to_owned()];
    assert_eq!(applied(&argyle, with()).await, made);
    let before = argyle.subscriptions();
    assert_eq!(applied(&argyle, with()).await, made);
    assert_eq!(argyle.subscriptions(), before);
}

#[tokio::test]
async fn what_is_below_a_left_out_endpoints_address_is_known_however_that_is_encoded() {
    for base in ["https://hooks.example.com/the hooks", "https://HOOKS.example.com:443/the%20hooks"] {
        let argyle = local().await;
        let url = "https://hooks.example.com/the%20hooks/customers/acme";
        argyle.subscribe(json!({ "name": NAME, "url": url, "events": ["vehicles.added"] })).unwrap();
        let webhooks = three_endpoints();
        let left = applied(&argyle, builder(&webhooks).at(base).without("customers").without("audit")).await;
        assert_eq!(left[0], format!("{NAME} {url} vehicles.added"), "{base}");
    }
}

#[tokio::test]
async fn what_is_left_out_ends_at_its_own_paths_and_not_at_ours() {
    for at in [
        "https://hooks.example.com/webhooks/",
        "https://hooks.example.com",
        "https://hooks.example.com/webhooks?x=y",
    ] {
        let argyle = local().await;
        put(&argyle, &[(NAME, "acme")]);
        let webhooks = three_endpoints();
        let around = SubscriptionOptions::new().at(at);
        let with =
            || builder(&webhooks).without("audit").without("customers").endpoint("customers", around.clone());
        let left = [format!("{NAME} acme vehicles.added"), format!("{NAME} argyle identities.added")];
        assert_eq!(applied(&argyle, with()).await, left, "{at}");
        let before = argyle.subscriptions();
        assert_eq!(applied(&argyle, with()).await, left, "{at}");
        assert_eq!(argyle.subscriptions(), before, "{at}");
    }
}

#[tokio::test]
async fn a_blank_name_claims_nothing() {
    let store = Store::with(vec![
        json!({ "id": "1", "name": null, "url": "https://x.example.com", "events": ["*"] }),
    ])
    .await;
    let webhooks = webhooks(handlers![added]);
    let named = SubscriptionOptions::new().named("argyle-alone");
    let subscriptions = builder(&webhooks).named("").endpoint("argyle", named).build().unwrap();
    let plan = show(subscriptions.plan(&store.client).await.unwrap());
    assert_eq!(plan.changes().len(), 1, "{plan}");
}
