//! What a handler writes in `Tx` commits once, together with the mark that its work is done; or not at all.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use sqlx::Database;
use switchhook::{
    Attempt, BuildFault, Data, Endpoint, HandlerError, Inbox, State, Tx, TxError, Webhooks, handlers,
    inbox::{Filter, OpenInbox, WorkState},
    testing::{Client, TestClock},
    webhook_handler,
};

use crate::{
    place::{Db, OtherDb, Place},
    support::{Bank, Fact, all_done, clock, delivery, open},
};

/// Where a handler can leave its transaction for longer than it should.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Tx<Db>>>>);

#[webhook_handler("book.*", attempts = 3)]
async fn book(
    Data(fact): Data<Fact>,
    attempt: Attempt,
    State(kept): State<Kept>,
    mut tx: Tx<Db>,
) -> Result<(), HandlerError> {
    {
        let mut tx = tx.begin().await?;
        sqlx::query("INSERT INTO booking (key) VALUES ($1)").bind(&fact.key).execute(&mut *tx).await?;
    }
    // What was begun goes on.
    let booked: i64 = sqlx::query_scalar("SELECT count(*) FROM booking WHERE key = $1")
        .bind(&fact.key)
        .fetch_one(&mut *tx.begin().await?)
        .await?;
    assert_eq!(booked, 1, "an earlier attempt left nothing");
    let first = attempt.number() == 1;
    match fact.key.as_str() {
        "fails once" if first => Err("told to".into()),
        "panics once" if first => panic!("told to"),
        "dead" => Err(HandlerError::permanent("told to")),
        "keeps it once" if first => {
            kept.0.lock().unwrap().push(tx);
            Ok(())
        }
        "pends once" if first => std::future::pending().await,
        _ => Ok(()),
    }
}

#[webhook_handler("look.*")]
async fn look(Data(_): Data<Fact>, mut tx: Option<Tx<Db>>) -> Result<(), HandlerError> {
    assert!(tx.take().is_some(), "never begun");
    Ok(())
}

struct App {
    client: Client,
    webhooks: Webhooks,
    inbox: Inbox,
    clock: TestClock,
    kept: Kept,
    reader: <Db as Database>::Connection,
    _place: Place,
}

impl App {
    async fn new(settings: impl FnOnce(OpenInbox) -> OpenInbox) -> Self {
        let (place, clock, kept) = (Place::new().await, clock(), Kept::default());
        let inbox = open(settings(place.inbox()), &clock).await.unwrap();
        let webhooks = Webhooks::builder()
            .state(kept.clone())
            .endpoint(Endpoint::new(Bank::default(), handlers![book, look]))
            .inbox(inbox.clone())
            .clock(clock.clone())
            .build()
            .unwrap();
        let mut reader = place.connect().await;
        sqlx::query("CREATE TABLE booking (key TEXT NOT NULL)").execute(&mut reader).await.unwrap();
        Self { client: Client::new(&webhooks), webhooks, inbox, clock, kept, reader, _place: place }
    }

    async fn send(&self, key: &str) {
        let answer = self.client.send("bank", delivery("book.a", None, &json!({ "key": key }))).await;
        assert_eq!(answer.status(), 200);
    }

    /// Lets days pass until nothing is due; gives the number of attempts.
    async fn days(&self) -> usize {
        let mut attempts = 0;
        for _ in 0..4 {
            attempts += self.client.work_off().await.unwrap();
            self.clock.advance(Duration::from_hours(24));
        }
        attempts
    }

    async fn bookings(&mut self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM booking").fetch_one(&mut self.reader).await.unwrap()
    }

    /// The error of the first attempt of the only delivery.
    async fn first_error(&self) -> String {
        let page = self.inbox.list(&Filter::default(), None, 1).await.unwrap();
        let record = self.inbox.find(page.entries[0].id).await.unwrap().unwrap();
        record.work[0].attempts[0].error.clone().unwrap()
    }
}

#[tokio::test]
async fn effects_and_the_mark_commit_together() {
    let mut app = App::new(|inbox| inbox).await;
    for _ in 0..3 {
        app.send("a").await;
        sqlx::query("DELETE FROM booking").execute(&mut app.reader).await.unwrap();
        assert_eq!(app.client.work_off().await.unwrap(), 1);
        assert_eq!(app.bookings().await, 1);
    }
    let counts = app.inbox.counts().await.unwrap();
    assert_eq!((counts.len(), counts[0].state, counts[0].count), (1, WorkState::Done, 3));
    let page = app.inbox.list(&Filter::default(), None, 1).await.unwrap();
    let record = app.inbox.find(page.entries[0].id).await.unwrap().unwrap();
    assert_eq!(record.work[0].attempts.len(), 1);
    assert_eq!(record.work[0].attempts[0].outcome, "done");
}

