//! A ledger with its database and its audit logs, and the processes that keep it.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use switchhook_tests::postgres::say;

use crate::{
    bank::{Bank, SECRET, payment},
    books::Books,
    until,
};

/// A ledger; its files go with the test.
pub(crate) struct Ledger {
    folder: PathBuf,
    /// Where PostgreSQL is, if it is not in a file.
    postgres: Option<String>,
    processes: AtomicUsize,
}

impl Ledger {
    /// In PostgreSQL, where an address is given, and else in a file.
    pub(crate) fn new(postgres: Option<String>) -> Self {
        let name = format!("ledger-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Self { folder, postgres, processes: AtomicUsize::new(0) }
    }

    pub(crate) async fn books(&self) -> Books {
        match &self.postgres {
            Some(url) => Books::postgres(url).await,
            None => Books::sqlite(&self.folder.join("ledger.db")).await,
        }
    }

    /// Starts a process on this port, 0 for any.
    pub(crate) fn start(&self, port: u16) -> Process {
        self.start_with(port, &[])
    }

    /// Starts a process with these variables besides; it has an audit log of its own.
    pub(crate) fn start_with(&self, port: u16, variables: &[(&str, &str)]) -> Process {
        let number = self.processes.fetch_add(1, Ordering::SeqCst);
        let (audit, log) =
            (self.folder.join(format!("audit-{number}")), self.folder.join(format!("log-{number}")));
        let mut command = Command::new(env!("CARGO_BIN_EXE_ledger"));
        command
            .env("PORT", port.to_string())
            .env("LEDGER", self.folder.join("ledger.db"))
            .env("AUDIT", &audit)
            .env("BANK_SECRET", SECRET)
            .env("RUST_LOG", "info")
            .envs(self.postgres.iter().map(|url| ("INBOX", url)))
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line
            .trim_end()
            .strip_prefix("listening on http://127.0.0.1:")
            .and_then(|rest| rest.strip_suffix("/webhooks/bank"))
            .and_then(|port| port.parse().ok());
        let process = Process { child, port: port.unwrap_or(0), audit, log };
        let listens = port.is_some() || line == "working off deliveries\n";
        assert!(listens, "it says {line:?} and logs {}", process.log());
        process
    }

    /// How many leases the processes say they have lost.
    fn said_to_be_lost(&self) -> i64 {
        (0..self.processes.load(Ordering::SeqCst))
            .filter_map(|number| fs::read_to_string(self.folder.join(format!("log-{number}"))).ok())
            .flat_map(|log| {
                let counts = log.lines().filter(|line| line.contains("leases ran out"));
                counts
                    .map(|line| line.rsplit_once("lost=").unwrap().1.parse::<i64>().unwrap())
                    .collect::<Vec<_>>()
            })
            .sum()
    }

    /// The payments of all audit logs' lines. A line can be cut off where a process was killed; its delivery has another
    /// one then.
    fn audited(&self) -> Vec<String> {
        let audits = (0..self.processes.load(Ordering::SeqCst))
            .filter_map(|number| fs::read_to_string(self.folder.join(format!("audit-{number}"))).ok());
        audits.flat_map(|audit| payments(&audit)).collect()
    }

    /// Tells how it went, and fails when a payment that was acknowledged is lost, or booked twice.
    pub(crate) async fn report_and_check(&self, what: &str, bank: &Bank) {
        let mut books = self.books().await;
        let booked = books.booked().await;
        let lines = self.audited();
        let audited: BTreeSet<&str> = lines.iter().map(String::as_str).collect();
        let payments = bank.acknowledged();
        let lost = (0..payments)
            .map(|number| format!("p{number}"))
            .filter(|payment| !booked.contains_key(payment) || !audited.contains(payment.as_str()))
            .count();
        let twice_in_tx = booked.values().filter(|count| **count > 1).count();
        say(&format!(
            "{what}; requests sent {}, deliveries acknowledged {payments}, handled with Tx {}, without {}; \
             handled twice without Tx {}, with Tx {twice_in_tx}; lost {lost}",
            bank.sent(),
            booked.len(),
            audited.len(),
            lines.len() - audited.len(),
        ));
        let lost_leases = books.number("SELECT count(*) FROM inbox.attempt WHERE outcome = 'lost'").await;
        assert!(self.said_to_be_lost() <= lost_leases, "no process takes a lease for lost that is not");
        let not_done = books.number("SELECT count(*) FROM inbox.work WHERE state <> 3").await;
        assert_eq!((lost, twice_in_tx, not_done), (0, 0, 0));
        assert_eq!(booked.len(), payments);
        assert_eq!(books.balance().await, (0..payments).map(|number| payment(number).cents).sum::<i64>());
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn payments(audit: &str) -> Vec<String> {
    audit.lines().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect()
}

/// A process of the ledger, killed when the test ends.
pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
    audit: PathBuf,
    log: PathBuf,
}

impl Process {
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and gives its exit code when it has.
    pub(crate) async fn terminate(&mut self) -> Option<i32> {
        self.signal("-TERM");
        until("the process ends", async || !self.runs()).await;
        self.child.wait().unwrap().code()
    }

    /// Lets it stand still.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(mut self) {
        until("the process ends", async || !self.runs()).await;
    }

    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The payments that it has audited.
    pub(crate) fn audited(&self) -> Vec<String> {
        payments(&fs::read_to_string(&self.audit).unwrap_or_default())
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
