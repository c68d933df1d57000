//! The same by hand: an axum handler that inserts, with a commit for each request or one for all that wait.

use std::{net::SocketAddr, path::Path};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use bytes::Bytes;
use sqlx::{
    QueryBuilder, Sqlite, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{sync::mpsc, task::JoinSet};

use crate::receiving::{Checked, Waiting, check, serve, serve_queue};

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
    let (queue, waiting) = mpsc::channel(1_024);
    tasks.spawn(group_commit(open(file).await, waiting));
    serve_queue(queue, tasks).await
}
