//! Handlers' transactions use up the application's connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sqlx::{PgPool, Postgres, postgres::PgPoolOptions};
use switchhook::{
    DeliveryId, Endpoint, HandlerError, Inbox, State, Tx, Webhooks, handlers, inbox::WorkState,
    testing::Client, webhook_handler,
};
use switchhook_tests::postgres::Database;
use tokio::sync::Semaphore;

use crate::support::{argyle, count, run, send, until};

/// How many handlers have a transaction, and what they wait for before they end it.
#[derive(Clone)]
struct Gate {
    holding: Arc<AtomicUsize>,
    open: Arc<Semaphore>,
}

#[webhook_handler("accounts.added", timeout = "60s")]
async fn book(id: DeliveryId, State(gate): State<Gate>, mut tx: Tx<Postgres>) -> Result<(), HandlerError> {
    let mut tx = tx.begin().await?;
    sqlx::query("INSERT INTO booking (id) VALUES ($1)").bind(id.to_string()).execute(&mut *tx).await?;
    gate.holding.fetch_add(1, Ordering::SeqCst);
    let _through = gate.open.acquire().await?;
    Ok(())
}

async fn bookings(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM booking").fetch_one(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_that_hold_all_connections_keep_no_delivery_out() {
    let Some(database) = Database::create().await else { return };
    let outside = PgPool::connect(&database.url()).await.unwrap();
    sqlx::query("CREATE TABLE booking (id TEXT NOT NULL)").execute(&outside).await.unwrap();
    let pool = PgPoolOptions::new().max_connections(2).connect(&database.url()).await.unwrap();
    let inbox = Inbox::from_pool(pool.clone()).tx_limit(Duration::from_mins(1)).await.unwrap();
    let gate = Gate { holding: Arc::default(), open: Arc::new(Semaphore::new(0)) };
    let webhooks = Webhooks::builder()
        .state(gate.clone())
        .endpoint(Endpoint::new(argyle(), handlers![book]).concurrency(40))
        .inbox(inbox.clone())
        .build()
        .unwrap();
    let client = Client::new(&webhooks);
    let running = run(webhooks);
    send(&client, "accounts.added", 20).await;
    until("both connections are held", async || gate.holding.load(Ordering::SeqCst) == 2).await;
    // No delivery waits for them, nor does the worker.
    send(&client, "accounts.added", 20).await;
    until("all that may run do", async || count(&inbox, WorkState::Running).await == 40).await;
    assert_eq!(gate.holding.load(Ordering::SeqCst), 2);
    assert_eq!(bookings(&outside).await, 0);
    gate.open.add_permits(100);
    until("all are done", async || count(&inbox, WorkState::Done).await == 40).await;
    assert_eq!(bookings(&outside).await, 40);
    assert_eq!(gate.holding.load(Ordering::SeqCst), 40, "each ran once");
    drop(running);
}
