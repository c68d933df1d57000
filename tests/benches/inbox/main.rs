//! What durability costs: ratios to the same by hand, measured in the same run.
//!
//! `cargo bench -p switchhook-tests --bench inbox`; behind `--`, `quick` takes a tenth of the deliveries, and `ingest`,
//! `flood`, `done` or `backlog` measures only that.

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

mod app;
mod baseline;
mod client;
mod fill;
mod receiving;
mod stream;
mod telling;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use app::App;
use client::{Ids, Load, load};
use fill::Backlog;
use switchhook::{Inbox, inbox::Quarantine};
use telling::{ROUNDS, median, tell};
use tokio::task::JoinSet;

/// A folder that goes with the measurement.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("switchhook-bench-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        let file = self.0.join(name);
        for end in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{end}", file.display())));
        }
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

async fn ingest(file: &Path, ids: Ids, count: usize) -> Load {
    let mut tasks = JoinSet::new();
    let address = App::storing(Inbox::sqlite(file)).await.serve(&mut tasks).await;
    let load = load(address, "plain", ids, count).await;
    tasks.shutdown().await;
    load
}

async fn by_hand(file: &Path, grouped: bool, count: usize) -> Load {
    let mut tasks = JoinSet::new();
    let address = if grouped {
        baseline::grouped(file, &mut tasks).await
    } else {
        baseline::one_by_one(file, &mut tasks).await
    };
    let load = load(address, "plain", Ids::Ordered, count).await;
    tasks.shutdown().await;
    load
}

/// How many deliveries a second are worked off, of those that wait in the file.
async fn work_off(file: &Path, count: usize) -> f64 {
    let app = App::working(Inbox::sqlite(file)).await;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    let webhooks = app.webhooks.clone();
    tasks.spawn(async move { webhooks.run_until(std::future::pending()).await });
    app.handled.reached("plain", count).await;
    let elapsed = started.elapsed();
    tasks.shutdown().await;
    count as f64 / elapsed.as_secs_f64()
}

/// How many deliveries a second go all the way to done.
async fn to_done(file: &Path, event: &'static str, count: usize) -> f64 {
    let app = App::working(Inbox::sqlite(file)).await;
    let mut tasks = JoinSet::new();
    let address = app.serve(&mut tasks).await;
    let started = Instant::now();
    load(address, event, Ids::Ordered, count).await;
    app.handled.reached(event, count).await;
    let elapsed = started.elapsed();
    tasks.shutdown().await;
    count as f64 / elapsed.as_secs_f64()
}

async fn compare_ingest(folder: &Folder, count: usize) {
    let (mut ours, mut single, mut grouped) = (Vec::new(), Vec::new(), Vec::new());
    let (mut p99, mut p50) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let one = by_hand(&folder.file("one.db"), false, count / 5).await;
        let group = by_hand(&folder.file("group.db"), true, count).await;
        let own = ingest(&folder.file("own.db"), Ids::Ordered, count).await;
        p99.push(own.quantile(0.99).as_secs_f64());
        p50.push(one.quantile(0.5).as_secs_f64());
        ours.push(own.per_second());
        single.push(one.per_second());
        grouped.push(group.per_second());
    }
    let (ours, single, grouped) = (median(ours), median(single), median(grouped));
    println!(
        "over HTTP, 64 connections, 600 bytes: a commit for each {single:.0}/s, group commit by hand {grouped:.0}/s, the inbox {ours:.0}/s"
    );
    tell("ingest against a commit for each request", ours / single, "≥ 5", ours / single >= 5.0);
    tell("ingest against group commit by hand", ours / grouped, "≥ 0.7", ours / grouped >= 0.7);
    let ratio = median(p99) / median(p50);
    tell("p99 of the answer against p50 of a commit for each", ratio, "≤ 3", ratio <= 3.0);
}

async fn compare_backlogs(folder: &Folder, count: usize, scale: usize) {
    let file = |name: &str| folder.file(name);
    let (many, most) = (100_000 / scale, 1_000_000 / scale);
    for (name, backlog, ids) in [
        ("100,000 waiting", Backlog::Waiting(many), Ids::Ordered),
        ("100,000 waiting in one lane", Backlog::OneLane(many), Ids::Ordered),
        ("a million stored", Backlog::Done(most), Ids::Ordered),
        ("a million stored, random ids", Backlog::Done(most), Ids::Random),
    ] {
        let (mut ingests, mut works) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (empty, full) = (file("empty.db"), file("full.db"));
            let before = ingest(&empty, ids, count).await.per_second();
            App::storing(Inbox::sqlite(&full)).await;
            fill::fill(&full, backlog, ids == Ids::Random).await;
            let after = ingest(&full, ids, count).await.per_second();
            ingests.push(before / after);
            // Only what is in no lane counts; the lane is worked off beside it, one by one.
            works.push(work_off(&empty, count).await / work_off(&full, count).await);
        }
        let (ingests, works) = (median(ingests), median(works));
        tell(&format!("{name}: ingest takes"), ingests, "≤ 1.3", ingests <= 1.3);
        tell(&format!("{name}: working off takes"), works, "≤ 1.3", works <= 1.3);
    }
}

/// Good deliveries while forged ones pour in: what it costs them that the forged ones are kept.
async fn compare_flood(folder: &Folder, count: usize) {
    let rate = async |name: &str, quarantine: Option<Quarantine>| {
        let opening = Inbox::sqlite(folder.file(name));
        let opening = match quarantine {
            Some(bounds) => opening.quarantine(bounds),
            None => opening,
        };
        let mut tasks = JoinSet::new();
        let address = App::storing(opening).await.serve(&mut tasks).await;
        stream::keep_sending(address, ("forged", 401), 8, |_| false, &mut tasks);
        let load = load(address, "plain", Ids::Ordered, count).await;
        tasks.shutdown().await;
        load.per_second()
    };
    let (mut ratios, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let without = rate("flood.db", None).await;
        let with = rate("kept.db", Some(Quarantine::default())).await;
        ratios.push(without / with);
        rates.push(with);
    }
    println!("good deliveries while forged ones pour in: {:.0}/s", median(rates));
    let ratio = median(ratios);
    tell("that forged ones are kept costs good ones", ratio, "≤ 1.1", ratio <= 1.1);
}

async fn compare_done(folder: &Folder, count: usize) {
    let (mut plain, mut ordered) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(to_done(&folder.file("done.db"), "plain", count).await);
        ordered.push(to_done(&folder.file("done.db"), "ordered", count).await);
    }
    println!(
        "all the way to done, while they come in: {:.0}/s, in 1,000 lanes {:.0}/s",
        median(plain),
        median(ordered)
    );
}

fn main() {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let all = !["ingest", "flood", "done", "backlog"].into_iter().any(asked);
    let scale = if asked("quick") { 10 } else { 1 };
    let count = 40_000 / scale;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = Folder::new();
        if all || asked("ingest") {
            compare_ingest(&folder, count).await;
        }
        if all || asked("flood") {
            compare_flood(&folder, count).await;
        }
        if all || asked("done") {
            compare_done(&folder, count).await;
        }
        if all || asked("backlog") {
            compare_backlogs(&folder, count, scale).await;
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
}
