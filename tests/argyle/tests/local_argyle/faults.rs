//! Every fault, as a client sees it.

use std::{future::Future, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use switchhook::testing::{Call, Fault, LocalArgyle};
use tokio::time::Instant;

use crate::{Client, read, wanted};

async fn argyle_failing(call: Call, fault: Fault) -> (LocalArgyle, Client) {
    let argyle = LocalArgyle::start().await.unwrap();
    argyle.fail(call, fault);
    let client = Client::of(&argyle);
    (argyle, client)
}

/// Drives a request until the API has received so many, and tells that it was not answered.
async fn unanswered<T>(argyle: &LocalArgyle, requests: u64, call: impl Future<Output = T>) {
    tokio::select! {
        _ = call => panic!("it was answered"),
        () = argyle.wait_for_requests(requests) => {}
    }
}

#[tokio::test]
async fn a_status_comes_instead_of_what_was_asked() {
    let (argyle, client) = argyle_failing(Call::Create, Fault::Status(503)).await;
    let (status, body) = client.create(&wanted("hr")).await;
    assert_eq!((status.as_u16(), body), (503, json!({ "detail": "This is a fault that a test asked for." })));
    assert!(argyle.subscriptions().is_empty());
    assert_eq!(client.create(&wanted("hr")).await.0, 201, "it was for one request");
    for (asked, comes) in [(0, 500), (99, 500), (100, 500), (204, 204), (304, 304), (999, 999), (1000, 500)] {
        argyle.fail(Call::List, Fault::Status(asked));
        assert_eq!(client.request(Method::GET, "/webhooks").send().await.unwrap().status(), comes, "{asked}");
    }
}

#[tokio::test]
async fn a_status_comes_although_it_was_carried_out() {
    let (argyle, client) = argyle_failing(Call::Create, Fault::StatusAfter(500)).await;
    assert_eq!(client.create(&wanted("hr")).await.0, 500);
    let subscription = &argyle.subscriptions()[0];
    argyle.fail(Call::Delete, Fault::StatusAfter(502));
    let path = format!("/webhooks/{}", subscription["id"].as_str().unwrap());
    assert_eq!(client.call(Method::DELETE, &path, &Value::Null).await.0, 502);
    assert!(argyle.subscriptions().is_empty());
}

#[tokio::test]
async fn a_limit_of_requests_says_when_to_come_again_or_does_not() {
    let (argyle, client) =
        argyle_failing(Call::Get, Fault::RateLimited { retry_after: Some(Duration::from_millis(2900)) })
            .await;
    argyle.fail(Call::Get, Fault::RateLimited { retry_after: None });
    for after in [Some("2"), None] {
        let response = client.request(Method::GET, "/webhooks/1").send().await.unwrap();
        let header = response.headers().get("retry-after").map(|header| header.to_str().unwrap().to_owned());
        assert_eq!(header.as_deref(), after);
        assert_eq!(
            read(response).await,
            (reqwest::StatusCode::TOO_MANY_REQUESTS, json!({ "detail": "Request was throttled." }))
        );
    }
}

#[tokio::test]
async fn nothing_comes_and_nothing_was_done() {
    let (argyle, client) = argyle_failing(Call::Create, Fault::Hang).await;
    unanswered(&argyle, 1, client.create(&wanted("hr"))).await;
    assert!(argyle.subscriptions().is_empty());
}

#[tokio::test]
async fn nothing_comes_although_it_was_carried_out() {
    let (argyle, client) = argyle_failing(Call::Create, Fault::HangAfter).await;
    unanswered(&argyle, 1, client.create(&wanted("hr"))).await;
    assert_eq!(argyle.subscriptions().len(), 1);
}

#[tokio::test]
async fn half_a_body_comes_and_then_the_end() {
    let (argyle, client) = argyle_failing(Call::Create, Fault::TruncatedAfter).await;
    let mut response = client.post(wanted("hr").to_string()).send().await.unwrap();
    let whole = argyle.subscriptions()[0].to_string();
    assert_eq!(response.status(), 201);
    assert_eq!(response.content_length(), Some(whole.len() as u64));
    assert_eq!(response.chunk().await.unwrap().unwrap(), whole[..whole.len() / 2]);
    assert!(response.chunk().await.is_err());

    argyle.fail(Call::Delete, Fault::TruncatedAfter);
    let path = format!("/webhooks/{}", argyle.subscriptions()[0]["id"].as_str().unwrap());
    let response = client.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.content_length()), (200, Some(2)));
    assert!(response.bytes().await.is_err());
    assert!(argyle.subscriptions().is_empty());
}

