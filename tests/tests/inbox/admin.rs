//! What people and tools ask of the inbox.

use std::time::Duration;

use serde_json::json;
use switchhook::{
    Webhooks,
    inbox::{Cursor, Filter, Retry, WorkState},
    testing::Client,
};

use crate::{
    place::Place,
    support::{App, Journal, app, audit_handlers, clock, delivery, endpoint, open},
};

async fn keys(app: &App, filter: &Filter) -> Vec<String> {
    let page = app.inbox.list(filter, None, 1_000).await.unwrap();
    let mut events: Vec<_> =
        page.entries.iter().map(|entry| format!("{} {}", entry.event, entry.state)).collect();
    events.sort_unstable();
    events
}

#[tokio::test]
async fn counts_are_by_endpoint_consumer_and_state_with_the_age_of_the_oldest() {
    let (journal, clock) = (Journal::default(), clock());
    let place = Place::new().await;
    let inbox = open(place.inbox_once(), &clock).await.unwrap();
    let webhooks = Webhooks::builder()
        .state(journal.clone())
        .endpoint(endpoint().consumer("audit", audit_handlers()).retry(Retry::default().attempts(1)))
        .endpoint(endpoint().named("other"))
        .inbox(inbox.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    let client = Client::new(&webhooks);
    journal.fail("a", 1);
    client.send("bank", delivery("fact.a", None, &json!({"key": "a"}))).await;
    client.work_off().await.unwrap();
    clock.advance(Duration::from_mins(1));
    client.send("bank", delivery("fact.b", None, &json!({"key": "b"}))).await;
    client.send("other", delivery("fact.c", None, &json!({"key": "c"}))).await;
    client.send("other", delivery("nobody.d", None, &json!({"key": "d"}))).await;
    let mut counts: Vec<_> = inbox
        .counts()
        .await
        .unwrap()
        .iter()
        .map(|count| {
            let consumer = count.consumer.as_deref().unwrap_or("-");
            let line = format!("{} {consumer} {}: {}", count.endpoint, count.state, count.count);
            (line, count.oldest.as_secs())
        })
        .collect();
    counts.sort_unstable();
    let expected = [
        ("bank audit done: 1", 60),
        ("bank audit pending: 1", 0),
        ("bank default dead: 1", 60),
        ("bank default pending: 1", 0),
        ("other - unrouted: 1", 0),
        ("other default pending: 1", 0),
    ];
    assert_eq!(counts, expected.map(|(line, age)| (line.to_owned(), age)));
}

#[tokio::test]
async fn lists_are_filtered_by_everything_that_is_known() {
    let app = app(endpoint().consumer("audit", audit_handlers()).retry(Retry::default().attempts(1))).await;
    app.journal.fail("a", 1);
    app.send("fact.a", Some("id-a"), &json!({"key": "a"})).await;
    let start = switchhook::Clock::now(&app.clock);
    app.day().await;
    app.send("lane.b", None, &json!({"key": "b", "lane": "l"})).await;
    let id = app.inbox.list(&Filter::default(), None, 1).await.unwrap().entries[0].id;
    let day = Duration::from_hours(24);
    let all = ["fact.a dead", "fact.a done", "lane.b pending", "lane.b pending"];
    for (filter, expected) in [
        (Filter::default(), &all[..]),
        (Filter::default().endpoint("bank"), &all),
        (Filter::default().endpoint("other"), &[]),
        (Filter::default().consumer("audit"), &["fact.a done", "lane.b pending"]),
        (Filter::default().event("lane.b"), &["lane.b pending", "lane.b pending"]),
        (Filter::default().state(WorkState::Dead), &["fact.a dead"]),
        (Filter::default().state(WorkState::Pending).consumer("default"), &["lane.b pending"]),
        (Filter::default().state(WorkState::Unrouted), &[]),
        (Filter::default().key("lane", "l"), &["lane.b pending"]),
        (Filter::default().key("lane", "m"), &[]),
        (Filter::default().since(start + day), &["lane.b pending", "lane.b pending"]),
        (Filter::default().until(start + day), &["fact.a dead", "fact.a done"]),
        (Filter::default().delivery(id), &["lane.b pending", "lane.b pending"]),
    ] {
        assert_eq!(keys(&app, &filter).await, expected, "{filter:?}");
    }
    let page = app.inbox.list(&Filter::default().event("fact.a"), None, 1).await.unwrap();
    let provider_id = page.entries[0].provider_id.clone().unwrap();
    assert_eq!(keys(&app, &Filter::default().provider_id(&provider_id)).await.len(), 2);
}

#[tokio::test]
async fn pages_stay_as_they_are_while_deliveries_come() {
    let app = app(endpoint()).await;
    let send = async |from: usize, to: usize| {
        for number in from..to {
            app.send("fact.a", None, &json!({"key": number.to_string()})).await;
        }
    };
    send(0, 25).await;
    let (mut seen, mut after) = (Vec::new(), None::<Cursor>);
    loop {
        let page = app.inbox.list(&Filter::default(), after, 10).await.unwrap();
        seen.extend(page.entries.iter().map(|entry| entry.id));
        let Some(next) = page.next else { break };
        after = Some(next.to_string().parse().unwrap());
        send(100, 105).await;
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, none twice");
}

#[tokio::test]
async fn a_replay_runs_the_same_bytes_and_is_recorded_as_one() {
    let app = app(endpoint()).await;
    app.send("fact.a", Some("1"), &json!({"key": "a"})).await;
    app.day().await;
    let id = app.journal.first();
    let before = app.inbox.find(id).await.unwrap().unwrap().delivery.unwrap();
    assert_eq!(app.inbox.replay(id).await.unwrap(), 1);
    assert_eq!(app.inbox.replay(id).await.unwrap(), 0, "it is not at its end now");
    assert_eq!(app.day().await, 1);
    let record = app.inbox.find(id).await.unwrap().unwrap();
    let after = record.delivery.unwrap();
    assert_eq!((after.body(), after.data()), (before.body(), before.data()));
    assert!(after.is_signed());
    assert!(!after.headers().contains_key("x-bank-token"), "what proves an identity is not stored");
    let attempts: Vec<_> =
        record.work[0].attempts.iter().map(|attempt| (attempt.replay, attempt.number)).collect();
    assert_eq!(attempts, [(0, 1), (1, 1)]);
    let runs: Vec<_> = app.journal.lock().runs.iter().map(|run| (run.id, run.attempt)).collect();
    assert_eq!(runs, [(id, 1), (id, 1)]);
}

#[tokio::test]
async fn everything_that_matches_is_counted_before_it_runs_again() {
    let app = app(endpoint().retry(Retry::default().attempts(1))).await;
    for number in 0..30 {
        app.journal.fail(&number.to_string(), u32::from(number % 3 == 0));
        app.send("fact.a", None, &json!({"key": number.to_string()})).await;
    }
    app.day().await;
    let dead = Filter::default().state(WorkState::Dead);
    let chosen = app.inbox.replay_all(&dead).await.unwrap();
    assert_eq!(chosen.count(), 10);
    assert_eq!(app.count(WorkState::Dead).await, 10, "nothing has happened yet");
    assert_eq!(chosen.run().await.unwrap(), 10);
    assert_eq!(app.day().await, 10);
    assert_eq!(app.count(WorkState::Done).await, 30);
}

#[tokio::test]
async fn what_is_discarded_does_not_run_and_lets_its_lane_go_on() {
    let app = app(endpoint()).await;
    for key in ["a", "b"] {
        app.send("lane.a", None, &json!({"key": key, "lane": "l"})).await;
    }
    app.journal.fail("a", 1);
    assert_eq!(app.client.work_off().await.unwrap(), 1, "the second waits for the first");
    let id = app.journal.first();
    assert_eq!(app.inbox.discard(id).await.unwrap(), 1);
    assert_eq!(app.client.work_off().await.unwrap(), 1);
    assert_eq!(app.journal.keys("default"), ["a", "b"]);
    assert_eq!(app.count(WorkState::Discarded).await, 1);
    assert_eq!(app.inbox.discard(id).await.unwrap(), 0);
    assert_eq!(app.inbox.replay(id).await.unwrap(), 1, "even that can be taken back");
    assert_eq!(app.client.work_off().await.unwrap(), 1);
}

#[tokio::test]
async fn only_what_is_past_its_time_and_done_is_removed() {
    let app = app(endpoint().retry(Retry::default().attempts(1))).await;
    app.journal.fail("dead", 1);
    for (event, key) in [("fact.a", "done"), ("fact.a", "dead"), ("nobody.a", "unrouted")] {
        app.send(event, Some(key), &json!({ "key": key })).await;
    }
    app.client.work_off().await.unwrap();
    assert_eq!(app.inbox.prune().await.unwrap(), switchhook::inbox::Pruned::default());
    app.clock.advance(Duration::from_hours(24 * 365));
    app.send("fact.a", Some("young"), &json!({"key": "young"})).await;
    let pruned = app.inbox.prune().await.unwrap();
    assert_eq!((pruned.bodies, pruned.deliveries, pruned.keys), (1, 2, 3));
    assert_eq!(keys(&app, &Filter::default()).await, ["fact.a dead", "fact.a pending"]);
    let chosen = app.inbox.replay_all(&Filter::default().state(WorkState::Dead)).await.unwrap();
    assert_eq!(chosen.count(), 1, "what is dead keeps its bytes");
}
