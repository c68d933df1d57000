//! What `build()` refuses: every fault, in words, all at once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use std::time::Duration;

use switchhook::{
    AllowFrom, BuildError, BuildFault, Catalog, Dedupe, Delivery, Endpoint, FromDelivery, HandlerList, Need,
    Rejection, Secrets, Webhooks, catalog, handlers,
    provider::{
        EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError,
        argyle::{ADDRESSES, Argyle},
    },
    webhook_handler,
};

#[webhook_handler("identities.added")]
async fn added() {}

#[webhook_handler("identities.added", "identities.*")]
async fn added_too() {}

#[webhook_handler("identities.updated", attempts = 5, ordered_by = "account")]
async fn updated(_: FromInbox) {}

struct FromInbox;

impl<S: Sync> FromDelivery<S> for FromInbox {
    const NEEDS: &'static [Need] = &[Need::Inbox];

    async fn from_delivery(_: &Delivery, _: &S) -> Result<Self, Rejection> {
        Ok(Self)
    }
}

/// A handler as messages print it: its name, and the place of its attribute, which is the line above the function.
fn at(name: &str, function: &str) -> String {
    let source = include_str!("build_errors.rs");
    let line = source.lines().position(|line| line.starts_with(&format!("async fn {function}("))).unwrap();
    format!("`{name}` (tests/tests/build_errors.rs:{line})")
}

fn argyle(handlers: HandlerList<Argyle, ()>) -> Endpoint<Argyle, ()> {
    Endpoint::new(Argyle::new("s3cr3t"), handlers)
}

fn refused<P: Provider>(endpoint: Endpoint<P, ()>) -> String {
    Webhooks::builder().endpoint(endpoint).build().unwrap_err().to_string()
}

fn one(fault: &str) -> String {
    format!("1 fault in the webhooks:\n- {fault}")
}

#[test]
fn an_application_needs_an_endpoint() {
    let error: BuildError = Webhooks::builder().build().unwrap_err();
    assert_eq!(error.to_string(), one("there is no endpoint; add one with `.endpoint(…)`"));
}

#[test]
fn endpoint_names_are_paths() {
    for name in ["", "pay roll", "a/b", "{name}", "é"] {
        let text = format!(
            "endpoint `{name}`: names consist of letters, digits, `_` and `-`, as they are paths too"
        );
        assert_eq!(refused(argyle(handlers![added]).named(name)), one(&text));
    }
}

#[test]
fn endpoints_and_consumers_have_names_of_their_own() {
    let error = Webhooks::builder()
        .endpoint(argyle(handlers![added]))
        .endpoint(argyle(handlers![added]))
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        one("endpoint `argyle`: two endpoints have this name; give one another with `.named(…)`")
    );
    let twice =
        argyle(handlers![added]).consumer("audit", handlers![added]).consumer("audit", handlers![added]);
    assert_eq!(refused(twice), one("endpoint `argyle`: two consumers are named `audit`"));
    let default = argyle(handlers![added]).consumer("default", handlers![added]);
    assert_eq!(refused(default), one("endpoint `argyle`: two consumers are named `default`"));
}

#[test]
fn a_consumer_needs_handlers() {
    let text = "endpoint `argyle`: the consumer `audit` has no handlers";
    assert_eq!(refused(argyle(handlers![added]).consumer("audit", handlers![])), one(text));
    assert!(Webhooks::builder().endpoint(argyle(handlers![]).handlers(handlers![added])).build().is_ok());
}

#[test]
fn two_lists_of_a_consumer_share_no_pattern() {
    let text = format!(
        "endpoint `argyle`, consumer `default`: two handlers take `identities.added`: {} and {}",
        at("added", "added"),
        at("added_too", "added_too")
    );
    assert_eq!(refused(argyle(handlers![added]).handlers(handlers![added_too])), one(&text));
    let other = argyle(handlers![added]).consumer("audit", handlers![added_too]);
    assert!(Webhooks::builder().endpoint(other).build().is_ok(), "consumers share nothing");
}

#[test]
fn options_and_extractors_that_need_an_inbox_say_so() {
    let handler = at("updated", "updated");
    let line = |what: &str| {
        format!("- endpoint `argyle`, handler {handler}: {what} needs an inbox; add one with `.inbox(…)`")
    };
    let text = format!(
        "3 faults in the webhooks:\n{}\n{}\n{}",
        line("`attempts`"),
        line("`ordered_by`"),
        line("one of its extractors")
    );
    assert_eq!(refused(argyle(handlers![updated])), text);
}

