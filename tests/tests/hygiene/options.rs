//! Several patterns, and every option that needs no inbox.

use switchhook::{EventName, HandlerList, State, handlers, provider::argyle::Argyle, webhook_handler};

use super::app::{Trace, run};

#[webhook_handler(
    "identities.added",
    "accounts.*",
    provider = Argyle,
    timeout = "1m",
    crate = ::switchhook,
)]
async fn several(event: EventName, State(trace): State<Trace>) {
    trace.note(format!("several {}", &*event));
}

#[webhook_handler(timeout = "250ms", "identities.*")]
async fn rest(State(trace): State<Trace>) {
    trace.note("rest");
}

#[tokio::test]
async fn every_pattern_leads_to_the_handler() {
    let noted =
        run(handlers![rest, several], &["accounts.removed", "identities.updated", "identities.added"]).await;
    assert_eq!(noted, ["several accounts.removed", "rest", "several identities.added"]);
}

/// These need an inbox, so that this one is listed and not mounted.
#[webhook_handler("accounts.added", attempts = 5, ordered_by = "account", timeout = "2h")]
async fn ordered() {}

#[test]
fn options_stand_in_any_number() {
    let list: HandlerList<Argyle, Trace> = handlers![ordered];
    assert_eq!(format!("{list:?}"), r#"["ordered"]"#);
}
