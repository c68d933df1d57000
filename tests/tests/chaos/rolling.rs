//! Versions of an application come and go on one inbox.

use sqlx::{Connection, PgConnection};
use switchhook::{
    DeliveryId, Endpoint, Inbox, State, Webhooks, handlers,
    inbox::{Filter, WorkState},
    testing::Client,
    webhook_handler,
};
use switchhook_tests::postgres::Database;

use crate::support::{Handled, argyle, count, run, send, until};

const OLD: &str = "accounts.added";
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

#[tokio::test]
async fn a_process_leaves_what_it_has_no_handler_for_to_one_that_has() {
    let Some(database) = Database::create().await else { return };
    let (by_old, by_new) = (Handled::default(), Handled::default());
    let (inbox, old) = old_version(&database, &by_old).await;
    let new = new_version(&database, &by_new).await;
    let client = Client::new(&new);
    send(&client, NEW, 20).await;
    send(&client, OLD, 20).await;
    let running = run(old);
    until("the old version has done what it can", async || by_old.runs() == 20).await;
    assert_eq!(count(&inbox, WorkState::Pending).await, 20);
    let running_too = run(new);
    until("all are done", async || count(&inbox, WorkState::Done).await == 40).await;
    assert_eq!((by_old.runs(), by_new.runs()), (20, 20));
    drop((running, running_too));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_had_a_handler_for_is_adopted_once_however_many_start_at_the_same_moment() {
    let Some(database) = Database::create().await else { return };
    let handled = Handled::default();
    let (inbox, old) = old_version(&database, &handled).await;
    send(&Client::new(&old), NEW, 300).await;
    assert_eq!(count(&inbox, WorkState::Unrouted).await, 300);
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let new = new_version(&database, &handled).await;
        starting.spawn(async move { new.run_until(std::future::pending()).await });
    }
    until("all are done", async || count(&inbox, WorkState::Done).await == 300).await;
    assert_eq!((handled.runs(), handled.deliveries()), (300, 300));
    assert_eq!(count(&inbox, WorkState::Unrouted).await, 0);
}

#[tokio::test]
async fn what_is_older_than_a_quarter_of_an_hour_is_not_adopted() {
    let Some(database) = Database::create().await else { return };
    let handled = Handled::default();
    let (inbox, old) = old_version(&database, &handled).await;
    let client = Client::new(&old);
    send(&client, NEW, 5).await;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    for table in [
        "UPDATE switchhook.delivery SET received_at = received_at - 16 * 60 * 1000000",
        "UPDATE switchhook.unrouted SET received_at = received_at - 16 * 60 * 1000000",
    ] {
        sqlx::query(table).execute(&mut connection).await.unwrap();
    }
    send(&client, NEW, 3).await;
    let new = Client::new(&new_version(&database, &handled).await);
    assert_eq!(new.work_off().await.unwrap(), 3);
    assert_eq!(count(&inbox, WorkState::Unrouted).await, 5);
    let unrouted = Filter::default().state(WorkState::Unrouted);
    let page = inbox.list(&unrouted, None, 10).await.unwrap();
    assert_eq!(inbox.replay(page.entries[0].id).await.unwrap(), 1);
    assert_eq!(new.work_off().await.unwrap(), 1, "one that somebody asks for runs all the same");
}
