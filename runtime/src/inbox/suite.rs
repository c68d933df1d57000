//! What every store must do, in one suite: a store runs through it by calling [`run`].

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::HeaderMap;

use super::{
    Filter, Retention, WorkState,
    model::{
        Adopt, Claimed, Completion, Held, NewDelivery, NewWork, Queue, Refusal, Stored, Verdict, Want, Work,
    },
    store::{Selectable, Store},
};
use crate::{Clock, Delivery, DeliveryId, EventName, Outcome, ProviderId, delivery::Received};

const LEASE: Duration = Duration::from_secs(15);

/// A clock that the suite sets.
#[derive(Debug, Clone)]
pub(crate) struct SuiteClock(Arc<Mutex<SystemTime>>);

impl SuiteClock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))))
    }

    fn advance(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

impl Clock for SuiteClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}

/// An empty store with its clock.
struct Case {
    store: Arc<dyn Store>,
    clock: SuiteClock,
}

/// Runs every case on an empty store of its own.
pub(crate) async fn run(open: impl AsyncFn(SuiteClock) -> Arc<dyn Store>) {
    let case = async || {
        let clock = SuiteClock::new();
        Case { store: open(clock.clone()).await, clock }
    };
    a_delivery_comes_back_as_it_was(case().await).await;
    claims_are_bounded_and_in_the_order_of_arrival(case().await).await;
    what_is_claimed_is_not_claimed_again_until_its_lease_is_over(case().await).await;
    a_lease_that_is_renewed_does_not_end(case().await).await;
    a_completion_without_the_current_token_changes_nothing(case().await).await;
    what_is_released_is_ready_and_the_attempt_does_not_count(case().await).await;
    a_retry_is_due_later(case().await).await;
    an_event_without_a_handler_here_is_left_for_others(case().await).await;
    a_lane_runs_one_at_a_time_in_order(case().await).await;
    an_older_one_that_is_replayed_comes_before_what_waits(case().await).await;
    keys_are_recognised_in_a_batch_and_across(case().await).await;
    a_thousand_of_everything_fit_in_a_batch(case().await).await;
    effects_that_were_not_begun_leave_the_mark_to_the_worker(case().await).await;
    unrouted_deliveries_are_adopted_once(case().await).await;
    the_quarantine_forgets_the_oldest(case().await).await;
    old_rows_go_in_steps(case().await).await;
}

fn delivery(clock: &SuiteClock, event: &str) -> Delivery {
    let body = Bytes::from_static(br#"{"data":[1]}"#);
    Delivery::new(Received {
        id: DeliveryId::at(clock.now()),
        event: EventName::new(event).unwrap(),
        provider_id: None,
        id_is_signed: false,
        received_at: clock.now(),
        signed: true,
        headers: HeaderMap::new(),
        data: body.slice(8..11),
        body,
    })
}

impl Case {
    fn new_delivery(&self, event: &str, lane: Option<&str>) -> NewDelivery {
        let work = NewWork { consumer: "default".into(), lane: lane.map(str::to_owned) };
        NewDelivery {
            endpoint: "bank".into(),
            delivery: delivery(&self.clock, event),
            work: vec![work],
            key: None,
            hint: false,
        }
    }

    async fn insert(&self, event: &str, lane: Option<&str>) -> DeliveryId {
        let new = self.new_delivery(event, lane);
        let id = new.delivery.id();
        assert_eq!(self.store.insert(vec![new]).await.unwrap(), [Stored::New]);
        id
    }

    /// Claims what `default` has for these events.
    async fn claim(&self, limit: usize, handles: fn(&str) -> bool) -> Claimed {
        let queue = Queue { endpoint: "bank".into(), consumer: "default".into() };
        let mut wants = [Want { queue, limit, handles: Arc::new(handles), skip: Vec::new() }];
        self.store.claim(&mut wants, 1_000, LEASE).await.unwrap()
    }

    async fn claim_all(&self) -> Vec<Work> {
        self.claim(1_000, |_| true).await.work
    }

    async fn complete(&self, held: Held, verdict: Verdict) {
        let error = (verdict != Verdict::Done).then(|| "told to".to_owned());
        let attempt = Completion { held, verdict, error, duration: Duration::from_millis(3) };
        self.store.complete(&[attempt]).await.unwrap();
    }

    async fn state(&self, id: DeliveryId) -> WorkState {
        self.store.find(id).await.unwrap().unwrap().work[0].state
    }
}

fn ids(work: &[Work]) -> Vec<DeliveryId> {
    work.iter().map(|work| work.delivery.id()).collect()
}

async fn a_delivery_comes_back_as_it_was(case: Case) {
    let mut headers = HeaderMap::new();
    headers.append("x-trace", "7".parse().unwrap());
    headers.append("authorization", "Basic abc".parse().unwrap());
    for data in [Bytes::from_static(b"elsewhere"), Bytes::new()] {
        let sent = Delivery::new(Received {
            id: DeliveryId::at(case.clock.now()),
            event: EventName::new("any text: \u{1F600} 'quoted'").unwrap(),
            provider_id: Some(ProviderId::new("evt_1")),
            id_is_signed: true,
            received_at: case.clock.now() + Duration::from_micros(123_456),
            signed: false,
            headers: headers.clone(),
            body: Bytes::from_static(b"\x00\xffbytes"),
            data,
        });
        let new = NewDelivery { delivery: sent.clone(), ..case.new_delivery("x", None) };
        case.store.insert(vec![new]).await.unwrap();
        let work = case.claim_all().await.remove(0);
        let back = &work.delivery;
        assert_eq!(
            (back.id(), back.event(), back.provider_id()),
            (sent.id(), sent.event(), sent.provider_id())
        );
        assert_eq!((back.body(), back.data()), (sent.body(), sent.data()));
        assert_eq!((back.received_at(), back.is_signed()), (sent.received_at(), false));
        assert_eq!(back.headers().len(), 1);
        assert_eq!(back.headers()["x-trace"], "7");
        assert_eq!(back.attempt().number(), 1);
    }
}

async fn claims_are_bounded_and_in_the_order_of_arrival(case: Case) {
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(case.insert("a", None).await);
    }
    assert_eq!(ids(&case.claim(2, |_| true).await.work), sent[..2]);
    assert_eq!(case.claim(0, |_| true).await.work.len(), 0);
    assert_eq!(ids(&case.claim_all().await), sent[2..]);
    assert_eq!(case.claim(9, |_| true).await.next_due, None);
}

