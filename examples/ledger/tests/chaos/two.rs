//! Two processes share one ledger.

use switchhook_tests::postgres::Database;

use crate::{
    bank::Bank,
    books::Books,
    ledger::{Ledger, Process},
    rounds, until,
};

const SENDERS: usize = 16;
/// What is logged by a process that has lost what it runs, whether it tries to end it or to keep it.
const LEASE_RAN_OUT: &str = "ran out while";
/// Work that somebody runs, as far as the inbox knows.
const RUNNING: &str = "SELECT count(*) FROM inbox.work WHERE state = 1";
/// What has ended for good.
const ENDED: &str = "SELECT count(*) FROM inbox.work WHERE state = 3";
const ATTEMPTS: &str = "SELECT count(*) FROM inbox.attempt";
const LOST: &str = "SELECT count(*) FROM inbox.attempt WHERE outcome = 'lost'";
/// Work that was lost and is run by somebody else now.
const TAKEN_OVER: &str = "SELECT count(*) FROM inbox.work AS w WHERE state = 1 \
     AND EXISTS (SELECT FROM inbox.attempt WHERE work = w.seq AND outcome = 'lost')";
/// Sessions of handlers that hold an account's lock, and that nobody ends by himself.
const HOLDING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
     AND state = 'idle in transaction' AND query LIKE 'INSERT INTO account%'";
