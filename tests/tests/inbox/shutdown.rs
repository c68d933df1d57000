//! The end of a process: what finishes is recorded, the rest is given back at once.

use std::time::Duration;

use serde_json::json;
use switchhook::inbox::WorkState;
use tokio::{sync::oneshot, task::JoinSet};

use crate::support::{App, app, delivery, endpoint, until};

/// Runs the worker; gives the word to stop and the task that ends then.
fn work(app: &App) -> (oneshot::Sender<()>, JoinSet<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let webhooks = app.webhooks.clone();
    let mut working = JoinSet::new();
    working.spawn(async move {
        let signal = async { drop(stopped.await) };
        webhooks.run_until(signal).await;
    });
    (stop, working)
}

#[tokio::test]
async fn handlers_that_run_finish_and_nothing_more_begins() {
    let app = app(endpoint().concurrency(1)).await;
    for key in ["first", "second"] {
        app.send("held.a", None, &json!({ "key": key })).await;
    }
    let (stop, mut working) = work(&app);
    until("the first runs", async || app.journal.keys("default").len() == 1).await;
    stop.send(()).unwrap();
    let mut taken = 0;
    until("deliveries are turned away", async || {
        let answer = app.client.send("bank", delivery("fact.a", None, &json!({"key": "late"}))).await;
        taken += u64::from(answer.status() == 200);
        answer.status() == 503
    })
    .await;
    app.journal.lock().gate.add_permits(10);
    working.join_next().await.unwrap().unwrap();
    assert_eq!((app.count(WorkState::Done).await, app.count(WorkState::Pending).await), (1, 1 + taken));
    assert_eq!(app.journal.keys("default"), ["first"]);
}

#[tokio::test]
async fn what_cannot_finish_is_given_back_and_the_attempt_does_not_count() {
    let app = app(endpoint()).await;
    app.send("held.a", None, &json!({"key": "a"})).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    app.webhooks
        .serve(listener, app.webhooks.router())
        .drain_timeout(Duration::from_millis(20))
        .until(until("it runs", async || app.journal.keys("default").len() == 1))
        .await;
    assert_eq!(app.count(WorkState::Pending).await, 1);
    app.journal.lock().gate.add_permits(1);
    assert_eq!(app.client.work_off().await.unwrap(), 1, "no lease must run out first");
    let runs: Vec<_> = app.journal.lock().runs.iter().map(|run| run.attempt).collect();
    assert_eq!(runs, [1, 1]);
}

#[tokio::test]
async fn work_begins_at_once_and_wakes_for_what_is_due_later() {
    let app = app(endpoint()).await;
    let (_stop, _working) = work(&app);
    app.journal.fail("a", 1);
    app.send("fact.a", None, &json!({"key": "a"})).await;
    // Until that is recorded: what is recorded later is due later.
    let tried = async || app.journal.keys("default").len() == 1 && app.count(WorkState::Pending).await == 1;
    until("it was tried", tried).await;
    app.clock.advance(Duration::from_hours(1));
    until("it is tried again", async || app.count(WorkState::Done).await == 1).await;
}
