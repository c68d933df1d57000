//! One run of a handler: its span, its time limit, its panics, and that it ends.

pub(crate) mod queues;

use std::{
    any::Any,
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tracing::Instrument;

use crate::{
    Delivery, HandlerError, Outcome,
    endpoint::consumer::{BoundHandler, Consumer},
    handler::BoxFuture,
    inbox::effects::{Effects, Settled},
    telemetry,
};

/// Runs a handler to its outcome, whatever it does: a panic and a timeout are failed runs. With effects, its
/// transaction is ended too.
pub(crate) async fn run_handler(
    endpoint: Arc<str>,
    consumer: Arc<str>,
    handler: Arc<BoundHandler>,
    delivery: Delivery,
    effects: Option<Arc<dyn Effects>>,
) -> (Settled, Duration) {
    let span = telemetry::delivery_span(&endpoint, &consumer, handler.info.name, &delivery);
    let started = Instant::now();
    let run = caught(&handler, delivery).instrument(span.clone());
    let settled = match effects {
        None => Settled::unrecorded(run.await),
        Some(effects) => {
            let outcome = {
                let overdue = effects.overdue();
                tokio::select! {
                    biased;
                    outcome = run => outcome,
                    outcome = overdue => outcome,
                }
            };
            effects.settle(outcome, started.elapsed()).await
        }
    };
    let duration = started.elapsed();
    telemetry::handled(&span, &endpoint, &consumer, handler.info, &settled.outcome, duration);
    (settled, duration)
}

async fn caught(handler: &BoundHandler, delivery: Delivery) -> Outcome {
    let run = AssertUnwindSafe(async { handler.service.run(delivery).await }).catch_unwind();
    match tokio::time::timeout(handler.timeout, run).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Outcome::Retry(HandlerError::from(Panicked(panic_text(&*panic)))),
        Err(_) => Outcome::Retry(HandlerError::from(TimedOut(handler.timeout))),
    }
}

/// Runs every consumer's handler for a delivery and gives the worst outcome, as a handler that fails is heard of
/// only through the one answer there is. `None` when no consumer has a handler.
pub(crate) fn run_all(
    endpoint: &Arc<str>,
    consumers: &[Consumer],
    delivery: &Delivery,
) -> Option<BoxFuture<Outcome>> {
    let mut runs = consumers
        .iter()
        .filter_map(|consumer| consumer.find(delivery.event()).map(|handler| (&consumer.name, handler)));
    let run = |(consumer, handler): (&Arc<str>, &Arc<BoundHandler>)| {
        let (endpoint, consumer, handler) = (Arc::clone(endpoint), Arc::clone(consumer), Arc::clone(handler));
        let delivery = delivery.clone();
        async move { run_handler(endpoint, consumer, handler, delivery, None).await.0.outcome }
    };
    let first = run(runs.next()?);
    let mut others = runs.map(run).peekable();
    if others.peek().is_none() {
        return Some(Box::pin(first));
    }
    let all = futures_util::future::join_all(std::iter::once(first).chain(others));
    Some(Box::pin(async move { all.await.into_iter().reduce(worse).unwrap_or(Outcome::Done) }))
}

/// Keeps the outcome that the sender must hear of.
fn worse(a: Outcome, b: Outcome) -> Outcome {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Done => 0,
        Outcome::Dead(_) => 1,
        // A run that will be repeated at once hides one that asked for time.
        Outcome::Retry(error) if error.delay().is_some() => 2,
        Outcome::Retry(_) => 3,
    };
    if rank(&b) > rank(&a) { b } else { a }
}

#[derive(Debug, thiserror::Error)]
#[error("the handler panicked: {0}")]
struct Panicked(String);

#[derive(Debug, thiserror::Error)]
#[error("the handler did not finish within {0:?}")]
struct TimedOut(Duration);

fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is no text".to_owned())
}

/// A future that is finished though the one who waits for it goes away: it is then handed to the async runtime.
pub(crate) struct FinishOnDrop<F: Future<Output: Send + 'static> + Send + Unpin + 'static>(Option<F>);

impl<F: Future<Output: Send + 'static> + Send + Unpin + 'static> FinishOnDrop<F> {
    pub(crate) fn new(future: F) -> Self {
        Self(Some(future))
    }
}

impl<F: Future<Output: Send + 'static> + Send + Unpin + 'static> Future for FinishOnDrop<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(future) = self.0.as_mut() else { return Poll::Pending };
        let poll = Pin::new(future).poll(cx);
        if poll.is_ready() {
            self.0 = None;
        }
        poll
    }
}

impl<F: Future<Output: Send + 'static> + Send + Unpin + 'static> Drop for FinishOnDrop<F> {
    fn drop(&mut self) {
        if let Some(future) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(future);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_is_worse_than_dead_is_worse_than_done() {
        let retry = || Outcome::Retry(HandlerError::from("r"));
        let later = || Outcome::Retry(HandlerError::from("r").retry_after(Duration::from_secs(9)));
        let dead = || Outcome::Dead(HandlerError::permanent("d"));
        for (a, b, worst) in [
            (Outcome::Done, dead(), "dead"),
            (dead(), Outcome::Done, "dead"),
            (dead(), retry(), "retry"),
            (retry(), dead(), "retry"),
        ] {
            assert_eq!(worse(a, b).as_str(), worst);
        }
        assert_eq!(worse(later(), retry()).error().unwrap().delay(), None);
        assert_eq!(worse(retry(), later()).error().unwrap().delay(), None);
    }

    #[tokio::test]
    async fn a_dropped_run_is_finished() {
        let (go, gone) = tokio::sync::oneshot::channel::<()>();
        let (done, finished) = tokio::sync::oneshot::channel();
        let mut run = FinishOnDrop::new(Box::pin(async move {
            let _ = gone.await;
            let _ = done.send(());
        }));
        assert!(futures_util::poll!(&mut run).is_pending());
        drop(run);
        go.send(()).unwrap();
        finished.await.unwrap();
    }
}
