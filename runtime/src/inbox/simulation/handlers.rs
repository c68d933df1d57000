//! The handlers of a process, in place of an application's: they succeed, fail, take long and write in transactions.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    life::Life,
    model::Transaction,
    trace::{Event, Witness},
};
use crate::{
    Delivery, HandlerError, Outcome,
    inbox::{
        Retry,
        effects::{Boxed, Effects, Settled},
        model::{Adopt, Held, NewWork, Queue, Ran, Runner, Verdict, WorkQueue},
    },
};

/// What a consumer does with an event, and in which generations of the program it can.
pub(super) struct Route {
    pub(super) endpoint: &'static str,
    pub(super) consumer: &'static str,
    pub(super) event: &'static str,
    generations: &'static [u8],
    is_ordered: bool,
    attempts: u32,
    writes: bool,
}

/// The generation that has a handler for everything.
pub(super) const LAST: u8 = 3;

const fn route(endpoint: &'static str, consumer: &'static str, event: &'static str) -> Route {
    Route {
        endpoint,
        consumer,
        event,
        generations: &[1, 2, LAST],
        is_ordered: true,
        attempts: 3,
        writes: true,
    }
}

/// `hint` may be coalesced. `late` comes with the second generation, and `old` goes with the first.
pub(super) const ROUTES: [Route; 10] = [
    Route { is_ordered: false, writes: false, ..route("bank", "default", "plain") },
    Route { attempts: 4, ..route("bank", "default", "laned") },
    Route { is_ordered: false, attempts: 2, writes: false, ..route("bank", "audit", "laned") },
    route("bank", "default", "hint"),
    Route { writes: false, ..route("bank", "audit", "hint") },
    Route { generations: &[2, LAST], ..route("bank", "default", "late") },
    Route { generations: &[2, LAST], is_ordered: false, ..route("bank", "audit", "late") },
    Route { is_ordered: false, ..route("shop", "default", "plain") },
    Route { is_ordered: false, attempts: 2, writes: false, ..route("shop", "default", "hint") },
    Route { generations: &[1, LAST], attempts: 1, ..route("shop", "default", "old") },
];

/// The queues of all generations.
const QUEUES: [(&str, &str, usize); 3] =
    [("bank", "default", 0), ("bank", "audit", 0), ("shop", "default", 1)];

/// How the handlers of a run behave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    /// The longest that most take, and the longest that some take, in milliseconds.
    pub(super) time: u64,
    pub(super) long_time: u64,
    /// How many of a hundred take long, and fail.
    pub(super) long: u8,
    pub(super) fail: u8,
}

pub(super) struct Handlers {
    pub(super) process: usize,
    pub(super) generation: u8,
    pub(super) life: Arc<Life>,
    pub(super) witness: Arc<Witness>,
    pub(super) manners: Manners,
}

/// The same for deliveries that are identical.
pub(super) fn likeness(delivery: &Delivery) -> Arc<str> {
    let body = String::from_utf8_lossy(delivery.body());
    format!("{}/{}/{body}", delivery.endpoint(), delivery.event().as_str()).into()
}

impl Handlers {
    fn routes(&self, endpoint: &str, event: &str) -> impl Iterator<Item = &'static Route> {
        let known = ROUTES.iter().filter(|route| route.generations.contains(&self.generation));
        known.filter(move |route| route.endpoint == endpoint && route.event == event)
    }

    fn route(&self, queue: usize, delivery: &Delivery) -> Option<&'static Route> {
        let (endpoint, consumer, _) = QUEUES[queue];
        self.routes(endpoint, delivery.event().as_str()).find(|route| route.consumer == consumer)
    }
}

impl Adopt for Handlers {
    fn handles(&self, endpoint: &str, event: &str) -> bool {
        self.routes(endpoint, event).next().is_some()
    }

    fn work(&self, endpoint: &str, delivery: &Delivery) -> Vec<NewWork> {
        let work = |route: &Route| NewWork {
            consumer: route.consumer.into(),
            lane: route.is_ordered.then(|| String::from_utf8_lossy(&delivery.data()[..]).into_owned()),
        };
        self.routes(endpoint, delivery.event().as_str()).map(work).collect()
    }
}

