//! The ledger is killed again and again while the bank sends, and is right to the cent.

use switchhook_tests::postgres::Database;

use crate::{bank::Bank, ledger::Ledger};

const SENDERS: usize = 32;
/// How often it is killed at a random moment.
const KILLS: usize = 12;
const POINTS: [&str; 5] =
    ["before-commit", "after-commit", "before-completion", "before-tx-commit", "after-tx-commit"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_often_it_is_killed_the_ledger_is_right_to_the_cent() {
    is_right_to_the_cent("SQLite", &Ledger::new(None), 20_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_often_it_is_killed_the_ledger_in_postgresql_is_right_to_the_cent() {
    let Some(database) = Database::create().await else { return };
    is_right_to_the_cent("PostgreSQL", &Ledger::new(Some(database.url())), 10_000).await;
}

async fn is_right_to_the_cent(store: &str, ledger: &Ledger, deliveries: usize) {
    let mut process = ledger.start(0);
    let port = process.port;
    let bank = Bank::new(&[port], deliveries);
    let senders = bank.start(SENDERS);

    // At random moments, and once at each point, spread over the whole time.
    let step = deliveries / (KILLS + POINTS.len() + 1);
    let mut points = POINTS.into_iter();
    for round in 0..KILLS + POINTS.len() {
        bank.reached(round * step + fastrand::usize(1..step)).await;
        process.kill();
        // Every third run is one that kills itself, at the first or a later time that it comes by its point.
        if let Some(point) = (round % 3 == 0).then(|| points.next()).flatten() {
            let doomed = format!("{point}:{}", fastrand::u32(1..50));
            ledger.start_with(port, &[("KILL_AT", &doomed)]).ended().await;
        }
        process = ledger.start(port);
    }
    assert_eq!(points.next(), None, "it was killed at each point");
    bank.finish(senders).await;
    ledger.books().await.worked_off().await;
    process.kill();
    let kills = KILLS + 2 * POINTS.len() + 1;
    ledger.report_and_check(&format!("{store}: killed {kills} times"), &bank).await;
}
