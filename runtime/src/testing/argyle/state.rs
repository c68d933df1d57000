//! What the server and a test share.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{
    fault::{Call, Fault},
    identities::Identities,
    requests::Requests,
    subscriptions::Subscriptions,
};

/// One Argyle, of which every copy of a [`LocalArgyle`](super::LocalArgyle) is a handle.
pub(super) struct Shared {
    pub(super) address: SocketAddr,
    pub(super) key_id: String,
    pub(super) key_secret: String,
    /// Sends the deliveries.
    pub(super) client: reqwest::Client,
    /// How many requests were received.
    pub(super) received: watch::Sender<u64>,
    state: Mutex<State>,
}

impl Shared {
    pub(super) fn new(
        address: SocketAddr,
        key_id: String,
        key_secret: String,
        client: reqwest::Client,
    ) -> Self {
        let received = watch::Sender::new(0);
        Self { address, key_id, key_secret, client, received, state: Mutex::default() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What changes.
#[derive(Default)]
pub(super) struct State {
    pub(super) subscriptions: Subscriptions,
    pub(super) identities: Identities,
    pub(super) faults: VecDeque<(Call, Fault)>,
    pub(super) requests: Requests,
    pub(super) silent: bool,
}

impl State {
    /// Takes the fault that is the next of this call.
    pub(super) fn next_fault(&mut self, call: Call) -> Option<Fault> {
        let next = self.faults.iter().position(|(of, _)| *of == call)?;
        self.faults.remove(next).map(|(_, fault)| fault)
    }
}
