//! One endpoint for many tenants, each with a secret of its own.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use switchhook::{
    Endpoint, HandlerError, State, Tenant, Tenants, Webhooks, handlers,
    provider::{
        EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError, custom::Custom, stripe::Stripe,
    },
    testing::{Answer, Client, request},
    webhook_handler,
};
use tokio::sync::Semaphore;

/// The application: the tenants' secrets, who was looked up, and whose deliveries were handled.
#[derive(Clone, Default)]
struct App(Arc<Inner>);

#[derive(Default)]
struct Inner {
    secrets: Mutex<BTreeMap<&'static str, &'static str>>,
    looked_up: Mutex<Vec<String>>,
    handled: Mutex<Vec<String>>,
}

impl App {
    fn with(secrets: &[(&'static str, &'static str)]) -> Self {
        let app = Self::default();
        app.0.secrets.lock().unwrap().extend(secrets.iter().copied());
        app
    }

    fn tenants(&self) -> Tenants<Stripe> {
        let app = self.clone();
        Tenants::new(move |tenant: Tenant| {
            let app = app.clone();
            async move {
                app.0.looked_up.lock().unwrap().push(tenant.as_str().to_owned());
                match app.0.secrets.lock().unwrap().get(tenant.as_str()) {
                    Some(&"fails") => Err("the database is away"),
                    Some(secret) => Ok(Some(Stripe::new(*secret))),
                    None => Ok(None),
                }
            }
        })
    }

    fn webhooks(&self, tenants: Tenants<Stripe>) -> Webhooks {
        let endpoint = Endpoint::tenants(tenants, handlers![paid]);
        Webhooks::builder().endpoint(endpoint).state(self.clone()).build().unwrap()
    }

    fn looked_up(&self) -> Vec<String> {
        self.0.looked_up.lock().unwrap().clone()
    }
}

#[webhook_handler("invoice.paid")]
async fn paid(tenant: Tenant, State(app): State<App>) -> Result<(), HandlerError> {
    app.0.handled.lock().unwrap().push(tenant.to_string());
    Ok(())
}

fn signed(path: &str, secret: &str) -> Request<Full<Bytes>> {
    let mut request = request(&Stripe::new(secret), "invoice.paid", &json!({ "id": "in_1" }));
    *request.uri_mut() = path.parse().unwrap();
    request
}

async fn send(webhooks: &Webhooks, path: &str, secret: &str) -> Answer {
    Client::new(webhooks).send("stripe", signed(path, secret)).await
}

#[tokio::test]
async fn each_tenant_has_its_own_secret_and_the_handler_its_name() {
    let app = App::with(&[("acme", "whsec_a"), ("bell", "whsec_b")]);
    let webhooks = app.webhooks(app.tenants());
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 200);
    assert_eq!(send(&webhooks, "/stripe/bell", "whsec_b").await.status(), 200);
    assert_eq!(send(&webhooks, "/stripe/bell", "whsec_a").await.status(), 401);
    assert_eq!(*app.0.handled.lock().unwrap(), ["acme", "bell"]);
}

#[tokio::test]
async fn the_router_mounts_it_with_a_parameter() {
    use tower::ServiceExt;

    let app = App::with(&[("acme", "whsec_a")]);
    let router = axum::Router::<()>::new().nest("/webhooks", app.webhooks(app.tenants()).router());
    for (path, status) in
        [("/webhooks/stripe/acme", 200), ("/webhooks/stripe", 404), ("/webhooks/stripe/acme/more", 404)]
    {
        let answer = router.clone().oneshot(signed(path, "whsec_a").map(axum::body::Body::new)).await;
        assert_eq!(answer.unwrap().status(), status, "{path}");
    }
    assert_eq!(*app.0.handled.lock().unwrap(), ["acme"]);
}

