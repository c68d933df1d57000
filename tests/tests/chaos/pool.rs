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
    DeliveryId, Endpoint, HandlerError, Inbox, State, Tx, Webhooks, handlers, inbox::Retry, testing::Client,
    webhook_handler,
};
use switchhook_tests::postgres::Database;
use tokio::sync::Semaphore;

use crate::support::{argyle, run, send, until};

/// What the database keeps for work that runs, and for what is done.
const RUNNING: i16 = 1;
const DONE: i16 = 3;

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

/// An application with a pool of two connections.
struct App {
    webhooks: Webhooks,
    client: Client,
    pool: PgPool,
    gate: Gate,
    /// Connections of somebody else.
    outside: PgPool,
    _database: Database,
}

impl App {
    /// Its pool makes nobody wait for longer than this.
    async fn new(acquire_timeout: Duration) -> Option<Self> {
        let database = Database::create().await?;
        let outside = PgPool::connect(&database.url()).await.unwrap();
        sqlx::query("CREATE TABLE booking (id TEXT NOT NULL)").execute(&outside).await.unwrap();
        let pool = PgPoolOptions::new().max_connections(2).acquire_timeout(acquire_timeout);
        let pool = pool.connect(&database.url()).await.unwrap();
        let inbox = Inbox::from_pool(pool.clone()).tx_limit(Duration::from_mins(1)).await.unwrap();
        let gate = Gate { holding: Arc::default(), open: Arc::new(Semaphore::new(0)) };
        let retry = Retry::default().first(Duration::from_millis(200)).at_most(Duration::from_secs(1));
        let webhooks = Webhooks::builder()
            .state(gate.clone())
            .endpoint(Endpoint::new(argyle(), handlers![book]).concurrency(40).retry(retry))
            .inbox(inbox)
            .build()
            .unwrap();
        let client = Client::new(&webhooks);
        Some(Self { webhooks, client, pool, gate, outside, _database: database })
    }

    /// How much work is in a state. The inbox itself would be asked through the pool that is used up.
    async fn work(&self, state: i16) -> i64 {
        let query = "SELECT count(*) FROM switchhook.work WHERE state = $1";
        sqlx::query_scalar(query).bind(state).fetch_one(&self.outside).await.unwrap()
    }

    async fn bookings(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM booking").fetch_one(&self.outside).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_that_hold_all_connections_keep_no_delivery_out() {
    let Some(app) = App::new(Duration::from_mins(1)).await else { return };
    let running = run(app.webhooks.clone());
    send(&app.client, "accounts.added", 20).await;
    until("both connections are held", async || app.gate.holding.load(Ordering::SeqCst) == 2).await;
    // No delivery waits for them, nor does the worker.
    send(&app.client, "accounts.added", 20).await;
    until("all that may run do", async || app.work(RUNNING).await == 40).await;
    assert_eq!(app.gate.holding.load(Ordering::SeqCst), 2);
    assert_eq!(app.bookings().await, 0);
    app.gate.open.add_permits(1);
    until("all are done", async || app.work(DONE).await == 40).await;
    assert_eq!(app.bookings().await, 40);
    assert_eq!(app.gate.holding.load(Ordering::SeqCst), 40, "each ran once");
    drop(running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_application_holds_them_for_too_long_handlers_are_tried_again() {
    let Some(app) = App::new(Duration::from_millis(100)).await else { return };
    app.gate.open.add_permits(1);
    let held = (app.pool.acquire().await.unwrap(), app.pool.acquire().await.unwrap());
    let running = run(app.webhooks.clone());
    send(&app.client, "accounts.added", 10).await;
    let failed = "SELECT count(DISTINCT work) FROM switchhook.attempt WHERE outcome = 'retry' \
                  AND error LIKE 'the transaction could not be begun%'";
    until("all have failed", async || {
        sqlx::query_scalar::<_, i64>(failed).fetch_one(&app.outside).await.unwrap() == 10
    })
    .await;
    drop(held);
    until("all are done", async || app.work(DONE).await == 10).await;
    assert_eq!(app.bookings().await, 10);
    drop(running);
}
