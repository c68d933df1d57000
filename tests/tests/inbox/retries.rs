//! Attempts: how many, when, and what each consumer makes of them.

use std::time::Duration;

use serde_json::json;
use switchhook::{
    Data, Endpoint, HandlerError, Webhooks, handlers,
    inbox::{Filter, Retry, WorkState},
    testing::Client,
    webhook_handler,
};

use crate::{
    place::Place,
    support::{Bank, Fact, app, audit_handlers, clock, delivery, endpoint, open},
};

#[tokio::test]
async fn a_stored_delivery_is_handled_once() {
    let app = app(endpoint()).await;
    app.send("fact.a", Some("1"), &json!({"key": "a"})).await;
    assert_eq!(app.journal.keys("default").len(), 0, "it is handled later");
    assert_eq!(app.client.work_off().await.unwrap(), 1);
    assert_eq!(app.client.work_off().await.unwrap(), 0);
    assert_eq!(app.journal.keys("default"), ["a"]);
    let counts = app.inbox.counts().await.unwrap();
    assert_eq!(counts.len(), 1);
    assert_eq!((counts[0].state, counts[0].count), (WorkState::Done, 1));
}

#[tokio::test]
async fn eleven_failures_and_then_a_success_is_done() {
    let app = app(endpoint()).await;
    app.journal.fail("a", 11);
    app.send("fact.a", None, &json!({"key": "a"})).await;
    for attempt in 1..=12_usize {
        assert_eq!(app.client.work_off().await.unwrap(), 1);
        assert_eq!(app.client.work_off().await.unwrap(), 0, "the next attempt is due later");
        assert_eq!(app.journal.keys("default").len(), attempt);
        app.clock.advance(Duration::from_hours(8));
    }
    let record = app.inbox.find(app.journal.first()).await.unwrap().unwrap();
    let work = &record.work[0];
    assert_eq!(work.state, WorkState::Done);
    let numbers: Vec<_> = work.attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    assert!(work.attempts[..11].iter().all(|attempt| attempt.outcome == "retry"));
    assert_eq!(work.attempts[10].error.as_deref(), Some("told to fail"));
    assert_eq!((work.attempts[11].outcome.as_str(), work.attempts[11].error.as_deref()), ("done", None));
}

#[tokio::test]
async fn the_last_attempt_leaves_a_dead_delivery_and_the_attribute_says_which_is_the_last() {
    let app = app(endpoint().retry(Retry::default().attempts(2).first(Duration::from_secs(1)))).await;
    app.journal.fail("two", 99);
    app.journal.fail("three", 99);
    app.send("fact.a", None, &json!({"key": "two"})).await;
    app.send("thrice.a", None, &json!({"key": "three"})).await;
    for _ in 0..5 {
        app.day().await;
    }
    let mut keys = app.journal.keys("default");
    keys.sort_unstable();
    assert_eq!(keys, ["three", "three", "three", "two", "two"]);
    let counts = app.inbox.counts().await.unwrap();
    assert_eq!((counts.len(), counts[0].state, counts[0].count), (1, WorkState::Dead, 2));
    assert_eq!(counts[0].oldest, Duration::from_hours(5 * 24));
}

#[tokio::test]
async fn data_that_does_not_fit_is_dead_with_the_place_of_the_fault() {
    let app = app(endpoint()).await;
    app.send("fact.a", None, &json!({"key": 7})).await;
    assert_eq!(app.day().await, 1);
    assert_eq!(app.count(WorkState::Dead).await, 1);
    let page = app.inbox.list(&Filter::default(), None, 10).await.unwrap();
    let record = app.inbox.find(page.entries[0].id).await.unwrap().unwrap();
    let error = record.work[0].attempts[0].error.as_deref().unwrap();
    assert!(error.contains("key") && !error.contains('7'), "{error}");
}

#[tokio::test]
async fn one_consumer_fails_and_the_other_does_not_run_again() {
    let app = app(endpoint().consumer("audit", audit_handlers())).await;
    app.journal.fail("a", 2);
    app.send("fact.a", None, &json!({"key": "a"})).await;
    for _ in 0..4 {
        app.day().await;
    }
    assert_eq!(app.journal.keys("default").len(), 3);
    assert_eq!(app.journal.keys("audit").len(), 1);
    let record = app.inbox.find(app.journal.first()).await.unwrap().unwrap();
    let attempts: Vec<_> =
        record.work.iter().map(|work| (&*work.consumer, work.state, work.attempts.len())).collect();
    assert_eq!(attempts, [("default", WorkState::Done, 3), ("audit", WorkState::Done, 1)]);
}

#[webhook_handler("pends", timeout = "20ms", attempts = 2)]
async fn pends() {
    std::future::pending::<()>().await;
}

#[webhook_handler("panics", attempts = 2)]
async fn panics(Data(fact): Data<Fact>) -> Result<(), HandlerError> {
    panic!("told to, by {}", fact.key)
}

#[tokio::test]
async fn a_handler_that_pends_or_panics_is_a_failed_attempt_and_never_the_end_of_a_worker() {
    for (event, text) in [
        ("pends", "the handler did not finish within 20ms"),
        ("panics", "the handler panicked: told to, by a"),
    ] {
        let (place, clock) = (Place::new().await, clock());
        let inbox = open(place.inbox_once(), &clock).await.unwrap();
        let webhooks = Webhooks::builder()
            .endpoint(Endpoint::new(Bank::default(), handlers![pends, panics]))
            .inbox(inbox.clone())
            .build()
            .unwrap();
        let client = Client::new(&webhooks);
        client.send("bank", delivery(event, None, &json!({"key": "a"}))).await;
        for _ in 0..2 {
            assert_eq!(client.work_off().await.unwrap(), 1);
            clock.advance(Duration::from_hours(1));
        }
        let page = inbox.list(&Filter::default(), None, 1).await.unwrap();
        assert_eq!(page.entries[0].state, WorkState::Dead);
        let record = inbox.find(page.entries[0].id).await.unwrap().unwrap();
        let errors: Vec<_> = record.work[0].attempts.iter().map(|attempt| attempt.error.as_deref()).collect();
        assert_eq!(errors, [Some(text), Some(text)]);
    }
}
