//! Senders that cost little: each connection writes a prepared request and reads the answer.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

pub(crate) const CONNECTIONS: usize = 64;
pub(crate) const TOKEN: &str = "bench-token";

/// How long each answer took, and all of them together.
pub(crate) struct Load {
    pub(crate) elapsed: Duration,
    pub(crate) sorted: Vec<Duration>,
}

impl Load {
    pub(crate) fn per_second(&self) -> f64 {
        self.sorted.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time within which this share of the answers came.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        self.sorted[((self.sorted.len() - 1) as f64 * share) as usize]
    }
}

/// What a sender's ids look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    /// They begin with the time, as those of Stripe and Svix.
    Ordered,
    /// As those of GitHub.
    Random,
}

/// A delivery of 600 bytes; no two are the same.
pub(crate) fn body(event: &str, ids: Ids, number: usize) -> String {
    let lane = number % 1_000;
    let id = match ids {
        Ids::Ordered => format!("x{number:010x}"),
        Ids::Random => format!("{:032x}", fastrand::u128(..)),
    };
    let head = format!(r#"{{"event":"{event}","id":"{id}","data":{{"lane":"l{lane}","filling":""#);
    let filling = "x".repeat(600 - head.len() - 3);
    format!(r#"{head}{filling}"}}}}"#)
}

/// Sends so many deliveries over 64 connections; every one must be acknowledged.
pub(crate) async fn load(address: SocketAddr, event: &'static str, ids: Ids, count: usize) -> Load {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let left = Arc::new(AtomicUsize::new(count));
    let mut senders = JoinSet::new();
    let started = Instant::now();
    for _ in 0..CONNECTIONS {
        let left = Arc::clone(&left);
        senders.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut times = Vec::with_capacity(count / CONNECTIONS * 2);
            let mut answer = [0; 1024];
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
                let body = body(event, ids, NUMBER.fetch_add(1, Ordering::Relaxed));
                let request = format!(
                    "POST /bank HTTP/1.1\r\nhost: x\r\nx-bank-token: {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                let sent = Instant::now();
                stream.write_all(request.as_bytes()).await.unwrap();
                let read = stream.read(&mut answer).await.unwrap();
                assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "{}", answer[..read].escape_ascii());
                times.push(sent.elapsed());
            }
            times
        });
    }
    let mut sorted = Vec::with_capacity(count);
    while let Some(times) = senders.join_next().await {
        sorted.extend(times.unwrap());
    }
    let elapsed = started.elapsed();
    sorted.sort_unstable();
    Load { elapsed, sorted }
}
