//! The bank, which sends each payment until it is acknowledged.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use sha2::Sha256;
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::PATIENCE;

pub(crate) const SECRET: &str = "kill-test-secret";
/// How long a sender waits for an answer: a process that is frozen gives none.
const ANSWER: Duration = Duration::from_secs(7);

/// What the bank sends: the number of the payment says all.
pub(crate) struct Payment {
    body: String,
    pub(crate) cents: i64,
}

pub(crate) fn payment(number: usize) -> Payment {
    let (account, amount) = (number % 17, i64::try_from(number * 7_919 % 100_000).unwrap() + 1);
    let refunded = number % 5 == 4;
    let event = if refunded { "payment.refunded" } else { "payment.received" };
    let body = format!(
        r#"{{"id":"p{number}","event":"{event}","data":{{"account":"a{account}","cents":{amount}}}}}"#
    );
    Payment { body, cents: if refunded { -amount } else { amount } }
}

/// What all senders share.
pub(crate) struct Bank {
    client: Client<HttpConnector, Full<Bytes>>,
    ports: Vec<u16>,
    /// The number of the next payment, and of the one after the last.
    next: AtomicUsize,
    last: AtomicUsize,
    sent: AtomicUsize,
    acknowledged: AtomicUsize,
    /// One more than the highest number that was acknowledged.
    newest: AtomicUsize,
    refused: AtomicUsize,
    progress: Notify,
}

impl Bank {
    /// One that sends so many payments, to these ports in turn.
    pub(crate) fn new(ports: &[u16], payments: usize) -> Arc<Self> {
        Arc::new(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            ports: ports.to_vec(),
            next: AtomicUsize::new(0),
            last: AtomicUsize::new(payments),
            sent: AtomicUsize::new(0),
            acknowledged: AtomicUsize::new(0),
            newest: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            progress: Notify::new(),
        })
    }

    /// Lets so many senders send without an end.
    pub(crate) fn go_on(self: &Arc<Self>, senders: usize) -> JoinSet<()> {
        self.last.store(usize::MAX, Ordering::SeqCst);
        self.start(senders)
    }

    /// Lets so many senders send at once.
    pub(crate) fn start(self: &Arc<Self>, senders: usize) -> JoinSet<()> {
        (0..senders).map(|_| Arc::clone(self).send_all()).collect()
    }

    /// Lets the senders begin no further payment, and waits until those that were begun are acknowledged.
    pub(crate) async fn stop(&self, senders: JoinSet<()>) {
        self.last.store(0, Ordering::SeqCst);
        self.finish(senders).await;
    }

    /// Waits until all that the senders have to send is acknowledged.
    pub(crate) async fn finish(&self, senders: JoinSet<()>) {
        timeout(PATIENCE, senders.join_all()).await.expect("what was begun is acknowledged");
    }

    /// Sends payments, each until it is acknowledged, as long as there are any.
    async fn send_all(self: Arc<Self>) {
        let begin = |next| (next < self.last.load(Ordering::SeqCst)).then_some(next + 1);
        while let Ok(number) = self.next.fetch_update(Ordering::SeqCst, Ordering::SeqCst, begin) {
            let mut port = number;
            while !self.send(number, self.ports[port % self.ports.len()]).await {
                port += 1;
                sleep(Duration::from_millis(10)).await;
            }
            self.newest.fetch_max(number + 1, Ordering::SeqCst);
            self.acknowledged.fetch_add(1, Ordering::SeqCst);
            self.progress.notify_waiters();
        }
    }

    /// Sends a payment once; tells whether it was acknowledged.
    async fn send(&self, number: usize, port: u16) -> bool {
        self.sent.fetch_add(1, Ordering::SeqCst);
        match timeout(ANSWER, self.request(number, port)).await {
            Ok(Some(answer)) if answer.status().is_success() => true,
            Ok(Some(answer)) => {
                assert_eq!(answer.status(), 503, "nothing else is a reason to send it again");
                assert!(answer.headers().contains_key("retry-after"));
                self.refused.fetch_add(1, Ordering::SeqCst);
                false
            }
            // The process is gone or frozen, and with it whether it was stored.
            Ok(None) | Err(_) => false,
        }
    }

    /// Sends a payment of any number once and gives the answer, unless the connection ends before.
    pub(crate) async fn request(&self, number: usize, port: u16) -> Option<Response<Incoming>> {
        let body = payment(number).body;
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let signature = base16ct::lower::encode_string(&mac.finalize().into_bytes());
        let request = Request::post(format!("http://127.0.0.1:{port}/webhooks/bank"))
            .header("x-bank-signature", signature)
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        timeout(PATIENCE, self.client.request(request))
            .await
            .expect("an answer, or the connection's end")
            .ok()
    }

    /// Waits until so many are acknowledged.
    pub(crate) async fn reached(&self, count: usize) {
        let reached = async {
            loop {
                let mut progress = std::pin::pin!(self.progress.notified());
                progress.as_mut().enable();
                if self.acknowledged() >= count {
                    return;
                }
                progress.await;
            }
        };
        timeout(PATIENCE, reached).await.expect("deliveries are acknowledged");
    }

    /// Waits until so many more are acknowledged.
    pub(crate) async fn more(&self, count: usize) {
        self.reached(self.acknowledged() + count).await;
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// The number of the next payment that is begun.
    pub(crate) fn next(&self) -> usize {
        self.next.load(Ordering::SeqCst)
    }

    /// Fails when a payment was acknowledged that was begun no earlier than the one of this number.
    pub(crate) fn none_is_acknowledged_since(&self, next: usize) {
        let newest = self.newest.load(Ordering::SeqCst);
        assert!(newest <= next, "payment {} is acknowledged, and {next} came too late", newest.max(1) - 1);
    }

    /// How often a payment was answered 503.
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}
