//! Secrets that change: several at once, with an end, replaced while the endpoint runs; and what is told of them.

use std::time::{Duration, UNIX_EPOCH};

use switchhook::{
    Clock, Endpoint, ReplaceError, Secrets, SystemClock, Webhooks, handlers,
    provider::{
        argyle::{Argyle, IdentityIds},
        stripe::Stripe,
    },
    testing::{Client, TestClock, request},
    webhook_handler,
};

use crate::ids;

#[webhook_handler("identities.updated")]
async fn updated() {}

const END: Duration = Duration::from_secs(1_700_000_000);

fn webhooks(secrets: impl Into<Secrets>, clock: &TestClock) -> Webhooks {
    let endpoint = Endpoint::new(Argyle::new(secrets), handlers![updated]);
    Webhooks::builder().endpoint(endpoint).clock(clock.clone()).build().unwrap()
}

async fn status(webhooks: &Webhooks, secret: &str) -> u16 {
    let request = request(&Argyle::new(secret), "identities.updated", &ids());
    Client::new(webhooks).send("argyle", request).await.status().as_u16()
}

fn at(time: Duration) -> TestClock {
    TestClock::at(UNIX_EPOCH + time)
}

#[tokio::test]
async fn an_older_secret_is_taken_until_its_end() {
    let secrets = || Secrets::from("new").previous("old").previous_until("older", UNIX_EPOCH + END);
    let before = webhooks(secrets(), &at(END.checked_sub(Duration::from_nanos(1)).unwrap()));
    let after = webhooks(secrets(), &at(END));
    for (secret, until, then) in
        [("new", 200, 200), ("old", 200, 200), ("older", 200, 401), ("oldest", 401, 401)]
    {
        assert_eq!((status(&before, secret).await, status(&after, secret).await), (until, then), "{secret}");
    }
}

#[tokio::test]
async fn which_secret_matched_is_counted() {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let signed = webhooks(["new", "old"], &at(END));
    for secret in ["new", "old", "old", "a guess"] {
        status(&signed, secret).await;
    }
    let unsigned = Endpoint::new(Argyle::unsigned(), handlers![updated]);
    let unsigned = Webhooks::builder().endpoint(unsigned).build().unwrap();
    status(&unsigned, "whatever").await;
    let mut counted: Vec<String> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter(|(key, ..)| key.key().name() == "switchhook_verified_total")
        .map(|(key, _, _, value)| {
            let labels: Vec<_> =
                key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
            format!("{} {value:?}", labels.join(" "))
        })
        .collect();
    counted.sort();
    assert_eq!(
        counted,
        [
            "endpoint=argyle secret=1 Counter(1)",
            "endpoint=argyle secret=2 Counter(2)",
            "endpoint=argyle secret=none Counter(1)",
        ]
    );
}

#[tokio::test]
async fn a_provider_is_replaced_while_its_endpoint_runs() {
    let webhooks = webhooks("old", &at(END));
    let service = webhooks.endpoint("argyle").unwrap();
    webhooks.replace_provider("argyle", Argyle::new("new")).unwrap();
    assert_eq!((status(&webhooks, "new").await, status(&webhooks, "old").await), (200, 401));
    // Also for those who hold the endpoint since before.
    let late = request(&Argyle::new("old"), "identities.updated", &IdentityIds::default());
    assert_eq!(tower::ServiceExt::oneshot(service, late).await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_provider_that_does_not_fit_replaces_nothing() {
    let webhooks = webhooks("old", &at(END));
    for (error, text) in [
        (webhooks.replace_provider("stripe", Argyle::new("new")), "there is no endpoint `stripe`"),
        (
            webhooks.replace_provider("argyle", Stripe::new("new")),
            "the endpoint's provider is of another type",
        ),
        (
            webhooks.replace_provider("argyle", Argyle::new(["new", ""])),
            "secret 2 of 2 is empty, so that anybody could sign; for subscriptions without a secret use `Argyle::unsigned()`",
        ),
    ] {
        assert_eq!(error.unwrap_err().to_string(), text);
        assert_eq!(status(&webhooks, "old").await, 200);
    }
    let tenants = switchhook::Tenants::new(async |_| Ok::<_, std::io::Error>(Some(Argyle::new("s3cr3t"))));
    let tenants = Endpoint::tenants(tenants, handlers![updated]);
    let tenants = Webhooks::builder().endpoint(tenants).build().unwrap();
    let error = tenants.replace_provider("argyle", Argyle::new("new")).unwrap_err();
    assert_eq!(error, ReplaceError::HasTenants);
    assert_eq!(
        error.to_string(),
        "the endpoint has tenants; `Webhooks::forget_tenant` makes it look one up again"
    );
}

#[test]
fn a_token_is_found_among_secrets() {
    let now = SystemClock.now();
    let tokens = Secrets::from(["new", ""]).previous_until("old", now);
    assert_eq!(tokens.find(b"new", now), Some(0));
    assert_eq!(tokens.find(b"", now), None, "an empty secret is none");
    assert_eq!(tokens.find(b"old", now - Duration::from_secs(1)), Some(2));
    assert_eq!(tokens.find(b"old", now), None);
    assert_eq!(tokens.find(b"newer", now), None);
}
