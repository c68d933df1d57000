//! How many handlers run at once, and who runs them.

use std::time::Duration;

use serde_json::json;
use switchhook::{
    Webhooks, handlers,
    inbox::{OpenInbox, WorkState},
    testing::Client,
    webhook_handler,
};
use switchhook_tests::logs::Log;
use tokio::task::JoinSet;
use tracing::Level;

use crate::{
    place::Place,
    support::{Journal, all_done, clock, delivery, endpoint, open, until},
};

/// Sends 30 deliveries whose handlers wait, and lets them run: so many at once, and no more.
async fn run_at_once(settings: fn(OpenInbox) -> OpenInbox, of_endpoint: usize, expected: u64) {
    let (place, journal, clock) = (Place::new().await, Journal::default(), clock());
    let inbox = open(settings(place.inbox_once()), &clock).await.unwrap();
    let app = crate::support::webhooks(&journal, &inbox, &clock, endpoint().concurrency(of_endpoint));
    let client = Client::new(&app);
    let data = json!({"key": "a"});
    for _ in 0..30 {
        client.send("bank", delivery("held.a", None, &data)).await;
    }
    let mut working = JoinSet::new();
    working.spawn(async move { app.run_until(std::future::pending()).await });
    let begun = || journal.keys("default").len() as u64;
    until("they run", async || begun() == expected).await;
    // One that ends lets the next begin: by then the worker has claimed again.
    journal.lock().gate.add_permits(1);
    until("the next runs", async || begun() > expected).await;
    let counts = inbox.counts().await.unwrap();
    let running = counts.iter().find(|count| count.state == WorkState::Running).unwrap().count;
    assert_eq!((begun(), running), (expected + 1, expected));
}

#[tokio::test]
async fn no_more_handlers_run_than_the_endpoint_and_the_inbox_allow() {
    run_at_once(|inbox| inbox, 5, 5).await;
    run_at_once(|inbox| inbox.concurrency(3), 5, 3).await;
    run_at_once(|inbox| inbox.concurrency(29), 100, 29).await;
}

#[tokio::test]
async fn a_process_that_only_stores_says_so_unless_it_was_told_to() {
    let text = "deliveries are stored and not worked off: run `webhooks.serve(…)` or `webhooks.run_until(…)`, \
                or say `.ingest_only()` where another process does it";
    for (ingest_only, said) in [(false, 1), (true, 0)] {
        let place = Place::new().await;
        let (log, guard) = Log::capture(Level::INFO);
        let builder = Webhooks::builder()
            .state(Journal::default())
            .endpoint(endpoint())
            .inbox(place.inbox_once().await.unwrap());
        let builder = if ingest_only { builder.ingest_only() } else { builder };
        let client = Client::new(&builder.build().unwrap());
        for _ in 0..3 {
            client.send("bank", delivery("fact.a", None, &json!({"key": "a"}))).await;
        }
        drop(guard);
        assert_eq!(log.count(text), said);
    }
}

#[tokio::test]
async fn what_goes_wrong_is_in_the_log_without_the_payload() {
    let (log, guard) = Log::capture(Level::INFO);
    let app = crate::support::app(endpoint().retry(switchhook::inbox::Retry::default().attempts(1))).await;
    app.journal.fail("ssn 123-45-6789", 9);
    app.send("fact.a", None, &json!({"key": "ssn 123-45-6789"})).await;
    app.client.work_off().await.unwrap();
    drop(guard);
    assert_eq!(log.count("no attempt is left: the delivery is dead until it is replayed or discarded"), 1);
    assert_eq!(log.count("told to fail"), 2);
    assert_eq!(log.count("123-45-6789"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_run_keeps_its_lease_while_others_end_all_the_time() {
    const SHORT: usize = 3_000;
    let journal = Journal::default();
    let place = Place::new().await;
    let inbox = place.inbox_once().lease(Place::SHORT_LEASE).await.unwrap();
    let webhooks =
        Webhooks::builder().state(journal.clone()).endpoint(endpoint()).inbox(inbox.clone()).build().unwrap();
    let client = Client::new(&webhooks);
    client.send("bank", delivery("held.a", None, &json!({"key": "long"}))).await;
    let data = json!({"key": "short"});
    for _ in 0..SHORT / 500 {
        let sends = (0..500).map(|_| client.send("bank", delivery("fact.a", None, &data)));
        futures_util::future::join_all(sends).await;
    }
    let run = async {
        let began = std::time::Instant::now();
        let done = async || journal.keys("default").len() > SHORT && began.elapsed() > Place::SHORT_LEASE * 2;
        until("the others are done, and the lease would be over", done).await;
        journal.lock().gate.add_permits(9);
        all_done(&inbox).await;
    };
    webhooks.run_until(run).await;
    let keys = journal.keys("default");
    assert_eq!(keys.iter().filter(|key| *key == "long").count(), 1, "it ran once");
    assert_eq!(keys.len(), SHORT + 1);
}

#[tokio::test]
async fn what_is_old_goes_by_itself_while_the_worker_runs() {
    let clock = clock();
    let journal = Journal::default();
    let place = Place::new().await;
    let inbox = open(place.inbox_once(), &clock).await.unwrap();
    let app = crate::support::webhooks(&journal, &inbox, &clock, endpoint());
    let client = Client::new(&app);
    for number in 0..1_200 {
        let id = number.to_string();
        client.send("bank", delivery("fact.a", Some(&id), &json!({"key": "a"}))).await;
    }
    client.work_off().await.unwrap();
    clock.advance(Duration::from_hours(24 * 31));
    app.run_until(until("nothing is left", async || inbox.counts().await.unwrap().is_empty())).await;
}

#[webhook_handler("never.*")]
async fn never() {}

#[tokio::test]
async fn a_consumer_without_work_leaves_its_endpoints_slots_to_the_others() {
    let app = crate::support::app(endpoint().concurrency(1).consumer("idle", handlers![never])).await;
    for number in 0..20 {
        app.send("fact.a", None, &json!({"key": number.to_string()})).await;
    }
    assert_eq!(app.client.work_off().await.unwrap(), 20);
}
