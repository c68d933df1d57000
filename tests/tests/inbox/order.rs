//! Lanes: a key's deliveries are handled in the order of their arrival, and other keys do not wait.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde::Deserialize;
use serde_json::json;
use switchhook::{
    Data, Endpoint, HandlerError, State, Webhooks, handlers,
    inbox::{Retry, WorkState},
    testing::Client,
    webhook_handler,
};

use crate::{
    place::Place,
    support::{Bank, all_done, app, delivery, endpoint},
};

const KEYS: u64 = 100;
const EACH: u64 = 50;

#[derive(Deserialize)]
struct Step {
    account: u64,
    number: u64,
}

/// What was seen of each key.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<BTreeMap<u64, Key>>>);

/// The numbers of a key's steps in the order in which they succeeded, and how many run.
#[derive(Default)]
struct Key {
    numbers: Vec<u64>,
    running: u32,
}

#[webhook_handler("step", ordered_by = "account", attempts = 1000)]
async fn step(Data(step): Data<Step>, State(seen): State<Seen>) -> Result<(), HandlerError> {
    let enter = |by: i32| {
        let mut seen = seen.0.lock().unwrap();
        let key = seen.entry(step.account).or_default();
        key.running = key.running.checked_add_signed(by).unwrap();
        assert!(key.running <= 1, "two of one key run at once");
    };
    enter(1);
    tokio::time::sleep(Duration::from_micros(fastrand::u64(..500))).await;
    enter(-1);
    if fastrand::u8(..4) == 0 {
        return Err("told to fail".into());
    }
    seen.0.lock().unwrap().entry(step.account).or_default().numbers.push(step.number);
    Ok(())
}

#[tokio::test]
async fn a_hundred_keys_with_random_failures_and_delays_keep_their_order() {
    let seen = Seen::default();
    let place = Place::new().await;
    let inbox = place.inbox_once().concurrency(8).await.unwrap();
    let retry = Retry::default().first(Duration::from_millis(2)).at_most(Duration::from_millis(5));
    let webhooks = Webhooks::builder()
        .state(seen.clone())
        .endpoint(Endpoint::new(Bank::default(), handlers![step]).retry(retry))
        .inbox(inbox.clone())
        .build()
        .unwrap();
    let client = Client::new(&webhooks);
    let mut working = tokio::task::JoinSet::new();
    working.spawn(async move { webhooks.run_until(std::future::pending()).await });
    for number in 0..EACH {
        let sends = (0..KEYS).map(|account| {
            client.send("bank", delivery("step", None, &json!({"account": account, "number": number})))
        });
        for answer in futures_util::future::join_all(sends).await {
            assert_eq!(answer.status(), 200);
        }
    }
    all_done(&inbox).await;
    let seen = seen.0.lock().unwrap();
    assert_eq!(seen.len() as u64, KEYS);
    for (key, Key { numbers, .. }) in &*seen {
        assert_eq!(*numbers, (0..EACH).collect::<Vec<_>>(), "key {key}");
    }
}

#[tokio::test]
async fn a_failed_delivery_holds_its_own_lane_alone() {
    let app = app(endpoint()).await;
    app.journal.fail("a1", 1);
    for (key, lane) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")] {
        app.send("lane.x", None, &json!({"key": key, "lane": lane})).await;
    }
    app.client.work_off().await.unwrap();
    assert_eq!(app.journal.keys("default"), ["a1", "b1", "b2"]);
    app.clock.advance(Duration::from_hours(1));
    app.client.work_off().await.unwrap();
    assert_eq!(app.journal.keys("default")[3..], ["a1", "a2"]);
}

#[tokio::test]
async fn behind_a_dead_delivery_the_lane_goes_on() {
    let app = app(endpoint().retry(Retry::default().attempts(1))).await;
    app.journal.fail("1", 1);
    for key in ["1", "2"] {
        app.send("lane.x", None, &json!({"key": key, "lane": "a"})).await;
    }
    app.day().await;
    assert_eq!(app.journal.keys("default"), ["1", "2"]);
    assert_eq!(app.count(WorkState::Dead).await, 1);
}

#[tokio::test]
async fn without_the_field_there_is_no_lane() {
    let app = app(endpoint()).await;
    app.journal.fail("1", 1);
    for key in ["1", "2"] {
        app.send("lane.x", None, &json!({"key": key})).await;
    }
    app.client.work_off().await.unwrap();
    assert_eq!(app.journal.keys("default"), ["1", "2"]);
}
