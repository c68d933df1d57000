//! A server that answers otherwise than Argyle's pages say.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{delete, get},
};
use switchhook::{handlers, provider::argyle::Client};
use tokio::{net::TcpListener, task::JoinSet};

use crate::support::{KEY_ID, KEY_SECRET, added, patient, subscriptions, tell};

/// Serves until the set is dropped.
pub(crate) async fn serve(app: Router) -> (Client, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v2", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum::serve(listener, app).await.unwrap() });
    (patient(Client::at(url, KEY_ID, KEY_SECRET)), serving)
}

/// The subscription that these tests ask for, with this id and this event.
fn subscription(id: &str, event: &str) -> String {
    format!(
        r#"{{"id":"{id}","name":"name-for-the-webhook-subscription","events":["{event}"],"config":{{}},"secret":"optional-secret","url":"https://hooks.example.com/webhooks/argyle"}}"#
    )
}

#[tokio::test]
async fn lists_that_lead_elsewhere_or_never_end_are_not_followed() {
    async fn said(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> String {
        let (client, _serving) =
            serve(Router::new().route("/v2/webhooks", get(move || async move { answer.clone() }))).await;
        tell(client.subscriptions().await.unwrap_err()).to_string()
    }
    let odd = "`GET /webhooks`: the answer is not what the documentation says: `answer.next` has no query; please report it \
               to Switchhook (status 200)";
    assert_eq!(said(r#"{"next":"https://elsewhere.example.com/v2/webhooks","results":[]}"#).await, odd);
    let moved = (StatusCode::FOUND, [(header::LOCATION, "https://elsewhere.example.com")]);
    assert_eq!(
        said(moved).await,
        "`GET /webhooks`: Argyle leads to another address, which is not followed, since the key would go there; see whether \
         the address is right (status 302)"
    );
    let endless =
        "`GET /webhooks`: the list does not end: 1,000 pages are read, of 64 MiB, for 5 minutes (status 200)";
    assert_eq!(said(r#"{"next":"https://elsewhere.example.com/?cursor=1","results":[]}"#).await, endless);
    assert_eq!(
        said(r#"{"next":null,"results":[{"name":"no id","secret":"optional-secret"}]}"#).await,
        "`GET /webhooks`: the answer is not what the documentation says: `answer.results[0]` does not fit: missing field \
         `id`; please report it to Switchhook (status 200)"
    );
    assert_eq!(
        said(r#"{"next":null,"results":["#).await,
        "`GET /webhooks`: the answer's end is missing; try again later (status 200)"
    );
    assert_eq!(
        said((StatusCode::FORBIDDEN, r#"{"events":["\"key-secret-9a77e2\" is no event.\n"]}"#)).await,
        r#"`GET /webhooks`: Argyle refuses the request; see what it says (status 403; Argyle says "{"events":["\"***\" is no event.\n"]}")"#
    );
}

#[tokio::test]
async fn a_list_without_an_end_is_left_and_its_next_page_sought_at_the_same_address() {
    let pages = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&pages);
    let page = move || {
        let nth = counted.fetch_add(1, Ordering::Relaxed);
        async move { format!(r#"{{"next":"https://elsewhere.example.com/v3/?cursor={nth}","results":[]}}"#) }
    };
    let (client, _serving) = serve(Router::new().route("/v2/webhooks", get(page))).await;
    let error = tell(client.subscriptions().await.unwrap_err());
    assert_eq!(
        error.to_string(),
        "`GET /webhooks`: the list does not end: 1,000 pages are read, of 64 MiB, for 5 minutes (status 200)"
    );
    assert_eq!(pages.load(Ordering::Relaxed), 1_000);
}

#[tokio::test]
async fn what_is_made_otherwise_than_asked_is_deleted_again() {
    let made = Arc::new(AtomicUsize::new(0));
    let (creating, listing, deleting) = (Arc::clone(&made), Arc::clone(&made), Arc::clone(&made));
    let other = || subscription("6f0d2c0e", "identities.updated");
    let app = Router::new()
        .route(
            "/v2/webhooks",
            get(move || async move {
                let there = if listing.load(Ordering::Relaxed) == 1 { other() } else { String::new() };
                format!(r#"{{"next":null,"results":[{there}]}}"#)
            })
            .post(move || async move {
                creating.fetch_add(1, Ordering::Relaxed);
                other()
            }),
        )
        .route(
            "/v2/webhooks/6f0d2c0e",
            delete(move || async move {
                deleting.fetch_sub(1, Ordering::Relaxed);
                StatusCode::NO_CONTENT
            }),
        );
    let (client, _serving) = serve(app).await;
    let error = tell(subscriptions(handlers![added]).apply(&client).await.unwrap_err());
    assert_eq!(
        error.to_string(),
        "Argyle made the subscription `6f0d2c0e` otherwise than asked: `identities.added` is missing, `identities.updated` is \
         there too; it was deleted again; please report it to Switchhook (1 subscription created, 1 deleted)"
    );
    assert_eq!(made.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_the_list_does_not_show_is_not_taken_for_made() {
    let old = subscription("01de5700", "vehicles.added");
    let list = format!(r#"{{"next":null,"results":[{old}]}}"#);
    let app = Router::new()
        .route(
            "/v2/webhooks",
            get(|| async { list }).post(|| async { subscription("6f0d2c0e", "identities.added") }),
        )
        .route("/v2/webhooks/{id}", delete(|| async { StatusCode::IM_A_TEAPOT }));
    let (client, _serving) = serve(app).await;
    let error = tell(subscriptions(handlers![added]).apply(&client).await.unwrap_err());
    assert_eq!(
        error.to_string(),
        "Argyle's list does not show a subscription that was just made; nothing was deleted for it (1 subscription created, 0 \
         deleted); run it again: it looks at what is there and goes on"
    );
}
