//! Group commit: callers wait in a bounded queue, one writer stores all that wait in one transaction.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::timeout,
};

use super::{
    Settings,
    model::{NewDelivery, Stored},
    store::Store,
};
use crate::telemetry::{self, Seldom};

/// The most deliveries of one transaction.
const BATCH: usize = 256;

/// The most bytes that wait to be stored.
const BYTES: u32 = 64 * 1024 * 1024;

/// The way into the store.
pub(crate) struct Ingest {
    queue: mpsc::Sender<Job>,
    bytes: Arc<Semaphore>,
    deadline: Duration,
}

struct Job {
    new: NewDelivery,
    answer: oneshot::Sender<Stored>,
    /// Its share of what may wait, given back when it is answered.
    share: OwnedSemaphorePermit,
}

/// Why a delivery was not stored. The sender is to send it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotStored {
    #[error("too many deliveries wait to be stored")]
    Full,
    #[error("the store did not commit it within {0:?}")]
    Late(Duration),
    #[error("the store could not commit it")]
    Failed,
}

impl Ingest {
    /// With its writer, which ends when nobody can give it deliveries any more.
    pub(super) fn new(
        store: Arc<dyn Store>,
        wake: Arc<Notify>,
        settings: &Settings,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (queue, jobs) = mpsc::channel(settings.ingest_queue);
        let bytes = Arc::new(Semaphore::new(BYTES as usize));
        (Self { queue, bytes, deadline: settings.ingest_deadline }, write(store, wake, jobs))
    }

    /// Stores a delivery; it is durable when this returns.
    pub(crate) async fn store(&self, new: NewDelivery) -> Result<Stored, NotStored> {
        let size = u32::try_from(new.delivery.body().len()).unwrap_or(BYTES).min(BYTES);
        let share = Arc::clone(&self.bytes).try_acquire_many_owned(size).or(Err(NotStored::Full))?;
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Job { new, answer, share }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotStored::Full,
            mpsc::error::TrySendError::Closed(_) => NotStored::Failed,
        })?;
        match timeout(self.deadline, answered).await {
            Ok(Ok(stored)) => Ok(stored),
            Ok(Err(_)) => Err(NotStored::Failed),
            Err(_) => Err(NotStored::Late(self.deadline)),
        }
    }
}

/// The writer.
async fn write(store: Arc<dyn Store>, wake: Arc<Notify>, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(BATCH);
    let said = Seldom::default();
    while jobs.recv_many(&mut waiting, BATCH).await > 0 {
        // Whoever was answered 503 meanwhile, or hung up, sends it again.
        waiting.retain(|job| !job.answer.is_closed());
        if waiting.is_empty() {
            continue;
        }
        let (batch, answers): (Vec<_>, Vec<_>) =
            waiting.drain(..).map(|Job { new, answer, share }| (new, (answer, share))).unzip();
        let endpoints: Vec<_> = batch.iter().map(|new| Arc::clone(&new.endpoint)).collect();
        match store.insert(batch).await {
            Ok(stored) => {
                for (((answer, _), stored), endpoint) in answers.into_iter().zip(stored).zip(&endpoints) {
                    telemetry::stored(endpoint, stored.as_str());
                    // The caller may have gone; what is stored is handled all the same.
                    let _gone = answer.send(stored);
                }
                wake.notify_one();
                if said.over() {
                    tracing::info!("deliveries are stored again");
                }
            }
            // Nobody is told that it is stored: the answers are dropped.
            Err(error) => {
                if said.is_due() {
                    telemetry::store_failed("storing deliveries", &error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_delivery_was_not_stored_is_said_in_words() {
        for (error, text) in [
            (NotStored::Full, "too many deliveries wait to be stored"),
            (NotStored::Late(Duration::from_secs(5)), "the store did not commit it within 5s"),
            (NotStored::Failed, "the store could not commit it"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
