//! Versions of an application come and go on one inbox.

use switchhook::{
    DeliveryId, Endpoint, Inbox, State, Webhooks, handlers, inbox::WorkState, testing::Client,
    webhook_handler,
};
use switchhook_tests::postgres::Database;

use crate::support::{Handled, argyle, count, run, send, until};

const NEW: &str = "vehicles.added";

#[webhook_handler("accounts.added")]
async fn account(id: DeliveryId, State(handled): State<Handled>) {
    handled.push(id);
}

#[webhook_handler("vehicles.added")]
async fn vehicle(id: DeliveryId, State(handled): State<Handled>) {
    handled.push(id);
}

/// A process of the version that knows nothing of vehicles.
async fn old_version(database: &Database, handled: &Handled) -> (Inbox, Webhooks) {
    let inbox = Inbox::postgres(database.url()).await.unwrap();
    let endpoint = Endpoint::new(argyle(), handlers![account]);
    let webhooks = Webhooks::builder().state(handled.clone()).endpoint(endpoint).inbox(inbox.clone());
    (inbox, webhooks.build().unwrap())
}

/// A process of the version that does.
async fn new_version(database: &Database, handled: &Handled) -> Webhooks {
    let inbox = Inbox::postgres(database.url()).await.unwrap();
    let endpoint = Endpoint::new(argyle(), handlers![account, vehicle]);
    Webhooks::builder().state(handled.clone()).endpoint(endpoint).inbox(inbox).build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_had_a_handler_for_is_adopted_once_however_many_start_at_the_same_moment() {
    let Some(database) = Database::create().await else { return };
    let (handled, by_old) = (Handled::default(), Handled::default());
    let (inbox, old) = old_version(&database, &by_old).await;
    send(&Client::new(&old), NEW, 300).await;
    assert_eq!(count(&inbox, WorkState::Unrouted).await, 300);
    let old = run(old);
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let new = new_version(&database, &handled).await;
        starting.spawn(async move { new.run_until(std::future::pending()).await });
    }
    until("all are done", async || count(&inbox, WorkState::Done).await == 300).await;
    assert_eq!((handled.runs(), handled.deliveries()), (300, 300));
    assert_eq!(by_old.runs(), 0, "the old version takes none of them");
    drop(old);
    assert_eq!(count(&inbox, WorkState::Unrouted).await, 0);
}