#[tokio::test]
async fn a_page_comes_that_is_no_json() {
    let (argyle, client) = argyle_failing(Call::Create, Fault::NotJsonAfter).await;
    let response = client.post(wanted("hr").to_string()).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"text/html".parse().unwrap())
    );
    assert!(response.text().await.unwrap().starts_with("<html>"));
    assert_eq!(argyle.subscriptions().len(), 1);
}

#[tokio::test]
async fn a_slow_answer_is_the_right_one() {
    let time = Duration::from_millis(50);
    let (argyle, client) = argyle_failing(Call::Identity, Fault::Slow(time)).await;
    argyle.put_identity(json!({ "id": "identity-1" }));
    let start = Instant::now();
    assert_eq!(client.get("/identities/identity-1").await.1, json!({ "id": "identity-1" }));
    assert!(start.elapsed() >= time);
}

#[tokio::test]
async fn a_body_comes_that_does_not_end() {
    let (argyle, client) = argyle_failing(Call::Identities, Fault::Huge).await;
    let mut response = client.request(Method::GET, "/identities").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.content_length()), (200, None));
    let mut bytes = 0;
    while bytes < 32 * 1024 * 1024 {
        bytes += response.chunk().await.unwrap().unwrap().len();
    }
    drop(response);
    assert_eq!(client.get("/identities").await.0, 200);
    drop(argyle);
}

#[tokio::test]
async fn a_list_lags_behind_a_creation() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    let empty = client.get("/webhooks").await.1;
    argyle.fail(Call::List, Fault::Stale);
    assert_eq!(client.get("/webhooks").await.1, empty, "nothing has changed yet");

    let made = client.create(&wanted("one")).await.1;
    argyle.fail_each([(Call::List, Fault::Stale), (Call::List, Fault::Stale)]);
    assert_eq!(client.get("/webhooks").await, (reqwest::StatusCode::OK, empty.clone()));
    assert_eq!(client.get("/webhooks").await.1, empty);
    assert_eq!(client.get("/webhooks").await.1["results"], json!([made]));

    argyle.fail_each([(Call::List, Fault::Stale), (Call::Get, Fault::Stale)]);
    client.create(&wanted("two")).await;
    assert_eq!(client.get("/webhooks").await.1["results"], json!([made]), "it is the last change alone");
    let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(client.get(&path).await.1, made, "other calls are as usual");
}

#[tokio::test]
async fn a_list_lags_behind_a_deletion() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    for name in ["one", "two", "three"] {
        argyle.subscribe(wanted(name)).unwrap();
    }
    let before = client.get("/webhooks").await.1;
    let first_page = client.get("/webhooks?limit=1").await.1;
    let path = format!("/webhooks/{}", before["results"][1]["id"].as_str().unwrap());
    assert_eq!(client.call(Method::DELETE, &path, &Value::Null).await.0, 204);
    assert_eq!(client.call(Method::DELETE, &path, &Value::Null).await.0, 404, "it changes nothing");
    argyle.fail_each(vec![(Call::List, Fault::Stale); 2]);
    assert_eq!(client.get("/webhooks").await.1, before);
    let second_page = client.follow(&first_page["next"]).await;
    assert_eq!(second_page["results"], json!([before["results"][1]]));
    let now = client.get("/webhooks").await.1;
    assert_eq!(now["results"], json!([before["results"][0], before["results"][2]]));
}

#[tokio::test]
async fn a_wrong_key_leaves_the_fault_for_the_next_request() {
    let (argyle, client) = argyle_failing(Call::List, Fault::Status(503)).await;
    let url = format!("{}/webhooks", argyle.base_url());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for request in [http.get(&url), http.get(&url).basic_auth(argyle.key_id(), Some("other"))] {
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    assert_eq!(client.get("/webhooks").await.0, 503);
    assert_eq!(client.get("/webhooks").await.0, 200);
}

#[tokio::test]
async fn faults_queue_up_each_for_its_call() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    argyle.fail_each([
        (Call::List, Fault::Status(500)),
        (Call::Get, Fault::Status(501)),
        (Call::List, Fault::Status(502)),
        (Call::Identity, Fault::Status(503)),
        (Call::Identities, Fault::Status(504)),
        (Call::Delete, Fault::Status(505)),
    ]);
    for (path, status) in [
        ("/identities", 504),
        ("/identities/1", 503),
        ("/webhooks/1", 501),
        ("/webhooks", 500),
        ("/webhooks", 502),
        ("/webhooks", 200),
    ] {
        assert_eq!(client.get(path).await.0, status, "{path}");
    }
    assert_eq!(client.call(Method::DELETE, "/webhooks/1", &Value::Null).await.0, 505);
}
