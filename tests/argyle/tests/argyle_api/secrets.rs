//! That nothing these tests print, and nothing that is logged meanwhile by any crate, holds a secret.

use std::process::Command;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::support::{KEY_ID, KEY_SECRET, OTHER_SECRET, SECRET, SSN, shown};

#[test]
fn nothing_that_is_printed_or_logged_holds_a_secret() {
    if let Some(token) = shown() {
        println!("shown for {token}");
        return;
    }
    let token = fastrand::u64(..).to_string();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--nocapture", "--test-threads=4"])
        .env("SWITCHHOOK_TESTS_SHOW_ALL", &token)
        // What goes to this machine goes through no proxy: this one would refuse it.
        .envs(["HTTP_PROXY", "http_proxy", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:9")))
        .output()
        .unwrap();
    let text =
        format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let failed: Vec<_> =
        text.lines().filter(|line| line.ends_with("FAILED") || line.contains("panicked at")).collect();
    assert!(output.status.success(), "{failed:#?}");
    // So it has seen what each of these prints, the logs of this and of another crate, and what passes by where secrets
    // do: a name beside a secret, a person beside an `ssn`.
    for seen in [
        &format!("shown for {token}"),
        "Client {",
        "ClientBuilder {",
        "Identity {",
        "NewSubscription {",
        "Plan {",
        "Ssn(***)",
        "Subscription {",
        "Subscriptions {",
        "SubscriptionsBuilder {",
        "told: `POST /webhooks`: ",
        "told: the subscriptions are not what they should be",
        "caused by: `DELETE /webhooks/",
        "told: 1 fault in the subscriptions:",
        "+ create `",
        "name-for-the-webhook-subscription",
        "Ada Sample",
        "DEBUG switchhook::provider::argyle::api::call: asked Argyle",
        "it is sent again in ",
        "the signature is not one of the known secrets'",
        "TRACE hyper_util",
    ] {
        assert!(text.contains(seen), "{seen} is not there");
    }
    let basic = BASE64_STANDARD.encode(format!("{KEY_ID}:{KEY_SECRET}"));
    for secret in [KEY_ID, KEY_SECRET, &basic, SECRET, OTHER_SECRET, SSN] {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "a secret was printed");
    }
}
