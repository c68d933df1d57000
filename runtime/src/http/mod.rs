//! HTTP: the only place that makes responses and knows axum.

mod limits;
mod response;
mod serve;

use std::{
    convert::Infallible,
    error::Error,
    fmt,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{Router, extract::ConnectInfo};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response, request::Parts as Head};
use http_body::Body;
use http_body_util::Full;
use tower::Service;

pub use serve::Serve;

use self::response::Answer;
use crate::{
    Delivery, Inbox, Outcome, Unrouted, Webhooks,
    chain::Chain,
    endpoint::{
        mounted::{Admitted, Mounted, Refused},
        source::NotFound,
    },
    inbox::model::Refusal,
    run::{FinishOnDrop, run_all},
    telemetry,
    webhooks::Shared,
};

impl Webhooks {
    /// The endpoints as an axum router: each takes `POST /<name>`, or `POST /<name>/{tenant}` where it has tenants.
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
    /// let webhooks = Webhooks::builder()
    ///     .endpoint(Endpoint::new(Argyle::new("optional-secret"), handlers![record]))
    ///     .build()?;
    /// let app = axum::Router::<()>::new().nest("/webhooks", webhooks.router()); // POST /webhooks/argyle
    /// # Ok::<(), switchhook::BuildError>(())
    /// ```
    pub fn router(&self) -> Router {
        self.endpoints.iter().fold(Router::new(), |router, endpoint| {
            let tenant = if endpoint.source.has_tenants() { "/{tenant}" } else { "" };
            router.route_service(&format!("/{}{tenant}", endpoint.name), self.service(endpoint))
        })
    }

    /// One endpoint as a `tower::Service`, for servers other than axum; it answers at every path. Where it has tenants, the
    /// path's last segment is the tenant.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http_body_util::Full;
    /// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
    /// use switchhook::provider::argyle::Argyle;
    /// use tower::ServiceExt;
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let webhooks = Webhooks::builder()
    ///     .endpoint(Endpoint::new(Argyle::new("optional-secret"), handlers![record]))
    ///     .build()?;
    /// let argyle = webhooks.endpoint("argyle").expect("it was mounted");
    /// let unsigned = http::Request::post("/").body(Full::new(Bytes::from_static(b"{}")))?;
    /// assert_eq!(argyle.oneshot(unsigned).await?.status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    pub fn endpoint(&self, name: &str) -> Option<EndpointService> {
        self.mounted(name).map(|endpoint| self.service(endpoint))
    }

    fn service(&self, endpoint: &Arc<Mounted>) -> EndpointService {
        EndpointService { endpoint: Arc::clone(endpoint), shared: Arc::clone(&self.shared) }
    }
}

/// An endpoint as a `tower::Service` of HTTP requests, made by [`Webhooks::endpoint`].
///
/// It takes a body of any kind and never fails: whatever is wrong is an answer.
///
/// # Examples
///
/// See [`Webhooks::endpoint`].
#[derive(Clone)]
pub struct EndpointService {
    endpoint: Arc<Mounted>,
    shared: Arc<Shared>,
}

impl<B> Service<Request<B>> for EndpointService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { Ok(this.receive(request).await.0) })
    }
}

