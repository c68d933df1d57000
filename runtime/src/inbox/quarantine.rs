//! Refused requests, kept apart until a secret is mended.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{Instant, timeout},
};

use super::{model::Refusal, store::Store};
use crate::telemetry;

/// The most refused requests of one transaction, and that wait for it.
const BATCH: usize = 256;

/// The most bytes of those that wait.
const BYTES: u32 = 16 * 1024 * 1024;

/// How long the store is left to others between two transactions.
const PAUSE: Duration = Duration::from_millis(200);

/// How long a refused request waits to be kept. Only its own answer is late by it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Bounds for the refused requests that are kept: a forger can send any number.
///
/// They are never run. [`Webhooks::verify_again`](crate::Webhooks::verify_again) lets those in that verify by then.
///
/// # Examples
///
/// ```
/// use switchhook::inbox::Quarantine;
///
/// let quarantine = Quarantine::default().rows(1_000).bytes(4 * 1024 * 1024).per_second(10);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarantine {
    rows: u64,
    bytes: u64,
    per_second: u32,
}

impl Default for Quarantine {
    /// 10,000 requests of 64 MiB in all, 100 a second.
    fn default() -> Self {
        Self { rows: 10_000, bytes: 64 * 1024 * 1024, per_second: 100 }
    }
}

impl Quarantine {
    /// The most requests that are kept, 10,000 unless set; the oldest go first.
    ///
    /// # Examples
    ///
    /// See [`Quarantine`].
    #[must_use]
    pub fn rows(mut self, rows: u64) -> Self {
        self.rows = rows;
        self
    }

    /// The most bytes that are kept, 64 MiB unless set; the oldest go first.
    ///
    /// # Examples
    ///
    /// See [`Quarantine`].
    #[must_use]
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// The most requests that are kept of one second, 100 unless set; after a quiet time, ten times as many at once.
    /// Further ones are not kept.
    ///
    /// # Examples
    ///
    /// See [`Quarantine`].
    #[must_use]
    pub fn per_second(mut self, requests: u32) -> Self {
        self.per_second = requests;
        self
    }
}

/// What came of verifying refused requests again.
///
/// # Examples
///
/// See [`Webhooks::verify_again`](crate::Webhooks::verify_again).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Reverified {
    /// Those that verify now and are stored.
    pub passed: u64,
    /// Those that are still refused; they stay.
    pub refused: u64,
    /// Those whose tenant could not be looked up, and those of their endpoint behind them that were not looked at; they stay.
    pub undecided: u64,
}

/// Takes refused requests in, within the bounds.
pub(crate) struct Ward {
    queue: mpsc::Sender<Waiting>,
    bytes: Arc<Semaphore>,
    allowance: Mutex<Allowance>,
}

/// A refused request, and its share of what may wait.
type Waiting = (Refusal, OwnedSemaphorePermit);

/// A token bucket.
struct Allowance {
    per_second: f64,
    left: f64,
    at: Instant,
}

impl Allowance {
    /// How many seconds' worth may come at once.
    const BURST: f64 = 10.0;

    fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self { per_second, left: per_second * Self::BURST, at: Instant::now() }
    }

    fn take(&mut self, now: Instant) -> bool {
        let passed: Duration = now.saturating_duration_since(self.at);
        self.at = now;
        self.left =
            passed.as_secs_f64().mul_add(self.per_second, self.left).min(self.per_second * Self::BURST);
        let granted = self.left >= 1.0;
        if granted {
            self.left -= 1.0;
        }
        granted
    }
}

impl Ward {
    /// Starts the writer; it ends when nobody can give it requests any more.
    pub(super) fn start(store: Arc<dyn Store>, bounds: Quarantine) -> Self {
        let (queue, refused) = mpsc::channel(BATCH);
        #[expect(clippy::disallowed_methods, reason = "it ends with the inbox's last copy")]
        tokio::spawn(write(store, bounds, refused));
        let bytes = Arc::new(Semaphore::new(BYTES as usize));
        Self { queue, bytes, allowance: Mutex::new(Allowance::new(bounds.per_second)) }
    }

    /// Whether there is room for one more; asked before anything is copied for it.
    pub(crate) fn has_room(&self) -> bool {
        self.allowance.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now())
    }

    /// Keeps a request, unless the writer lags far behind.
    pub(crate) async fn keep(&self, refusal: Refusal) {
        let size = u32::try_from(refusal.body.len()).unwrap_or(BYTES).min(BYTES);
        let kept = async {
            let share = Arc::clone(&self.bytes).acquire_many_owned(size).await.ok()?;
            self.queue.send((refusal, share)).await.ok()
        };
        drop(timeout(PATIENCE, kept).await);
    }
}

async fn write(store: Arc<dyn Store>, bounds: Quarantine, mut refused: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::new();
    while refused.recv_many(&mut waiting, BATCH).await > 0 {
        let (batch, shares): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        if let Err(error) = store.quarantine(batch, bounds.rows, bounds.bytes).await {
            telemetry::store_failed("keeping refused requests", &error);
        }
        drop(shares);
        if !refused.is_closed() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_bounded_and_a_quiet_time_allows_a_burst() {
        let start = Instant::now();
        let mut allowance = Allowance { at: start, ..Allowance::new(10) };
        let mut taken = |at: Duration| (0..1_000).filter(|_| allowance.take(start + at)).count();
        assert_eq!(taken(Duration::ZERO), 100);
        assert_eq!(taken(Duration::from_secs(1)), 10);
        assert_eq!(taken(Duration::from_secs(100)), 100);
    }
}