#[tokio::test]
async fn an_unknown_tenant_is_answered_as_a_forgery_is() {
    let app = App::with(&[("acme", "whsec_a")]);
    let webhooks = app.webhooks(app.tenants());
    let forged = send(&webhooks, "/stripe/acme", "whsec_b").await;
    for path in ["/stripe/nobody", "/stripe/", "/", "/stripe/a%62", "/stripe/a%2Fb", "/stripe/ac%00me"] {
        let answer = send(&webhooks, path, "whsec_a").await;
        assert_eq!(answer.status(), 401, "{path}");
        assert_eq!((answer.headers(), answer.body()), (forged.headers(), forged.body()), "{path}");
    }
    let long = format!("/stripe/{}", "a".repeat(129));
    assert_eq!(send(&webhooks, &long, "whsec_a").await.status(), 401);
    assert_eq!(app.looked_up(), ["acme", "nobody"], "what can be no tenant is not looked up");
}

#[tokio::test]
async fn a_lookup_that_fails_is_a_503_and_is_not_kept() {
    let app = App::with(&[("acme", "fails")]);
    let webhooks = app.webhooks(app.tenants());
    let answer = send(&webhooks, "/stripe/acme", "whsec_a").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(&answer.body()[..], b"could not be verified now, send it again\n");
    app.0.secrets.lock().unwrap().insert("acme", "whsec_a");
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 200);
}

#[tokio::test]
async fn a_provider_that_is_not_sound_is_a_failure() {
    let app = App::with(&[("acme", "")]);
    let webhooks = app.webhooks(app.tenants());
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 503);
    assert_eq!(send(&webhooks, "/stripe/acme", "").await.status(), 503);
}

#[tokio::test]
async fn a_lookup_that_panics_is_a_failure() {
    let tenants = Tenants::new(async |_: Tenant| -> Result<Option<Stripe>, Infallible> { panic!("oh no") });
    let webhooks = App::default().webhooks(tenants);
    for _ in 0..2 {
        assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 503);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_takes_too_long_is_a_503() {
    let tenants = Tenants::new(async |_: Tenant| -> Result<Option<Stripe>, Infallible> {
        std::future::pending().await
    });
    let webhooks = App::default().webhooks(tenants.timeout(Duration::from_secs(1)));
    let began = tokio::time::Instant::now();
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 503);
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn what_was_found_is_kept_for_a_while_and_what_was_not_for_a_shorter_one() {
    let app = App::with(&[("acme", "whsec_a")]);
    let webhooks = app.webhooks(app.tenants().time_to_live(Duration::from_mins(1)));
    let times = async |after: u64, path: &str| {
        tokio::time::advance(Duration::from_secs(after)).await;
        send(&webhooks, path, "whsec_a").await;
        app.looked_up().len()
    };
    assert_eq!(times(0, "/stripe/acme").await, 1);
    assert_eq!(times(59, "/stripe/acme").await, 1);
    assert_eq!(times(1, "/stripe/acme").await, 2);
    assert_eq!(times(0, "/stripe/new").await, 3);
    assert_eq!(times(4, "/stripe/new").await, 3);
    assert_eq!(times(1, "/stripe/new").await, 4);
}

#[tokio::test(start_paused = true)]
async fn what_was_found_can_be_kept_for_good() {
    let app = App::with(&[("acme", "whsec_a")]);
    let webhooks = app.webhooks(app.tenants().time_to_live(Duration::MAX));
    for _ in 0..3 {
        assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 200);
        tokio::time::advance(Duration::from_hours(24 * 365)).await;
    }
    assert_eq!(app.looked_up(), ["acme"]);
}

#[tokio::test(start_paused = true)]
async fn requests_share_a_lookup_also_when_the_one_before_is_too_old() {
    let (gate, begun) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(0)));
    let app = App::default();
    let webhooks = app.webhooks(gated(&gate, &begun).time_to_live(Duration::from_secs(1)));
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 200);
    tokio::time::advance(Duration::from_secs(1)).await;
    let sent = futures_util::future::join_all((0..10).map(|_| send(&webhooks, "/stripe/acme", "whsec_a")));
    let opened = async {
        begun.acquire_many(2).await.unwrap().forget();
        gate.add_permits(1);
    };
    let (answers, ()) = tokio::join!(sent, opened);
    assert!(answers.iter().all(|answer| answer.status() == 200));
    assert_eq!(begun.available_permits(), 0, "no third lookup has begun");
}

