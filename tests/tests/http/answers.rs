//! The table of answers, as far as it needs no socket.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::extract::ConnectInfo;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body::Frame;
use http_body_util::Full;
use switchhook::{
    AllowFrom, HandlerError, Outcome, Unrouted, handlers,
    provider::argyle::{ADDRESSES, Argyle},
    testing::{Client, request},
    webhook_handler,
};
use tower::ServiceExt;

use crate::{argyle, ids, send, signed, webhooks};

#[webhook_handler("identities.added")]
async fn done() {}

#[webhook_handler("identities.updated")]
async fn failed() -> Result<(), HandlerError> {
    Err("the database is away")?;
    Ok(())
}

#[webhook_handler("accounts.added")]
async fn busy() -> Outcome {
    Outcome::Retry(HandlerError::from("busy").retry_after(Duration::from_millis(1_500)))
}

#[webhook_handler("accounts.removed")]
async fn hopeless() -> Result<(), HandlerError> {
    Err(HandlerError::permanent("no such account"))
}

#[webhook_handler("accounts.failed")]
async fn panicking() {
    panic!("oh no");
}

#[webhook_handler("accounts.connected", timeout = "40s")]
async fn pending() {
    std::future::pending::<()>().await;
}

fn all() -> switchhook::HandlerList<Argyle, ()> {
    handlers![done, failed, busy, hopeless, panicking, pending]
}

#[tokio::test(start_paused = true)]
async fn outcomes_become_statuses() {
    let webhooks = webhooks(argyle(all()));
    for (event, status, error) in [
        ("identities.added", 200, None),
        ("identities.updated", 500, Some("the database is away")),
        ("accounts.added", 503, Some("busy")),
        ("accounts.removed", 422, Some("no such account")),
        ("accounts.failed", 500, Some("the handler panicked: oh no")),
        ("accounts.connected", 500, Some("the handler did not finish within 40s")),
        ("identities.added", 200, None),
    ] {
        let answer = send(&webhooks, event).await;
        let said = answer.outcome().unwrap().error().map(ToString::to_string);
        assert_eq!((answer.status().as_u16(), said.as_deref()), (status, error), "{event}");
        let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!(retry_after, (status == 503).then_some("2"), "whole seconds, never too soon");
        assert!(!String::from_utf8_lossy(answer.body()).contains("database"), "the sender learns nothing");
    }
}

#[webhook_handler("accounts.updated")]
async fn busy_for_ever() -> Outcome {
    Outcome::Retry(HandlerError::from("busy").retry_after(Duration::MAX))
}

#[tokio::test]
async fn no_delay_is_too_long_for_retry_after() {
    let answer = send(&webhooks(argyle(handlers![busy_for_ever])), "accounts.updated").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], u64::MAX.to_string().as_str());
}

#[tokio::test]
async fn an_event_without_a_handler_is_acknowledged_or_rejected_as_told() {
    let answer = send(&webhooks(argyle(all())), "vehicles.added").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.outcome().is_none());
    let rejecting = webhooks(argyle(all()).unrouted(Unrouted::Reject));
    assert_eq!(send(&rejecting, "vehicles.added").await.status(), 404);
    assert_eq!(send(&rejecting, &"v".repeat(300)).await.status(), 404);
}

#[tokio::test]
async fn unrouted_refused_and_handled_are_counted() {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let webhooks = webhooks(argyle(all()));
    send(&webhooks, "vehicles.added").await;
    send(&webhooks, "identities.added").await;
    let forged = request(&Argyle::new("a guess"), "identities.added", &ids());
    Client::new(&webhooks).send("argyle", forged).await;
    let mut counted: Vec<_> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, _, value)| {
            let mut labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
            labels.sort();
            format!("{} {} {value:?}", key.key().name(), labels.join(","))
        })
        .collect();
    counted.sort();
    assert_eq!(
        counted,
        [
            "switchhook_handled_total argyle,default,done,done Counter(1)",
            "switchhook_refused_total argyle,signature Counter(1)",
            "switchhook_unrouted_total argyle Counter(1)",
            "switchhook_verified_total 1,argyle Counter(2)",
        ]
    );
}

