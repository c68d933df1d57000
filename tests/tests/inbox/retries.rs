//! Attempts: how many, when, and what each consumer makes of them.

use std::time::Duration;

use serde_json::json;
use switchhook::{
    Inbox,
    inbox::{Retry, WorkState},
    testing::Client,
};

use crate::support::{Journal, audit_handlers, clock, delivery, endpoint, open, webhooks};

#[tokio::test]
async fn a_stored_delivery_is_handled_once() {
    let (journal, clock) = (Journal::default(), clock());
    let inbox = open(Inbox::memory(), &clock).await.unwrap();
    let app = webhooks(&journal, &inbox, &clock, endpoint());
    let client = Client::new(&app);
    let answer = client.send("bank", delivery("fact.a", Some("1"), &json!({"key": "a"}))).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.outcome().is_none(), "it is handled later");
    assert_eq!(journal.keys("default").len(), 0);
    assert_eq!(client.work_off().await.unwrap(), 1);
    assert_eq!(client.work_off().await.unwrap(), 0);
    assert_eq!(journal.keys("default"), ["a"]);
    let counts = inbox.counts().await.unwrap();
    assert_eq!(counts.len(), 1);
    assert_eq!((counts[0].state, counts[0].count), (WorkState::Done, 1));
}

#[tokio::test]
async fn eleven_failures_and_then_a_success_is_done() {
    let (journal, clock) = (Journal::default(), clock());
    let inbox = open(Inbox::memory(), &clock).await.unwrap();
    let app = webhooks(&journal, &inbox, &clock, endpoint());
    let client = Client::new(&app);
    journal.fail("a", 11);
    client.send("bank", delivery("fact.a", None, &json!({"key": "a"}))).await;
    for attempt in 1..=12_usize {
        assert_eq!(client.work_off().await.unwrap(), 1);
        assert_eq!(client.work_off().await.unwrap(), 0, "the next attempt is due later");
        assert_eq!(journal.keys("default").len(), attempt);
        clock.advance(Duration::from_hours(8));
    }
    let record = inbox.find(journal.lock().runs[0].id).await.unwrap().unwrap();
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
    let (journal, clock) = (Journal::default(), clock());
    let inbox = open(Inbox::memory(), &clock).await.unwrap();
    let retry = Retry::default().attempts(2).first(Duration::from_secs(1));
    let app = webhooks(&journal, &inbox, &clock, endpoint().retry(retry));
    let client = Client::new(&app);
    journal.fail("two", 99);
    journal.fail("three", 99);
    client.send("bank", delivery("fact.a", None, &json!({"key": "two"}))).await;
    client.send("bank", delivery("thrice.a", None, &json!({"key": "three"}))).await;
    for _ in 0..5 {
        client.work_off().await.unwrap();
        clock.advance(Duration::from_hours(1));
    }
    let mut keys = journal.keys("default");
    keys.sort_unstable();
    assert_eq!(keys, ["three", "three", "three", "two", "two"]);
    let counts = inbox.counts().await.unwrap();
    assert_eq!((counts.len(), counts[0].state, counts[0].count), (1, WorkState::Dead, 2));
    assert!(counts[0].oldest >= Duration::from_hours(5));
}

#[tokio::test]
async fn one_consumer_fails_and_the_other_does_not_run_again() {
    let (journal, clock) = (Journal::default(), clock());
    let inbox = open(Inbox::memory(), &clock).await.unwrap();
    let app = webhooks(&journal, &inbox, &clock, endpoint().consumer("audit", audit_handlers()));
    let client = Client::new(&app);
    journal.fail("a", 2);
    client.send("bank", delivery("fact.a", None, &json!({"key": "a"}))).await;
    for _ in 0..4 {
        client.work_off().await.unwrap();
        clock.advance(Duration::from_hours(8));
    }
    assert_eq!(journal.keys("default").len(), 3);
    assert_eq!(journal.keys("audit").len(), 1);
    let record = inbox.find(journal.lock().runs[0].id).await.unwrap().unwrap();
    let attempts: Vec<_> =
        record.work.iter().map(|work| (&*work.consumer, work.state, work.attempts.len())).collect();
    assert_eq!(attempts, [("default", WorkState::Done, 3), ("audit", WorkState::Done, 1)]);
}
