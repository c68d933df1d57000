//! The suite of all stores, and what only this one can do.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod opening;
mod sharing;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use switchhook_tests::postgres::Database;

use super::{Address, PostgresStore};
use crate::{
    Clock, HandlerError, Outcome,
    inbox::{
        InboxError,
        slot::Slot,
        store::Store,
        suite::{self, Case, SuiteClock},
    },
};

async fn open(database: &Database, clock: Option<Arc<dyn Clock>>) -> Result<PostgresStore, InboxError> {
    PostgresStore::open(Address::Url(database.url()), None, clock, Duration::from_secs(2)).await
}

#[tokio::test]
async fn it_does_what_every_store_must() {
    let Some(first) = Database::create().await else { return };
    // They stay until the end.
    let databases = Mutex::new(vec![first]);
    suite::run(async |clock| {
        let database = Database::create().await.unwrap();
        let store = open(&database, Some(Arc::new(clock))).await.unwrap();
        databases.lock().unwrap().push(database);
        Arc::new(store) as Arc<dyn Store>
    })
    .await;
}

async fn case(database: &Database) -> Case {
    let clock = SuiteClock::new();
    Case { store: Arc::new(open(database, Some(Arc::new(clock.clone()))).await.unwrap()), clock }
}

#[tokio::test]
async fn effects_of_a_run_that_has_lost_its_lease_are_rolled_back() {
    let Some(database) = Database::create().await else { return };
    let case = case(&database).await;
    case.insert("a", None).await;
    let lost = case.claim_all().await[0].held;
    case.clock.advance(suite::LEASE * 2);
    let current = case.claim_all().await[0].held;

    for (held, error) in [
        (lost, Some("the lease ran out while the handler ran; its effects are rolled back")),
        (current, None),
    ] {
        let effects = case.store.effects(held);
        let slot = Arc::clone(&effects).lend().downcast::<Slot<sqlx::Postgres>>().unwrap();
        let mut tx = slot.begin().await.unwrap().unwrap();
        sqlx::query("CREATE TABLE IF NOT EXISTS effect (id INT)").execute(&mut **tx).await.unwrap();
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
async fn a_transaction_in_which_a_statement_has_failed_is_a_failed_run() {
    let Some(database) = Database::create().await else { return };
    let case = case(&database).await;
    case.insert("a", None).await;
    let effects = case.store.effects(case.claim_all().await[0].held);
    let slot = Arc::clone(&effects).lend().downcast::<Slot<sqlx::Postgres>>().unwrap();
    let mut tx = slot.begin().await.unwrap().unwrap();
    assert!(sqlx::query("SELECT 1 / 0").execute(&mut **tx).await.is_err(), "the handler passes over it");
    drop(tx);
    let settled = effects.settle(Outcome::Done, Duration::ZERO).await;
    let error: &HandlerError = settled.outcome.error().unwrap();
    assert!(error.to_string().contains("current transaction is aborted"), "{error}");
    assert!(!settled.recorded);
}

#[tokio::test]
async fn every_name_and_key_comes_back() {
    let Some(database) = Database::create().await else { return };
    let case = case(&database).await;
    for event in ["a\0b", "\0", "\u{1a}0", "ordinary"] {
        let id = case.insert(event, Some("lane=\0")).await;
        let work = case.claim_all().await.remove(0);
        assert_eq!((work.delivery.id(), work.delivery.event().as_str()), (id, event));
        let filter = super::Filter::default().event(event);
        let listed = case.store.list(&filter, None, 9).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].event.as_str(), listed[0].lane.as_deref()), (event, Some("lane=\0")));
        let done = crate::inbox::model::Completion {
            held: work.held,
            verdict: crate::inbox::model::Verdict::Dead,
            error: Some("a\0b".to_owned()),
            duration: Duration::ZERO,
        };
        case.store.complete(&[done]).await.unwrap();
        let record = case.store.find(id).await.unwrap().unwrap();
        assert_eq!(record.work[0].attempts[0].error.as_deref(), Some("a\0b"));
    }
}