#[tokio::test]
async fn another_success_status_acknowledges() {
    let webhooks = webhooks(argyle(all()).success_status(StatusCode::NO_CONTENT));
    assert_eq!(send(&webhooks, "identities.added").await.status(), 204);
    assert_eq!(send(&webhooks, "vehicles.added").await.status(), 204);
}

#[tokio::test]
async fn only_post_is_allowed() {
    let router = webhooks(argyle(all())).router();
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
        let request =
            Request::builder().method(&method).uri("/argyle").body(axum::body::Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["allow"]),
            (405, &"POST".parse().unwrap())
        );
    }
    let elsewhere = Request::post("/stripe").body(axum::body::Body::empty()).unwrap();
    assert_eq!(router.oneshot(elsewhere).await.unwrap().status(), 404);
}

#[tokio::test]
async fn an_encoded_body_is_not_read() {
    let webhooks = webhooks(argyle(all()));
    for (encoding, status) in
        [("gzip", 415), ("identity", 200), ("Identity", 200), ("identity, gzip", 415), ("", 415)]
    {
        let mut request = signed("identities.added");
        request.headers_mut().insert("content-encoding", encoding.parse().unwrap());
        assert_eq!(Client::new(&webhooks).send("argyle", request).await.status(), status, "{encoding:?}");
    }
}

/// A body that gives its chunks and then never ends.
struct Endless(Vec<&'static [u8]>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.pop() {
            Some(chunk) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(chunk))))),
            None => Poll::Pending,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_is_408_in_time() {
    let webhooks = webhooks(argyle(all()).body_timeout(Duration::from_secs(3)));
    let started = tokio::time::Instant::now();
    let request = Request::post("/").body(Endless(vec![b"{"])).unwrap();
    let answer = Client::new(&webhooks).send("argyle", request).await;
    assert_eq!(answer.status(), 408);
    assert_eq!(answer.headers()["connection"], "close");
    assert_eq!(started.elapsed().as_secs(), 3);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_413_while_it_is_read() {
    let webhooks = webhooks(argyle(all()).body_limit(8));
    let lying = Request::post("/").body(Endless(vec![b"12345", b"12345"])).unwrap();
    assert_eq!(Client::new(&webhooks).send("argyle", lying).await.status(), 413);
    let honest = Request::post("/").body(Full::new(Bytes::from_static(b"123456789"))).unwrap();
    assert_eq!(Client::new(&webhooks).send("argyle", honest).await.status(), 413);
}

#[tokio::test]
async fn allowed_addresses_only() {
    let allowed = || {
        argyle(all()).allow_from(AllowFrom::addresses(ADDRESSES).behind(["10.0.0.0/8"], "x-forwarded-for"))
    };
    let webhooks = webhooks(allowed());
    for (peer, forwarded, status) in [
        (Some("34.27.251.226"), None, 200),
        (Some("203.0.113.9"), None, 401),
        (Some("203.0.113.9"), Some("34.27.251.226"), 401),
        (Some("10.0.0.7"), Some("203.0.113.9, 34.27.251.226"), 200),
        (Some("10.0.0.7"), Some("34.27.251.226, 203.0.113.9"), 401),
        (None, None, 401),
    ] {
        let mut request = signed("identities.added");
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 40_000)));
        }
        if let Some(forwarded) = forwarded {
            request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        let answer = Client::new(&webhooks).send("argyle", request).await;
        assert_eq!(answer.status(), status, "{peer:?} {forwarded:?}");
    }
}

#[tokio::test]
async fn after_the_signal_deliveries_are_turned_away() {
    let webhooks = webhooks(argyle(all()));
    webhooks.run_until(std::future::ready(())).await;
    let answer = send(&webhooks, "identities.added").await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"5".parse().unwrap()));
}
