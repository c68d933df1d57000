//! What is no id, and what a deletion says of one that is not there.

use std::time::Duration;

use serde_json::json;
use switchhook::{
    provider::argyle::{ApiError, ApiFault, Client},
    testing::{Call, Fault, LocalArgyle},
};

use crate::support::{KEY_ID, KEY_SECRET, NAME, client, client_for, local, show, tell};

/// A subscription that there is.
fn put(argyle: &LocalArgyle) -> String {
    let url = "https://hooks.example.com/webhooks/argyle";
    let one = argyle.subscribe(json!({ "name": NAME, "url": url, "events": "*" })).unwrap();
    one["id"].as_str().unwrap().to_owned()
}

async fn each(client: &Client, id: &str) -> [(ApiError, String); 4] {
    let shown = id.escape_debug();
    [
        (client.identity(id).await.map(show).unwrap_err(), format!("GET /identities/{shown}")),
        (client.subscription(id).await.map(show).unwrap_err(), format!("GET /webhooks/{shown}")),
        (client.delete_subscription(id).await.map(show).unwrap_err(), format!("DELETE /webhooks/{shown}")),
        (client.identities(id).await.map(show).unwrap_err(), "GET /identities".to_owned()),
    ]
}

#[tokio::test]
async fn what_is_no_id_is_told_on_one_line_and_never_sent() {
    let argyle = local().await;
    let client = client(&argyle);
    for id in
        ["", ".", "..", " ", "\n", "\t.\n.", "x\ny", "x y", " x", "x\u{a0}", "x\0", "\u{1b}[2J", "\u{2028}"]
    {
        for (error, call) in each(&client, id).await {
            let error = tell(error);
            let shown = id.escape_debug();
            assert_eq!(
                error.to_string(),
                format!(
                    "`{call}`: `{shown}` is no id: an id is not empty, `.` or `..`, and holds no white space"
                )
            );
            assert!(matches!(error.fault(), ApiFault::NoId { .. }));
            assert!(!error.may_have_been_carried_out());
        }
    }
    assert!(argyle.requests().is_empty());
}

#[tokio::test]
async fn a_long_text_that_is_no_id_is_cut() {
    let argyle = local().await;
    let id = format!("{} ", "x".repeat(1_000));
    let error = tell(client(&argyle).identity(&id).await.unwrap_err());
    let shown = "x".repeat(64);
    assert_eq!(
        error.to_string(),
        format!(
            "`GET /identities/{shown}`: `{shown}` is no id: an id is not empty, `.` or `..`, and holds no white space"
        )
    );
}

#[tokio::test]
async fn whatever_else_an_id_holds_stays_one_segment() {
    let argyle = local().await;
    let client = client(&argyle);
    for id in ["a/b", "../webhooks", "a?b=c", "a#b", "a%2Fb", "é", "a&account=b", "...", "%2e%2e"] {
        argyle.put_identity(json!({ "id": id, "account": id }));
        let identity = show(client.identity(id).await.unwrap());
        assert_eq!(identity.id.as_deref(), Some(id));
        let of_account = show(client.identities(id).await.unwrap());
        assert_eq!(of_account.iter().map(|one| one.id.as_deref()).collect::<Vec<_>>(), [Some(id)]);
    }
}

#[tokio::test]
async fn a_deletion_that_was_turned_away_first_deleted_nothing() {
    for fault in
        [Fault::RateLimited { retry_after: Some(Duration::ZERO) }, Fault::RateLimited { retry_after: None }]
    {
        let argyle = local().await;
        argyle.fail(Call::Delete, fault);
        let error = tell(client(&argyle).delete_subscription("6f0d2c0e").await.unwrap_err());
        assert!(error.is_not_found());
        let trace_id = error.trace_id().unwrap();
        assert_eq!(
            error.to_string(),
            format!(
                "`DELETE /webhooks/6f0d2c0e`: there is no such object (status 404; Argyle says \"Not found.\"; trace id \
                 {trace_id}; after 2 attempts)"
            )
        );
    }
}

#[tokio::test]
async fn a_deletion_that_may_have_been_carried_out_before_is_done() {
    for fault in [Fault::HangAfter, Fault::StatusAfter(500), Fault::StatusAfter(503), Fault::TruncatedAfter] {
        let argyle = local().await;
        let id = put(&argyle);
        argyle.fail(Call::Delete, fault.clone());
        client_for(&argyle, &fault).delete_subscription(&id).await.map_err(tell).unwrap();
        assert_eq!((argyle.subscriptions().len(), argyle.requests().len()), (0, 2), "{fault:?}");
    }
}

#[tokio::test]
async fn attempts_are_never_none_and_one_is_one() {
    let argyle = local().await;
    for attempts in [0, 1] {
        argyle.fail(Call::List, Fault::Status(500));
        let client =
            show(Client::at(argyle.base_url(), KEY_ID, KEY_SECRET).attempts(attempts).build().unwrap());
        let error = tell(client.subscriptions().await.unwrap_err());
        assert_eq!(error.attempts(), 1);
    }
    assert_eq!(argyle.requests().len(), 2);
}
