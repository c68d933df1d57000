//! Several processes and versions on one inbox: who takes what.

use std::time::Duration;

use serde_json::json;
use switchhook::{
    Endpoint, Inbox, Unrouted, Webhooks, handlers,
    inbox::{Filter, Retry, WorkState},
    testing::{Client, TestClock},
    webhook_handler,
};

use crate::{
    place::Place,
    support::{Bank, Journal, clock, default_handlers, delivery, open},
};

#[webhook_handler("old.*")]
async fn old() {}

/// The version of the application that is about to go.
async fn old_version(place: &Place, clock: &TestClock) -> (Inbox, Webhooks) {
    let inbox = open(place.inbox(), clock).await.unwrap();
    let webhooks = Webhooks::builder()
        .endpoint(Endpoint::new(Bank::default(), handlers![old]))
        .inbox(inbox.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    (inbox, webhooks)
}

async fn new_version(place: &Place, clock: &TestClock, journal: &Journal) -> (Inbox, Webhooks) {
    let inbox = open(place.inbox(), clock).await.unwrap();
    let endpoint = Endpoint::new(Bank::default(), default_handlers());
    let webhooks = crate::support::webhooks(journal, &inbox, clock, endpoint);
    (inbox, webhooks)
}

/// Sends a delivery that is a repetition from the second time on.
async fn send_the_same(client: &Client) {
    let answer = client.send("bank", delivery("fact.a", Some("1"), &json!({"key": "a"}))).await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn each_takes_only_what_it_has_a_handler_for() {
    let (place, clock, journal) = (Place::new().await, clock(), Journal::default());
    let (_, old) = old_version(&place, &clock).await;
    let (_, new) = new_version(&place, &clock, &journal).await;
    let (old, new) = (Client::new(&old), Client::new(&new));
    for _ in 0..40 {
        old.send("bank", delivery("old.a", None, &json!({"key": "old"}))).await;
        new.send("bank", delivery("fact.a", None, &json!({"key": "new"}))).await;
    }
    assert_eq!(new.work_off().await.unwrap(), 40);
    assert_eq!(journal.keys("default").len(), 40);
    assert_eq!(old.work_off().await.unwrap(), 40);
}

#[tokio::test]
async fn a_young_delivery_without_a_handler_is_adopted_and_an_old_one_waits_for_a_replay() {
    let (place, clock, journal) = (Place::new().await, clock(), Journal::default());
    let (inbox, old) = old_version(&place, &clock).await;
    let old = Client::new(&old);
    for (key, age) in [("older", Duration::from_mins(16)), ("younger", Duration::from_mins(14))] {
        let answer = old.send("bank", delivery("fact.a", Some(key), &json!({ "key": key }))).await;
        assert_eq!(answer.status(), 200);
        if key == "older" {
            clock.advance(Duration::from_mins(2));
        } else {
            clock.advance(age);
        }
    }
    let (_, new) = new_version(&place, &clock, &journal).await;
    let new = Client::new(&new);
    assert_eq!(new.work_off().await.unwrap(), 1);
    assert_eq!(journal.keys("default"), ["younger"]);

    let unrouted = Filter::default().state(WorkState::Unrouted);
    let page = inbox.list(&unrouted, None, 10).await.unwrap();
    assert_eq!(page.entries.len(), 1);
    assert_eq!(inbox.replay(page.entries[0].id).await.unwrap(), 1);
    assert_eq!(new.work_off().await.unwrap(), 1);
    assert_eq!(journal.keys("default"), ["younger", "older"]);
}

#[tokio::test]
async fn one_that_is_sent_again_runs_where_there_is_a_handler_by_now() {
    let (place, clock, journal) = (Place::new().await, clock(), Journal::default());
    let (_, old) = old_version(&place, &clock).await;
    send_the_same(&Client::new(&old)).await;
    clock.advance(Duration::from_hours(2));
    let (_, new) = new_version(&place, &clock, &journal).await;
    let new = Client::new(&new);
    send_the_same(&new).await;
    assert_eq!(new.work_off().await.unwrap(), 1);
}

#[tokio::test]
async fn one_that_was_removed_unhandled_does_not_keep_the_next_from_being_stored() {
    let (place, clock, journal) = (Place::new().await, clock(), Journal::default());
    let (inbox, old) = old_version(&place, &clock).await;
    send_the_same(&Client::new(&old)).await;
    clock.advance(Duration::from_hours(25));
    assert_eq!(inbox.prune().await.unwrap().deliveries, 1);
    let (_, new) = new_version(&place, &clock, &journal).await;
    let new = Client::new(&new);
    send_the_same(&new).await;
    assert_eq!(new.work_off().await.unwrap(), 1);
}

#[tokio::test]
async fn an_endpoint_can_keep_or_refuse_what_it_does_not_handle() {
    for (unrouted, status, kept) in
        [(Unrouted::Acknowledge, 200, 1), (Unrouted::Discard, 200, 0), (Unrouted::Reject, 404, 0)]
    {
        let app = crate::support::app(crate::support::endpoint().unrouted(unrouted)).await;
        let answer = app.client.send("bank", delivery("nobody.a", None, &json!({"key": "a"}))).await;
        assert_eq!((answer.status().as_u16(), app.count(WorkState::Unrouted).await), (status, kept));
    }
}

#[tokio::test]
async fn work_of_a_process_that_vanished_comes_back_when_its_lease_is_over() {
    let (place, clock, journal) = (Place::new().await, clock(), Journal::default());
    let (_, first) = new_version(&place, &clock, &journal).await;
    let client = Client::new(&first);
    client.send("bank", delivery("held.a", None, &json!({"key": "a"}))).await;
    let mut vanishing = tokio::task::JoinSet::new();
    vanishing.spawn(async move { first.run_until(std::future::pending()).await });
    crate::support::until("it runs", async || journal.keys("default").len() == 1).await;
    vanishing.shutdown().await;

    let (inbox, second) = new_version(&place, &clock, &journal).await;
    let second = Client::new(&second);
    journal.lock().gate.add_permits(1);
    assert_eq!(second.work_off().await.unwrap(), 0, "the lease holds");
    clock.advance(Duration::from_secs(16));
    assert_eq!(second.work_off().await.unwrap(), 1);
    let record = inbox.find(journal.first()).await.unwrap().unwrap();
    let attempts: Vec<_> =
        record.work[0].attempts.iter().map(|attempt| (attempt.number, attempt.outcome.as_str())).collect();
    assert_eq!(attempts, [(1, "lost"), (2, "done")]);
}

#[tokio::test]
async fn when_the_last_attempt_was_cut_off_it_is_dead_and_says_so() {
    let (place, clock, journal) = (Place::new().await, clock(), Journal::default());
    let inbox = open(place.inbox(), &clock).await.unwrap();
    let endpoint = || Endpoint::new(Bank::default(), default_handlers()).retry(Retry::default().attempts(1));
    let first = crate::support::webhooks(&journal, &inbox, &clock, endpoint());
    let client = Client::new(&first);
    client.send("bank", delivery("held.a", None, &json!({"key": "a"}))).await;
    let mut vanishing = tokio::task::JoinSet::new();
    vanishing.spawn(async move { first.run_until(std::future::pending()).await });
    crate::support::until("it runs", async || journal.keys("default").len() == 1).await;
    vanishing.shutdown().await;

    clock.advance(Duration::from_secs(16));
    assert_eq!(client.work_off().await.unwrap(), 1);
    assert_eq!(journal.keys("default").len(), 1, "it did not run again");
    let record = inbox.find(journal.first()).await.unwrap().unwrap();
    assert_eq!(record.work[0].state, WorkState::Dead);
    let errors: Vec<_> =
        record.work[0].attempts.iter().map(|attempt| attempt.error.as_deref().unwrap()).collect();
    let lost = "the process that ran it did not renew its lease";
    assert_eq!(errors, [lost, "no attempt is left, and the last one was cut off"]);
}
