//! By what a repeated delivery is recognised, and what becomes of it.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use switchhook::{
    Dedupe, Endpoint, Webhooks,
    inbox::{Retention, Retry, WorkState},
    testing::Client,
};

use crate::{
    place::Place,
    support::{Bank, Journal, app, clock, default_handlers, delivery, endpoint, open, webhooks},
};

#[tokio::test]
async fn an_id_that_was_seen_is_acknowledged_and_not_stored() {
    let app = app(endpoint()).await;
    for key in ["first", "second"] {
        app.send("fact.a", Some("1"), &json!({ "key": key })).await;
        app.day().await;
    }
    app.send("fact.a", Some("2"), &json!({"key": "third"})).await;
    app.day().await;
    assert_eq!(app.journal.keys("default"), ["first", "third"]);
}

#[tokio::test]
async fn of_many_at_once_one_is_stored() {
    let app = app(endpoint()).await;
    let data = json!({"key": "a"});
    join_all((0..50).map(|_| app.send("fact.a", Some("1"), &data))).await;
    assert_eq!(app.day().await, 1);
}

#[tokio::test]
async fn an_id_that_is_not_signed_suppresses_no_other_body() {
    let bank = Bank { signs_id: false, ..Bank::default() };
    let app = app(Endpoint::new(bank, default_handlers())).await;
    for key in ["forged", "genuine", "genuine"] {
        app.send("fact.a", Some("1"), &json!({ "key": key })).await;
    }
    app.day().await;
    assert_eq!(app.journal.keys("default"), ["forged", "genuine"]);
}

#[tokio::test]
async fn without_an_id_equal_deliveries_are_two() {
    let app = app(endpoint()).await;
    for _ in 0..2 {
        app.send("fact.a", None, &json!({"key": "a"})).await;
    }
    assert_eq!(app.day().await, 2);
}

#[tokio::test]
async fn a_dead_one_that_comes_again_is_tried_again() {
    let app = app(endpoint().retry(Retry::default().attempts(1))).await;
    app.journal.fail("a", 1);
    app.send("fact.a", Some("1"), &json!({"key": "a"})).await;
    app.day().await;
    assert_eq!(app.count(WorkState::Dead).await, 1);
    app.send("fact.a", Some("1"), &json!({"key": "a"})).await;
    assert_eq!(app.day().await, 1);
    assert_eq!(app.count(WorkState::Done).await, 1);
    let record = app.inbox.find(app.journal.first()).await.unwrap().unwrap();
    let attempts: Vec<_> =
        record.work[0].attempts.iter().map(|attempt| (attempt.replay, attempt.number)).collect();
    assert_eq!(attempts, [(0, 1), (1, 1)]);
}

#[tokio::test]
async fn an_endpoint_can_name_the_places_that_make_a_delivery_the_same() {
    let app = app(endpoint().dedupe(Dedupe::by(["/data/id", "/data/version"]))).await;
    for (key, data) in [
        ("first", json!({"key": "first", "id": 7, "version": 1})),
        ("again", json!({"key": "again", "id": 7, "version": 1})),
        ("later", json!({"key": "later", "id": 7, "version": 2})),
        ("lacks one", json!({"key": "lacks one", "id": 7})),
        ("lacks one", json!({"key": "lacks one", "id": 7})),
        ("null", json!({"key": "null", "id": null, "version": 1})),
        ("null", json!({"key": "null", "id": null, "version": 1})),
        ("long", json!({"key": "long", "id": 1.234_567_890_123_456_8e30, "version": 1})),
        ("long", json!({"key": "long", "id": 1.234_567_890_123_456_8e30, "version": 1})),
    ] {
        app.send("fact.a", Some(key), &data).await;
    }
    app.day().await;
    assert_eq!(
        app.journal.keys("default"),
        ["first", "later", "lacks one", "lacks one", "null", "null", "long", "long"]
    );
}

#[tokio::test]
async fn an_endpoint_can_take_every_delivery_for_new() {
    let app = app(endpoint().dedupe(Dedupe::Off)).await;
    for _ in 0..2 {
        app.send("fact.a", Some("1"), &json!({"key": "a"})).await;
    }
    assert_eq!(app.day().await, 2);
}

#[tokio::test]
async fn the_key_outlives_the_delivery() {
    let (journal, clock) = (Journal::default(), clock());
    let day = Duration::from_hours(24);
    let retention = Retention::default().bodies(day).rows(2 * day).keys(10 * day);
    let place = Place::new().await;
    let inbox = open(place.inbox_once().retention(retention), &clock).await.unwrap();
    let app = webhooks(&journal, &inbox, &clock, endpoint());
    let client = Client::new(&app);
    let send = || client.send("bank", delivery("fact.a", Some("1"), &json!({"key": "a"})));
    send().await;
    client.work_off().await.unwrap();
    let id = journal.first();

    clock.advance(day + Duration::from_secs(1));
    assert_eq!(inbox.prune().await.unwrap().bodies, 1);
    assert!(inbox.find(id).await.unwrap().unwrap().delivery.is_none());
    assert_eq!(inbox.replay(id).await.unwrap(), 0, "there are no bytes to replay");

    clock.advance(day);
    assert_eq!(inbox.prune().await.unwrap().deliveries, 1);
    assert!(inbox.find(id).await.unwrap().is_none());
    assert_eq!(send().await.status(), 200);
    assert_eq!(client.work_off().await.unwrap(), 0);

    clock.advance(8 * day);
    assert_eq!(inbox.prune().await.unwrap().keys, 1);
    assert_eq!(send().await.status(), 200);
    assert_eq!(client.work_off().await.unwrap(), 1);
}

#[tokio::test]
async fn places_that_are_no_pointers_are_refused_in_words() {
    let place = Place::new().await;
    let error = Webhooks::builder()
        .state(Journal::default())
        .endpoint(endpoint().dedupe(Dedupe::by(["data/id"])))
        .endpoint(endpoint().named("other").dedupe(Dedupe::by::<String>([])))
        .inbox(place.inbox_once().await.unwrap())
        .build()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 faults in the webhooks:\n\
         - endpoint `bank`: `data/id` in `Dedupe::by` is no JSON pointer; it begins with `/`\n\
         - endpoint `other`: `Dedupe::by` needs a JSON pointer at least"
    );
}
