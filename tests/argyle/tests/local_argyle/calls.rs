//! Authentication, and one subscription's life.

use std::time::Duration;

use reqwest::{Method, header};
use serde_json::{Value, json};
use switchhook::testing::{ApiRequest, LocalArgyle};

use crate::{Client, read, wanted};

#[tokio::test]
async fn every_call_needs_the_key() {
    let argyle = LocalArgyle::start_with_key("key", "s3cr3t").await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in ["/webhooks", "/webhooks/1", "/identities", "/identities/1", "/elsewhere"] {
        let url = format!("{}{path}", argyle.base_url());
        for request in [
            http.get(&url),
            http.get(&url).basic_auth("key", Some("other")),
            http.get(&url).basic_auth("other", Some("s3cr3t")),
            http.get(&url).basic_auth("key", None::<&str>),
            http.get(&url).bearer_auth("a2V5OnMzY3IzdA=="),
        ] {
            let (status, body) = read(request.send().await.unwrap()).await;
            assert_eq!((status.as_u16(), body), (401, json!({ "detail": "Invalid username/password." })));
        }
    }
    let lower_case = http
        .get(format!("{}/webhooks", argyle.base_url()))
        .header(header::AUTHORIZATION, "basic a2V5OnMzY3IzdA==");
    assert_eq!(lower_case.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn keys_and_bodies_are_not_shown() {
    let argyle = LocalArgyle::start().await.unwrap();
    let mut body = wanted("hr");
    body["secret"] = "do-not-show".into();
    assert_eq!(Client::of(&argyle).create(&body).await.0, 201);
    let client = Client::of(&argyle);
    let request = client.request(Method::GET, "/webhooks").header("x-some", "do-not-show");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let shown = format!("{argyle:?} {:?} {:?}", argyle.requests(), argyle.deliveries().event("x", &body));
    for secret in [argyle.key_id(), argyle.key_secret(), "do-not-show", "application/json", "uthorization"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains(&argyle.base_url()) && shown.contains("x-some"), "{shown}");
}

#[tokio::test]
async fn a_subscription_is_made_shown_and_deleted() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    let (status, made) = client
        .create(&json!({
            "name": "hr",
            "url": "https://hooks.example.test/a b/ü",
            "events": ["identities.added", "identities.updated"],
            "secret": "s3cr3t",
        }))
        .await;
    assert_eq!(status, 201);
    let fields: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        ["config", "created_at", "events", "id", "last_sent_at", "name", "secret", "updated_at", "url"]
    );
    assert_eq!(made["name"], "hr");
    assert_eq!(made["url"], "https://hooks.example.test/a%20b/%C3%BC");
    assert_eq!(made["events"], json!(["identities.added", "identities.updated"]));
    assert_eq!((&made["config"], &made["secret"]), (&json!({}), &json!("s3cr3t")));
    assert_eq!(made["last_sent_at"], Value::Null);
    for at in ["created_at", "updated_at"] {
        let at = made[at].as_str().unwrap();
        assert!(
            at.len() == "2026-02-03T10:11:12.226533Z".len() && at.starts_with("20") && at.ends_with('Z'),
            "{at}"
        );
    }

    let path = format!("/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(client.get(&path).await, (reqwest::StatusCode::OK, made.clone()));
    assert_eq!(argyle.subscriptions(), std::slice::from_ref(&made));
    for method in [Method::PATCH, Method::PUT] {
        assert_eq!(client.call(method, &path, &json!({})).await.0, 405);
    }
    let (status, body) = client.call(Method::DELETE, &path, &Value::Null).await;
    assert_eq!((status.as_u16(), body), (204, Value::Null));
    let not_found = json!({ "detail": "Not found." });
    assert_eq!(client.get(&path).await, (reqwest::StatusCode::NOT_FOUND, not_found.clone()));
    assert_eq!(client.call(Method::DELETE, &path, &Value::Null).await.1, not_found);
    assert_eq!(client.get("/elsewhere").await.1, not_found);
    assert_eq!(client.call(Method::DELETE, "/webhooks", &Value::Null).await.0, 405);
    assert!(argyle.subscriptions().is_empty());
}

#[tokio::test]
async fn what_is_unset_is_null_or_empty_and_the_wildcard_is_a_list() {
    let argyle = LocalArgyle::start().await.unwrap();
    for events in [json!("*"), json!(["*"])] {
        let body = json!({ "name": "all", "url": "http://h.test/", "events": events, "secret": null, "config": null });
        let (status, made) = Client::of(&argyle).create(&body).await;
        assert_eq!((status.as_u16(), &made["secret"]), (201, &Value::Null));
        assert_eq!((&made["config"], &made["events"]), (&json!({}), &json!(["*"])));
    }
}

#[tokio::test]
async fn each_subscription_is_younger_than_the_one_before() {
    let argyle = LocalArgyle::start().await.unwrap();
    for _ in 0..100 {
        argyle.subscribe(wanted("same")).unwrap();
    }
    let subscriptions = argyle.subscriptions();
    let times: Vec<_> = subscriptions.iter().map(|one| one["created_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|one, other| one < other));
}

#[tokio::test]
async fn what_is_no_subscription_is_refused_with_a_sentence() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    let items: Vec<_> = (0..31).map(|number| format!("item_{number}")).collect();
    for (change, sentence) in [
        (json!({ "events": null }), "`events` is required and must be a list of names, or `*`."),
        (json!({ "events": [] }), "`events` is required and must be a list of names, or `*`."),
        (
            json!({ "events": "identities.added" }),
            "`events` is required and must be a list of names, or `*`.",
        ),
        (
            json!({ "events": ["identities.added", 1] }),
            "`events` is required and must be a list of names, or `*`.",
        ),
        (json!({ "events": ["identities.removed"] }), "`identities.removed` is not an event."),
        (json!({ "events": ["identities.added", "*"] }), "`*` must be the only one of `events`."),
        (json!({ "name": null }), "`name` is required and must be a text."),
        (json!({ "name": " " }), "`name` is required and must be a text."),
        (json!({ "url": null }), "`url` is required and must be a text."),
        (json!({ "url": "/argyle" }), "`url` must be an address with `http` or `https`."),
        (json!({ "url": "ftp://h.test" }), "`url` must be an address with `http` or `https`."),
        (json!({ "secret": "" }), "`secret` must be a text that is not empty, or null."),
        (json!({ "secret": 1 }), "`secret` must be a text that is not empty, or null."),
        (json!({ "config": [] }), "`config` must be an object."),
        (json!({ "config": { "x": 1 } }), "`config` has no `x`."),
        (
            json!({ "config": { "include_resource": true } }),
            "`config.include_resource` is only for events of accounts, deposit switches and verifications.",
        ),
        (
            json!({ "events": ["accounts.removed"], "config": { "include_resource": true } }),
            "`config.include_resource` is only for events of accounts, deposit switches and verifications.",
        ),
        (
            json!({ "events": ["accounts.added"], "config": { "include_resource": 1 } }),
            "`config.include_resource` must be true or false.",
        ),
        (
            json!({ "config": { "days_synced": 90 } }),
            "`config.days_synced` is only for events of `*.partially_synced`.",
        ),
        (
            json!({ "events": ["gigs.partially_synced"], "config": { "days_synced": 0 } }),
            "`config.days_synced` must be a number of days.",
        ),
        (json!({ "config": { "items": ["item_1"] } }), "`config.items` is only for events of `items.*`."),
        (
            json!({ "events": ["items.updated"], "config": { "items": items } }),
            "`config.items` must be a list of 1 to 30 Item ids.",
        ),
        (
            json!({ "events": ["items.updated"], "config": { "items": [] } }),
            "`config.items` must be a list of 1 to 30 Item ids.",
        ),
        (
            json!({ "events": ["items.removed"] }),
            "`items.*` needs `config.items`, a list of 1 to 30 Item ids.",
        ),
        (
            json!({ "events": "*", "config": { "items": ["item_1"] } }),
            "`*` takes no `config.items`; subscribe to the events by their names.",
        ),
        (
            json!({ "events": ["*"], "config": { "days_synced": 90 } }),
            "`*` takes no `config.days_synced`; subscribe to the events by their names.",
        ),
        (
            json!({ "events": "*", "config": { "include_resource": true } }),
            "`*` takes no `config.include_resource`; subscribe to the events by their names.",
        ),
    ] {
        let mut body = wanted("hr");
        body["secret"] = "do-not-show".into();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, answer) = client.create(&body).await;
        assert_eq!((status.as_u16(), answer), (400, json!({ "detail": sentence })), "{change}");
        assert_eq!(argyle.subscribe(body), Err(sentence.to_owned()));
    }
    assert_eq!(client.create(&json!([])).await.1, json!({ "detail": "The body must be an object." }));
    let no_json = client.post("{").send().await.unwrap();
    assert_eq!(read(no_json).await.1, json!({ "detail": "The body is not JSON." }));
    assert!(argyle.subscriptions().is_empty());
}

#[tokio::test]
async fn configurations_are_taken_where_an_event_takes_them() {
    let argyle = LocalArgyle::start().await.unwrap();
    let items: Vec<_> = (0..30).map(|number| format!("item_{number}")).collect();
    for (events, config) in [
        (json!(["accounts.updated", "identities.added"]), json!({ "include_resource": true })),
        (json!(["direct_deposit_switches.failed"]), json!({ "include_resource": false })),
        (json!(["verifications.updated"]), json!({ "include_resource": true })),
        (json!(["paystubs.partially_synced"]), json!({ "days_synced": 182 })),
        (json!(["items.updated", "items.removed"]), json!({ "items": items })),
    ] {
        let body = json!({ "name": "hr", "url": "https://h.test/", "events": events, "config": config });
        let (status, made) = Client::of(&argyle).create(&body).await;
        assert_eq!((status.as_u16(), &made["config"]), (201, &config));
    }
}

#[tokio::test]
async fn a_body_is_bounded() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    let mut body = wanted("hr").to_string().into_bytes();
    body.resize(1024 * 1024, b' ');
    assert_eq!(read(client.post(body.clone()).send().await.unwrap()).await.0, 201);
    // Only the last byte is too much: by then all was read, so that no answer is lost with the connection.
    body.push(b' ');
    let (status, answer) = read(client.post(body).send().await.unwrap()).await;
    assert_eq!((status.as_u16(), answer), (413, json!({ "detail": "The body is over 1 MiB." })));
    assert_eq!(argyle.requests()[0].body().len(), 1024 * 1024);
    assert!(argyle.requests()[1].body().is_empty());
    assert_eq!(argyle.subscriptions().len(), 1);
}