async fn what_is_claimed_is_not_claimed_again_until_its_lease_is_over(case: Case) {
    let id = case.insert("a", None).await;
    let first = case.claim_all().await.remove(0);
    assert!(case.claim_all().await.is_empty());
    assert_eq!(case.state(id).await, WorkState::Running);
    case.clock.advance(LEASE + Duration::from_millis(1));
    let second = case.claim_all().await.remove(0);
    assert_eq!(second.delivery.attempt().number(), 2);
    assert!(second.held.token > first.held.token);
    let record = case.store.find(id).await.unwrap().unwrap();
    assert_eq!(record.work[0].attempts[0].outcome, "lost");
}

async fn a_lease_that_is_renewed_does_not_end(case: Case) {
    case.insert("a", None).await;
    let held = case.claim_all().await[0].held;
    for _ in 0..3 {
        case.clock.advance(LEASE / 2);
        assert_eq!(case.store.renew(&[held], LEASE).await.unwrap(), [held]);
    }
    assert!(case.claim_all().await.is_empty());
    case.clock.advance(LEASE * 2);
    case.claim_all().await;
    assert_eq!(case.store.renew(&[held], LEASE).await.unwrap(), [], "somebody else has it");
}

async fn a_completion_without_the_current_token_changes_nothing(case: Case) {
    let id = case.insert("a", None).await;
    let late = case.claim_all().await[0].held;
    case.clock.advance(LEASE * 2);
    let current = case.claim_all().await[0].held;
    for verdict in [Verdict::Done, Verdict::Dead, Verdict::Retry(Duration::ZERO)] {
        case.complete(late, verdict).await;
        assert_eq!(case.state(id).await, WorkState::Running);
    }
    case.store.release(&[late]).await.unwrap();
    assert_eq!(case.state(id).await, WorkState::Running);
    case.complete(current, Verdict::Done).await;
    assert_eq!(case.state(id).await, WorkState::Done);
    case.complete(current, Verdict::Dead).await;
    assert_eq!(case.state(id).await, WorkState::Done, "what has ended has ended");
}

async fn what_is_released_is_ready_and_the_attempt_does_not_count(case: Case) {
    case.insert("a", None).await;
    let held = case.claim_all().await[0].held;
    case.store.release(&[held]).await.unwrap();
    assert_eq!(case.claim_all().await[0].delivery.attempt().number(), 1);
}

async fn a_retry_is_due_later(case: Case) {
    let id = case.insert("a", None).await;
    let held = case.claim_all().await[0].held;
    case.complete(held, Verdict::Retry(Duration::from_secs(60))).await;
    let claimed = case.claim(9, |_| true).await;
    assert_eq!((claimed.work.len(), claimed.next_due), (0, Some(Duration::from_secs(60))));
    case.clock.advance(Duration::from_secs(60));
    assert_eq!(case.claim_all().await[0].delivery.attempt().number(), 2);
    let record = case.store.find(id).await.unwrap().unwrap();
    let attempt = &record.work[0].attempts[0];
    assert_eq!((attempt.number, attempt.outcome.as_str()), (1, "retry"));
    assert_eq!((attempt.duration, attempt.error.as_deref()), (Duration::from_millis(3), Some("told to")));
}

