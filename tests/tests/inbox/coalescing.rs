//! Of two identical hints that wait, one is enough; of anything else, none is.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use switchhook::{
    Endpoint, Webhooks, handlers,
    provider::argyle::{Argyle, IdentityIds},
    testing::{Client, request},
    webhook_handler,
};

use crate::{
    place::Place,
    support::{App, app, endpoint, until},
};

#[webhook_handler("identities.*", ordered_by = "identity")]
async fn identity() {}

async fn argyle() -> (Client, Webhooks, Place) {
    let place = Place::new().await;
    let webhooks = Webhooks::builder()
        .endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![identity]))
        .inbox(place.inbox_once().await.unwrap())
        .build()
        .unwrap();
    (Client::new(&webhooks), webhooks, place)
}

async fn send(client: &Client, event: &str) {
    let ids = IdentityIds { identity: "0153b145".to_owned(), ..IdentityIds::default() };
    assert_eq!(client.send("argyle", request(&Argyle::new("s3cr3t"), event, &ids)).await.status(), 200);
}

#[tokio::test]
async fn a_hint_is_dropped_while_an_identical_one_waits() {
    let (client, _webhooks, _place) = argyle().await;
    send(&client, "identities.updated").await;
    send(&client, "identities.updated").await;
    assert_eq!(client.work_off().await.unwrap(), 1);
}

#[tokio::test]
async fn a_hint_behind_one_that_is_done_runs() {
    let (client, _webhooks, _place) = argyle().await;
    for _ in 0..2 {
        send(&client, "identities.updated").await;
        assert_eq!(client.work_off().await.unwrap(), 1);
    }
}

#[tokio::test]
async fn an_event_that_is_no_hint_is_never_dropped() {
    let (client, _webhooks, _place) = argyle().await;
    send(&client, "identities.added").await;
    send(&client, "identities.added").await;
    assert_eq!(client.work_off().await.unwrap(), 2);
}

/// Sends facts of one lane to an endpoint that coalesces everything, and gives the number of attempts.
async fn runs_of(events: &[&str]) -> usize {
    let app = app(endpoint().coalesce(true)).await;
    for event in events {
        app.send(event, None, &json!({"key": "a", "lane": "l"})).await;
    }
    app.client.work_off().await.unwrap()
}

#[tokio::test]
async fn only_the_newest_of_a_lane_counts() {
    assert_eq!(runs_of(&["lane.added", "lane.removed", "lane.added"]).await, 3);
    assert_eq!(runs_of(&["lane.added", "lane.added", "lane.added"]).await, 1);
    assert_eq!(runs_of(&["lane.added", "fact.other", "lane.added"]).await, 2, "another lane is no matter");
}

#[tokio::test]
async fn without_a_lane_only_the_newest_of_the_endpoint_counts() {
    assert_eq!(runs_of(&["fact.a", "fact.a"]).await, 1);
    assert_eq!(runs_of(&["fact.a", "fact.b", "fact.a"]).await, 3);
}

#[tokio::test]
async fn another_body_is_another_hint() {
    let app = app(endpoint().coalesce(true)).await;
    for version in [1, 2, 2] {
        app.send("lane.updated", None, &json!({"key": "a", "lane": "l", "version": version})).await;
    }
    assert_eq!(app.client.work_off().await.unwrap(), 2);
}

#[tokio::test]
async fn one_that_failed_is_not_waiting_unseen() {
    let app = app(endpoint().coalesce(true)).await;
    app.journal.fail("a", 1);
    let send = async || app.send("lane.updated", None, &json!({"key": "a", "lane": "l"})).await;
    send().await;
    assert_eq!(app.client.work_off().await.unwrap(), 1);
    send().await;
    send().await;
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(app.client.work_off().await.unwrap(), 2);
}

#[tokio::test]
async fn a_hint_behind_one_that_runs_runs_too() {
    // One at a time, so that the second waits while the first runs.
    let App { client, webhooks, journal, _place, .. } = app(endpoint().coalesce(true).concurrency(1)).await;
    let data: Value = json!({"key": "a"});
    let send = async || {
        let answer = client.send("bank", crate::support::delivery("held.a", None, &data)).await;
        assert_eq!(answer.status(), 200);
    };
    send().await;
    let working = {
        let webhooks = webhooks.clone();
        let mut task = tokio::task::JoinSet::new();
        task.spawn(async move { webhooks.run_until(std::future::pending()).await });
        task
    };
    until("the first runs", async || journal.keys("default").len() == 1).await;
    send().await;
    send().await;
    let gate = Arc::clone(&journal.lock().gate);
    gate.add_permits(10);
    until("the second runs", async || journal.keys("default").len() == 2).await;
    drop(working);
}