#[tokio::test]
async fn requests_are_kept_as_they_came() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    let (body, _) = (wanted("hr"), client.get("/webhooks?limit=5&x=%20").await);
    client.create(&body).await;
    argyle.subscribe(body.clone()).unwrap();
    argyle.wait_for_requests(2).await;
    let seen: Vec<(String, String, Vec<u8>)> = argyle
        .requests()
        .iter()
        .map(|request: &ApiRequest| {
            (request.method().to_string(), request.path().to_owned(), request.body().to_vec())
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("GET".to_owned(), "/v2/webhooks?limit=5&x=%20".to_owned(), Vec::new()),
            ("POST".to_owned(), "/v2/webhooks".to_owned(), body.to_string().into_bytes()),
        ]
    );
}

#[tokio::test]
async fn a_body_needs_a_content_type_of_json() {
    let argyle = LocalArgyle::start().await.unwrap();
    let client = Client::of(&argyle);
    let post = |media_type: Option<&str>| {
        let request = client.request(Method::POST, "/webhooks").body(wanted("hr").to_string());
        media_type
            .into_iter()
            .fold(request, |request, media_type| request.header("content-type", media_type))
            .send()
    };
    for media_type in [
        None,
        Some(""),
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonl"),
    ] {
        let (status, body) = read(post(media_type).await.unwrap()).await;
        let sentence = format!("Unsupported media type \"{}\" in request.", media_type.unwrap_or_default());
        assert_eq!((status.as_u16(), body), (415, json!({ "detail": sentence })));
    }
    assert!(argyle.subscriptions().is_empty());
    for media_type in ["application/json", "Application/JSON ;charset=utf-8"] {
        assert_eq!(post(Some(media_type)).await.unwrap().status(), 201, "{media_type}");
    }
}

