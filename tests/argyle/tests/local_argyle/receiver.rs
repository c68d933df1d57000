//! An application that receives deliveries.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::State};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use switchhook::testing::LocalArgyle;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn data(&self) -> Value {
        self.json()["data"].clone()
    }
}

/// What a receiver and a test share.
struct Shared {
    received: Mutex<Vec<Received>>,
    /// Statuses to answer with, and then 200.
    statuses: Mutex<VecDeque<u16>>,
    /// How many answers may go out.
    answers: Semaphore,
    /// How many requests have come, whether answered or not.
    come: tokio::sync::watch::Sender<usize>,
    unanswered: Mutex<Unanswered>,
}

/// How many requests wait for their answer, and how many did so at most.
#[derive(Default)]
struct Unanswered {
    now: usize,
    most: usize,
}

pub(crate) struct Receiver {
    url: String,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        Self::with(Semaphore::MAX_PERMITS, []).await
    }

    /// One that answers with these statuses first.
    pub(crate) async fn answering(statuses: impl IntoIterator<Item = u16>) -> Self {
        Self::with(Semaphore::MAX_PERMITS, statuses).await
    }

    /// One that answers nothing until it is told to.
    pub(crate) async fn waiting() -> Self {
        Self::with(0, []).await
    }

    async fn with(answers: usize, statuses: impl IntoIterator<Item = u16>) -> Self {
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            statuses: Mutex::new(statuses.into_iter().collect()),
            answers: Semaphore::new(answers),
            come: tokio::sync::watch::Sender::new(0),
            unanswered: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, shared, _server: server }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Subscribes with these fields beside the name and the address.
    pub(crate) fn subscribe(&self, argyle: &LocalArgyle, name: &str, fields: &Value) -> Value {
        let mut wanted = json!({ "name": name, "url": format!("{}/{name}", self.url) });
        wanted.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        argyle.subscribe(wanted).unwrap()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Names of the subscriptions that were sent to, in the order of their coming.
    pub(crate) fn names(&self) -> Vec<String> {
        self.received().iter().map(|one| one.json()["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn wait_for(&self, requests: usize) {
        self.shared.come.subscribe().wait_for(|come| *come >= requests).await.unwrap();
    }

    pub(crate) fn most_unanswered(&self) -> usize {
        self.shared.unanswered.lock().unwrap().most
    }

    pub(crate) fn answer(&self, requests: usize) {
        self.shared.answers.add_permits(requests);
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    shared.received.lock().unwrap().push(Received { method, path: uri.path().to_owned(), headers, body });
    {
        let mut unanswered = shared.unanswered.lock().unwrap();
        unanswered.now += 1;
        unanswered.most = unanswered.most.max(unanswered.now);
    }
    shared.come.send_modify(|come| *come += 1);
    shared.answers.acquire().await.unwrap().forget();
    shared.unanswered.lock().unwrap().now -= 1;
    let status = shared.statuses.lock().unwrap().pop_front().unwrap_or(200);
    StatusCode::from_u16(status).unwrap()
}
