//! What handlers and options become, before anything is sent; and what is refused.

use switchhook::{
    Endpoint, HandlerList, Secrets, Tenant, Tenants, Webhooks, handlers,
    provider::{
        argyle::{ARGYLE, Argyle},
        stripe::Stripe,
    },
    subscriptions::{SubscriptionOptions, Subscriptions, SubscriptionsBuilder},
    webhook_handler,
};

use crate::support::{added, show, tell, webhooks};

#[webhook_handler("identities.*")]
async fn identities() {}

#[webhook_handler("accounts.*", "verifications.updated")]
async fn accounts() {}

#[webhook_handler("paystubs.partially_synced", "gigs.partially_synced", "paystubs.fully_synced")]
async fn synced() {}

#[webhook_handler("items.*")]
async fn items() {}

#[webhook_handler("*")]
async fn record() {}

#[webhook_handler(unlisted("identities.archived"))]
async fn archived() {}

#[webhook_handler(unlisted("archives.*"))]
async fn archives() {}

#[webhook_handler("invoice.paid")]
async fn paid() {}

type Handlers = HandlerList<Argyle, ()>;

fn builder(webhooks: &Webhooks) -> SubscriptionsBuilder {
    webhooks.subscriptions().named("payroll").at("https://hooks.example.com/webhooks")
}

fn derived(handlers: Handlers, options: SubscriptionOptions) -> Subscriptions {
    builder(&webhooks(handlers)).endpoint("argyle", options).build().unwrap()
}

/// The events of each subscription and what more it asks for, in one line.
fn lines(subscriptions: &Subscriptions) -> Vec<String> {
    let lines = subscriptions.wanted().iter().map(|wanted| {
        let request: serde_json::Value = serde_json::from_str(&wanted.request().to_string()).unwrap();
        let more = request.get("config").map(|config| format!(" with {config}")).unwrap_or_default();
        format!("{}{more}", wanted.request().events().join(" "))
    });
    lines.collect()
}

fn refused(builder: SubscriptionsBuilder) -> Vec<String> {
    let error = tell(show(builder).build().unwrap_err());
    let text = error.to_string();
    let (head, faults) = text.split_once(":\n- ").unwrap();
    let faults: Vec<String> = faults.split("\n- ").map(str::to_owned).collect();
    assert_eq!(error.faults().len(), faults.len());
    assert!(head.starts_with(&format!("{} fault", faults.len())) && head.ends_with(" in the subscriptions"));
    faults
}

fn refused_with(handlers: Handlers, options: SubscriptionOptions) -> Vec<String> {
    refused(builder(&webhooks(handlers)).endpoint("argyle", options))
}

#[test]
fn the_request_is_the_one_of_argyles_page() {
    let subscriptions = webhooks(handlers![added])
        .subscriptions()
        .named("name-for-the-webhook-subscription")
        .endpoint("argyle", SubscriptionOptions::new().at("https://your-webhook-backend.com"))
        .build()
        .unwrap();
    let [wanted] = subscriptions.wanted() else { panic!("{subscriptions:?}") };
    let page = r#"{
  "events": [
    "identities.added"
  ],
  "name": "name-for-the-webhook-subscription",
  "url": "https://your-webhook-backend.com",
  "secret": "***"
}"#;
    assert_eq!(wanted.request().to_string(), page);
    assert_eq!(wanted.endpoint(), "argyle");
    let [handler] = wanted.handlers("identities.added") else { panic!("{wanted:?}") };
    assert!(handler.starts_with("`added` (tests/argyle/tests/argyle_api/support.rs:"), "{handler}");
}

#[test]
fn patterns_are_spelled_out_by_the_catalog() {
    let nothing = SubscriptionOptions::new;
    assert_eq!(lines(&derived(handlers![identities], nothing())), ["identities.added identities.updated"]);
    assert_eq!(
        lines(&derived(handlers![identities, added], nothing())),
        ["identities.added identities.updated"]
    );
    assert_eq!(lines(&derived(handlers![record, added], nothing())), ["*"]);
    assert_eq!(
        lines(&derived(handlers![added, archived], nothing())),
        ["identities.added identities.archived"]
    );
}

