//! Serving HTTP with the bounds that a server on the open Internet needs.

use std::{
    convert::Infallible,
    future::{Future, IntoFuture},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::ConnectInfo, serve::Listener};
use http::Request;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    signal,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::{ServiceBuilder, ServiceExt};

use crate::Webhooks;

impl Webhooks {
    /// Works off what the inbox holds until Ctrl-C or SIGTERM, and serves nothing: for a process that only works, beside
    /// others that take deliveries in ([`ingest_only`](crate::Builder::ingest_only)) and share its PostgreSQL database.
    ///
    /// It needs the same endpoints, handlers and secrets as those; it then ends as [`run_until`](Self::run_until) does. Without an
    /// inbox, or told to be `ingest_only`, it does nothing, and says so in the log.
    ///
    /// # Errors
    ///
    /// When the signals cannot be listened to.
    ///
    /// # Cancel safety
    ///
    /// As of [`run_until`](Self::run_until).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use switchhook::Webhooks;
    /// # async fn run(webhooks: Webhooks) -> std::io::Result<()> {
    /// webhooks.work().await
    /// # }
    /// ```
    pub async fn work(&self) -> io::Result<()> {
        let termination = Termination::listen()?;
        if !self.has_work() {
            tracing::warn!("there is nothing to work off: this process has no inbox, or is `.ingest_only()`");
        }
        self.run_until(termination.received()).await;
        Ok(())
    }

    /// Serves an application and works off its inbox until Ctrl-C or SIGTERM, then lets requests and handlers finish.
    ///
    /// It speaks HTTP/1.1. It sets what `axum::serve` leaves open: how long a request's head may take, how many connections there may
    /// be, and how long the end may take. Await it as it is, or change these first.
    ///
    /// # Errors
    ///
    /// When the signals cannot be listened to.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use switchhook::Webhooks;
    /// # async fn run(webhooks: Webhooks) -> std::io::Result<()> {
    /// let app = axum::Router::new().nest("/webhooks", webhooks.router());
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    /// webhooks.serve(listener, app).await
    /// # }
    /// ```
    pub fn serve<L: Listener<Addr = SocketAddr>>(&self, listener: L, app: Router) -> Serve<L> {
        Serve {
            webhooks: self.clone(),
            listener,
            app,
            limits: Limits {
                header_timeout: Duration::from_secs(10),
                max_connections: 10_000,
                drain_timeout: Duration::from_secs(5),
            },
        }
    }
}

/// A server that is about to run, made by [`Webhooks::serve`].
///
/// # Examples
///
/// ```no_run
/// # use std::time::Duration;
/// # use switchhook::Webhooks;
/// # async fn run(webhooks: Webhooks, listener: tokio::net::TcpListener) -> std::io::Result<()> {
/// webhooks
///     .serve(listener, webhooks.router())
///     .header_timeout(Duration::from_secs(5))
///     .max_connections(500)
///     .drain_timeout(Duration::from_secs(20))
///     .await
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a server does nothing until it is awaited"]
pub struct Serve<L> {
    webhooks: Webhooks,
    listener: L,
    app: Router,
    limits: Limits,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    header_timeout: Duration,
    max_connections: usize,
    drain_timeout: Duration,
}

