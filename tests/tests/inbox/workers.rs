//! How many handlers run at once, and who runs them.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use switchhook::{
    Inbox, Webhooks, handlers,
    inbox::{OpenInbox, WorkState},
    testing::Client,
    webhook_handler,
};
use tokio::task::JoinSet;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Folder, Journal, all_done, clock, delivery, endpoint, open, until};

/// Sends 30 deliveries whose handlers wait, lets them run, and gives how many do when no more begin.
async fn running_at_once(opening: OpenInbox, of_endpoint: usize) -> u64 {
    let (journal, clock) = (Journal::default(), clock());
    let inbox = open(opening, &clock).await.unwrap();
    let app = crate::support::webhooks(&journal, &inbox, &clock, endpoint().concurrency(of_endpoint));
    let client = Client::new(&app);
    let data = json!({"key": "a"});
    for _ in 0..30 {
        client.send("bank", delivery("held.a", None, &data)).await;
    }
    let mut working = JoinSet::new();
    working.spawn(async move { app.run_until(std::future::pending()).await });
    let running = async || {
        let counts = inbox.counts().await.unwrap();
        counts.iter().filter(|count| count.state == WorkState::Running).map(|count| count.count).sum::<u64>()
    };
    until("some run", async || running().await > 0).await;
    // One that ends lets the next begin: by then the worker has claimed again.
    journal.lock().gate.add_permits(1);
    until("the next runs", async || {
        let begun = journal.keys("default").len() as u64;
        begun > 1 && running().await == begun - 1
    })
    .await;
    running().await
}

#[tokio::test]
async fn no_more_handlers_run_than_the_endpoint_and_the_inbox_allow() {
    assert_eq!(running_at_once(Inbox::memory(), 5).await, 5);
    assert_eq!(running_at_once(Inbox::memory().concurrency(3), 5).await, 3);
    assert_eq!(running_at_once(Inbox::memory(), 100).await, 29);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn count(&self, text: &str) -> usize {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap().matches(text).count()
    }
}

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_process_that_only_stores_says_so_unless_it_was_told_to() {
    let text = "deliveries are stored and not worked off: run `webhooks.serve(…)` or `webhooks.run_until(…)`, \
                or say `.ingest_only()` where another process does it";
    for (ingest_only, said) in [(false, 1), (true, 0)] {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let builder = Webhooks::builder()
            .state(Journal::default())
            .endpoint(endpoint())
            .inbox(Inbox::memory().await.unwrap());
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
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let app = crate::support::app(endpoint().retry(switchhook::inbox::Retry::default().attempts(1))).await;
    app.journal.fail("ssn 123-45-6789", 9);
    app.send("fact.a", None, &json!({"key": "ssn 123-45-6789"})).await;
    app.client.work_off().await.unwrap();
    drop(guard);
    assert_eq!(log.count("no attempt is left: the delivery is dead until it is replayed or discarded"), 1);
    assert_eq!(log.count("told to fail"), 2);
    assert_eq!(log.count("123-45-6789"), 0);
}

#[tokio::test]
async fn a_store_that_fails_is_told_of_once_and_that_it_works_again_too() {
    let (log, folder) = (Log::default(), Folder::new());
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let (journal, clock) = (Journal::default(), clock());
    let inbox = open(Inbox::sqlite(folder.file()), &clock).await.unwrap();
    let app = crate::support::webhooks(&journal, &inbox, &clock, endpoint());
    let client = Client::new(&app);
    let away = folder.path().join("away.db");
    let run = async {
        std::fs::rename(folder.file(), &away).unwrap();
        until("it is told of", async || log.count("working off deliveries failed: the inbox") > 0).await;
        // It is tried again and again until the file is back.
        std::fs::rename(&away, folder.file()).unwrap();
        until("it works again", async || log.count("deliveries are worked off again") > 0).await;
        client.send("bank", delivery("fact.a", None, &json!({"key": "a"}))).await;
        until("it is handled", async || journal.keys("default").len() == 1).await;
    };
    app.run_until(run).await;
    drop(guard);
    assert_eq!(log.count("working off deliveries failed"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_run_keeps_its_lease_while_others_end_all_the_time() {
    const SHORT: usize = 3_000;
    let journal = Journal::default();
    let inbox = Inbox::memory().lease(Duration::from_millis(100)).await.unwrap();
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
        until("the others are done", async || journal.keys("default").len() > SHORT).await;
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
    let inbox = open(Inbox::memory(), &clock).await.unwrap();
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

#[tokio::test]
async fn a_run_keeps_its_lease_when_the_store_was_away_for_longer() {
    let (journal, folder) = (Journal::default(), Folder::new());
    let lease = Duration::from_millis(150);
    let inbox = Inbox::sqlite(folder.file()).lease(lease).await.unwrap();
    let webhooks =
        Webhooks::builder().state(journal.clone()).endpoint(endpoint()).inbox(inbox.clone()).build().unwrap();
    let client = Client::new(&webhooks);
    client.send("bank", delivery("held.a", None, &json!({"key": "long"}))).await;
    let away = folder.path().join("away.db");
    let run = async {
        until("it runs", async || journal.keys("default").len() == 1).await;
        std::fs::rename(folder.file(), &away).unwrap();
        let gone = std::time::Instant::now();
        until("the lease is over", async || gone.elapsed() > lease * 3).await;
        std::fs::rename(&away, folder.file()).unwrap();
        client.send("bank", delivery("fact.a", None, &json!({"key": "short"}))).await;
        until("others run again", async || journal.keys("default").contains(&"short".to_owned())).await;
        journal.lock().gate.add_permits(9);
        all_done(&inbox).await;
    };
    webhooks.run_until(run).await;
    assert_eq!(journal.keys("default"), ["long", "short"]);
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
