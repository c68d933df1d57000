//! What durability costs in PostgreSQL: ratios to the same by hand, measured in the same run.
//!
//! `cargo bench -p switchhook-tests --bench inbox_postgres`; behind `--`, `quick` takes a tenth of the deliveries, and
//! `ingest`, `done`, `backlog` or `snapshot` measures only that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a measurement may"
)]

#[path = "../inbox/app.rs"]
mod app;
mod baseline;
#[path = "../inbox/client.rs"]
mod client;
mod direct;
mod fill;
#[path = "../inbox/receiving.rs"]
mod receiving;
#[path = "../inbox/stream.rs"]
mod stream;
#[path = "../inbox/telling.rs"]
mod telling;

use std::time::{Duration, Instant};

use app::App;
use client::{Ids, Load, load};
use sqlx::Connection;
use switchhook::Inbox;
use switchhook_tests::postgres::Database;
use telling::{ROUNDS, median, tell};
use tokio::task::JoinSet;

async fn database() -> Database {
    Database::create().await.expect("a PostgreSQL server")
}

async fn ingest(ids: Ids, count: usize) -> Load {
    let database = database().await;
    let mut tasks = JoinSet::new();
    let address = App::storing(Inbox::postgres(database.url())).await.serve(&mut tasks).await;
    let load = load(address, "plain", ids, count).await;
    tasks.shutdown().await;
    load
}

/// What is done by hand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ByHand {
    /// A row and a commit for each.
    Row,
    /// All that the inbox keeps, and a commit for each.
    All,
    /// A row for each, and a commit for all that wait.
    Grouped,
}

async fn by_hand(what: ByHand, count: usize) -> Load {
    let database = database().await;
    let mut tasks = JoinSet::new();
    let address = match what {
        ByHand::Grouped => baseline::grouped(&database.url(), &mut tasks).await,
        row => baseline::one_by_one(&database.url(), row == ByHand::All, &mut tasks).await,
    };
    let load = load(address, "plain", Ids::Ordered, count).await;
    tasks.shutdown().await;
    load
}

async fn compare_ingest(count: usize) {
    let mut rates = Rates::default();
    let (mut random, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rates.row.push(by_hand(ByHand::Row, count / 5).await.per_second());
        rates.all.push(by_hand(ByHand::All, count / 5).await.per_second());
        rates.grouped.push(by_hand(ByHand::Grouped, count).await.per_second());
        let own = ingest(Ids::Ordered, count).await;
        p99.push(own.quantile(0.99).as_secs_f64());
        rates.inbox.push(own.per_second());
        random.push(ingest(Ids::Random, count).await.per_second());
    }
    println!(
        "over HTTP, 64 connections, 600 bytes: with random ids {:.0}/s, 99 of 100 answers within {:.1} ms",
        median(random),
        median(p99) * 1_000.0
    );
    rates.tell();
}

/// The same without HTTP, whose sender and receiver share the machine with the server.
async fn compare_direct(count: usize) {
    for callers in [64, 256] {
        let mut rates = Rates::default();
        for _ in 0..ROUNDS {
            rates.row.push(direct::one_by_one(callers, count / 5).await);
            rates.all.push(direct::all_one_by_one(callers, count / 5).await);
            rates.grouped.push(direct::grouped(callers, count).await);
            rates.inbox.push(direct::inbox(callers, count).await);
        }
        println!("without HTTP, {callers} callers:");
        rates.tell();
    }
}

/// Deliveries a second, each round's.
#[derive(Default)]
struct Rates {
    row: Vec<f64>,
    all: Vec<f64>,
    grouped: Vec<f64>,
    inbox: Vec<f64>,
}

impl Rates {
    fn tell(self) {
        let Self { row, all, grouped, inbox } = self;
        let (row, all, grouped, inbox) = (median(row), median(all), median(grouped), median(inbox));
        println!(
            "a commit for each, of a row {row:.0}/s, of all that the inbox keeps {all:.0}/s; \
             bare `UNNEST` of a row {grouped:.0}/s; the inbox {inbox:.0}/s"
        );
        tell("ingest against a commit for each, of the same rows", inbox / all, "≥ 5", inbox / all >= 5.0);
        tell("ingest against a commit for each, of one row", inbox / row, "≥ 5", inbox / row >= 5.0);
        println!("(bare `UNNEST` against a commit for each, of one row: {:.2} ×)", grouped / row);
        tell("ingest against the bare `UNNEST` writer", inbox / grouped, "≥ 0.7", inbox / grouped >= 0.7);
    }
}