impl Runner for Handlers {
    fn queues(&self) -> Vec<WorkQueue> {
        let queue = |&(endpoint, consumer, number): &(&'static str, &'static str, usize)| {
            let generation = self.generation;
            let handles = move |event: &str| {
                let is_it = |route: &&Route| {
                    (route.endpoint, route.consumer, route.event) == (endpoint, consumer, event)
                };
                ROUTES.iter().filter(is_it).any(|route| route.generations.contains(&generation))
            };
            WorkQueue {
                queue: Queue { endpoint: endpoint.into(), consumer: consumer.into() },
                endpoint: number,
                concurrency: 4,
                handles: Arc::new(handles),
            }
        };
        QUEUES.iter().map(queue).collect()
    }

    fn run(&self, queue: usize, delivery: Delivery, effects: Arc<dyn Effects>) -> Boxed<'static, Ran> {
        let Some(route) = self.route(queue, &delivery) else {
            return Box::pin(std::future::ready(ran(Verdict::Retry(Duration::ZERO), None, false)));
        };
        let witness = Arc::clone(&self.witness);
        let run = Run { process: self.process, route, witness, manners: self.manners };
        Box::pin(self.life.lead(run.attempt(delivery, effects)))
    }
}

fn ran(verdict: Verdict, error: Option<String>, recorded: bool) -> Ran {
    Ran { verdict, error, duration: Duration::ZERO, recorded }
}

struct Run {
    process: usize,
    route: &'static Route,
    witness: Arc<Witness>,
    manners: Manners,
}

/// Tells when a handler is over, also when it is cut off.
struct Began<'a>(&'a Witness, Held);

impl Drop for Began<'_> {
    fn drop(&mut self) {
        let Held { work, token } = self.1;
        self.0.see(Event::Over { work, token });
    }
}

impl Run {
    /// As the application's queues do it: see `run/queues.rs`.
    async fn attempt(self, delivery: Delivery, effects: Arc<dyn Effects>) -> Ran {
        let Ok(transaction) = Arc::clone(&effects).lend().downcast::<Transaction>() else {
            return ran(Verdict::Dead, None, false);
        };
        let (held, number) = (transaction.held(), delivery.attempt().number());
        let Held { work, token } = held;
        let (consumer, likeness): (Arc<str>, _) = (self.route.consumer.into(), likeness(&delivery));
        let limit = self.route.attempts;
        if number > limit {
            self.witness.see(Event::Exhausted { work, consumer, likeness });
            return ran(Verdict::Dead, Some("no attempt is left".to_owned()), false);
        }
        self.witness.see(Event::Began { process: self.process, work, token, consumer, likeness, limit });
        let _over = Began(&self.witness, held);
        let started = Instant::now();
        let outcome = tokio::select! {
            biased;
            outcome = self.handle(&transaction) => outcome,
            outcome = effects.overdue() => outcome,
        };
        let Settled { outcome, recorded } = effects.settle(outcome, started.elapsed()).await;
        let error = outcome.error().map(ToString::to_string);
        let verdict = match outcome {
            Outcome::Done => Verdict::Done,
            Outcome::Retry(error) if number < limit => Verdict::Retry(wait(limit, number, &error)),
            Outcome::Retry(_) | Outcome::Dead(_) => Verdict::Dead,
        };
        ran(verdict, error, recorded)
    }

    async fn handle(&self, transaction: &Transaction) -> Outcome {
        let Manners { time, long_time, long, fail } = self.manners;
        let is_long = fastrand::u8(0..100) < long;
        let time = if is_long { long_time } else { time };
        sleep(Duration::from_millis(fastrand::u64(0..=time))).await;
        if self.route.writes && fastrand::u8(0..10) > 0 {
            if let Err(error) = transaction.begin().await {
                return Outcome::Retry(error.into());
            }
            let Held { work, token } = transaction.held();
            self.witness.see(Event::Wrote { work, token });
            sleep(Duration::from_millis(fastrand::u64(0..=50))).await;
        }
        if fastrand::u8(0..100) >= fail {
            return Outcome::Done;
        }
        let error = HandlerError::from("it did not work");
        match fastrand::u8(0..4) {
            0 => Outcome::Dead(HandlerError::permanent("it cannot work")),
            1 => Outcome::Retry(error.retry_after(Duration::from_millis(fastrand::u64(0..2_000)))),
            _ => Outcome::Retry(error),
        }
    }
}

fn wait(attempts: u32, number: u32, error: &HandlerError) -> Duration {
    let retry = Retry::default().attempts(attempts).first(Duration::from_millis(500));
    error.delay().unwrap_or_else(|| retry.wait(number))
}
