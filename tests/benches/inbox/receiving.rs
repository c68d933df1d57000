//! What is received by hand, whatever becomes of it.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use bytes::Bytes;
use serde::Deserialize;
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
pub(crate) fn check(headers: &HeaderMap, body: Bytes) -> Result<Checked, StatusCode> {
    if headers.get("x-bank-token").is_none_or(|token| token != TOKEN) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    read(body).or(Err(StatusCode::BAD_REQUEST))
}

pub(crate) fn read(body: Bytes) -> serde_json::Result<Checked> {
    let Envelope { event, id } = serde_json::from_slice(&body)?;
    Ok(Checked { event, id, body })
}

pub(crate) async fn serve(router: Router, tasks: &mut JoinSet<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// A delivery that is to be stored, and who waits for that.
pub(crate) type Waiting = (Checked, oneshot::Sender<()>);

/// Gives what is received to a writer, and answers when it has stored it.
pub(crate) async fn serve_queue(queue: mpsc::Sender<Waiting>, tasks: &mut JoinSet<()>) -> SocketAddr {
    async fn receive(
        State(queue): State<mpsc::Sender<Waiting>>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(), StatusCode> {
        let (answer, answered) = oneshot::channel();
        queue.send((check(&headers, body)?, answer)).await.or(Err(StatusCode::SERVICE_UNAVAILABLE))?;
        answered.await.or(Err(StatusCode::SERVICE_UNAVAILABLE))
    }
    serve(Router::new().route("/bank", post(receive)).with_state(queue), tasks).await
}