/// How many deliveries a second go all the way to done.
async fn to_done(event: &'static str, count: usize) -> f64 {
    let database = database().await;
    let app = App::working(Inbox::postgres(database.url())).await;
    let mut tasks = JoinSet::new();
    let address = app.serve(&mut tasks).await;
    let started = Instant::now();
    load(address, event, Ids::Ordered, count).await;
    app.handled.reached(event, count).await;
    let elapsed = started.elapsed();
    tasks.shutdown().await;
    count as f64 / elapsed.as_secs_f64()
}

async fn compare_done(count: usize) {
    let (mut plain, mut ordered) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(to_done("plain", count).await);
        ordered.push(to_done("ordered", count).await);
    }
    println!(
        "all the way to done, while they come in: {:.0}/s, in 1,000 lanes {:.0}/s",
        median(plain),
        median(ordered)
    );
}

/// How many deliveries a second are worked off, of those that wait.
async fn work_off(database: &Database, count: usize) -> f64 {
    let app = App::working(Inbox::postgres(database.url())).await;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    let webhooks = app.webhooks.clone();
    tasks.spawn(async move { webhooks.run_until(std::future::pending()).await });
    app.handled.reached("plain", count).await;
    let elapsed = started.elapsed();
    tasks.shutdown().await;
    count as f64 / elapsed.as_secs_f64()
}

/// Claiming where there is nothing else, and beside a million deliveries that are done and 200,000 that wait.
async fn compare_backlog(count: usize, scale: usize) {
    let (mut ratios, mut rates) = (Vec::new(), Vec::new());
    let full = database().await;
    App::storing(Inbox::postgres(full.url())).await;
    fill::fill(&full.url(), 1_000_000 / scale, 200_000 / scale).await;
    for _ in 0..ROUNDS {
        let empty = database().await;
        App::storing(Inbox::postgres(empty.url())).await;
        fill::fill(&empty.url(), 0, count).await;
        let before = work_off(&empty, count).await;
        let after = work_off(&full, count).await;
        rates.push(after);
        ratios.push(before / after);
    }
    println!("worked off, beside a million done and 200,000 waiting: {:.0}/s", median(rates));
    let ratio = median(ratios);
    tell("beside them working off takes", ratio, "≤ 1.3", ratio <= 1.3);
}

/// Deliveries that come in and are handled, while another session holds a snapshot: then the database clears nothing
/// away. Tells what the rate comes to in the last part of the time.
async fn compare_snapshot(seconds: u64) {
    let part = Duration::from_secs((seconds / 6).max(3));
    let rate = async |held: bool| {
        let database = database().await;
        let app = App::working(Inbox::postgres(database.url())).await;
        let mut tasks = JoinSet::new();
        let address = app.serve(&mut tasks).await;
        let mut other = sqlx::PgConnection::connect(&database.url()).await.unwrap();
        if held {
            let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM switchhook.queue";
            sqlx::raw_sql(begin).execute(&mut other).await.unwrap();
        }
        // As many come in as are handled: no more than 2,000 wait.
        let handled = app.handled.clone();
        let is_enough = move |sent| sent > handled.count("plain") + 2_000;
        let answer = (client::TOKEN, 200);
        stream::keep_sending(address, answer, client::CONNECTIONS, is_enough, &mut tasks);
        let mut rates = Vec::new();
        for _ in 0..6 {
            let (before, began) = (app.handled.count("plain"), Instant::now());
            tokio::time::sleep(part).await;
            rates.push((app.handled.count("plain") - before) as f64 / began.elapsed().as_secs_f64());
        }
        tasks.shutdown().await;
        rates
    };
    let (without, with) = (rate(false).await, rate(true).await);
    let shown = |rates: &[f64]| rates.iter().map(|rate| format!("{rate:.0}")).collect::<Vec<_>>().join(", ");
    println!("all the way to done, a second, in 6 parts of together {seconds} s: {}", shown(&without));
    println!("the same while another session holds a snapshot: {}", shown(&with));
    let ratio = with[5] / without[5];
    tell("throughput at the end, with a snapshot", ratio, "≥ 0.6", ratio >= 0.6);
}

fn main() {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let all = !["ingest", "done", "backlog", "snapshot"].into_iter().any(asked);
    let scale = if asked("quick") { 10 } else { 1 };
    let count = 40_000 / scale;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if all || asked("ingest") {
            compare_ingest(count).await;
            compare_direct(count).await;
        }
        if all || asked("done") {
            compare_done(count).await;
        }
        if all || asked("backlog") {
            compare_backlog(count, scale).await;
        }
        if all || asked("snapshot") {
            compare_snapshot(180 / scale as u64).await;
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
}