#[test]
fn consumers_are_subscribed_together() {
    let endpoint = Endpoint::new(Argyle::new("optional-secret"), handlers![added])
        .consumer("audit", handlers![identities]);
    let webhooks = Webhooks::builder().endpoint(endpoint).build().unwrap();
    let subscriptions = builder(&webhooks).build().unwrap();
    assert_eq!(lines(&subscriptions), ["identities.added identities.updated"]);
    let names = |event| {
        subscriptions.wanted()[0]
            .handlers(event)
            .iter()
            .map(|it| it.split(' ').next().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("identities.added"), ["`added`", "`identities`"]);
    assert_eq!(names("identities.updated"), ["`identities`"]);
}

#[test]
fn what_one_subscription_cannot_say_becomes_several() {
    let options = SubscriptionOptions::new()
        .include_resource(["accounts.updated", "verifications.updated"])
        .days_synced("paystubs.partially_synced", [90, 182])
        .days_synced("gigs.partially_synced", [90])
        .items((0..31).map(|number| format!("item_{number:09}")));
    let subscriptions = derived(handlers![accounts, synced, items], options);
    let lines = lines(&subscriptions);
    assert_eq!(
        lines[..4],
        [
            "accounts.added accounts.connected accounts.failed accounts.removed paystubs.fully_synced",
            r#"accounts.updated verifications.updated with {"include_resource":true}"#,
            r#"paystubs.partially_synced gigs.partially_synced with {"days_synced":90}"#,
            r#"paystubs.partially_synced with {"days_synced":182}"#,
        ]
    );
    let items: Vec<_> = lines[4..].iter().map(|line| line.matches("item_").count()).collect();
    assert_eq!(items, [30, 1]);
    assert!(lines[4..].iter().all(|line| line.starts_with("items.updated items.removed with ")));
}

#[test]
fn a_wildcard_is_spelled_out_where_argyles_would_bring_an_event_twice() {
    let subscriptions =
        derived(handlers![record], SubscriptionOptions::new().include_resource(["accounts.updated"]));
    let lines = lines(&subscriptions);
    assert_eq!(lines.len(), 2);
    let spelled: Vec<_> = lines[0].split(' ').collect();
    let all =
        ARGYLE.events().iter().filter(|event| **event != "accounts.updated" && !event.starts_with("items."));
    assert_eq!(spelled, all.copied().collect::<Vec<_>>());
    let excepted = derived(handlers![record], SubscriptionOptions::new().except(["gigs.removed"]));
    let left_out: Vec<_> = excepted.left_out().iter().map(|left_out| left_out.event.as_str()).collect();
    assert_eq!(left_out, ["gigs.removed", "items.updated", "items.removed", "*"]);
    let with_items = derived(handlers![record], SubscriptionOptions::new().items(["item_1"]));
    assert_eq!(self::lines(&with_items), ["*", r#"items.updated items.removed with {"items":["item_1"]}"#]);
}

#[test]
fn each_endpoint_has_its_own_address_name_and_secret() {
    let webhooks = Webhooks::builder()
        .endpoint(Endpoint::new(Argyle::new(Secrets::from("new").previous("old")), handlers![added]))
        .endpoint(Endpoint::new(Argyle::unsigned(), handlers![identities]).named("open"))
        .endpoint(Endpoint::new(Stripe::new("whsec_secret"), handlers![paid]))
        .build()
        .unwrap();
    let options = SubscriptionOptions::new().named("payroll-open").at("http://hooks.example.com/open gate");
    let subscriptions = builder(&webhooks).endpoint("open", options).build().unwrap();
    let requests: Vec<_> = subscriptions
        .wanted()
        .iter()
        .map(|wanted| {
            (wanted.request().name(), wanted.request().url(), wanted.request().to_string().contains("***"))
        })
        .collect();
    assert_eq!(
        requests,
        [
            ("payroll", "https://hooks.example.com/webhooks/argyle", true),
            ("payroll-open", "http://hooks.example.com/open gate", false)
        ]
    );
}

#[test]
fn what_is_not_known_is_asked_for() {
    let none = Webhooks::builder()
        .endpoint(Endpoint::new(Stripe::new("whsec_secret"), handlers![paid]))
        .build()
        .unwrap();
    assert_eq!(refused(builder(&none)), ["there is no endpoint of Argyle to subscribe"]);
    let one = webhooks(handlers![added]);
    assert_eq!(
        refused(one.subscriptions().named(" ")),
        [
            "endpoint `argyle`: its subscriptions have no name to be known by; give one with `.named(…)`, such as \
             `payroll-production`",
            "endpoint `argyle`: it is not known where Argyle reaches it; say so with `.at(\"https://…\")`"
        ]
    );
    assert_eq!(
        refused(builder(&one).formerly("")),
        [
            "a former name cannot be blank, since it would claim every subscription without a name; leave `.formerly(…)` out"
        ]
    );
    let half = "does not begin with `https://` or `http://` and a host";
    for (url, fault) in [
        ("hooks.example.com", half),
        ("ftp://hooks.example.com", half),
        ("https:///hooks.example.com", half),
        ("https://hooks example.com", "is no URL"),
        (" https://hooks.example.com", "begins or ends with white space, or holds a control character"),
        ("https://hooks.example.com\n", "begins or ends with white space, or holds a control character"),
    ] {
        assert_eq!(
            refused(one.subscriptions().named("payroll").at(url)),
            [format!("endpoint `argyle`: its address `{url}/argyle` {fault}")]
        );
    }
    assert_eq!(
        refused(one.subscriptions().named("payroll").at("https://me:another-secret-51b3@hooks.example.com")),
        [
            "endpoint `argyle`: its address `https://***@hooks.example.com/argyle` has a user, a password or a `#`, which do not \
          belong there"
        ]
    );
    assert_eq!(
        refused(one.subscriptions().named("payroll").at("https://hooks.example.com?x=y")),
        [
            "endpoint `argyle`: its address `https://hooks.example.com?***` has a `?` or `#`, so that no path can follow; give \
          the endpoint its whole address"
        ]
    );
    assert_eq!(
        refused(builder(&one).named("payroll\n")),
        [
            r#"endpoint `argyle`: the name "payroll\n" begins or ends with white space, or holds a control character"#
        ]
    );
    assert_eq!(
        refused(builder(&one).endpoint("argyll", SubscriptionOptions::new()).without("argyle")),
        [
            "there is no endpoint `argyll` of Argyle; there is `argyle`",
            "there is no endpoint of Argyle to subscribe"
        ]
    );
}

#[test]
fn tenants_have_accounts_of_their_own() {
    let tenants = Tenants::new(|_: Tenant| async { Ok::<_, String>(Some(Argyle::new("s3cr3t"))) });
    let webhooks = Webhooks::builder()
        .endpoint(Endpoint::tenants(tenants, handlers![added]).named("customers"))
        .endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![added]))
        .build()
        .unwrap();
    assert_eq!(
        refused(builder(&webhooks)),
        [
            "endpoint `customers`: it has tenants, each with an account of its own at Argyle; leave it out with \
          `.without(\"customers\")` and subscribe for each tenant with a `Client` of its key"
        ]
    );
    assert_eq!(lines(&builder(&webhooks).without("customers").build().unwrap()), ["identities.added"]);
    // What is at an address that nobody knows could not be left alone.
    let at = SubscriptionOptions::new().at("https://hooks.example.com");
    assert_eq!(
        refused(webhooks.subscriptions().named("payroll").endpoint("argyle", at).without("customers")),
        ["endpoint `customers`: it is not known where Argyle reaches it; say so with `.at(\"https://…\")`"]
    );
}

#[test]
fn what_argyle_cannot_do_is_refused_in_words() {
    let nothing = SubscriptionOptions::new;
    let event = |option, event, fault| format!("endpoint `argyle`: `.{option}(…)` names `{event}`: {fault}");
    assert_eq!(
        refused_with(
            handlers![identities, synced],
            nothing()
                .include_resource(["identities.added", "accounts.updated", "identities.add"])
                .days_synced("paystubs.fully_synced", [90])
                .days_synced("gigs.partially_synced", [0, 90])
                .days_synced("paystubs.partially_synced", [])
                .except(["vehicles.added", "identities.*"])
        ),
        [
            event("include_resource", "accounts.updated", "no handler takes it"),
            event(
                "include_resource",
                "identities.add",
                "Argyle sends no event `identities.add`; did you mean `identities.added`?"
            ),
            event("include_resource", "identities.added", "Argyle offers no resource for it"),
            event("days_synced", "paystubs.fully_synced", "Argyle offers it for `*.partially_synced` only"),
            event("except", "identities.*", "it is not the name of one event"),
            event("except", "vehicles.added", "no handler takes it"),
            "endpoint `argyle`: `.days_synced(\"gigs.partially_synced\", …)` needs one or more numbers of days, each at \
             least 1"
                .to_owned(),
            "endpoint `argyle`: `.days_synced(\"paystubs.partially_synced\", …)` needs one or more numbers of days, \
             each at least 1"
                .to_owned(),
        ]
    );
    let in_vain = refused_with(handlers![items], nothing());
    assert_eq!(in_vain.len(), 2);
    assert!(
        in_vain[0].starts_with("endpoint `argyle`, handler `items` (tests/argyle/tests/argyle_api/derived.rs:")
            && in_vain[0].ends_with(
                "): it takes `items.updated`, which Argyle sends only for Items that the subscription names; name them \
                 with `.items([…])`, or leave it out with `.except([\"items.updated\"])`"
            ),
        "{in_vain:?}"
    );
    assert_eq!(
        refused_with(handlers![added], nothing().items(["item_1"])),
        [
            "endpoint `argyle`: `.items(…)` names Items, and no handler takes `items.updated` or `items.removed`, or `.except(…)` leaves them out"
        ]
    );
    assert_eq!(
        refused_with(handlers![items], nothing().items([" "])),
        ["endpoint `argyle`: `.items(…)` names an Item with a blank id"]
    );
    let unknown = refused_with(handlers![archives], nothing());
    assert!(
        unknown[0].starts_with("endpoint `argyle`, handler `archives` (")
            && unknown[0].ends_with(
                "): no known event of Argyle begins as `archives.*` does, so that there is nothing to subscribe; name \
                 the events"
            ),
        "{unknown:?}"
    );
}