impl EndpointService {
    /// Takes a request all the way; the outcome is that of the handlers, if any ran.
    pub(crate) async fn receive<B>(&self, request: Request<B>) -> (Answer, Option<Outcome>)
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        match self.admit(head, body).await {
            Ok(delivery) => match &self.shared.inbox {
                Some(inbox) => (self.store(inbox, delivery).await, None),
                None => self.dispatch(&delivery).await,
            },
            Err(answer) => (answer, None),
        }
    }

    /// Everything before a delivery exists; an `Err` is the answer to a request that is none.
    async fn admit<B>(&self, mut head: Head, body: B) -> Result<Delivery, Answer>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let Mounted { name, settings, .. } = &*self.endpoint;
        let clock = &*self.shared.clock;
        if !matches!(head.method, Method::POST | Method::GET) {
            return Err(response::method_not_allowed());
        }
        if self.shared.is_closing() {
            return Err(response::closing());
        }
        if let Some(allowed) = &settings.allow_from {
            let peer = head.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
            allowed.admits(peer, &head.headers).map_err(|error| {
                telemetry::refused(name, "address", &error);
                response::unverified()
            })?;
        }
        if head.method == Method::GET {
            return Err(match self.endpoint.handshake(&head, clock).await {
                Ok(Some(answer)) => response::handshake(answer),
                Err(error @ NotFound::Lookup(..)) => self.not_looked_up(&error),
                Ok(None) | Err(NotFound::NoTenant | NotFound::Unknown(_)) => response::method_not_allowed(),
            });
        }
        if !limits::is_plain(&head.headers) {
            telemetry::refused(name, "encoding", &"the body has a content encoding");
            return Err(response::encoded());
        }
        let body = limits::read(body, settings.body_limit, settings.body_timeout).await.map_err(|error| {
            telemetry::refused(name, "body", &error);
            response::body_not_read(&error)
        })?;
        match self.endpoint.admit(&mut head, body.clone(), clock).await {
            Ok(Admitted::Delivery(delivery)) => Ok(delivery),
            Ok(Admitted::Handshake(answer)) => Err(response::handshake(answer)),
            Ok(Admitted::Unroutable(event)) => Err(self.unrouted(&event)),
            Err(Refused::NoProvider(error @ NotFound::Lookup(..))) => Err(self.not_looked_up(&error)),
            Err(Refused::NoProvider(error)) => {
                telemetry::refused(name, "tenant", &error);
                self.quarantine(head, body).await;
                Err(response::unverified())
            }
            Err(error @ Refused::Unverified(..)) => {
                telemetry::refused(name, "signature", &error);
                self.quarantine(head, body).await;
                Err(response::unverified())
            }
            Err(error @ Refused::Envelope(..)) => {
                telemetry::refused(name, "envelope", &error);
                Err(response::not_the_envelope())
            }
        }
    }

    fn not_looked_up(&self, error: &dyn Error) -> Answer {
        telemetry::refused(&self.endpoint.name, "lookup", &Chain(error));
        response::not_looked_up()
    }

    /// Keeps a refused request apart, where the inbox is to do so and has room for it.
    async fn quarantine(&self, head: Head, body: Bytes) {
        let ward = self.shared.inbox.as_ref().and_then(|inbox| inbox.core.ward.as_ref());
        if let Some(ward) = ward.filter(|ward| ward.has_room()) {
            let endpoint = Arc::clone(&self.endpoint.name);
            let received_at = self.shared.clock.now();
            let (uri, headers) = (head.uri.to_string(), head.headers);
            ward.keep(Refusal { endpoint, received_at, uri, headers, body }).await;
        }
    }

    /// With an inbox: the delivery is on disk when it is acknowledged.
    async fn store(&self, inbox: &Inbox, delivery: Delivery) -> Answer {
        let Mounted { name, settings, .. } = &*self.endpoint;
        let new = self.endpoint.to_store(delivery);
        if new.work.is_empty() {
            let answer = self.unrouted(new.delivery.event());
            if settings.unrouted != Unrouted::Acknowledge {
                return answer;
            }
        }
        match inbox.core.ingest.store(new).await {
            Ok(_) => {
                self.endpoint.not_stored_said.over();
                self.shared.warn_if_idle();
                response::acknowledged(settings.success)
            }
            Err(error) => {
                telemetry::not_stored(name, &error, &self.endpoint.not_stored_said);
                response::not_stored()
            }
        }
    }

    /// Direct mode: the handlers run now, and their outcome is the answer.
    async fn dispatch(&self, delivery: &Delivery) -> (Answer, Option<Outcome>) {
        let Mounted { name, consumers, settings, .. } = &*self.endpoint;
        let Some(run) = run_all(name, consumers, delivery) else {
            return (self.unrouted(delivery.event()), None);
        };
        let run = self.shared.running.track_future(run);
        let outcome = FinishOnDrop::new(run).await;
        (response::outcome(&outcome, settings.success), Some(outcome))
    }

    fn unrouted(&self, event: &str) -> Answer {
        telemetry::unrouted(&self.endpoint.name, event);
        match self.endpoint.settings.unrouted {
            Unrouted::Acknowledge | Unrouted::Discard => {
                response::acknowledged(self.endpoint.settings.success)
            }
            Unrouted::Reject => response::unrouted(),
        }
    }
}

impl fmt::Debug for EndpointService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointService").field("endpoint", &self.endpoint.name).finish_non_exhaustive()
    }
}