#[test]
fn settings_that_need_an_inbox_say_so() {
    let endpoint = argyle(handlers![added])
        .dedupe(Dedupe::Off)
        .coalesce(false)
        .concurrency(2)
        .retry(switchhook::inbox::Retry::default());
    let lines: String = ["dedupe", "coalesce", "concurrency", "retry"]
        .map(|setting| {
            format!(
                "\n- endpoint `argyle`: `.{setting}(…)` needs an inbox; add one with `.inbox(…)`, or leave it out"
            )
        })
        .concat();
    assert_eq!(refused(endpoint), format!("4 faults in the webhooks:{lines}"));
}

#[tokio::test]
async fn with_an_inbox_all_of_them_are_welcome() {
    let endpoint = argyle(handlers![updated]).dedupe(Dedupe::Off).concurrency(2);
    let inbox = switchhook::Inbox::memory().await.unwrap();
    assert!(Webhooks::builder().endpoint(endpoint).inbox(inbox).build().is_ok());
}

#[test]
fn only_a_2xx_acknowledges() {
    let endpoint = argyle(handlers![added]).success_status(http::StatusCode::FOUND);
    assert_eq!(
        refused(endpoint),
        one("endpoint `argyle`: `success_status` must be a 2xx status, and 302 Found is not")
    );
}

#[test]
fn a_bad_secret_is_refused_at_any_position() {
    let help = "; for subscriptions without a secret use `Argyle::unsigned()`";
    for (secrets, fault) in [
        (Secrets::from(Vec::<String>::new()), "there is no secret"),
        (Secrets::from(""), "secret 1 of 1 is empty, so that anybody could sign"),
        (Secrets::from(["good", ""]), "secret 2 of 2 is empty, so that anybody could sign"),
        (
            Secrets::from(["good", " \n", "good"]),
            "secret 2 of 3 is blank: it has no visible character, so that anybody could sign",
        ),
        (Secrets::from("good\n"), "secret 1 of 1 begins or ends with white space; trim it"),
    ] {
        let endpoint = Endpoint::new(Argyle::new(secrets), handlers![added]);
        assert_eq!(refused(endpoint), one(&format!("endpoint `argyle`: {fault}{help}")));
    }
    let unsigned = Endpoint::new(Argyle::unsigned(), handlers![added]);
    assert!(Webhooks::builder().endpoint(unsigned).build().is_ok());
}

#[test]
fn unreadable_proxies_are_refused() {
    let allowed = AllowFrom::addresses(ADDRESSES).behind(["10.0.0.0/33"], "x-forwarded-for");
    assert_eq!(
        refused(argyle(handlers![added]).allow_from(allowed)),
        one("endpoint `argyle`: the proxy `10.0.0.0/33` is neither an address nor a network")
    );
}

/// Knows only at run time that it sends less than its type could.
struct Narrow;

catalog! {
    #[doc = "What it sends."]
    pub(crate) NARROW for Narrow { "identities.updated", "identities.removed" }
}

impl Provider for Narrow {
    const NAME: &'static str = "Narrow";
    const CATALOG: &'static Catalog = &Catalog::open("Narrow");

    fn catalog(&self) -> &'static Catalog {
        NARROW
    }

    fn check(&self) -> Result<(), Vec<String>> {
        Err(vec!["the first fault".to_owned(), "the second fault".to_owned()])
    }

    fn verify(&self, _: &Incoming<'_>) -> Result<Verified, VerifyError> {
        Err(VerifyError::Mismatch)
    }

    fn parts<'a>(&self, _: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        Err(EnvelopeError::new("never asked"))
    }
}

#[webhook_handler("identities.update", "identity.*", "vehicles.added", "*")]
async fn misspelt() {}

#[test]
fn all_faults_come_at_once_in_order() {
    let error = Webhooks::builder()
        .handler_timeout(Duration::from_secs(1))
        .endpoint(Endpoint::new(Narrow, handlers![misspelt]))
        .endpoint(argyle(handlers![]).named("narrow"))
        .build()
        .unwrap_err();
    let handler = at("misspelt", "misspelt");
    let text = format!(
        "7 faults in the webhooks:
- endpoint `narrow`: the first fault
- endpoint `narrow`: the second fault
- endpoint `narrow`, handler {handler}: Narrow sends no event `identities.update`; did you mean `identities.updated`?
- endpoint `narrow`, handler {handler}: Narrow sends no event that matches `identity.*`; `NARROW` lists those it sends
- endpoint `narrow`, handler {handler}: Narrow sends no event `vehicles.added`; `NARROW` lists those it sends
- endpoint `narrow`: two endpoints have this name; give one another with `.named(…)`
- endpoint `narrow`: the consumer `default` has no handlers"
    );
    assert_eq!(error.to_string(), text);
    assert!(matches!(error.faults()[2], BuildFault::UnknownEvent { .. }));
}
