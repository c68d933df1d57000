//! Extractors, consumers, layers and state.

use std::sync::{Arc, Mutex};

use http::HeaderMap;
use serde::Deserialize;
use switchhook::{
    Attempt, Data, Delivery, DeliveryId, Endpoint, Envelope, EventName, FromDelivery, FromRef, HandlerError,
    HandlerService, Outcome, ProviderId, RawBody, ReceivedAt, Rejection, State, Webhooks, handlers,
    provider::argyle::{Argyle, IdentityIds},
    testing::{Client, TestClock, delivery, request},
    webhook_handler,
};
use tower::{BoxError, Layer, Service, ServiceExt, layer::layer_fn, service_fn};

use crate::{argyle, send, signed, webhooks};

type Log = Arc<Mutex<Vec<String>>>;

#[derive(Clone)]
struct App {
    log: Log,
    name: &'static str,
}

#[derive(Clone)]
struct Name(&'static str);

impl FromRef<App> for Name {
    fn from_ref(app: &App) -> Self {
        Self(app.name)
    }
}

impl FromRef<App> for Log {
    fn from_ref(app: &App) -> Self {
        Self::clone(&app.log)
    }
}

#[webhook_handler("identities.updated")]
#[expect(clippy::too_many_arguments, reason = "as many as there may be")]
async fn everything(
    Data(ids): Data<IdentityIds>,
    Envelope(whole): Envelope<serde_json::Value>,
    State(app): State<App>,
    State(Name(name)): State<Name>,
    State(log): State<Log>,
    headers: HeaderMap,
    RawBody(body): RawBody,
    ReceivedAt(time): ReceivedAt,
) -> Result<(), HandlerError> {
    assert_eq!((ids.identity.as_str(), app.name, name), ("identity-1", "app", "app"));
    assert_eq!(whole["data"]["identity"], "identity-1");
    assert_eq!(headers["content-type"], "application/json");
    assert!(body.starts_with(b"{\n  \"event\""));
    assert_eq!(time, std::time::UNIX_EPOCH);
    log.lock().unwrap().push("everything".to_owned());
    Ok(())
}

#[webhook_handler("identities.added")]
async fn the_rest(
    event: EventName,
    id: DeliveryId,
    attempt: Attempt,
    delivery: Delivery,
    none: Option<ProviderId>,
    absent: Result<ProviderId, Rejection>,
) {
    assert_eq!((event.as_str(), attempt.number(), delivery.id()), ("identities.added", 1, id));
    assert!(none.is_none());
    assert_eq!(absent.unwrap_err().to_string(), "the delivery lacks a delivery id of the sender");
}

#[tokio::test]
async fn handlers_get_what_they_ask_for() {
    let log = Log::default();
    let webhooks = Webhooks::builder()
        .clock(TestClock::at(std::time::UNIX_EPOCH))
        .endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![everything, the_rest]))
        .state(App { log: Arc::clone(&log), name: "app" })
        .build()
        .unwrap();
    for event in ["identities.updated", "identities.added"] {
        let answer = send(&webhooks, event).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.outcome());
    }
    assert_eq!(*log.lock().unwrap(), ["everything"]);
}

#[derive(Debug)]
struct TraceId(u32);

impl<S: Sync> FromDelivery<S> for TraceId {
    async fn from_delivery(delivery: &Delivery, _: &S) -> Result<Self, Rejection> {
        let header = delivery.headers().get("x-trace").ok_or(Rejection::absent("the header `x-trace`"))?;
        match header.to_str().unwrap_or_default() {
            "away" => Err(Rejection::unavailable("the tracer is away")),
            text => {
                text.parse().map(Self).map_err(|error| Rejection::malformed(format!("`x-trace`: {error}")))
            }
        }
    }
}