#[tokio::test]
async fn a_tenant_that_is_forgotten_is_looked_up_again() {
    let app = App::with(&[("acme", "whsec_old")]);
    let webhooks = app.webhooks(app.tenants());
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_old").await.status(), 200);
    app.0.secrets.lock().unwrap().insert("acme", "whsec_new");
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_new").await.status(), 401, "it is kept");
    webhooks.forget_tenant("stripe", &Tenant::new("acme").unwrap());
    webhooks.forget_tenant("nowhere", &Tenant::new("acme").unwrap());
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_new").await.status(), 200);
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_old").await.status(), 401);
}

#[tokio::test]
async fn a_new_tenant_that_was_asked_for_before_is_there_once_it_is_forgotten() {
    let app = App::default();
    let webhooks = app.webhooks(app.tenants());
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 401);
    app.0.secrets.lock().unwrap().insert("acme", "whsec_a");
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 401, "that it is unknown is kept");
    webhooks.forget_tenant("stripe", &Tenant::new("acme").unwrap());
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 200);
}

/// Tenants whose lookup waits for a permit; gives how many have begun.
fn gated(gate: &Arc<Semaphore>, begun: &Arc<Semaphore>) -> Tenants<Stripe> {
    let (gate, begun) = (Arc::clone(gate), Arc::clone(begun));
    Tenants::new(move |_: Tenant| {
        let (gate, begun) = (Arc::clone(&gate), Arc::clone(&begun));
        async move {
            begun.add_permits(1);
            gate.acquire().await.unwrap().forget();
            Ok::<_, Infallible>(Some(Stripe::new("whsec_a")))
        }
    })
}

#[tokio::test]
async fn requests_of_one_tenant_share_a_lookup() {
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let app = App::default();
    let webhooks = app.webhooks(gated(&gate, &begun));
    let sent = futures_util::future::join_all((0..10).map(|_| send(&webhooks, "/stripe/acme", "whsec_a")));
    let opened = async {
        begun.acquire().await.unwrap().forget();
        gate.add_permits(1);
    };
    let (answers, ()) = tokio::join!(sent, opened);
    assert!(answers.iter().all(|answer| answer.status() == 200));
    assert_eq!(begun.available_permits(), 0, "no further lookup has begun");
}

#[tokio::test(start_paused = true)]
async fn no_more_lookups_run_at_once_than_they_may() {
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let app = App::default();
    let webhooks = app.webhooks(gated(&gate, &begun).concurrency(3));
    let paths: Vec<String> = (0..10).map(|number| format!("/stripe/t{number}")).collect();
    let sent = futures_util::future::join_all(paths.iter().map(|path| send(&webhooks, path, "whsec_a")));
    // Time passes only when all wait: three for the gate, the others for their turn.
    let halfway = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        begun.available_permits()
    };
    let (answers, running) = tokio::join!(sent, halfway);
    assert_eq!(running, 3);
    assert!(answers.iter().all(|answer| answer.status() == 503));
    gate.add_permits(10);
    assert_eq!(send(&webhooks, "/stripe/t9", "whsec_a").await.status(), 200);
}

#[tokio::test]
async fn a_lookup_ends_also_when_the_sender_that_began_it_hangs_up() {
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let app = App::default();
    let webhooks = app.webhooks(gated(&gate, &begun));
    {
        let first = std::pin::pin!(send(&webhooks, "/stripe/acme", "whsec_a"));
        let started = std::pin::pin!(begun.acquire());
        futures_util::future::select(first, started).await;
    }
    gate.add_permits(1);
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 200);
    assert_eq!(begun.available_permits(), 1, "there was one lookup");
}

/// Tenants whose lookup fails; counts them.
fn failing(begun: &Arc<Semaphore>) -> Tenants<Stripe> {
    let begun = Arc::clone(begun);
    Tenants::new(move |_: Tenant| {
        let begun = Arc::clone(&begun);
        async move {
            begun.add_permits(1);
            tokio::task::yield_now().await;
            Err("the database is away")
        }
    })
}

