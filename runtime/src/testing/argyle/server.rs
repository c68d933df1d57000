//! The server: connections, the bodies of requests, and faults.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Collected, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{answer::Body, id::digits, state::Shared};

const MOST_BYTES: usize = 1024 * 1024;

/// Serves until it is dropped, and then closes every connection.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                }
                // Most likely too many files are open; it goes on when one is closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(|request| answer(request, Arc::clone(&shared)));
    // A client may go away.
    let _closed = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body: Option<Bytes> = Limited::new(body, MOST_BYTES).collect().await.map(Collected::to_bytes).ok();
    let (answer, fault) = shared.take(head, body);
    shared.received.send_modify(|requests| *requests += 1);
    let mut response = match fault {
        Some(fault) => fault.spoil(answer).await,
        None => answer.respond(),
    };
    if let Ok(id) = HeaderValue::from_str(&digits(32)) {
        response.headers_mut().insert(HeaderName::from_static("x-trace-id"), id);
    }
    Ok(response)
}