impl<L: Listener<Addr = SocketAddr>> Serve<L> {
    /// How long the head of a request may take, 10 s unless set. A connection that is slower is closed.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use switchhook::Webhooks;
    /// # async fn run(webhooks: Webhooks, listener: tokio::net::TcpListener) -> std::io::Result<()> {
    /// webhooks.serve(listener, webhooks.router()).header_timeout(Duration::from_secs(5)).await
    /// # }
    /// ```
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.limits.header_timeout = timeout;
        self
    }

    /// How many connections there may be, 10,000 unless set, and at least one. Further ones wait until one ends.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use switchhook::Webhooks;
    /// # async fn run(webhooks: Webhooks, listener: tokio::net::TcpListener) -> std::io::Result<()> {
    /// webhooks.serve(listener, webhooks.router()).max_connections(500).await
    /// # }
    /// ```
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.limits.max_connections = connections.max(1);
        self
    }

    /// How long requests and handlers may take to finish at the end, 5 s unless set. The rest is cut off.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use switchhook::Webhooks;
    /// # async fn run(webhooks: Webhooks, listener: tokio::net::TcpListener) -> std::io::Result<()> {
    /// webhooks.serve(listener, webhooks.router()).drain_timeout(Duration::from_secs(20)).await
    /// # }
    /// ```
    pub fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.limits.drain_timeout = timeout;
        self
    }

    /// Serves until `signal` instead of Ctrl-C or SIGTERM.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the listener and every connection. Handlers that run are finished, except those of
    /// an inbox: they are cut off, and their deliveries run again.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use switchhook::Webhooks;
    /// # async fn run(webhooks: Webhooks, listener: tokio::net::TcpListener) -> std::io::Result<()> {
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// let server = webhooks.serve(listener, webhooks.router()).until(async {
    ///     let _ = stopped.await;
    /// });
    /// drop(stop);
    /// server.await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn until(self, signal: impl Future<Output = ()>) {
        let Self { webhooks, listener, app, limits } = self;
        let closing = CancellationToken::new();
        let working = webhooks.start_working();
        let mut connections = accept_until(signal, listener, app, limits, &closing).await;
        webhooks.shared.close();
        closing.cancel();
        let deadline = tokio::time::Instant::now() + limits.drain_timeout;
        let drained = async { while connections.join_next().await.is_some() {} };
        let (drained, ()) = tokio::join!(
            tokio::time::timeout_at(deadline, drained),
            webhooks.stop_working(working, deadline),
        );
        if drained.is_err() {
            tracing::warn!(
                open = connections.len(),
                "connections were open at the end of the drain and are cut off"
            );
        }
        connections.abort_all();
        webhooks.drain(deadline).await;
    }
}

impl<L: Listener<Addr = SocketAddr>> IntoFuture for Serve<L> {
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let signal = Termination::listen()?;
            self.until(signal.received()).await;
            Ok(())
        })
    }
}

/// Takes connections, as many at once as are allowed, and gives those that are still open when the signal comes.
async fn accept_until<L: Listener<Addr = SocketAddr>>(
    signal: impl Future<Output = ()>,
    mut listener: L,
    app: Router,
    limits: Limits,
    closing: &CancellationToken,
) -> JoinSet<()> {
    let mut connections = JoinSet::new();
    let slots = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let mut signal = pin!(signal);
    loop {
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok()?;
            let (io, peer) = listener.accept().await;
            Some((io, peer, slot))
        };
        tokio::select! {
            () = &mut signal => return connections,
            Some(_) = connections.join_next() => {}
            Some((io, peer, slot)) = accepted => {
                let connection = connection(io, peer, app.clone(), limits, closing.clone());
                connections.spawn(hold(slot, connection));
            }
        }
    }
}

async fn hold(slot: OwnedSemaphorePermit, connection: impl Future<Output = ()>) {
    connection.await;
    drop(slot);
}

/// One connection; at the end it finishes the request it is in. What goes wrong on it concerns its peer alone.
async fn connection<I>(io: I, peer: SocketAddr, app: Router, limits: Limits, closing: CancellationToken)
where
    I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let service = ServiceBuilder::new()
        .map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        })
        .service(app)
        .map_err(|never: Infallible| match never {});
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .serve_connection(TokioIo::new(io), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended early");
    }
}

/// The signals that end a server.
struct Termination {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

impl Termination {
    /// Begins to listen, so that no signal from now on is missed.
    fn listen() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: signal::unix::signal(signal::unix::SignalKind::terminate())?,
        })
    }

    #[cfg_attr(not(unix), expect(unused_mut, reason = "there is no SIGTERM to wait for"))]
    async fn received(mut self) {
        #[cfg(unix)]
        let terminate = async { self.terminate.recv().await };
        #[cfg(not(unix))]
        let terminate = std::future::pending::<Option<()>>();
        tokio::select! {
            interrupted = signal::ctrl_c() => {
                if let Err(error) = interrupted {
                    tracing::warn!(%error, "Ctrl-C cannot be listened to");
                }
            }
            _ = terminate => {}
        }
    }
}