async fn an_event_without_a_handler_here_is_left_for_others(case: Case) {
    for event in ["theirs.a", "theirs.b", "ours"] {
        case.insert(event, None).await;
    }
    let work = case.claim(1, |event| event == "ours").await.work;
    assert_eq!(work[0].delivery.event(), "ours", "those before it are passed over");
    assert_eq!(case.claim_all().await.len(), 2);
}

async fn a_lane_runs_one_at_a_time_in_order(case: Case) {
    let first = case.insert("a", Some("l")).await;
    // Both ways in: with the first in the store, and within a batch.
    let batch: Vec<_> = (0..3).map(|_| case.new_delivery("a", Some("l"))).collect();
    let mut expected = vec![first];
    expected.extend(batch.iter().map(|new| new.delivery.id()));
    case.store.insert(batch).await.unwrap();
    case.insert("a", Some("other")).await;
    let mut seen = Vec::new();
    for verdict in [Verdict::Done, Verdict::Dead, Verdict::Done, Verdict::Done] {
        let work = case.claim_all().await;
        let of_lane: Vec<_> = work.iter().filter(|work| expected.contains(&work.delivery.id())).collect();
        assert_eq!(of_lane.len(), 1, "one at a time");
        seen.push(of_lane[0].delivery.id());
        case.complete(of_lane[0].held, verdict).await;
    }
    assert_eq!(seen, expected);
    assert!(case.claim_all().await.is_empty());
}

async fn an_older_one_that_is_replayed_comes_before_what_waits(case: Case) {
    let older = case.insert("a", Some("l")).await;
    let held = case.claim_all().await[0].held;
    case.complete(held, Verdict::Dead).await;
    let newer = [case.insert("a", Some("l")).await, case.insert("a", Some("l")).await];
    let running = case.claim_all().await.remove(0);
    assert_eq!(running.delivery.id(), newer[0]);
    let dead = Filter::default().state(WorkState::Dead);
    let selection = case.store.select(&dead, Selectable::Ended).await.unwrap();
    assert_eq!(case.store.replay(&selection).await.unwrap(), 1);
    assert_eq!(case.store.replay(&selection).await.unwrap(), 0);
    assert!(case.claim_all().await.is_empty(), "the lane is in use");
    case.complete(running.held, Verdict::Done).await;
    let replayed = case.claim_all().await.remove(0);
    assert_eq!((replayed.delivery.id(), replayed.delivery.attempt().number()), (older, 1));
}

async fn keys_are_recognised_in_a_batch_and_across(case: Case) {
    let keyed = |endpoint: &str, key: u8| {
        let key = [endpoint.as_bytes(), &[0, key]].concat();
        NewDelivery { endpoint: endpoint.into(), key: Some(key), ..case.new_delivery("a", None) }
    };
    let batch = || vec![keyed("bank", 1), keyed("bank", 1), keyed("bank", 2), keyed("other", 1)];
    let stored = case.store.insert(batch()).await.unwrap();
    assert_eq!(stored, [Stored::New, Stored::Duplicate, Stored::New, Stored::New]);
    assert_eq!(case.store.insert(batch()).await.unwrap(), [Stored::Duplicate; 4]);
    let held = case.claim_all().await[0].held;
    case.complete(held, Verdict::Dead).await;
    let stored = case.store.insert(batch()).await.unwrap();
    assert_eq!(stored[..2], [Stored::Revived, Stored::Duplicate]);
    assert_eq!(case.claim_all().await.len(), 1);
}

async fn a_thousand_of_everything_fit_in_a_batch(case: Case) {
    let consumers: Vec<Arc<str>> = (0..10).map(|number| format!("c{number}").into()).collect();
    let batch = (0..1_000_u32).map(|number| {
        let lane = |consumer: &str| (consumer != "c0").then(|| format!("lane={}", number % 7));
        let work = consumers
            .iter()
            .map(|consumer| NewWork { consumer: Arc::clone(consumer), lane: lane(consumer) })
            .collect();
        let key = number.to_be_bytes().to_vec();
        NewDelivery {
            work,
            key: Some(key),
            hint: true,
            ..case.new_delivery(&format!("event {number}"), None)
        }
    });
    let stored = case.store.insert(batch.collect()).await.unwrap();
    assert_eq!(stored, [Stored::New; 1_000]);
    let mut wants: Vec<Want> = consumers
        .iter()
        .map(|consumer| Want {
            queue: Queue { endpoint: "bank".into(), consumer: Arc::clone(consumer) },
            limit: 2_000,
            handles: Arc::new(|_| true),
            skip: Vec::new(),
        })
        .collect();
    let claimed = case.store.claim(&mut wants, 20_000, LEASE).await.unwrap();
    assert_eq!(claimed.work.len(), 1_000 + 9 * 7);
    let done: Vec<_> = claimed
        .work
        .iter()
        .map(|work| Completion {
            held: work.held,
            verdict: Verdict::Done,
            error: None,
            duration: Duration::ZERO,
        })
        .collect();
    case.store.complete(&done).await.unwrap();
    assert_eq!(case.store.claim(&mut wants, 20_000, LEASE).await.unwrap().work.len(), 9 * 7);
}

