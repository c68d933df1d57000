//! The same by hand: an axum handler that inserts, with a commit for each request, or one for all that wait.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use bytes::Bytes;
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{sync::mpsc, task::JoinSet};

use crate::receiving::{Checked, Waiting, check, serve, serve_queue};

pub(crate) async fn open(url: &str, connections: u32) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(connections).connect(url).await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE delivery (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id TEXT NOT NULL UNIQUE, \
         event TEXT NOT NULL, body BYTEA NOT NULL, done BOOLEAN NOT NULL DEFAULT FALSE)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool
}

/// Inserts one and commits.
pub(crate) async fn insert(pool: &PgPool, Checked { event, id, body }: Checked) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO delivery (id, event, body) VALUES ($1, $2, $3)")
        .bind(id)
        .bind(event)
        .bind(&body[..])
        .execute(pool)
        .await
        .map(drop)
}

/// Inserts all that the inbox keeps of one, into its tables, and commits.
pub(crate) async fn insert_all(pool: &PgPool, Checked { event, id, body }: Checked) -> sqlx::Result<()> {
    sqlx::query(
        "WITH new AS MATERIALIZED (SELECT nextval('switchhook.delivery_seq') AS seq, \
         (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now), \
         k AS (INSERT INTO switchhook.key (key, delivery, received_at) \
         SELECT convert_to($1, 'UTF8'), seq, now FROM new ON CONFLICT DO NOTHING RETURNING delivery), \
         d AS (INSERT INTO switchhook.delivery (seq, id, endpoint, event, provider_id, received_at, signed) \
         SELECT seq, gen_random_uuid(), 'bank', $2, $1, now, TRUE FROM new, k), \
         c AS (INSERT INTO switchhook.content (delivery, headers, body, data_start, data_end) \
         SELECT delivery, '', $3, 0, 0 FROM k) \
         INSERT INTO switchhook.work (seq, queue, state, due) SELECT seq << 16 | 1, 1, 0, now FROM new, k",
    )
    .bind(id)
    .bind(event)
    .bind(&body[..])
    .execute(pool)
    .await
    .map(drop)
}

/// A pool on the inbox's own tables.
pub(crate) async fn open_inbox(url: &str, connections: u32) -> PgPool {
    drop(switchhook::Inbox::postgres(url).await.unwrap());
    PgPoolOptions::new().max_connections(connections).connect(url).await.unwrap()
}

/// Inserts and commits for each request, on 32 connections: a row, or all that the inbox keeps.
pub(crate) async fn one_by_one(url: &str, all: bool, tasks: &mut JoinSet<()>) -> SocketAddr {
    async fn receive(State(pool): State<PgPool>, headers: HeaderMap, body: Bytes) -> Result<(), StatusCode> {
        insert(&pool, check(&headers, body)?).await.or(Err(StatusCode::SERVICE_UNAVAILABLE))
    }
    async fn receive_all(
        State(pool): State<PgPool>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(), StatusCode> {
        insert_all(&pool, check(&headers, body)?).await.or(Err(StatusCode::SERVICE_UNAVAILABLE))
    }
    let router = if all {
        Router::new().route("/bank", post(receive_all)).with_state(open_inbox(url, 32).await)
    } else {
        Router::new().route("/bank", post(receive)).with_state(open(url, 32).await)
    };
    serve(router, tasks).await
}

/// The writer of all that wait.
pub(crate) async fn group_commit(pool: PgPool, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::new();
    while queue.recv_many(&mut waiting, 256).await > 0 {
        let column = |of: fn(&Checked) -> &str| -> Vec<&str> {
            waiting.iter().map(|(checked, _): &Waiting| of(checked)).collect()
        };
        sqlx::query(
            "INSERT INTO delivery (id, event, body) SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])",
        )
        .bind(column(|checked| &checked.id))
        .bind(column(|checked| &checked.event))
        .bind(waiting.iter().map(|(checked, _)| &checked.body[..]).collect::<Vec<_>>())
        .execute(&pool)
        .await
        .unwrap();
        for (_, answer) in waiting.drain(..) {
            answer.send(()).unwrap();
        }
    }
}

/// Inserts and commits for all requests that wait.
pub(crate) async fn grouped(url: &str, tasks: &mut JoinSet<()>) -> SocketAddr {
    let (queue, waiting) = mpsc::channel(1_024);
    tasks.spawn(group_commit(open(url, 1).await, waiting));
    serve_queue(queue, tasks).await
}
