//! What every store must do, in one suite: a store runs through it by calling [`run`].

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::HeaderMap;

mod storing;
mod work;

use super::{
    WorkState,
    model::{Claimed, Completion, Held, NewDelivery, NewWork, Queue, Stored, Verdict, Want, Work, WorkQueue},
    store::Store,
};
use crate::{Clock, Delivery, DeliveryId, EventName, delivery::Received};

pub(crate) const LEASE: Duration = Duration::from_secs(15);

/// A clock that the suite sets.
#[derive(Debug, Clone)]
pub(crate) struct SuiteClock(Arc<Mutex<SystemTime>>);

impl SuiteClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))))
    }

    pub(crate) fn advance(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

impl Clock for SuiteClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}

/// An empty store with its clock.
pub(crate) struct Case {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: SuiteClock,
}

/// Runs every case on an empty store of its own.
pub(crate) async fn run(open: impl AsyncFn(SuiteClock) -> Arc<dyn Store>) {
    let case = async || {
        let clock = SuiteClock::new();
        Case { store: open(clock.clone()).await, clock }
    };
    storing::a_delivery_comes_back_as_it_was(case().await).await;
    work::claims_are_bounded_and_in_the_order_of_arrival(case().await).await;
    work::what_is_claimed_is_not_claimed_again_until_its_lease_is_over(case().await).await;
    work::a_lease_that_is_renewed_does_not_end(case().await).await;
    work::what_was_done_while_leases_are_renewed_is_not_lost(case().await).await;
    work::a_completion_without_the_current_token_changes_nothing(case().await).await;
    work::what_is_released_is_ready_and_the_attempt_does_not_count(case().await).await;
    work::a_retry_is_due_later(case().await).await;
    work::an_event_without_a_handler_here_is_left_for_others(case().await).await;
    work::a_lane_runs_one_at_a_time_in_order(case().await).await;
    work::one_that_is_revived_and_one_that_is_new_share_a_lane(case().await).await;
    work::an_older_one_that_is_replayed_comes_before_what_waits(case().await).await;
    storing::keys_are_recognised_in_a_batch_and_across(case().await).await;
    storing::a_hint_that_falls_together_with_one_of_its_batch_is_revived_with_it(case().await).await;
    storing::a_thousand_of_everything_fit_in_a_batch(case().await).await;
    work::effects_that_were_not_begun_leave_the_mark_to_the_worker(case().await).await;
    storing::unrouted_deliveries_are_adopted_once(case().await).await;
    storing::the_quarantine_forgets_the_oldest(case().await).await;
    storing::old_rows_go_in_steps(case().await).await;
}

pub(crate) fn delivery(clock: &dyn Clock, event: &str) -> Delivery {
    let body = Bytes::from_static(br#"{"data":[1]}"#);
    Delivery::new(Received {
        id: DeliveryId::at(clock.now()),
        endpoint: "bank".into(),
        tenant: None,
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

    pub(crate) async fn insert(&self, event: &str, lane: Option<&str>) -> DeliveryId {
        let new = self.new_delivery(event, lane);
        let id = new.delivery.id();
        assert_eq!(self.store.insert(vec![new]).await.unwrap(), [Stored::New]);
        id
    }

    /// Claims what `default` has for these events.
    async fn claim(&self, limit: usize, handles: fn(&str) -> bool) -> Claimed {
        let mut wants = [want("default", 0, limit, handles)];
        self.store.claim(&mut wants, 1_000, LEASE).await.unwrap()
    }

    pub(crate) async fn claim_all(&self) -> Vec<Work> {
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

/// So much of a consumer of `bank`, which shares its endpoint's handlers with those of the same number.
pub(crate) fn want(consumer: &str, endpoint: usize, limit: usize, handles: fn(&str) -> bool) -> Want {
    let queue = Queue { endpoint: "bank".into(), consumer: consumer.into() };
    let of = WorkQueue { queue, endpoint, concurrency: limit, handles: Arc::new(handles) };
    Want { of, limit, skip: Vec::new() }
}
