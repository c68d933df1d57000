//! The application's webhooks, and the builder that checks them.

use std::{
    error::Error,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio_util::task::TaskTracker;
use tower::{Layer, Service};

use crate::{
    BuildError, Clock, Delivery, Endpoint, HandlerService, Inbox, Outcome, ReplaceError, SystemClock, Tenant,
    build_error::BuildFault,
    endpoint::{
        freeze::{Application, Draft, Freeze, Layering},
        mounted::Mounted,
    },
    inbox::worker::Working,
    provider::Provider,
    run::queues::Queues,
    telemetry::{self, Seldom},
};

/// The endpoints of an application, checked and ready to be served. Copies share them.
///
/// # Examples
///
/// ```no_run
/// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
/// use switchhook::provider::argyle::Argyle;
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh() {}
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let webhooks = Webhooks::builder()
///     .endpoint(Endpoint::new(Argyle::new("optional-secret"), handlers![refresh]))
///     .build()?;
/// let app = axum::Router::new().nest("/webhooks", webhooks.router()); // POST /webhooks/argyle
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// webhooks.serve(listener, app).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Webhooks {
    pub(crate) endpoints: Vec<Arc<Mounted>>,
    pub(crate) shared: Arc<Shared>,
}

/// What all endpoints of an application share.
pub(crate) struct Shared {
    pub(crate) clock: Box<dyn Clock>,
    /// The runs of handlers that have not ended.
    pub(crate) running: TaskTracker,
    pub(crate) inbox: Option<Inbox>,
    closing: AtomicBool,
    /// Whether what is stored is worked off elsewhere.
    ingest_only: bool,
    workers: AtomicUsize,
    idle_said: Seldom,
}

impl Shared {
    /// Tells whether deliveries are turned away because the process ends.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Turns further deliveries away.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        self.running.close();
    }

    /// Says so, once in a while, when deliveries are stored and nothing works them off.
    pub(crate) fn warn_if_idle(&self) {
        if self.ingest_only || self.workers.load(Ordering::Relaxed) > 0 {
            return;
        }
        if self.idle_said.is_due() {
            tracing::warn!(
                "deliveries are stored and not worked off: run `webhooks.serve(…)` or `webhooks.run_until(…)`, \
                 or say `.ingest_only()` where another process does it"
            );
        }
    }
}

impl Webhooks {
    /// Begins with nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = switchhook::Webhooks::builder::<()>();
    /// ```
    pub fn builder<S>() -> Builder<S, NoState> {
        Builder {
            endpoints: Vec::new(),
            state: NoState(()),
            rest: Rest {
                clock: Box::new(SystemClock),
                handler_timeout: Duration::from_secs(30),
                layers: Vec::new(),
                inbox: None,
                ingest_only: false,
            },
        }
    }

