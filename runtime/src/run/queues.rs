//! The queues of an application's endpoints, as the inbox's worker runs them.

use std::{sync::Arc, time::Duration};

use super::run_handler;
use crate::{
    Delivery, HandlerError, Outcome,
    endpoint::{
        consumer::{BoundHandler, Consumer},
        mounted::Mounted,
    },
    inbox::{
        Retry,
        effects::{Boxed, Effects, Settled},
        model::{Adopt, NewWork, Queue, Ran, Runner, Verdict, WorkQueue},
    },
    telemetry,
};

/// The consumers of all endpoints.
pub(crate) struct Queues {
    endpoints: Vec<Arc<Mounted>>,
    /// Of each queue, its endpoint and its consumer there.
    places: Vec<(usize, usize)>,
}

impl Queues {
    pub(crate) fn new(endpoints: &[Arc<Mounted>]) -> Self {
        let places = endpoints.iter().enumerate();
        let places = places.flat_map(|(at, endpoint)| (0..endpoint.consumers.len()).map(move |of| (at, of)));
        Self { endpoints: endpoints.to_vec(), places: places.collect() }
    }

    fn endpoint(&self, name: &str) -> Option<&Arc<Mounted>> {
        self.endpoints.iter().find(|endpoint| &*endpoint.name == name)
    }
}

impl Adopt for Queues {
    fn handles(&self, endpoint: &str, event: &str) -> bool {
        self.endpoint(endpoint)
            .is_some_and(|endpoint| endpoint.consumers.iter().any(|consumer| consumer.find(event).is_some()))
    }

    fn work(&self, endpoint: &str, delivery: &Delivery) -> Vec<NewWork> {
        self.endpoint(endpoint).map(|endpoint| endpoint.work(delivery)).unwrap_or_default()
    }
}

impl Runner for Queues {
    fn queues(&self) -> Vec<WorkQueue> {
        let queue = |&(endpoint, consumer): &(usize, usize)| {
            let mounted = Arc::clone(&self.endpoints[endpoint]);
            let name = Arc::clone(&mounted.consumers[consumer].name);
            WorkQueue {
                queue: Queue { endpoint: Arc::clone(&mounted.name), consumer: name },
                endpoint,
                concurrency: mounted.settings.concurrency,
                handles: Arc::new(move |event| mounted.consumers[consumer].find(event).is_some()),
            }
        };
        self.places.iter().map(queue).collect()
    }

    fn run(&self, queue: usize, delivery: Delivery, effects: Arc<dyn Effects>) -> Boxed<'static, Ran> {
        let (endpoint, consumer) = self.places[queue];
        let endpoint = Arc::clone(&self.endpoints[endpoint]);
        Box::pin(async move {
            let consumer = &endpoint.consumers[consumer];
            match consumer.find(delivery.event()) {
                Some(handler) => attempt(&endpoint, consumer, handler, delivery, effects).await,
                // Only what has a handler here is claimed.
                None => Ran {
                    verdict: Verdict::Retry(Duration::ZERO),
                    error: None,
                    duration: Duration::ZERO,
                    recorded: false,
                },
            }
        })
    }
}

async fn attempt(
    endpoint: &Mounted,
    consumer: &Consumer,
    handler: &Arc<BoundHandler>,
    delivery: Delivery,
    effects: Arc<dyn Effects>,
) -> Ran {
    let retry = endpoint.settings.retry;
    let attempts = handler.info.options.attempts.unwrap_or(retry.max_attempts());
    let number = delivery.attempt().number();
    if number > attempts {
        // The last one never ended: the process did.
        let error = HandlerError::from("no attempt is left, and the last one was cut off");
        telemetry::dead(&endpoint.name, &consumer.name, &delivery, &error);
        let (error, duration) = (Some(error.to_string()), Duration::ZERO);
        return Ran { verdict: Verdict::Dead, error, duration, recorded: false };
    }
    let delivery = delivery.lending(Arc::clone(&effects).lend());
    let shown = delivery.clone();
    let (settled, duration) = run_handler(
        Arc::clone(&endpoint.name),
        Arc::clone(&consumer.name),
        Arc::clone(handler),
        delivery,
        Some(effects),
    )
    .await;
    let Settled { outcome, recorded } = settled;
    let error = outcome.error().map(ToString::to_string);
    let verdict = match outcome {
        Outcome::Done => Verdict::Done,
        Outcome::Dead(_) => Verdict::Dead,
        Outcome::Retry(error) if number >= attempts => {
            telemetry::dead(&endpoint.name, &consumer.name, &shown, &error);
            Verdict::Dead
        }
        Outcome::Retry(error) => Verdict::Retry(wait(&retry, number, &error)),
    };
    Ran { verdict, error, duration, recorded }
}

/// How long until the next attempt: never sooner than the handler asked for.
fn wait(retry: &Retry, attempt: u32, error: &HandlerError) -> Duration {
    error.delay().unwrap_or_else(|| retry.wait(attempt))
}