/// Sessions in which the server is at work for somebody, and not waiting for a lock.
const BUSY: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
     AND pid <> pg_backend_pid() AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Lock'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_work_is_done_by_both() {
    const DELIVERIES: usize = 2_000;
    let Some(database) = Database::create().await else { return };
    let ledger = Ledger::new(Some(database.url()));
    // However busy the machine is, nobody loses a lease.
    let start = || ledger.start_with(0, &[("LEASE", "60")]);
    let (first, second) = (start(), start());
    let bank = Bank::new(&[first.port, second.port], DELIVERIES);
    bank.finish(bank.start(SENDERS)).await;
    let mut books = ledger.books().await;
    books.worked_off().await;
    for process in [&first, &second] {
        assert!(process.audited().len() > DELIVERIES / 20, "each does its part");
    }
    assert_eq!(first.audited().len() + second.audited().len(), DELIVERIES, "each is audited once");
    assert_eq!(books.number(ATTEMPTS).await, i64::try_from(2 * DELIVERIES).unwrap(), "one attempt each");
    ledger.report_and_check("two processes", &bank).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_takes_what_the_other_works_off() {
    let Some(database) = Database::create().await else { return };
    let ledger = Ledger::new(Some(database.url()));
    let taking = ledger.start_with(0, &[("ROLE", "ingest")]);
    let bank = Bank::new(&[taking.port], 200);
    bank.finish(bank.start(SENDERS)).await;
    let mut books = ledger.books().await;
    assert_eq!(
        books.number("SELECT count(*) FROM inbox.work WHERE state = 0").await,
        400,
        "nothing has begun"
    );
    let working = ledger.start_with(0, &[("ROLE", "workers")]);
    books.worked_off().await;
    assert_eq!((taking.audited().len(), working.audited().len()), (0, 200));
    ledger.report_and_check("one takes and one works", &bank).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_only_works_finishes_what_it_runs_when_it_is_asked_to_end() {
    const DELIVERIES: usize = 1_000;
    let Some(database) = Database::create().await else { return };
    let ledger = Ledger::new(Some(database.url()));
    let taking = ledger.start_with(0, &[("ROLE", "ingest")]);
    let bank = Bank::new(&[taking.port], DELIVERIES);
    bank.finish(bank.start(SENDERS)).await;
    let mut books = ledger.books().await;
    let start = async || {
        let working = ledger.start_with(0, &[("ROLE", "workers"), ("LEASE", "60")]);
        until("it is in the middle", async || working.audited().len() > 50).await;
        working
    };
    let mut first = start().await;
    assert_eq!(first.terminate().await, Some(0));
    assert_eq!(books.number(RUNNING).await, 0, "nobody must wait for a lease to end");
    let (attempts, ended) = (books.number(ATTEMPTS).await, books.number(ENDED).await);
    assert!(attempts > 0 && attempts == ended, "what it began it has ended: {attempts} and {ended}");
    let mut second = start().await;
    books.worked_off().await;
    assert_eq!(second.terminate().await, Some(0));
    assert!(first.audited().len() < DELIVERIES, "something was left");
    assert_eq!(first.audited().len() + second.audited().len(), DELIVERIES, "each is audited once");
    ledger.report_and_check("one that only works is asked to end", &bank).await;
}

/// How often a process has logged this.
fn said(process: &Process, what: &str) -> usize {
    process.log().matches(what).count()
}

/// Lets a process, which is alone, stand still while each of these counts something.
async fn freeze_while(process: &Process, books: &mut Books, counts: &[&str]) {
    until("it is caught in the middle", async || {
        process.freeze();
        until("the server has done what it was asked to", async || books.number(BUSY).await == 0).await;
        let mut caught = true;
        for count in counts {
            caught &= books.number(count).await > 0;
        }
        if !caught {
            process.thaw();
        }
        caught
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_frozen_process_holds_is_done_by_the_other_and_cannot_be_taken_back() {
    let Some(database) = Database::create().await else { return };
    let ledger = Ledger::new(Some(database.url()));
    let mut books = ledger.books().await;
    let mut frozen = ledger.start(0);
    let mut other = ledger.start(0);
    let bank = Bank::new(&[frozen.port, other.port], 0);
    let rounds = rounds(1);
    for _ in 0..rounds {
        other.kill();
        let senders = bank.go_on(SENDERS);
        bank.more(200).await;
        freeze_while(&frozen, &mut books, &[HOLDING, RUNNING]).await;
        let lost_before = books.number(LOST).await;
        other = ledger.start(other.port);
        bank.stop(senders).await;
        // The server ends the session, and with it the lock that the other's handlers wait for.
        books.worked_off().await;
        assert_eq!(books.number(HOLDING).await, 0);
        assert!(books.number(LOST).await > lost_before, "it lost what it held");

        let audited = frozen.audited().len();
        frozen.thaw();
        let senders = bank.go_on(SENDERS);
        until("it goes on", async || frozen.audited().len() > audited + 20).await;
        bank.stop(senders).await;
        books.worked_off().await;
        assert!(frozen.runs() && other.runs());
    }
    ledger.report_and_check(&format!("frozen {rounds} times"), &bank).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_thaws_while_the_other_runs_its_work_can_end_none_of_it() {
    let Some(database) = Database::create().await else { return };
    let ledger = Ledger::new(Some(database.url()));
    let mut books = ledger.books().await;
    // Shorter than the server lets a handler's session stand still, which thus has its transaction when it thaws.
    let mut frozen = ledger.start_with(0, &[("LEASE", "1")]);
    let bank = Bank::new(&[frozen.port], 0);
    let senders = bank.go_on(SENDERS);
    bank.more(200).await;
    // More than one, since who thaws is cut off before it tries to end its work, or tries to in vain.
    let rounds = rounds(3);
    let mut others = Vec::new();
    let mut caught = 0;
    while caught < rounds {
        freeze_while(&frozen, &mut books, &[HOLDING, RUNNING]).await;
        let (lost_before, told_before) = (books.number(LOST).await, said(&frozen, LEASE_RAN_OUT));
        // Whose own lease nobody takes, so that it alone may end what it has taken over.
        let mut other = ledger.start_with(0, &[("ROLE", "workers"), ("LEASE", "60")]);
        let mut in_time = false;
        until("the other takes over what is held, or it is held no more", async || {
            in_time = books.number(LOST).await > lost_before && books.number(TAKEN_OVER).await > 0;
            in_time || books.number(HOLDING).await == 0
        })
        .await;
        frozen.thaw();
        if in_time {
            // It has nothing to tell where what it lost was at its end already, or the server was faster.
            let told = async || said(&frozen, LEASE_RAN_OUT) > told_before;
            until("it is told, or all is over", async || told().await || books.number(TAKEN_OVER).await == 0)
                .await;
            caught += usize::from(told().await);
        }
        until("what was taken over has ended", async || books.number(TAKEN_OVER).await == 0).await;
        assert_eq!(other.terminate().await, Some(0));
        others.push(other);
        assert!(others.len() < 50 * rounds, "it never thaws in time, or it tells nothing");
    }
    bank.stop(senders).await;
    books.worked_off().await;
    assert!(frozen.runs());
    for other in &others {
        assert_eq!(said(other, LEASE_RAN_OUT), 0, "what it had taken over was its own: {}", other.log());
    }
    let rolled_back = said(&frozen, "its effects are rolled back");
    let what = format!("thawed {rounds} times while the other ran its work, rolled back {rolled_back}");
    ledger.report_and_check(&what, &bank).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_one_of_them_is_killed_the_other_goes_on() {
    let Some(database) = Database::create().await else { return };
    let ledger = Ledger::new(Some(database.url()));
    let mut processes = [ledger.start(0), ledger.start(0)];
    let bank = Bank::new(&[processes[0].port, processes[1].port], 0);
    let senders = bank.go_on(SENDERS);
    let rounds = rounds(6);
    for round in 0..rounds {
        bank.more(fastrand::usize(50..250)).await;
        let one = &mut processes[round % 2];
        one.kill();
        bank.more(50).await;
        *one = ledger.start(one.port);
    }
    bank.stop(senders).await;
    ledger.books().await.worked_off().await;
    ledger.report_and_check(&format!("one of two killed {rounds} times"), &bank).await;
}
