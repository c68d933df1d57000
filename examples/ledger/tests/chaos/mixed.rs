//! One fault after the other, of all kinds, before the one before is over.

use switchhook_tests::postgres::{Cluster, Stop, say};

use crate::{
    bank::Bank,
    books::END_HALF_OF_THE_CONNECTIONS,
    ledger::{Ledger, Process},
    rounds,
};

const SENDERS: usize = 16;

#[derive(Debug, Clone, Copy)]
enum Fault {
    Server(Stop),
    Connections,
    Killed,
    Frozen,
}

const FAULTS: [Fault; 6] = [
    Fault::Server(Stop::Immediate),
    Fault::Server(Stop::Fast),
    Fault::Server(Stop::Kill),
    Fault::Connections,
    Fault::Killed,
    Fault::Frozen,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_comes_upon_what_nothing_is_lost_or_booked_twice() {
    let Some(cluster) = Cluster::start() else { return };
    let ledger = Ledger::new(Some(cluster.url()));
    let mut processes = [ledger.start(0), ledger.start(0)];
    let bank = Bank::new(&[processes[0].port, processes[1].port], 0);
    let senders = bank.go_on(SENDERS);
    let rounds = rounds(FAULTS.len());
    let seed = std::env::var("CHAOS_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    say(&format!("  the faults are drawn with CHAOS_SEED={seed}"));
    let mut draw = fastrand::Rng::with_seed(seed);
    let mut faults = Vec::new();
    for _ in 0..rounds {
        // All of them come before one comes again.
        let fault = faults.pop().unwrap_or_else(|| {
            faults = FAULTS.to_vec();
            draw.shuffle(&mut faults);
            faults.remove(0)
        });
        let process = &mut processes[draw.usize(..2)];
        bank.more(draw.usize(1..200)).await;
        inflict(fault, &cluster, &ledger, process, &bank).await;
    }
    bank.more(200).await;
    bank.stop(senders).await;
    ledger.books().await.worked_off().await;
    ledger.report_and_check(&format!("{rounds} faults of all kinds"), &bank).await;
}

async fn inflict(fault: Fault, cluster: &Cluster, ledger: &Ledger, process: &mut Process, bank: &Bank) {
    say(&format!("  {fault:?}"));
    match fault {
        Fault::Server(how) => {
            cluster.stop(how);
            cluster.start_again();
        }
        Fault::Connections => {
            assert!(ledger.books().await.number(END_HALF_OF_THE_CONNECTIONS).await > 0);
        }
        Fault::Killed => {
            process.kill();
            *process = ledger.start(process.port);
        }
        Fault::Frozen => {
            process.freeze();
            bank.more(20).await;
            process.thaw();
        }
    }
}
