//! The server goes away, loses connections, or has no room, while the bank sends: the process goes on by itself.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use switchhook_tests::postgres::{Cluster, SmallDisk, Stop, say};
use tokio::time::interval;

use crate::{
    bank::Bank,
    books::{Books, END_HALF_OF_THE_CONNECTIONS},
    ledger::{Ledger, Process},
    rounds, until,
};

const SENDERS: usize = 8;
/// What a process may take to end: far more than it does, and as much as others give it.
const KILLED_AFTER: Duration = Duration::from_secs(30);

/// A process that keeps a ledger in a server of its own, and the bank that sends to it.
struct Load {
    cluster: Cluster,
    ledger: Ledger,
    process: Process,
    bank: Arc<Bank>,
}

impl Load {
    fn new(cluster: Cluster) -> Self {
        let ledger = Ledger::new(Some(cluster.url()));
        let process = ledger.start(0);
        let bank = Bank::new(&[process.port], 0);
        Self { cluster, ledger, process, bank }
    }

    /// Sends a payment of which the server knows, while the server is away: this must not be acknowledged.
    async fn is_refused(&self) {
        let began = Instant::now();
        let answer = self.bank.request(0, self.process.port).await.expect("an answer");
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
        say(&format!("  503 after {:?}", began.elapsed()));
    }

    /// Sees that senders are refused, and nothing is acknowledged that was not begun while the server was there.
    async fn nothing_is_acknowledged(&self) {
        let (next, refused) = (self.bank.next(), self.bank.refused());
        self.is_refused().await;
        until("the others are refused too", async || self.bank.refused() >= refused + SENDERS).await;
        self.bank.none_is_acknowledged_since(next);
    }

    /// Makes something fail under load, mends it, and sees that all goes on.
    async fn survives(&mut self, what: &str, fail: impl AsyncFn(&Self), mend: impl AsyncFn(&Self)) {
        let senders = self.bank.go_on(SENDERS);
        self.bank.more(200).await;
        fail(self).await;
        mend(self).await;
        let began = Instant::now();
        self.bank.more(1).await;
        let first = began.elapsed();
        self.bank.more(200).await;
        self.bank.stop(senders).await;
        let mut books = self.books().await;
        books.worked_off().await;
        say(&format!(
            "  {what}: first acknowledged after {first:?}, all worked off after {:?}",
            began.elapsed()
        ));
        assert!(self.process.runs(), "the same process still");
    }

    async fn books(&self) -> Books {
        self.ledger.books().await
    }

    async fn report_and_check(&self, what: &str) {
        self.ledger.report_and_check(what, &self.bank).await;
        let log = self.process.log();
        say(&format!("  the process has logged {} lines", log.lines().count()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_stops_and_starts() {
    let Some(cluster) = Cluster::start() else { return };
    let mut load = Load::new(cluster);
    let rounds = rounds(3);
    for how in [Stop::Immediate, Stop::Fast, Stop::Kill].into_iter().cycle().take(rounds) {
        let fail = async |load: &Load| {
            load.cluster.stop(how);
            load.nothing_is_acknowledged().await;
        };
        load.survives(&format!("{how:?}"), fail, async |load| load.cluster.start_again()).await;
    }
    load.report_and_check(&format!("server stopped {rounds} times")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_stands_still_and_goes_on() {
    let Some(cluster) = Cluster::start() else { return };
    let mut load = Load::new(cluster);
    let rounds = rounds(1);
    for _ in 0..rounds {
        let fail = async |load: &Load| {
            load.cluster.freeze();
            load.nothing_is_acknowledged().await;
        };
        load.survives("frozen", fail, async |load| load.cluster.thaw()).await;
    }
    load.report_and_check(&format!("server frozen {rounds} times")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_ends_in_time_while_the_server_is_away() {
    let Some(cluster) = Cluster::start() else { return };
    let Load { cluster, ledger, mut process, bank } = Load::new(cluster);
    let port = process.port;
    let senders = bank.go_on(SENDERS);
    bank.more(200).await;
    cluster.stop(Stop::Immediate);
    let began = Instant::now();
    assert_eq!(process.terminate().await, Some(0));
    let ended = began.elapsed();
    assert!(ended < KILLED_AFTER, "it took {ended:?}");
    cluster.start_again();
    process = ledger.start(port);
    bank.stop(senders).await;
    ledger.books().await.worked_off().await;
    process.kill();
    ledger.report_and_check(&format!("ended within {ended:?} while the server was away"), &bank).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_of_the_connections_end_every_second() {
    let Some(cluster) = Cluster::start() else { return };
    let mut load = Load::new(cluster);
    let rounds = rounds(5);
    let fail = async |load: &Load| {
        let mut books = load.books().await;
        let mut every_second = interval(Duration::from_secs(1));
        let (mut ended, mut worst) = (0, Duration::ZERO);
        for _ in 0..rounds {
            every_second.tick().await;
            let ended_now = books.number(END_HALF_OF_THE_CONNECTIONS).await;
            assert!(ended_now > 0, "there are connections, and half of them end");
            ended += ended_now;
            let began = Instant::now();
            // Each sender may get one more answer to what was stored before.
            load.bank.more(SENDERS + 1).await;
            worst = worst.max(began.elapsed());
        }
        say(&format!("  {ended} connections ended, what is sent after it is acknowledged within {worst:?}"));
    };
    load.survives("connections", fail, async |_| {}).await;
    load.report_and_check(&format!("connections ended {rounds} times")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_is_full_and_has_room_again() {
    let Some(disk) = SmallDisk::mount(96) else { return };
    let Some(cluster) = Cluster::start_with(Some(disk.path()), &["max_wal_size=8MB"]) else { return };
    let mut load = Load::new(cluster);
    let rounds = rounds(2);
    for _ in 0..rounds {
        let fail = async |load: &Load| {
            disk.fill().unwrap();
            // For a while it has room within what it has.
            until("nothing is acknowledged any more", async || {
                let (acknowledged, refused) = (load.bank.acknowledged(), load.bank.refused());
                until("some are refused", async || load.bank.refused() > refused + 20).await;
                load.bank.acknowledged() == acknowledged
            })
            .await;
        };
        let mend = async |load: &Load| {
            disk.make_room().unwrap();
            let acknowledged = load.bank.acknowledged();
            until("it is acknowledged again", async || {
                // Where its own log had no room, the server has stopped.
                load.cluster.start_again();
                load.bank.acknowledged() > acknowledged
            })
            .await;
        };
        load.survives("full disk", fail, mend).await;
    }
    load.report_and_check(&format!("disk full {rounds} times")).await;
}