    /// Verifies an endpoint's requests with this provider from now on, such as with other secrets, without a restart.
    ///
    /// Requests that are being verified go on with the one before, and so do other processes. The handlers stay as they were
    /// checked, for the catalog of the first. A provider that takes unsigned requests replaces one that does not, too.
    ///
    /// # Errors
    ///
    /// [`ReplaceError`], when there is no such endpoint, its provider is of another type or is looked up for each tenant, or
    /// the new one is not sound. The endpoint then goes on with the one it has.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    /// use switchhook::provider::stripe::Stripe;
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// let webhooks =
    ///     Webhooks::builder().endpoint(Endpoint::new(Stripe::new("whsec_old"), handlers![record])).build()?;
    /// webhooks.replace_provider("stripe", Stripe::new(["whsec_new", "whsec_old"]))?;
    ///
    /// let error = webhooks.replace_provider("stripe", Stripe::new("")).unwrap_err();
    /// assert_eq!(error.to_string(), "secret 1 of 1 is empty, so that anybody could sign");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace_provider<P: Provider>(&self, endpoint: &str, provider: P) -> Result<(), ReplaceError> {
        let mounted = self
            .mounted(endpoint)
            .ok_or_else(|| ReplaceError::NoEndpoint { endpoint: endpoint.to_owned() })?;
        mounted.source.replace(provider)?;
        telemetry::replaced(&mounted.name);
        Ok(())
    }

    /// Looks a tenant of an endpoint up again when it is needed next: after its secret has changed, it is gone, or it is new
    /// and may have been asked for before.
    ///
    /// It does so in this process. Others that serve the endpoint go on with what they keep, for the
    /// [time to live](crate::Tenants::time_to_live). Nothing happens where there is no such endpoint or tenant.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Tenant, Webhooks};
    ///
    /// fn secret_has_changed(webhooks: &Webhooks, tenant: &Tenant) {
    ///     webhooks.forget_tenant("stripe", tenant);
    /// }
    /// ```
    pub fn forget_tenant(&self, endpoint: &str, tenant: &Tenant) {
        if let Some(mounted) = self.mounted(endpoint) {
            mounted.source.forget(tenant);
        }
    }

    /// The endpoint of this name.
    pub(crate) fn mounted(&self, name: &str) -> Option<&Arc<Mounted>> {
        self.endpoints.iter().find(|endpoint| &*endpoint.name == name)
    }

    /// Works off what the inbox holds until `signal`, then turns further deliveries away (503) and lets the running
    /// handlers finish, for 5 s at the most; what an inbox's handlers do not finish runs again.
    ///
    /// For those who serve HTTP otherwise than with [`serve`](Self::serve): call it beside the server.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before the signal cuts handlers of the inbox off; their deliveries run again.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    /// use switchhook::provider::argyle::Argyle;
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let webhooks = Webhooks::builder()
    ///     .endpoint(Endpoint::new(Argyle::new("optional-secret"), handlers![record]))
    ///     .build()?;
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// let running = webhooks.run_until(async {
    ///     let _ = stopped.await;
    /// });
    /// stop.send(()).unwrap();
    /// running.await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_until(&self, signal: impl Future<Output = ()>) {
        let working = self.start_working();
        signal.await;
        self.shared.close();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
        self.stop_working(working, deadline).await;
        self.drain(deadline).await;
    }

    /// Tells whether there is an inbox that this process is to work off.
    pub(crate) fn has_work(&self) -> bool {
        self.shared.inbox.is_some() && !self.shared.ingest_only
    }

    /// Starts to work off what the inbox holds, if there is one and this process is to do it.
    pub(crate) fn start_working(&self) -> Option<Working> {
        let inbox = self.shared.inbox.as_ref().filter(|_| !self.shared.ingest_only)?;
        self.shared.workers.fetch_add(1, Ordering::Relaxed);
        Some(Working::start(inbox, Arc::new(Queues::new(&self.endpoints))))
    }

    /// Works off what the inbox has due now; gives the number of attempts.
    #[cfg(feature = "testing")]
    pub(crate) async fn work_off(&self) -> Result<usize, crate::InboxError> {
        let Some(inbox) = &self.shared.inbox else { return Ok(0) };
        crate::inbox::worker::Worker::new(inbox.clone(), Arc::new(Queues::new(&self.endpoints)))
            .work_off()
            .await
    }

    /// Claims nothing more, and lets what runs of the inbox finish until the deadline.
    pub(crate) async fn stop_working(&self, working: Option<Working>, deadline: tokio::time::Instant) {
        if let Some(working) = working {
            working.stop(deadline).await;
            self.shared.workers.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Waits until no handler runs that a request began, or the time is over.
    pub(crate) async fn drain(&self, deadline: tokio::time::Instant) {
        if tokio::time::timeout_at(deadline, self.shared.running.wait()).await.is_err() {
            let running = self.shared.running.len();
            tracing::warn!(running, "handlers still ran at the end of the drain and are cut off");
        }
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.endpoints.iter().map(|endpoint| &*endpoint.name).collect::<Vec<_>>();
        f.debug_struct("Webhooks").field("endpoints", &names).finish_non_exhaustive()
    }
}

/// Collects the endpoints, the state and the settings of an application. The order of the calls has no meaning,
/// except that a later layer wraps the earlier ones.
///
/// # Examples
///
/// See [`Webhooks`].
pub struct Builder<S, G = Given<S>> {
    endpoints: Vec<Box<dyn Freeze<S>>>,
    state: G,
    rest: Rest,
}

/// What does not depend on the state, nor on whether it is given.
struct Rest {
    clock: Box<dyn Clock>,
    handler_timeout: Duration,
    layers: Vec<Layering>,
    inbox: Option<Inbox>,
    ingest_only: bool,
}

/// A [`Builder`] that was given no state; its handlers take none.
///
/// # Examples
///
/// ```
/// let builder: switchhook::Builder<(), switchhook::NoState> = switchhook::Webhooks::builder();
/// ```
#[derive(Debug)]
pub struct NoState(());

/// A [`Builder`] that was given its state.
///
/// # Examples
///
/// ```
/// let builder: switchhook::Builder<u8, switchhook::Given<u8>> = switchhook::Webhooks::builder().state(7);
/// ```
#[derive(Debug)]
pub struct Given<S>(S);

impl<S> Builder<S, NoState> {
    /// Gives the application's state: what handlers take with `State<T>` is it, or made from it with `FromRef`.
    ///
    /// # Examples
    ///
    /// ```
    /// #[derive(Clone)]
    /// struct People;
    ///
    /// let builder = switchhook::Webhooks::builder().state(People);
    /// ```
    pub fn state(self, state: S) -> Builder<S, Given<S>> {
        self.with_state(Given(state)).0
    }
}

impl<S, G> Builder<S, G> {
    /// The same builder with another state; gives the one it had.
    fn with_state<H>(self, state: H) -> (Builder<S, H>, G) {
        let Self { endpoints, state: had, rest } = self;
        (Builder { endpoints, state, rest }, had)
    }
}

impl<S: Send + Sync + 'static, G> Builder<S, G> {
    /// Adds an endpoint.
    ///
    /// # Examples
    ///
    /// See [`Webhooks`].
    #[must_use]
    pub fn endpoint<P: Provider>(mut self, endpoint: Endpoint<P, S>) -> Self {
        self.endpoints.push(Box::new(endpoint));
        self
    }

    /// Adds some endpoints of one provider, or none: an `Option` for one that is there only when it is configured.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    /// use switchhook::provider::stripe::Stripe;
    ///
    /// #[webhook_handler("invoice.paid")]
    /// async fn paid() {}
    ///
    /// let secret = std::env::var("STRIPE_SECRET").ok();
    /// let builder = Webhooks::builder::<()>()
    ///     .endpoints(secret.map(|secret| Endpoint::new(Stripe::new(secret), handlers![paid])));
    /// ```
    #[must_use]
    pub fn endpoints<P: Provider>(self, endpoints: impl IntoIterator<Item = Endpoint<P, S>>) -> Self {
        endpoints.into_iter().fold(self, Self::endpoint)
    }

    /// Wraps every handler in a layer; its service takes a [`Delivery`] and gives an [`Outcome`].
    ///
    /// A layer runs within the handler's time limit and its span; its error is an outcome to retry.
    ///
    /// # Examples
    ///
    /// See [`HandlerService`].
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HandlerService> + Send + Sync + 'static,
        L::Service: Service<Delivery, Response = Outcome, Error: Into<Box<dyn Error + Send + Sync>>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.rest.layers.push(Box::new(move |handler| handler.layered(&layer)));
        self
    }

    /// Stores the deliveries of all endpoints before they are acknowledged, and works them off from there.
    ///
    /// # Examples
    ///
    /// See [`Inbox`].
    #[must_use]
    pub fn inbox(mut self, inbox: Inbox) -> Self {
        self.rest.inbox = Some(inbox);
        self
    }

    /// Says that another process works off what this one stores.
    ///
    /// # Examples
    ///
    /// ```
    /// let builder = switchhook::Webhooks::builder::<()>().ingest_only();
    /// ```
    #[must_use]
    pub fn ingest_only(mut self) -> Self {
        self.rest.ingest_only = true;
        self
    }

    /// How long one run of a handler may take, 30 s unless set; `timeout = "…"` on a handler overrides it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = switchhook::Webhooks::builder::<()>().handler_timeout(Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn handler_timeout(mut self, timeout: Duration) -> Self {
        self.rest.handler_timeout = timeout;
        self
    }

    /// Takes the time from another clock than the machine's.
    ///
    /// # Examples
    ///
    /// See [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.rest.clock = Box::new(clock);
        self
    }

    fn build_with(self, state: S) -> Result<Webhooks, BuildError> {
        let state = Arc::new(state);
        let mut drafts = Vec::with_capacity(self.endpoints.len());
        for endpoint in self.endpoints {
            drafts.push(endpoint.draft(&state));
        }
        self.rest.build(drafts)
    }
}

