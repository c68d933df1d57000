//! The ledger is killed again and again while the bank sends, and is right to the cent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use sha2::Sha256;
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{sync::Notify, task::JoinSet, time::timeout};

const SECRET: &str = "kill-test-secret";
const DELIVERIES: usize = 20_000;
const SENDERS: usize = 32;
/// How often it is killed at a random moment.
const KILLS: usize = 12;
const POINTS: [&str; 5] =
    ["before-commit", "after-commit", "before-completion", "before-tx-commit", "after-tx-commit"];
/// Nothing waits so long unless it is broken.
const PATIENCE: Duration = Duration::from_mins(5);

/// The files of one test, which go with it.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("ledger-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn ledger(&self) -> PathBuf {
        self.0.join("ledger.db")
    }

    fn audit(&self) -> PathBuf {
        self.0.join("audit.log")
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The program, killed when the test ends.
struct Ledger(Child);

impl Ledger {
    /// Starts it, and gives its port.
    fn start(files: &Files, port: u16, kill_at: Option<&str>) -> (Self, u16) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ledger"));
        command
            .env("PORT", port.to_string())
            .env("LEDGER", files.ledger())
            .env("AUDIT", files.audit())
            .env("BANK_SECRET", SECRET)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped());
        if let Some(point) = kill_at {
            command.env("KILL_AT", point);
        }
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line
            .trim_end()
            .strip_prefix("listening on http://127.0.0.1:")
            .and_then(|rest| rest.strip_suffix("/webhooks/bank"))
            .unwrap_or_else(|| panic!("it does not listen: {line:?}"))
            .parse()
            .unwrap();
        (Self(child), port)
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits until it was killed at its point.
    async fn ended(mut self) {
        let ended = async {
            while self.0.try_wait().unwrap().is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, ended).await.expect("it comes by its point");
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What the bank sends: the number of the payment says all.
struct Payment {
    body: String,
    cents: i64,
}

fn payment(number: usize) -> Payment {
    let (account, amount) = (number % 17, i64::try_from(number * 7_919 % 100_000).unwrap() + 1);
    let refunded = number % 5 == 4;
    let event = if refunded { "payment.refunded" } else { "payment.received" };
    let body = format!(
        r#"{{"id":"p{number}","event":"{event}","data":{{"account":"a{account}","cents":{amount}}}}}"#
    );
    Payment { body, cents: if refunded { -amount } else { amount } }
}

/// What all senders share.
struct Bank {
    client: Client<HttpConnector, Full<Bytes>>,
    port: u16,
    next: AtomicUsize,
    sent: AtomicUsize,
    acknowledged: AtomicUsize,
    progress: Notify,
}

impl Bank {
    /// Sends payments, each until it is acknowledged, as long as there are any.
    async fn send_all(self: Arc<Self>) {
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= DELIVERIES {
                return;
            }
            let body = payment(number).body;
            let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
            mac.update(body.as_bytes());
            let signature = base16ct::lower::encode_string(&mac.finalize().into_bytes());
            while !self.send(&body, &signature).await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            self.acknowledged.fetch_add(1, Ordering::SeqCst);
            self.progress.notify_waiters();
        }
    }

    /// Sends a payment once; tells whether it was acknowledged.
    async fn send(&self, body: &str, signature: &str) -> bool {
        self.sent.fetch_add(1, Ordering::SeqCst);
        let request = Request::post(format!("http://127.0.0.1:{}/webhooks/bank", self.port))
            .header("x-bank-signature", signature)
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap();
        match self.client.request(request).await {
            Ok(answer) if answer.status().is_success() => true,
            Ok(answer) => {
                assert_eq!(answer.status(), 503, "nothing else is a reason to send it again");
                false
            }
            // The process is gone, and with it whether it was stored.
            Err(_) => false,
        }
    }

    /// Waits until so many are acknowledged.
    async fn reached(&self, count: usize) {
        let reached = async {
            loop {
                let mut progress = std::pin::pin!(self.progress.notified());
                progress.as_mut().enable();
                if self.acknowledged.load(Ordering::SeqCst) >= count.min(DELIVERIES) {
                    return;
                }
                progress.await;
            }
        };
        timeout(PATIENCE, reached).await.expect("deliveries are acknowledged");
    }
}

async fn connect(files: &Files) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(files.ledger())).await.unwrap()
}

