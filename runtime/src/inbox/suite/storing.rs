//! What is stored, recognised, adopted and removed.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderMap;

use super::{Case, LEASE, want};
use crate::{
    Clock, Delivery, DeliveryId, EventName, ProviderId, Tenant,
    delivery::Received,
    inbox::{
        Filter, Retention,
        model::{Adopt, Completion, NewDelivery, NewWork, Refusal, Stored, Verdict, Want, Work},
        store::Selectable,
    },
};

pub(super) async fn a_delivery_comes_back_as_it_was(case: Case) {
    let mut headers = HeaderMap::new();
    headers.append("x-trace", "7".parse().unwrap());
    headers.append("authorization", "Basic abc".parse().unwrap());
    for data in [Bytes::from_static(b"elsewhere"), Bytes::new()] {
        let sent = Delivery::new(Received {
            id: DeliveryId::at(case.clock.now()),
            endpoint: "bank".into(),
            tenant: Tenant::new("acme"),
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
        assert_eq!((back.endpoint(), back.tenant()), ("bank", sent.tenant()));
        assert_eq!((back.body(), back.data()), (sent.body(), sent.data()));
        assert_eq!((back.received_at(), back.is_signed()), (sent.received_at(), false));
        assert_eq!(back.headers().len(), 1);
        assert_eq!(back.headers()["x-trace"], "7");
        assert_eq!(back.attempt().number(), 1);
    }
}

pub(super) async fn keys_are_recognised_in_a_batch_and_across(case: Case) {
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

pub(super) async fn a_hint_that_falls_together_with_one_of_its_batch_is_revived_with_it(case: Case) {
    let hint = |key: u8| {
        let key = Some(vec![key]);
        NewDelivery { key, hint: true, ..case.new_delivery("a", Some("l")) }
    };
    let stored = case.store.insert(vec![hint(1), hint(2)]).await.unwrap();
    assert_eq!(stored, [Stored::New, Stored::Coalesced]);
    let held = case.claim_all().await[0].held;
    case.complete(held, Verdict::Dead).await;
    assert_eq!(case.store.insert(vec![hint(2)]).await.unwrap(), [Stored::Revived]);
    assert_eq!(case.claim_all().await.len(), 1);
}

pub(super) async fn a_thousand_of_everything_fit_in_a_batch(case: Case) {
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
        .enumerate()
        .map(|(endpoint, consumer)| want(consumer, endpoint, 2_000, |_| true))
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

pub(super) async fn unrouted_deliveries_are_adopted_once(case: Case) {
    let unrouted = |event: &str| NewDelivery { work: Vec::new(), ..case.new_delivery(event, None) };
    case.store.insert(vec![unrouted("a"), unrouted("b"), unrouted("a")]).await.unwrap();
    let age = Duration::from_mins(1);
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

pub(super) async fn the_quarantine_forgets_the_oldest(case: Case) {
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
    let passed = || vec![(kept[0].0, Some(case.new_delivery("a", None))), (kept[1].0, None)];
    assert_eq!(case.store.readmit(passed()).await.unwrap(), 2);
    assert_eq!(case.store.readmit(passed()).await.unwrap(), 0, "somebody else let them in");
    assert_eq!(case.store.quarantined("bank", 0, 10).await.unwrap().len(), 1);
    assert_eq!(case.claim_all().await.len(), 1, "one was a delivery");
}

pub(super) async fn old_rows_go_in_steps(case: Case) {
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
