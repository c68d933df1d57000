//! The file that the inbox is in: what happens when it is away, and at the end.

use std::time::Duration;

use serde_json::json;
use switchhook::{Inbox, Webhooks, inbox::WorkState, testing::Client};
use switchhook_tests::logs::Log;
use tracing::Level;

use crate::{
    place::Folder,
    support::{Journal, all_done, clock, delivery, endpoint, open, until, webhooks},
};

#[tokio::test]
async fn at_the_end_everything_is_in_the_file() {
    let (folder, journal, clock) = (Folder::new(), Journal::default(), clock());
    let inbox = open(Inbox::sqlite(folder.file()), &clock).await.unwrap();
    let app = webhooks(&journal, &inbox, &clock, endpoint());
    let client = Client::new(&app);
    client.send("bank", delivery("fact.a", None, &json!({"key": "a"}))).await;
    app.run_until(until("it is handled", async || journal.keys("default").len() == 1)).await;
    assert_eq!(std::fs::metadata(folder.path().join("inbox.db-wal")).unwrap().len(), 0);
    let copy = folder.path().join("copy.db");
    std::fs::copy(folder.file(), &copy).unwrap();
    let copy = open(Inbox::sqlite(copy), &clock).await.unwrap();
    assert_eq!(copy.counts().await.unwrap()[0].state, WorkState::Done);
}

#[tokio::test]
async fn a_store_that_fails_is_told_of_once_and_that_it_works_again_too() {
    let (folder, (log, guard)) = (Folder::new(), Log::capture(Level::INFO));
    let (journal, clock) = (Journal::default(), clock());
    let inbox = open(Inbox::sqlite(folder.file()), &clock).await.unwrap();
    let app = webhooks(&journal, &inbox, &clock, endpoint());
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

#[tokio::test]
async fn what_cannot_be_stored_is_told_of_once_however_much_it_is() {
    let (folder, (log, guard)) = (Folder::new(), Log::capture(Level::INFO));
    let (journal, clock) = (Journal::default(), clock());
    let inbox = open(Inbox::sqlite(folder.file()), &clock).await.unwrap();
    let client = Client::new(&webhooks(&journal, &inbox, &clock, endpoint()));
    let away = folder.path().join("away.db");
    let send = async || client.send("bank", delivery("fact.a", None, &json!({"key": "a"}))).await.status();
    std::fs::rename(folder.file(), &away).unwrap();
    for _ in 0..5 {
        assert_eq!(send().await, 503);
    }
    std::fs::rename(&away, folder.file()).unwrap();
    assert_eq!(send().await, 200);
    drop(guard);
    for text in [
        "storing deliveries failed: the inbox",
        "delivery not stored: the store could not commit it; this is said once a minute, and counted each time",
        "deliveries are stored again",
    ] {
        assert_eq!(log.count(text), 1, "{text}");
    }
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
