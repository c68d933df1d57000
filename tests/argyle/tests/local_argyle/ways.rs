//! The ways deliveries come: again, out of order, many at once, not at all.

use std::{net::Ipv4Addr, time::Duration};

use serde_json::json;
use switchhook::testing::LocalArgyle;
use tokio::net::TcpSocket;

use crate::receiver::Receiver;

async fn subscribed(receiver: &Receiver) -> LocalArgyle {
    let argyle = LocalArgyle::start().await.unwrap();
    receiver.subscribe(&argyle, "all", &json!({ "events": "*" }));
    argyle
}

/// The numbers in the order of their coming.
fn numbers(receiver: &Receiver) -> Vec<u64> {
    receiver.received().iter().map(|one| one.data()["number"].as_u64().unwrap()).collect()
}

async fn send_shuffled(seed: Option<u64>) -> Vec<u64> {
    let receiver = Receiver::start().await;
    let argyle = subscribed(&receiver).await;
    let mut deliveries = argyle.deliveries();
    for number in 0..20 {
        deliveries = deliveries.event("gigs.updated", &json!({ "number": number }));
    }
    if let Some(seed) = seed {
        deliveries = deliveries.shuffled(seed);
    }
    assert_eq!(deliveries.send().await.len(), 20);
    numbers(&receiver)
}

#[tokio::test]
async fn they_come_in_order_or_in_that_of_a_seed() {
    let in_order = send_shuffled(None).await;
    assert!(in_order.is_sorted());
    let shuffled = send_shuffled(Some(7)).await;
    assert_ne!(shuffled, in_order);
    assert_eq!(send_shuffled(Some(7)).await, shuffled);
    assert_ne!(send_shuffled(Some(8)).await, shuffled);
    let mut sorted = shuffled;
    sorted.sort_unstable();
    assert_eq!(sorted, in_order);
}

#[tokio::test]
async fn each_comes_as_often_as_it_is_repeated() {
    let receiver = Receiver::start().await;
    let argyle = subscribed(&receiver).await;
    let deliveries = argyle
        .deliveries()
        .event("gigs.added", &json!({ "number": 1 }))
        .event("gigs.added", &json!({ "number": 2 }));
    assert_eq!(deliveries.repeated(3).send().await.len(), 6);
    assert_eq!(numbers(&receiver), [1, 1, 1, 2, 2, 2]);
    let none = argyle.deliveries().event("gigs.added", &json!({})).repeated(0).send().await;
    assert!(none.is_empty());
}

#[tokio::test]
async fn many_are_under_way_at_once() {
    let receiver = Receiver::waiting().await;
    let argyle = subscribed(&receiver).await;
    let deliveries = argyle.deliveries().event("gigs.added", &json!({})).repeated(40).at_once(20);
    let (sent, ()) = tokio::join!(deliveries.send(), async {
        receiver.wait_for(20).await;
        // Each answer makes room for one more, and for no other.
        for come in 21..=40 {
            receiver.answer(1);
            receiver.wait_for(come).await;
            assert_eq!(receiver.received().len(), come);
        }
        receiver.answer(20);
    });
    assert_eq!(receiver.most_unanswered(), 20);
    assert_eq!(sent.len(), 40);
    assert!(sent.iter().all(|sent| sent.status == Some(200)));
}

#[tokio::test]
async fn outcomes_are_in_the_order_of_sending() {
    let receiver = Receiver::answering(200..240).await;
    let argyle = subscribed(&receiver).await;
    let mut deliveries = argyle.deliveries();
    let events = ["gigs.added", "gigs.updated", "paystubs.added", "users.fully_synced"].repeat(10);
    for event in &events {
        deliveries = deliveries.event(event, &json!({}));
    }
    let sent = deliveries.at_once(7).send().await;
    assert_eq!(sent.iter().map(|sent| &*sent.event).collect::<Vec<_>>(), events);
}

#[tokio::test]
async fn silence_loses_what_is_sent() {
    let receiver = Receiver::start().await;
    let argyle = subscribed(&receiver).await;
    argyle.silence(true);
    assert!(argyle.send("gigs.added", &json!({ "number": 1 })).await.is_empty());
    argyle.silence(false);
    assert_eq!(argyle.send("gigs.added", &json!({ "number": 2 })).await.len(), 1);
    assert_eq!(numbers(&receiver), [2]);
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_if_asked() {
    let receiver = Receiver::answering([500, 301, 204, 500, 500, 500, 400]).await;
    let argyle = subscribed(&receiver).await;
    let mut results = Vec::new();
    for retries in [5, 2, 0, 0] {
        let event = argyle.deliveries().event("gigs.added", &json!({}));
        let sent = event.retries(retries, Duration::from_millis(1)).send().await;
        results.push((sent[0].attempts, sent[0].status));
    }
    assert_eq!(results, [(3, Some(204)), (3, Some(500)), (1, Some(400)), (1, Some(200))]);
    let bodies: Vec<_> = receiver.received().into_iter().map(|one| one.body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn a_connection_that_fails_has_no_status() {
    let argyle = LocalArgyle::start().await.unwrap();
    // It is bound and does not listen: whoever connects is refused, and no other test gets the port.
    let port = TcpSocket::new_v4().unwrap();
    port.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let url = format!("http://{}", port.local_addr().unwrap());
    argyle.subscribe(json!({ "name": "gone", "url": url, "events": "*" })).unwrap();
    let event = argyle.deliveries().event("gigs.added", &json!({}));
    let sent = event.retries(2, Duration::from_millis(1)).send().await;
    assert_eq!((sent[0].attempts, sent[0].status), (3, None));
    drop(port);
}

#[tokio::test]
async fn they_go_to_whoever_is_subscribed_at_that_moment() {
    let receiver = Receiver::start().await;
    let argyle = LocalArgyle::start().await.unwrap();
    let deliveries = argyle.deliveries().event("gigs.added", &json!({ "number": 1 }));
    receiver.subscribe(&argyle, "late", &json!({ "events": "*" }));
    assert_eq!(deliveries.send().await.len(), 1);
}

#[tokio::test]
async fn they_can_be_sent_by_a_task() {
    let receiver = Receiver::start().await;
    let argyle = subscribed(&receiver).await;
    let mut sending = tokio::task::JoinSet::new();
    sending.spawn(argyle.deliveries().event("gigs.added", &json!({})).repeated(2).send());
    sending.spawn(async move { argyle.send("gigs.added", &json!({})).await });
    assert_eq!(sending.join_all().await.concat().len(), 3);
}