#[derive(Debug, Deserialize)]
struct Number(#[expect(dead_code, reason = "only decoded")] u32);

#[tokio::test]
async fn option_is_none_for_the_absent_only() {
    let plain = delivery("ping").build();
    let bad = delivery("ping").header("x-trace", "seven").build();
    let good = delivery("ping").header("x-trace", "7").build();
    assert!(Option::<TraceId>::from_delivery(&plain, &()).await.unwrap().is_none());
    assert_eq!(Option::<TraceId>::from_delivery(&good, &()).await.unwrap().unwrap().0, 7);
    let error = Option::<TraceId>::from_delivery(&bad, &()).await.unwrap_err();
    assert_eq!(error.to_string(), "`x-trace`: invalid digit found in string");
    let null = delivery("ping").data("null").build();
    let error = Data::<Number>::from_delivery(&null, &()).await.unwrap_err();
    assert_eq!(error.to_string(), "the delivery lacks `data` other than `null`");
    assert!(Option::<Data<Number>>::from_delivery(&null, &()).await.unwrap().is_none());
    let wrong = delivery("ping").data("\"seven\"").build();
    assert!(Option::<Data<Number>>::from_delivery(&wrong, &()).await.is_err(), "malformed is not absent");
    assert!(Data::<serde_json::Value>::from_delivery(&null, &()).await.unwrap().is_null());
}

#[webhook_handler("identities.updated")]
async fn traced(_: TraceId) {}

#[tokio::test]
async fn a_rejection_decides_the_status() {
    let client = Client::new(&webhooks(argyle(handlers![traced])));
    for (trace, status) in [(None, 422), (Some("seven"), 422), (Some("away"), 500), (Some("7"), 200)] {
        let mut request = signed("identities.updated");
        if let Some(trace) = trace {
            request.headers_mut().insert("x-trace", trace.parse().unwrap());
        }
        assert_eq!(client.send("argyle", request).await.status(), status, "{trace:?}");
    }
}

#[webhook_handler("identities.*")]
async fn fine(State(log): State<Log>) {
    log.lock().unwrap().push("fine".to_owned());
}

#[webhook_handler("identities.added")]
async fn dead(State(log): State<Log>) -> Result<(), HandlerError> {
    log.lock().unwrap().push("dead".to_owned());
    Err(HandlerError::permanent("dead"))
}

#[webhook_handler("*")]
async fn retry(State(log): State<Log>) -> Result<(), String> {
    log.lock().unwrap().push("retry".to_owned());
    Err("retry".to_owned())
}

#[tokio::test]
async fn every_consumer_runs_and_the_worst_outcome_answers() {
    let log = Log::default();
    let webhooks = Webhooks::builder()
        .state(App { log: Arc::clone(&log), name: "app" })
        .endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![fine]).consumer("b", handlers![dead]))
        .endpoint(
            Endpoint::new(Argyle::new("s3cr3t"), handlers![dead])
                .named("all")
                .consumer("b", handlers![retry])
                .consumer("c", handlers![fine]),
        )
        .build()
        .unwrap();
    let client = Client::new(&webhooks);
    for (endpoint, event, status, ran) in [
        ("argyle", "identities.added", 422, &["dead", "fine"][..]),
        ("argyle", "identities.updated", 200, &["fine"]),
        ("argyle", "vehicles.added", 200, &[]),
        ("all", "identities.added", 500, &["dead", "fine", "retry"]),
    ] {
        assert_eq!(client.send(endpoint, signed(event)).await.status(), status, "{endpoint} {event}");
        let mut logged = std::mem::take(&mut *log.lock().unwrap());
        logged.sort();
        assert_eq!(logged, ran);
    }
}

/// A layer that notes its name before and after what it wraps, and fails for one event.
fn noting(
    log: Log,
    name: &'static str,
) -> impl Layer<
    HandlerService,
    Service = impl Service<Delivery, Response = Outcome, Error = BoxError, Future: Send>
              + Clone
              + Send
              + Sync
              + 'static,
> + Send
+ Sync
+ 'static {
    layer_fn(move |handler: HandlerService| {
        let log = Arc::clone(&log);
        service_fn(move |delivery: Delivery| {
            let (handler, log) = (handler.clone(), Arc::clone(&log));
            async move {
                log.lock().unwrap().push(format!("{name} sees {}", delivery.event()));
                if *delivery.event() == "identities.removed" {
                    return Err("the layer fails".into());
                }
                handler.oneshot(delivery).await
            }
        })
    })
}

#[tokio::test]
async fn a_later_layer_wraps_the_earlier_ones() {
    let log = Log::default();
    let webhooks = Webhooks::builder()
        .layer(noting(Arc::clone(&log), "inner"))
        .layer(noting(Arc::clone(&log), "outer"))
        .state(App { log: Arc::clone(&log), name: "app" })
        .endpoint(Endpoint::new(Argyle::new("s3cr3t"), handlers![fine]))
        .build()
        .unwrap();
    assert_eq!(send(&webhooks, "identities.added").await.status(), 200);
    let logged = std::mem::take(&mut *log.lock().unwrap());
    assert_eq!(logged, ["outer sees identities.added", "inner sees identities.added", "fine"]);
    let answer = send(&webhooks, "identities.removed").await;
    assert_eq!((answer.status().as_u16(), log.lock().unwrap().len()), (500, 1));
    assert_eq!(answer.outcome().unwrap().error().unwrap().to_string(), "the layer fails");
}

#[webhook_handler("identities.updated")]
async fn passes_on(data: Result<Data<IdentityIds>, Rejection>) -> Result<(), HandlerError> {
    data?;
    Ok(())
}

#[webhook_handler("identities.added")]
async fn asks_for_time(data: Result<Data<IdentityIds>, Rejection>) -> Result<(), HandlerError> {
    data.map_err(|rejection| HandlerError::from(rejection).retry_after(std::time::Duration::from_secs(1)))?;
    Ok(())
}

#[tokio::test]
async fn a_rejection_that_is_passed_on_is_dead_unless_the_handler_asks_for_time() {
    let client = Client::new(&webhooks(argyle(handlers![passes_on, asks_for_time])));
    for (event, status) in [("identities.updated", 422), ("identities.added", 503)] {
        let incomplete = request(&Argyle::new("s3cr3t"), event, &serde_json::json!({}));
        let answer = client.send("argyle", incomplete).await;
        assert_eq!(answer.status(), status);
        let error = answer.outcome().unwrap().error().unwrap().to_string();
        assert_eq!(error, "`data` does not fit: missing field `account`");
    }
}
