//! The suite of all stores, in memory and in a file; and what only this one can do.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use sqlx::Sqlite;

use super::{DatabaseFile, SqliteStore, file};
use crate::{
    Outcome,
    inbox::{slot::Slot, store::Store, suite},
};

async fn open(file: Option<PathBuf>, clock: suite::SuiteClock) -> Arc<dyn Store> {
    let file = file.map(DatabaseFile::new);
    Arc::new(SqliteStore::open(file, Arc::new(clock), Duration::from_secs(2)).await.unwrap())
}

#[tokio::test]
async fn in_memory_it_does_what_every_store_must() {
    suite::run(async |clock| open(None, clock).await).await;
}

#[tokio::test]
async fn in_a_file_it_does_what_every_store_must() {
    let folder = std::env::temp_dir().join(format!("switchhook-suite-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let number = AtomicU32::new(0);
    suite::run(async |clock| {
        let number = number.fetch_add(1, Ordering::Relaxed);
        open(Some(folder.join(format!("{number}.db"))), clock).await
    })
    .await;
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn effects_of_a_run_that_has_lost_its_lease_are_rolled_back() {
    let clock = suite::SuiteClock::new();
    let case = suite::Case { store: open(None, clock.clone()).await, clock };
    case.insert("a", None).await;
    let lost = case.claim_all().await[0].held;
    case.clock.advance(suite::LEASE * 2);
    let current = case.claim_all().await[0].held;

    for (held, error) in [
        (lost, Some("the lease ran out while the handler ran; its effects are rolled back")),
        (current, None),
    ] {
        let effects = case.store.effects(held);
        let slot = Arc::clone(&effects).lend().downcast::<Slot<Sqlite>>().unwrap();
        let mut tx = slot.begin().await.unwrap().unwrap();
        sqlx::query("CREATE TABLE IF NOT EXISTS effect (id)").execute(&mut **tx).await.unwrap();
        sqlx::query("INSERT INTO effect VALUES (1)").execute(&mut **tx).await.unwrap();
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM effect").fetch_one(&mut **tx).await.unwrap();
        assert_eq!(rows, 1, "the run before left nothing");
        drop(tx);
        let settled = effects.settle(Outcome::Done, Duration::ZERO).await;
        let told = settled.outcome.error().map(ToString::to_string);
        assert_eq!((settled.recorded, told.as_deref()), (error.is_none(), error));
    }
}

#[tokio::test]
async fn a_connection_that_is_not_given_back_is_told_of() {
    let database = file::open(None).await.unwrap();
    let _kept = database.writer.lock().await.unwrap();
    tokio::time::pause();
    let error = database.writer.lock().await.err().unwrap();
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "the database's only write connection was in use for 30s; does a handler keep its `Tx`?"
    );
}
