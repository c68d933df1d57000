//! The application under test: a bank's endpoint whose handlers do nothing but count.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::http::HeaderName;
use serde::Deserialize;
use serde_json::value::RawValue;
use switchhook::{
    Builder, Catalog, Endpoint, State, Webhooks, handlers,
    inbox::OpenInbox,
    provider::{EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError, sole_header},
    webhook_handler,
};
use tokio::{net::TcpListener, task::JoinSet};

use crate::client::TOKEN;

struct Bank;

impl Provider for Bank {
    const NAME: &'static str = "Bank";
    const CATALOG: &'static Catalog = &Catalog::open("Bank");

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        let token = sole_header(request.headers(), &HeaderName::from_static("x-bank-token"))?;
        if token == TOKEN.as_bytes() {
            Ok(Verified::Signed { secret: 0 })
        } else {
            Err(VerifyError::Mismatch)
        }
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        #[derive(Deserialize)]
        struct Body<'a> {
            event: &'a str,
            id: &'a str,
            #[serde(borrow)]
            data: &'a RawValue,
        }
        let Body { event, id, data } = request.json()?;
        Ok(Parts::new(event, request.part(data)).id(id))
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Handled {
    plain: Arc<AtomicUsize>,
    ordered: Arc<AtomicUsize>,
}

impl Handled {
    /// How many of the event are handled.
    pub(crate) fn count(&self, event: &str) -> usize {
        let handled = if event == "plain" { &self.plain } else { &self.ordered };
        handled.load(Ordering::Relaxed)
    }

    /// Waits until so many of the event are handled.
    pub(crate) async fn reached(&self, event: &str, count: usize) {
        while self.count(event) < count {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
}

#[webhook_handler("plain")]
async fn plain(State(handled): State<Handled>) {
    handled.plain.fetch_add(1, Ordering::Relaxed);
}

#[webhook_handler("ordered", ordered_by = "lane")]
async fn ordered(State(handled): State<Handled>) {
    handled.ordered.fetch_add(1, Ordering::Relaxed);
}

pub(crate) struct App {
    pub(crate) webhooks: Webhooks,
    pub(crate) handled: Handled,
}

impl App {
    /// One that stores and works nothing off.
    pub(crate) async fn storing(inbox: OpenInbox) -> Self {
        Self::build(inbox, Builder::ingest_only).await
    }

    /// One that works off too.
    pub(crate) async fn working(inbox: OpenInbox) -> Self {
        Self::build(inbox, |builder| builder).await
    }

    async fn build(inbox: OpenInbox, set: fn(Builder<Handled>) -> Builder<Handled>) -> Self {
        let handled = Handled::default();
        let builder = Webhooks::builder()
            .state(handled.clone())
            .endpoint(Endpoint::new(Bank, handlers![plain, ordered]).concurrency(64))
            .inbox(inbox.await.unwrap());
        Self { webhooks: set(builder).build().unwrap(), handled }
    }

    /// Serves HTTP, and works off where that is set, until the task is aborted.
    pub(crate) async fn serve(&self, tasks: &mut JoinSet<()>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let webhooks = self.webhooks.clone();
        tasks.spawn(async move {
            webhooks.serve(listener, webhooks.router()).until(std::future::pending()).await;
        });
        address
    }
}
