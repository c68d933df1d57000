//! Callers that give deliveries to the store without HTTP between them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use axum::http::Request;
use bytes::Bytes;
use http_body_util::Full;
use switchhook::{Inbox, testing::Client};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use crate::{
    app::App,
    baseline,
    client::{Ids, TOKEN, body},
    database, receiving,
};

/// Lets callers call for so many deliveries; gives how many there were a second.
async fn call<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    count: usize,
    call: impl Fn(Bytes) -> F + Send + Sync + 'static,
) -> f64 {
    let (call, next) = (Arc::new(call), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (call, next) = (Arc::clone(&call), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                call(body("plain", Ids::Ordered, number).into()).await;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    count as f64 / started.elapsed().as_secs_f64()
}

/// Gives whole requests to the endpoint, which verifies and stores them.
pub(crate) async fn inbox(callers: usize, count: usize) -> f64 {
    let database = database().await;
    let app = App::storing(Inbox::postgres(database.url())).await;
    let client = Arc::new(Client::new(&app.webhooks));
    call(callers, count, move |body| {
        let client = Arc::clone(&client);
        async move {
            let request = Request::post("/bank").header("x-bank-token", TOKEN).body(Full::new(body)).unwrap();
            assert_eq!(client.send("bank", request).await.status(), 200);
        }
    })
    .await
}

/// Inserts and commits each, on 32 connections.
pub(crate) async fn one_by_one(callers: usize, count: usize) -> f64 {
    let database = database().await;
    let pool = baseline::open(&database.url(), 32).await;
    call(callers, count, move |body| {
        let pool = pool.clone();
        async move { baseline::insert(&pool, receiving::read(body).unwrap()).await.unwrap() }
    })
    .await
}

/// Inserts all that the inbox keeps of each, into its tables, and commits, on 32 connections.
pub(crate) async fn all_one_by_one(callers: usize, count: usize) -> f64 {
    let database = database().await;
    let pool = baseline::open_inbox(&database.url(), 32).await;
    call(callers, count, move |body| {
        let pool = pool.clone();
        async move { baseline::insert_all(&pool, receiving::read(body).unwrap()).await.unwrap() }
    })
    .await
}

/// Inserts and commits all that wait.
pub(crate) async fn grouped(callers: usize, count: usize) -> f64 {
    let database = database().await;
    let (queue, waiting) = mpsc::channel(1_024);
    let mut writer = JoinSet::new();
    writer.spawn(baseline::group_commit(baseline::open(&database.url(), 1).await, waiting));
    call(callers, count, move |body| {
        let queue = queue.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            queue.send((receiving::read(body).unwrap(), answer)).await.unwrap();
            answered.await.unwrap();
        }
    })
    .await
}
