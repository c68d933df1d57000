//! What was handled by whom, and deliveries to handle.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use switchhook::{
    DeliveryId, Inbox, Webhooks,
    inbox::WorkState,
    provider::argyle::Argyle,
    testing::{Client, request},
};
use tokio::task::JoinSet;

const SECRET: &str = "chaos-test-secret";

pub(crate) fn argyle() -> Argyle {
    Argyle::new(SECRET)
}

/// Sends so many different deliveries of an event; all must be acknowledged.
pub(crate) async fn send(client: &Client, event: &str, count: usize) {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    for _ in 0..count {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let request = request(&argyle(), event, &json!({ "account": format!("{event} {number}") }));
        assert_eq!(client.send("argyle", request).await.status(), 200);
    }
}

/// What handlers have done. Copies share it.
#[derive(Clone, Default)]
pub(crate) struct Handled(Arc<Mutex<Vec<DeliveryId>>>);

impl Handled {
    pub(crate) fn push(&self, id: DeliveryId) {
        self.0.lock().unwrap().push(id);
    }

    /// How many runs there were.
    pub(crate) fn runs(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// How many deliveries they were of.
    pub(crate) fn deliveries(&self) -> usize {
        self.0.lock().unwrap().iter().collect::<BTreeSet<_>>().len()
    }
}

/// Works off what there is, as a process of its own would, until this is dropped.
pub(crate) fn run(webhooks: Webhooks) -> JoinSet<()> {
    let mut running = JoinSet::new();
    running.spawn(async move { webhooks.run_until(std::future::pending()).await });
    running
}

/// Waits until something is so, and fails with its name when it never is.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let so = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), so).await.unwrap_or_else(|_| panic!("never came: {what}"));
}

/// How much work there is in a state.
pub(crate) async fn count(inbox: &Inbox, state: WorkState) -> usize {
    let counts = inbox.counts().await.unwrap();
    let count: u64 = counts.iter().filter(|count| count.state == state).map(|count| count.count).sum();
    usize::try_from(count).unwrap()
}
