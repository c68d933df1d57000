//! The same by hand: an axum handler that inserts, with a commit for each request or one for all that wait.

use std::{net::SocketAddr, path::Path};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use bytes::Bytes;
use serde::Deserialize;
use sqlx::{
    QueryBuilder, Sqlite, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use crate::client::TOKEN;

#[derive(Deserialize)]
struct Envelope {
    event: String,
    id: String,
}

/// A delivery that passed the check.
pub(crate) struct Checked {
    pub(crate) event: String,
    pub(crate) id: String,
    pub(crate) body: Bytes,
}

/// What one would write first: is it from the bank, and what is it?
fn check(headers: &HeaderMap, body: Bytes) -> Result<Checked, StatusCode> {
    if headers.get("x-bank-token").is_none_or(|token| token != TOKEN) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let Envelope { event, id } = serde_json::from_slice(&body).or(Err(StatusCode::BAD_REQUEST))?;
    Ok(Checked { event, id, body })
}

pub(crate) async fn open(file: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE delivery (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL, \
         body BLOB NOT NULL, done INTEGER NOT NULL DEFAULT 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool
}

async fn serve(router: Router, tasks: &mut JoinSet<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Inserts and commits for each request.
pub(crate) async fn one_by_one(file: &Path, tasks: &mut JoinSet<()>) -> SocketAddr {
    async fn receive(
        State(pool): State<SqlitePool>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(), StatusCode> {
        let Checked { event, id, body } = check(&headers, body)?;
        sqlx::query("INSERT INTO delivery (id, event, body) VALUES (?, ?, ?)")
            .bind(id)
            .bind(event)
            .bind(&body[..])
            .execute(&pool)
            .await
            .or(Err(StatusCode::SERVICE_UNAVAILABLE))?;
        Ok(())
    }
    serve(Router::new().route("/bank", post(receive)).with_state(open(file).await), tasks).await
}

type Waiting = (Checked, oneshot::Sender<()>);

/// The writer of all that wait.
pub(crate) async fn group_commit(pool: SqlitePool, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::new();
    while queue.recv_many(&mut waiting, 256).await > 0 {
        let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO delivery (id, event, body) ");
        insert.push_values(&waiting, |mut row, (checked, _)| {
            row.push_bind(&checked.id).push_bind(&checked.event).push_bind(&checked.body[..]);
        });
        insert.build().execute(&mut *tx).await.unwrap();
        drop(insert);
        tx.commit().await.unwrap();
        for (_, answer) in waiting.drain(..) {
            answer.send(()).unwrap();
        }
    }
}

/// Inserts and commits for all requests that wait.
pub(crate) async fn grouped(file: &Path, tasks: &mut JoinSet<()>) -> SocketAddr {
    async fn receive(
        State(queue): State<mpsc::Sender<Waiting>>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(), StatusCode> {
        let (answer, answered) = oneshot::channel();
        queue.send((check(&headers, body)?, answer)).await.or(Err(StatusCode::SERVICE_UNAVAILABLE))?;
        answered.await.or(Err(StatusCode::SERVICE_UNAVAILABLE))
    }
    let (queue, waiting) = mpsc::channel(1_024);
    tasks.spawn(group_commit(open(file).await, waiting));
    serve(Router::new().route("/bank", post(receive)).with_state(queue), tasks).await
}