#[tokio::test]
async fn those_who_wait_for_a_lookup_that_fails_fail_with_it() {
    let begun = Arc::new(Semaphore::new(0));
    let webhooks = App::default().webhooks(failing(&begun));
    let sent = (0..10).map(|_| send(&webhooks, "/stripe/acme", "whsec_a"));
    let answers = futures_util::future::join_all(sent).await;
    assert!(answers.iter().all(|answer| answer.status() == 503));
    assert_eq!(begun.available_permits(), 1, "the others waited for the first");
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 503);
    assert_eq!(begun.available_permits(), 2, "who comes later asks again");
}

#[tokio::test(start_paused = true)]
async fn strangers_do_not_keep_a_known_tenant_waiting() {
    let (gate, begun) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(0)));
    let app = App::default();
    let webhooks = app.webhooks(gated(&gate, &begun).concurrency(1).time_to_live(Duration::from_secs(1)));
    assert_eq!(send(&webhooks, "/stripe/acme", "whsec_a").await.status(), 200);
    tokio::time::advance(Duration::from_secs(1)).await;
    let stranger = send(&webhooks, "/stripe/stranger", "whsec_a");
    let again = async {
        begun.acquire_many(2).await.unwrap().forget();
        // The stranger has the one turn that there is for names that are new.
        let answer = send(&webhooks, "/stripe/acme", "whsec_a");
        let opened = async {
            begun.acquire().await.unwrap().forget();
            gate.add_permits(2);
        };
        tokio::join!(answer, opened).0
    };
    let (_, answer) = tokio::join!(stranger, again);
    assert_eq!(answer.status(), 200);
}

#[test]
fn a_lookup_without_time_is_refused() {
    let endpoint = Endpoint::tenants(App::default().tenants().timeout(Duration::ZERO), handlers![paid]);
    let error = Webhooks::builder().endpoint(endpoint).state(App::default()).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 fault in the webhooks:\n- endpoint `stripe`: the lookup of tenants is given no time: `timeout` is zero"
    );
}

/// Answers a challenge with its tenant's token.
struct Echo(&'static str);

impl Provider for Echo {
    const NAME: &'static str = "Echo";
    const CATALOG: &'static switchhook::Catalog = &switchhook::Catalog::open("Echo");

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        Custom::hmac_sha256(self.0).signature_in("x-signature").verify(request)
    }

    fn parts<'a>(&self, _: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        Err(EnvelopeError::new("it sends nothing"))
    }

    fn handshake(&self, request: &Incoming<'_>) -> Option<http::Response<Bytes>> {
        let challenge = request.query("challenge")?;
        Some(http::Response::new(Bytes::from(format!("{} {challenge}", self.0))))
    }
}

#[webhook_handler("*")]
async fn nothing() {}

#[tokio::test]
async fn a_handshake_is_the_tenants() {
    let tenants = Tenants::new(async |tenant: Tenant| -> Result<_, Infallible> {
        Ok((tenant.as_str() == "acme").then_some(Echo("acme's")))
    });
    let webhooks =
        Webhooks::builder().endpoint(Endpoint::tenants(tenants, handlers![nothing])).build().unwrap();
    let get = async |path: &str| {
        let request = Request::get(path).body(Full::<Bytes>::default()).unwrap();
        Client::new(&webhooks).send("echo", request).await
    };
    assert_eq!(&get("/echo/acme?challenge=a%20b").await.body()[..], b"acme's a b");
    assert_eq!(get("/echo/acme?challenge=1&challenge=2").await.status(), 405);
    assert_eq!(get("/echo/nobody?challenge=1").await.status(), 405);
    let failing =
        Tenants::new(async |_: Tenant| -> Result<Option<Echo>, &str> { Err("the database is away") });
    let failing =
        Webhooks::builder().endpoint(Endpoint::tenants(failing, handlers![nothing])).build().unwrap();
    let request = Request::get("/echo/acme?challenge=1").body(Full::<Bytes>::default()).unwrap();
    assert_eq!(Client::new(&failing).send("echo", request).await.status(), 503);
}