/// Waits until nothing is left to do.
async fn worked_off(files: &Files) {
    let mut connection = connect(files).await;
    let done = async {
        loop {
            let left: i64 = sqlx::query_scalar("SELECT count(*) FROM switchhook_work WHERE state < 3")
                .fetch_one(&mut connection)
                .await
                .unwrap();
            if left == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, done).await.expect("all is worked off");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_often_it_is_killed_the_ledger_is_right_to_the_cent() {
    let files = Files::new();
    let (mut ledger, port) = Ledger::start(&files, 0, None);
    let bank = Arc::new(Bank {
        client: Client::builder(TokioExecutor::new()).build_http(),
        port,
        next: AtomicUsize::new(0),
        sent: AtomicUsize::new(0),
        acknowledged: AtomicUsize::new(0),
        progress: Notify::new(),
    });
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        senders.spawn(Arc::clone(&bank).send_all());
    }

    // At random moments, and once at each point, spread over the whole time.
    let step = DELIVERIES / (KILLS + POINTS.len() + 1);
    let mut points = POINTS.into_iter();
    for round in 0..KILLS + POINTS.len() {
        bank.reached(round * step + fastrand::usize(1..step)).await;
        ledger.kill();
        // Every third run is one that kills itself, at the first or a later time that it comes by its point.
        if let Some(point) = (round % 3 == 0).then(|| points.next()).flatten() {
            let doomed = format!("{point}:{}", fastrand::u32(1..50));
            Ledger::start(&files, port, Some(&doomed)).0.ended().await;
        }
        ledger = Ledger::start(&files, port, None).0;
    }
    assert_eq!(points.next(), None, "it was killed at each point");
    while let Some(sender) = senders.join_next().await {
        sender.unwrap();
    }
    worked_off(&files).await;
    ledger.kill();
    report_and_check(&files, &bank).await;
}

async fn report_and_check(files: &Files, bank: &Bank) {
    let mut connection = connect(files).await;
    let mut booked: BTreeMap<String, usize> = BTreeMap::new();
    for row in sqlx::query("SELECT payment FROM booking").fetch_all(&mut connection).await.unwrap() {
        *booked.entry(row.get(0)).or_default() += 1;
    }
    let balance: i64 =
        sqlx::query_scalar("SELECT sum(cents) FROM account").fetch_one(&mut connection).await.unwrap();
    let dead: i64 = sqlx::query_scalar("SELECT count(*) FROM switchhook_work WHERE state <> 3")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let log = fs::read_to_string(files.audit()).unwrap();
    // A line can be cut off where the process was killed; its delivery has another one then.
    let lines: Vec<&str> = log.lines().filter_map(|line| line.split(' ').next()).collect();
    let audited: BTreeSet<&str> = lines.iter().copied().collect();
    let lost = (0..DELIVERIES)
        .map(|number| format!("p{number}"))
        .filter(|payment| !booked.contains_key(payment) || !audited.contains(payment.as_str()))
        .count();
    let twice_in_tx = booked.values().filter(|count| **count > 1).count();
    // Written past the test harness, which shows only what failed.
    let report = format!(
        "killed {} times; requests sent {}, deliveries acknowledged {}, handled with Tx {}, without {}; \
         handled twice without Tx {}, with Tx {twice_in_tx}; lost {lost}\n",
        KILLS + 2 * POINTS.len() + 1,
        bank.sent.load(Ordering::SeqCst),
        bank.acknowledged.load(Ordering::SeqCst),
        booked.len(),
        audited.len(),
        lines.len() - audited.len(),
    );
    io::stderr().write_all(report.as_bytes()).unwrap();
    let exact: i64 = (0..DELIVERIES).map(|number| payment(number).cents).sum();
    assert_eq!((lost, twice_in_tx, dead), (0, 0, 0));
    assert_eq!(booked.len(), DELIVERIES);
    assert_eq!(balance, exact);
}
