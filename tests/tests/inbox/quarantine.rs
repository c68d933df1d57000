//! Refused requests are kept apart, within bounds, and verified again after a wrong secret was mended.

use serde_json::json;
use switchhook::{
    Endpoint, Inbox, Webhooks,
    inbox::{Filter, OpenInbox, Quarantine, WorkState},
    testing::Client,
};

use crate::{
    place::Place,
    support::{Bank, Journal, TOKEN, clock, default_handlers, open, raw, until, webhooks},
};

async fn app(opening: OpenInbox, token: &'static str, journal: &Journal) -> (Inbox, Webhooks, Client) {
    let clock = clock();
    let inbox = open(opening, &clock).await.unwrap();
    let bank = Bank { token, ..Bank::default() };
    let app = webhooks(journal, &inbox, &clock, Endpoint::new(bank, default_handlers()));
    let client = Client::new(&app);
    (inbox, app, client)
}

fn body(number: usize) -> String {
    json!({"event": "fact.a", "id": number.to_string(), "data": {"key": number.to_string()}}).to_string()
}

#[tokio::test]
async fn after_the_secret_is_mended_all_are_handled_once() {
    let (place, journal) = (Place::new().await, Journal::default());
    let opening = || place.inbox().quarantine(Quarantine::default());
    {
        let (_, webhooks, client) = app(opening(), "mistyped", &journal).await;
        for number in 0..1_000 {
            assert_eq!(client.send("bank", raw(TOKEN, body(number))).await.status(), 401);
        }
        until("all are kept", async || webhooks.verify_again().await.unwrap().refused == 1_000).await;
        assert_eq!(client.work_off().await.unwrap(), 0);
    }
    let (inbox, webhooks, client) = app(opening(), TOKEN, &journal).await;
    let again = webhooks.verify_again().await.unwrap();
    assert_eq!((again.passed, again.refused), (1_000, 0));
    assert_eq!(client.work_off().await.unwrap(), 1_000);
    let again = webhooks.verify_again().await.unwrap();
    assert_eq!((again.passed, again.refused), (0, 0));
    // The sender may have sent one again meanwhile.
    assert_eq!(client.send("bank", raw(TOKEN, body(7))).await.status(), 200);
    assert_eq!(client.work_off().await.unwrap(), 0);
    let keys: std::collections::BTreeSet<_> = journal.keys("default").into_iter().collect();
    assert_eq!((keys.len(), journal.keys("default").len()), (1_000, 1_000));
    let page = inbox.list(&Filter::default().state(WorkState::Done), None, 1).await.unwrap();
    let record = inbox.find(page.entries[0].id).await.unwrap().unwrap();
    assert!(!record.delivery.unwrap().headers().contains_key("x-bank-token"));
}

#[tokio::test]
async fn a_flood_stays_within_its_bounds() {
    let journal = Journal::default();
    let bounds = Quarantine::default().rows(20).bytes(64 * 1024).per_second(1_000);
    let place = Place::new().await;
    let (_inbox, webhooks, client) = app(place.inbox_once().quarantine(bounds), TOKEN, &journal).await;
    for number in 0..100 {
        assert_eq!(client.send("bank", raw("forged", body(number))).await.status(), 401);
        assert_eq!(client.send("bank", raw(TOKEN, body(1_000 + number))).await.status(), 200);
    }
    until("the last are kept", async || webhooks.verify_again().await.unwrap().refused == 20).await;
    // Of long ones, fewer.
    let long = |number: usize| format!("{}{}", body(number), " ".repeat(10_000));
    for number in 0..100 {
        assert_eq!(client.send("bank", raw("forged", long(number))).await.status(), 401);
    }
    until("only a few are kept", async || webhooks.verify_again().await.unwrap().refused == 6).await;
    assert_eq!(client.work_off().await.unwrap(), 100);
}

#[tokio::test]
async fn more_than_the_rate_is_not_kept() {
    let journal = Journal::default();
    let bounds = Quarantine::default().per_second(1);
    let place = Place::new().await;
    let (_inbox, webhooks, client) = app(place.inbox_once().quarantine(bounds), TOKEN, &journal).await;
    for number in 0..500 {
        assert_eq!(client.send("bank", raw("forged", body(number))).await.status(), 401);
    }
    until("the first are kept", async || webhooks.verify_again().await.unwrap().refused >= 10).await;
    assert!(webhooks.verify_again().await.unwrap().refused < 100);
}

#[tokio::test]
async fn without_being_asked_nothing_is_kept() {
    let journal = Journal::default();
    let place = Place::new().await;
    let (inbox, webhooks, client) = app(place.inbox_once(), TOKEN, &journal).await;
    assert_eq!(client.send("bank", raw("forged", body(1))).await.status(), 401);
    assert_eq!(webhooks.verify_again().await.unwrap().refused, 0);
    assert!(inbox.counts().await.unwrap().is_empty());
}