async fn effects_that_were_not_begun_leave_the_mark_to_the_worker(case: Case) {
    let id = case.insert("a", None).await;
    let held = case.claim_all().await[0].held;
    let settled = case.store.effects(held).settle(Outcome::Done, Duration::ZERO).await;
    assert!(matches!(settled.outcome, Outcome::Done) && !settled.recorded);
    assert_eq!(case.state(id).await, WorkState::Running);
}

/// A process that has handlers for `a`.
struct HandlesA;

impl Adopt for HandlesA {
    fn handles(&self, endpoint: &str, event: &str) -> bool {
        (endpoint, event) == ("bank", "a")
    }

    fn work(&self, _: &str, _: &Delivery) -> Vec<NewWork> {
        vec![NewWork { consumer: "default".into(), lane: Some("l".to_owned()) }]
    }
}

async fn unrouted_deliveries_are_adopted_once(case: Case) {
    let unrouted = |event: &str| NewDelivery { work: Vec::new(), ..case.new_delivery(event, None) };
    case.store.insert(vec![unrouted("a"), unrouted("b"), unrouted("a")]).await.unwrap();
    let age = Duration::from_secs(60);
    assert_eq!(case.store.adopt(&HandlesA, age).await.unwrap(), 2);
    assert_eq!(case.store.adopt(&HandlesA, age).await.unwrap(), 0);
    assert_eq!(case.claim_all().await.len(), 1, "they are in a lane");
    case.store.insert(vec![unrouted("a")]).await.unwrap();
    case.clock.advance(age * 2);
    assert_eq!(case.store.adopt(&HandlesA, age).await.unwrap(), 0, "it is too old");
    let selection = case.store.select(&Filter::default().event("a"), Selectable::Ended).await.unwrap();
    assert_eq!(case.store.replay(&selection).await.unwrap(), 1);
    assert_eq!(case.store.adopt(&HandlesA, age).await.unwrap(), 1);
}

async fn the_quarantine_forgets_the_oldest(case: Case) {
    let refusal = |number: u32| Refusal {
        endpoint: "bank".into(),
        received_at: case.clock.now(),
        uri: format!("/bank?{number}"),
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"body"),
    };
    case.store.quarantine((0..5).map(refusal).collect(), 3, 1_000).await.unwrap();
    let kept = case.store.quarantined("bank", 0, 10).await.unwrap();
    let uris: Vec<_> = kept.iter().map(|(_, refusal)| refusal.uri.as_str()).collect();
    assert_eq!(uris, ["/bank?2", "/bank?3", "/bank?4"]);
    assert_eq!(case.store.quarantined("bank", kept[0].0, 1).await.unwrap()[0].1.uri, "/bank?3");
    assert!(case.store.quarantined("other", 0, 10).await.unwrap().is_empty());
    case.store.forget(&[kept[0].0, kept[1].0]).await.unwrap();
    assert_eq!(case.store.quarantined("bank", 0, 10).await.unwrap().len(), 1);
}

async fn old_rows_go_in_steps(case: Case) {
    let batch = |_| (0..300).map(|_| case.new_delivery("a", None)).collect();
    for batch in (0..4).map(batch) {
        case.store.insert(batch).await.unwrap();
    }
    let mut left = 1_200;
    while left > 0 {
        let work = case.claim_all().await;
        left -= work.len();
        let done = |work: &Work| Completion {
            held: work.held,
            verdict: Verdict::Done,
            error: None,
            duration: Duration::ZERO,
        };
        case.store.complete(&work.iter().map(done).collect::<Vec<_>>()).await.unwrap();
    }
    case.clock.advance(Duration::from_hours(24 * 31));
    let (mut steps, mut deliveries) = (0, 0);
    loop {
        let step = case.store.prune(&Retention::default()).await.unwrap();
        steps += 1;
        deliveries += step.pruned.deliveries;
        if !step.more {
            break;
        }
    }
    assert!(steps > 1, "others can write between two steps");
    assert_eq!(deliveries, 1_200);
    assert!(case.store.counts().await.unwrap().is_empty());
}
