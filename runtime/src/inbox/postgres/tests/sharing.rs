//! Several processes on one database.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use switchhook_tests::postgres::Database;
use tokio::{sync::Notify, task::JoinSet, time::timeout};

use super::{super::PostgresStore, open};
use crate::{
    SystemClock,
    inbox::{
        model::{Completion, NewDelivery, NewWork, Stored, Verdict},
        store::Store,
        suite::{delivery, want},
    },
};

const LANES: u32 = 7;
const BATCHES: u32 = 40;
const BATCH: u32 = 20;

/// What all see.
#[derive(Default)]
struct Seen {
    stored: AtomicUsize,
    ended: AtomicUsize,
    /// Which work runs in a lane.
    running: Mutex<BTreeMap<String, i64>>,
}

fn in_lane(lane: u32, key: u32) -> NewDelivery {
    NewDelivery {
        endpoint: "bank".into(),
        delivery: delivery(&SystemClock, &format!("lane.{lane}")),
        work: vec![NewWork { consumer: "default".into(), lane: Some(format!("lane={lane}")) }],
        key: Some(key.to_be_bytes().to_vec()),
        hint: false,
    }
}

/// Stores batches, in which keys that others store too come in another order.
async fn store(store: PostgresStore, seed: u64, seen: Arc<Seen>) {
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..BATCHES {
        let batch = (0..BATCH).map(|_| in_lane(random.u32(..LANES), random.u32(..BATCHES * BATCH))).collect();
        let stored = store.insert(batch).await.unwrap();
        let new = stored.iter().filter(|fate| matches!(fate, Stored::New | Stored::Revived)).count();
        seen.stored.fetch_add(new, Ordering::SeqCst);
    }
}

/// Claims and ends work until all has ended that was stored.
async fn work(store: PostgresStore, seed: u64, seen: Arc<Seen>, all_stored: Arc<AtomicUsize>) {
    let mut random = fastrand::Rng::with_seed(seed);
    while all_stored.load(Ordering::SeqCst) > 0
        || seen.ended.load(Ordering::SeqCst) < seen.stored.load(Ordering::SeqCst)
    {
        let mut wants = [want("default", 0, 5, |_| true)];
        let claimed = store.claim(&mut wants, 5, Duration::from_mins(1)).await.unwrap().work;
        for work in &claimed {
            let lane = work.delivery.event().as_str().to_owned();
            let other = seen.running.lock().unwrap().insert(lane.clone(), work.held.work);
            assert_eq!(other, None, "two run in {lane}");
        }
        tokio::task::yield_now().await;
        let mut completions = Vec::new();
        for work in &claimed {
            seen.running.lock().unwrap().remove(work.delivery.event().as_str());
            let verdict = match random.u8(..10) {
                0 => Verdict::Retry(Duration::ZERO),
                1 => Verdict::Dead,
                _ => Verdict::Done,
            };
            completions.push(Completion { held: work.held, verdict, error: None, duration: Duration::ZERO });
        }
        let ended = completions.iter().filter(|ended| !matches!(ended.verdict, Verdict::Retry(_))).count();
        store.complete(&completions).await.unwrap();
        seen.ended.fetch_add(ended, Ordering::SeqCst);
    }
}

/// Keys and lanes are taken by all at once, and nobody waits in a circle: no operation fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_several_store_and_work_off_runs_one_at_a_time_in_each_lane() {
    let Some(database) = Database::create().await else { return };
    let (seen, storing) = (Arc::new(Seen::default()), Arc::new(AtomicUsize::new(4)));
    let (mut senders, mut workers) = (JoinSet::new(), JoinSet::new());
    for process in 0..4 {
        let opened = open(&database, None).await.unwrap();
        let (of_sender, left) = (store(opened.clone(), process, Arc::clone(&seen)), Arc::clone(&storing));
        senders.spawn(async move {
            of_sender.await;
            left.fetch_sub(1, Ordering::SeqCst);
        });
        workers.spawn(work(opened, 100 + process, Arc::clone(&seen), Arc::clone(&storing)));
    }
    while let Some(ended) = senders.join_next().await {
        ended.unwrap();
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
    let keys = usize::try_from(BATCHES * BATCH).unwrap();
    assert!(seen.stored.load(Ordering::SeqCst) > keys / 2, "many keys were new");
    let mut connection = open(&database, None).await.unwrap().database().own().acquire().await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM switchhook.work WHERE state < 3")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn what_one_stores_wakes_the_others() {
    let Some(database) = Database::create().await else { return };
    let (one, other) = (open(&database, None).await.unwrap(), open(&database, None).await.unwrap());
    let wake = Arc::new(Notify::new());
    let mut listening = JoinSet::new();
    listening.spawn(other.listen(Arc::clone(&wake)).unwrap());
    let told = async {
        loop {
            one.insert(vec![in_lane(1, fastrand::u32(..))]).await.unwrap();
            // What was stored before it listened was told to nobody.
            if timeout(Duration::from_millis(200), wake.notified()).await.is_ok() {
                return;
            }
        }
    };
    timeout(Duration::from_mins(1), told).await.unwrap();
}
