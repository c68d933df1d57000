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
        Filter, Retention, WorkState,
        model::{Completion, NewDelivery, NewWork, Stored, Verdict},
        store::{Selectable, Store},
        suite::{delivery, want},
    },
};

const LANES: u32 = 7;
const BATCHES: u32 = 40;
const BATCH: u32 = 20;

/// What there is of all of them.
#[derive(Default)]
struct All {
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
async fn store(store: PostgresStore, seed: u64, all: Arc<All>) {
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..BATCHES {
        let batch = (0..BATCH).map(|_| in_lane(random.u32(..LANES), random.u32(..BATCHES * BATCH))).collect();
        let stored = store.insert(batch).await.unwrap();
        let new = stored.iter().filter(|fate| matches!(fate, Stored::New | Stored::Revived)).count();
        all.stored.fetch_add(new, Ordering::SeqCst);
    }
}

/// Claims and ends work until all has ended that was stored.
async fn work(store: PostgresStore, seed: u64, all: Arc<All>, all_stored: Arc<AtomicUsize>) {
    let mut random = fastrand::Rng::with_seed(seed);
    while all_stored.load(Ordering::SeqCst) > 0
        || all.ended.load(Ordering::SeqCst) < all.stored.load(Ordering::SeqCst)
    {
        let mut wants = [want("default", 0, 5, |_| true)];
        let claimed = store.claim(&mut wants, 5, Duration::from_mins(1)).await.unwrap().work;
        for work in &claimed {
            let lane = work.delivery.event().as_str().to_owned();
            let other = all.running.lock().unwrap().insert(lane.clone(), work.held.work);
            assert_eq!(other, None, "two run in {lane}");
        }
        tokio::task::yield_now().await;
        let mut completions = Vec::new();
        for work in &claimed {
            all.running.lock().unwrap().remove(work.delivery.event().as_str());
            let verdict = match random.u8(..10) {
                0 => Verdict::Retry(Duration::ZERO),
                1 => Verdict::Dead,
                _ => Verdict::Done,
            };
            completions.push(Completion { held: work.held, verdict, error: None, duration: Duration::ZERO });
        }
        let ended = completions.iter().filter(|ended| !matches!(ended.verdict, Verdict::Retry(_))).count();
        store.complete(&completions).await.unwrap();
        all.ended.fetch_add(ended, Ordering::SeqCst);
    }
}

/// Lets work run again, gives some up, and removes what is old, all the time.
async fn meddle(store: PostgresStore, all: Arc<All>, all_stored: Arc<AtomicUsize>) {
    let retention = Retention::default().bodies(Duration::ZERO).rows(Duration::ZERO);
    let dead = Filter::default().state(WorkState::Dead);
    // Until only this is left.
    while all_stored.load(Ordering::SeqCst) > 1 {
        let replayable = store.select(&dead, Selectable::Ended).await.unwrap();
        // A delivery that runs again is counted with those that were stored.
        let replayed = store.replay(&replayable).await.unwrap();
        all.stored.fetch_add(usize::try_from(replayed).unwrap(), Ordering::SeqCst);
        let pending = Filter::default().event("lane.0").state(WorkState::Pending);
        let given_up = store.select(&pending, Selectable::NotDone).await.unwrap();
        let discarded = store.discard(&given_up).await.unwrap();
        all.ended.fetch_add(usize::try_from(discarded).unwrap(), Ordering::SeqCst);
        store.prune(&retention).await.unwrap();
    }
    all_stored.fetch_sub(1, Ordering::SeqCst);
}

/// Keys and lanes are taken by all at once, and nobody waits in a circle: no operation fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_several_store_and_work_off_runs_one_at_a_time_in_each_lane() {
    let Some(database) = Database::create().await else { return };
    let (all, storing) = (Arc::new(All::default()), Arc::new(AtomicUsize::new(5)));
    let (mut senders, mut workers) = (JoinSet::new(), JoinSet::new());
    for process in 0..4 {
        let opened = open(&database, None).await.unwrap();
        let (of_sender, left) = (store(opened.clone(), process, Arc::clone(&all)), Arc::clone(&storing));
        senders.spawn(async move {
            of_sender.await;
            left.fetch_sub(1, Ordering::SeqCst);
        });
        workers.spawn(work(opened.clone(), 100 + process, Arc::clone(&all), Arc::clone(&storing)));
        if process == 0 {
            workers.spawn(meddle(opened, Arc::clone(&all), Arc::clone(&storing)));
        }
    }
    while let Some(ended) = senders.join_next().await {
        ended.unwrap();
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
    let store_again = open(&database, None).await.unwrap();
    let keys = usize::try_from(BATCHES * BATCH).unwrap();
    assert!(all.stored.load(Ordering::SeqCst) > keys / 2, "many keys were new");
    let without_bytes: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM switchhook.work AS w WHERE state IN (0, 1, 2, 4) AND NOT EXISTS \
         (SELECT 1 FROM switchhook.content AS c WHERE c.delivery = w.seq >> 16)",
    )
    .fetch_one(store_again.database().own())
    .await
    .unwrap();
    assert_eq!(without_bytes, 0);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM switchhook.work WHERE state < 3")
        .fetch_one(store_again.database().own())
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
    // One that works, and so has all its connections in use.
    let (mut wants, lease) = ([want("default", 0, 0, |_| true)], Duration::from_mins(1));
    one.claim(&mut wants, 0, lease).await.unwrap();
    one.prune(&Retention::default()).await.unwrap();
    listening.spawn(one.listen(Arc::default()).unwrap());
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
