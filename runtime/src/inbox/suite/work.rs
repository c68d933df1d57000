//! Claims, leases, attempts and lanes.

use std::time::Duration;

use super::{Case, LEASE, ids};
use crate::{
    Outcome,
    inbox::{
        Filter, WorkState,
        model::{NewDelivery, Verdict},
        store::Selectable,
    },
};

pub(super) async fn claims_are_bounded_and_in_the_order_of_arrival(case: Case) {
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(case.insert("a", None).await);
    }
    assert_eq!(ids(&case.claim(2, |_| true).await.work), sent[..2]);
    assert_eq!(case.claim(0, |_| true).await.work.len(), 0);
    assert_eq!(ids(&case.claim_all().await), sent[2..]);
    assert_eq!(case.claim(9, |_| true).await.next_due, None);
}

pub(super) async fn what_is_claimed_is_not_claimed_again_until_its_lease_is_over(case: Case) {
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

pub(super) async fn a_lease_that_is_renewed_does_not_end(case: Case) {
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

pub(super) async fn what_was_done_while_leases_are_renewed_is_not_lost(case: Case) {
    case.insert("a", None).await;
    case.insert("a", None).await;
    let held: Vec<_> = case.claim_all().await.iter().map(|work| work.held).collect();
    case.complete(held[0], Verdict::Done).await;
    let mut kept = case.store.renew(&held, LEASE).await.unwrap();
    kept.sort_unstable();
    assert_eq!(kept, held);
    case.clock.advance(LEASE * 2);
    assert_eq!(case.claim_all().await.len(), 1, "what is done stays so");
}

pub(super) async fn a_completion_without_the_current_token_changes_nothing(case: Case) {
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

pub(super) async fn what_is_released_is_ready_and_the_attempt_does_not_count(case: Case) {
    case.insert("a", None).await;
    let held = case.claim_all().await[0].held;
    case.store.release(&[held]).await.unwrap();
    assert_eq!(case.claim_all().await[0].delivery.attempt().number(), 1);
}

pub(super) async fn a_retry_is_due_later(case: Case) {
    let id = case.insert("a", None).await;
    let held = case.claim_all().await[0].held;
    case.complete(held, Verdict::Retry(Duration::from_mins(1))).await;
    let claimed = case.claim(9, |_| true).await;
    assert_eq!((claimed.work.len(), claimed.next_due), (0, Some(Duration::from_mins(1))));
    case.clock.advance(Duration::from_mins(1));
    assert_eq!(case.claim_all().await[0].delivery.attempt().number(), 2);
    let record = case.store.find(id).await.unwrap().unwrap();
    let attempt = &record.work[0].attempts[0];
    assert_eq!((attempt.number, attempt.outcome.as_str()), (1, "retry"));
    assert_eq!((attempt.duration, attempt.error.as_deref()), (Duration::from_millis(3), Some("told to")));
}

pub(super) async fn an_event_without_a_handler_here_is_left_for_others(case: Case) {
    for event in ["theirs.a", "theirs.b", "ours"] {
        case.insert(event, None).await;
    }
    let work = case.claim(1, |event| event == "ours").await.work;
    assert_eq!(work[0].delivery.event(), "ours", "those before it are passed over");
    assert_eq!(case.claim_all().await.len(), 2);
}

pub(super) async fn a_lane_runs_one_at_a_time_in_order(case: Case) {
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

pub(super) async fn one_that_is_revived_and_one_that_is_new_share_a_lane(case: Case) {
    for revived_first in [true, false] {
        let lane = format!("lane={revived_first}");
        let keyed = || {
            let key = Some(lane.clone().into_bytes());
            NewDelivery { key, ..case.new_delivery("a", Some(&lane)) }
        };
        case.store.insert(vec![keyed()]).await.unwrap();
        let dead = case.claim_all().await.remove(0);
        case.complete(dead.held, Verdict::Dead).await;

        let mut batch = vec![keyed(), case.new_delivery("a", Some(&lane))];
        if !revived_first {
            batch.reverse();
        }
        case.store.insert(batch).await.unwrap();
        let first = case.claim_all().await;
        assert_eq!(ids(&first), [dead.delivery.id()], "one at a time, the older before the newer");
        case.complete(first[0].held, Verdict::Done).await;
        let second = case.claim_all().await;
        assert_eq!(second.len(), 1);
        case.complete(second[0].held, Verdict::Done).await;
    }
}

pub(super) async fn an_older_one_that_is_replayed_comes_before_what_waits(case: Case) {
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

pub(super) async fn effects_that_were_not_begun_leave_the_mark_to_the_worker(case: Case) {
    let id = case.insert("a", None).await;
    let held = case.claim_all().await[0].held;
    let settled = case.store.effects(held).settle(Outcome::Done, Duration::ZERO).await;
    assert!(matches!(settled.outcome, Outcome::Done) && !settled.recorded);
    assert_eq!(case.state(id).await, WorkState::Running);
}
