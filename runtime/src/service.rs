//! A handler as the `tower::Service` that layers wrap.

use std::{
    error::Error,
    fmt,
    future::Future,
    sync::Arc,
    task::{Context, Poll},
};

use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};

use crate::{
    Delivery, HandlerError, Outcome,
    handler::{BoxFuture, Call},
};

type BoxError = Box<dyn Error + Send + Sync>;

/// A handler with the application's state, as [`Builder::layer`](crate::Builder::layer) gives it to a layer.
///
/// # Examples
///
/// A layer that refuses old deliveries:
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use switchhook::{Delivery, HandlerError, HandlerService, Outcome, Webhooks};
/// use tower::{Service, ServiceExt, layer::layer_fn, service_fn};
///
/// let builder = Webhooks::builder::<()>().layer(layer_fn(|handler: HandlerService| {
///     service_fn(move |delivery: Delivery| {
///         let handler = handler.clone();
///         async move {
///             if delivery.received_at() < SystemTime::UNIX_EPOCH {
///                 return Ok(Outcome::Dead(HandlerError::permanent("too old")));
///             }
///             handler.oneshot(delivery).await
///         }
///     })
/// }));
/// ```
#[derive(Clone)]
pub struct HandlerService(Kind);

#[derive(Clone)]
enum Kind {
    /// The handler itself.
    Bound(Arc<dyn Run>),
    /// A handler within layers.
    Layered(BoxCloneSyncService<Delivery, Outcome, BoxError>),
}

/// A handler with its state, whatever the state's type.
trait Run: Send + Sync {
    fn run(&self, delivery: Delivery) -> BoxFuture<Outcome>;
}

struct WithState<S: 'static> {
    call: &'static dyn Call<S>,
    state: Arc<S>,
}

impl<S: Send + Sync> Run for WithState<S> {
    fn run(&self, delivery: Delivery) -> BoxFuture<Outcome> {
        self.call.call(delivery, Arc::clone(&self.state))
    }
}

impl HandlerService {
    pub(crate) fn bind<S: Send + Sync + 'static>(call: &'static dyn Call<S>, state: Arc<S>) -> Self {
        Self(Kind::Bound(Arc::new(WithState { call, state })))
    }

    pub(crate) fn layered<L>(self, layer: &L) -> Self
    where
        L: Layer<Self>,
        L::Service: Service<Delivery, Response = Outcome, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        Self(Kind::Layered(BoxCloneSyncService::new(layer.layer(self).map_err(Into::into))))
    }

    /// Runs the handler; an error of a layer is one to retry.
    pub(crate) fn run(&self, delivery: Delivery) -> BoxFuture<Outcome> {
        match &self.0 {
            Kind::Bound(handler) => handler.run(delivery),
            Kind::Layered(service) => {
                let service = service.clone();
                Box::pin(async move {
                    service
                        .oneshot(delivery)
                        .await
                        .unwrap_or_else(|error| Outcome::Retry(HandlerError::from(error)))
                })
            }
        }
    }
}

impl Service<Delivery> for HandlerService {
    type Response = Outcome;
    type Error = BoxError;
    type Future = BoxFuture<Result<Outcome, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match &mut self.0 {
            Kind::Bound(_) => Poll::Ready(Ok(())),
            Kind::Layered(service) => service.poll_ready(cx),
        }
    }

    fn call(&mut self, delivery: Delivery) -> Self::Future {
        match &mut self.0 {
            Kind::Bound(handler) => ok(handler.run(delivery)),
            Kind::Layered(service) => Box::pin(service.call(delivery)),
        }
    }
}

fn ok(outcome: impl Future<Output = Outcome> + Send + 'static) -> BoxFuture<Result<Outcome, BoxError>> {
    Box::pin(async { Ok(outcome.await) })
}

impl fmt::Debug for HandlerService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Bound(_) => "HandlerService",
            Kind::Layered(_) => "HandlerService(layered)",
        })
    }
}