#[tokio::test]
async fn headers_are_kept_but_for_the_authorization() {
    let argyle = LocalArgyle::start().await.unwrap();
    let request =
        Client::of(&argyle).post(wanted("hr").to_string()).header("X-Some", "First").header("x-some", "2");
    assert_eq!(request.header("x-odd", "\u{e9}").send().await.unwrap().status(), 201);
    let request = &argyle.requests()[0];
    for name in ["x-some", "X-SOME"] {
        assert_eq!(request.header(name), Some("First"));
    }
    assert_eq!(request.header("content-type"), Some("application/json"));
    for name in ["authorization", "Authorization", "x-other", "x-odd", "no name", ""] {
        assert_eq!(request.header(name), None, "{name}");
    }
}

#[tokio::test]
async fn ids_are_no_uuids() {
    let argyle = LocalArgyle::start().await.unwrap();
    for _ in 0..100 {
        let subscription = argyle.subscribe(wanted("hr")).unwrap()["id"].as_str().unwrap().to_owned();
        for id in [subscription, argyle.put_identity(json!({}))] {
            let groups: Vec<_> = id.split('-').map(str::len).collect();
            assert_eq!(groups, [8, 4, 4, 4, 12]);
            assert!(
                !matches!(&id[14..15], "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8"),
                "its version: {id}"
            );
            assert!(!matches!(&id[19..20], "8" | "9" | "a" | "b"), "its variant: {id}");
        }
    }
}

#[tokio::test]
async fn it_ends_with_its_last_copy() {
    let argyle = LocalArgyle::start().await.unwrap();
    let id = argyle.subscribe(wanted("hr")).unwrap()["id"].as_str().unwrap().to_owned();
    let url = format!("{}/webhooks", argyle.base_url());
    let (key_id, key_secret) = (argyle.key_id().to_owned(), argyle.key_secret().to_owned());
    let address = argyle.base_url().strip_prefix("http://").unwrap().strip_suffix("/v2").unwrap().to_owned();
    let mut open = tokio::net::TcpStream::connect(&address).await.unwrap();
    let copy = argyle.clone();
    drop(argyle);
    assert!(Client::of(&copy).get("/webhooks").await.1.to_string().contains(&id));
    drop(copy);
    let mut rest = Vec::new();
    // It ends either way: orderly, or not.
    let _ended = tokio::io::AsyncReadExt::read_to_end(&mut open, &mut rest).await;
    // Another test may have the port by now, so that what matters is that this Argyle no longer answers.
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
    let answer = match http.get(url).basic_auth(key_id, Some(key_secret)).send().await {
        Ok(response) => response.text().await.unwrap_or_default(),
        Err(_) => String::new(),
    };
    assert!(!answer.contains(&id), "{answer}");
}