impl Rest {
    fn build(self, drafts: Vec<Draft>) -> Result<Webhooks, BuildError> {
        let application = Application {
            handler_timeout: self.handler_timeout,
            layers: &self.layers,
            inbox: self.inbox.as_ref().map(|inbox| inbox.core.store.kind()),
        };
        let mut faults = Vec::new();
        if drafts.is_empty() {
            faults.push(BuildFault::NoEndpoint);
        }
        let names: Vec<_> = drafts.iter().map(|draft| draft.name().to_owned()).collect();
        let mut mounted = Vec::new();
        for (i, draft) in drafts.into_iter().enumerate() {
            if names[..i].contains(&names[i]) {
                faults.push(BuildFault::DuplicateEndpoint { endpoint: names[i].clone() });
            }
            mounted.push(Arc::new(draft.freeze(&application, &mut faults)));
        }
        if !faults.is_empty() {
            return Err(BuildError::new(faults));
        }
        let shared = Shared {
            clock: self.clock,
            running: TaskTracker::new(),
            inbox: self.inbox,
            closing: AtomicBool::new(false),
            ingest_only: self.ingest_only,
            workers: AtomicUsize::new(0),
            idle_said: Seldom::default(),
        };
        Ok(Webhooks { endpoints: mounted, shared: Arc::new(shared) })
    }
}

impl<S: Send + Sync + 'static> Builder<S, Given<S>> {
    /// Checks everything. Nothing is started.
    ///
    /// # Errors
    ///
    /// [`BuildError`] lists every fault, with the handlers' files and lines.
    ///
    /// # Examples
    ///
    /// See [`Webhooks`].
    pub fn build(self) -> Result<Webhooks, BuildError> {
        let (builder, Given(state)) = self.with_state(NoState(()));
        builder.build_with(state)
    }
}

impl Builder<(), NoState> {
    /// Checks everything. Nothing is started.
    ///
    /// # Errors
    ///
    /// [`BuildError`] lists every fault, with the handlers' files and lines.
    ///
    /// # Examples
    ///
    /// See [`Webhooks`].
    pub fn build(self) -> Result<Webhooks, BuildError> {
        self.build_with(())
    }
}

impl<S, G> fmt::Debug for Builder<S, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("endpoints", &self.endpoints.len())
            .field("handler_timeout", &self.rest.handler_timeout)
            .finish_non_exhaustive()
    }
}