#[tokio::test]
async fn what_fails_leaves_nothing_and_is_tried_again() {
    for (key, attempts, error) in [
        ("fails once", 2, "told to"),
        ("panics once", 2, "the handler panicked: told to"),
        ("keeps it once", 2, "a `Tx` was kept past the handler's return; its effects are rolled back"),
    ] {
        let mut app = App::new(|inbox| inbox).await;
        app.send(key).await;
        assert_eq!(app.days().await, attempts, "{key}");
        assert_eq!(app.bookings().await, 1, "{key}");
        assert_eq!(app.first_error().await, error);
    }
}

#[tokio::test]
async fn what_is_dead_leaves_nothing() {
    let mut app = App::new(|inbox| inbox).await;
    app.send("dead").await;
    assert_eq!(app.days().await, 1);
    assert_eq!(app.bookings().await, 0);
}

#[tokio::test]
async fn a_transaction_open_for_too_long_is_a_failed_run() {
    let mut app = App::new(|inbox| inbox.tx_limit(Duration::from_millis(50))).await;
    app.send("pends once").await;
    assert_eq!(app.days().await, 2);
    assert_eq!(app.bookings().await, 1);
    assert_eq!(
        app.first_error().await,
        "the transaction was open for longer than 50ms; its effects are rolled back"
    );
}

#[tokio::test]
async fn a_kept_transaction_is_of_no_use() {
    let app = App::new(|inbox| inbox).await;
    app.send("keeps it once").await;
    app.client.work_off().await.unwrap();
    let mut tx = app.kept.0.lock().unwrap().pop().unwrap();
    assert!(matches!(tx.begin().await, Err(TxError::Ended)));
}

#[tokio::test]
async fn a_handler_need_not_begin_it() {
    let app = App::new(|inbox| inbox).await;
    app.client.send("bank", delivery("look.a", None, &json!({"key": "a"}))).await;
    assert_eq!(app.client.work_off().await.unwrap(), 1);
    let counts = app.inbox.counts().await.unwrap();
    assert_eq!(counts[0].state, WorkState::Done);
}

#[tokio::test]
async fn deliveries_are_stored_between_two_transactions() {
    let mut app = App::new(|inbox| inbox).await;
    let working = {
        let webhooks = app.webhooks.clone();
        let mut task = tokio::task::JoinSet::new();
        task.spawn(async move { webhooks.run_until(std::future::pending()).await });
        task
    };
    for number in 0..100 {
        app.send(&format!("b{number}")).await;
    }
    all_done(&app.inbox).await;
    assert_eq!(app.bookings().await, 100);
    drop(working);
}

#[test]
fn without_an_inbox_it_is_refused() {
    let error = Webhooks::builder()
        .state(Kept::default())
        .endpoint(Endpoint::new(Bank::default(), handlers![look]))
        .build()
        .unwrap_err();
    let tx = format!("`Tx<{}>`", if Db::NAME == "SQLite" { "Sqlite" } else { "Postgres" });
    assert!(matches!(error.faults(), [BuildFault::NeedsInbox { needed, .. }] if **needed == *tx), "{error}");
}

/// A handler for the other database.
#[webhook_handler("look.*")]
async fn other(Data(_): Data<Fact>, _tx: Tx<OtherDb>) {}

#[tokio::test]
async fn with_an_inbox_in_another_database_it_is_refused() {
    let place = Place::new().await;
    let error = Webhooks::builder()
        .endpoint(Endpoint::new(Bank::default(), handlers![other]))
        .inbox(place.inbox().await.unwrap())
        .build()
        .unwrap_err();
    let (has, needs) = ("SQLite", "PostgreSQL");
    let (has, needs) = if Db::NAME == "SQLite" { (has, needs) } else { (needs, has) };
    let tx = if Db::NAME == "SQLite" { "Tx<Postgres>" } else { "Tx<Sqlite>" };
    let text = error.to_string();
    assert!(
        text.contains("endpoint `bank`, handler `other` (")
            && text.ends_with(&format!("): `{tx}` needs an inbox in {needs}, and this one is in {has}")),
        "{text}"
    );
}
