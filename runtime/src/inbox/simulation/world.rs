//! One run: a store, processes that come and go, senders, and everything that can go wrong.

use std::{
    any::Any,
    collections::BTreeMap,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use tokio::{
    sync::oneshot,
    task::{JoinError, JoinSet},
    time::{Instant, sleep},
};

use super::{
    bugs::Bug,
    chaos::{self, Character},
    clock::StoreClock,
    faults::{Faults, Weather},
    laws::{Law, Violation},
    model::{Connection, Model},
    process::{Kind, Process},
    senders,
    trace::{Event, Witness},
};
use crate::inbox::{
    ingest::NotStored,
    model::{NewDelivery, Stored},
};

/// How long it may take until nothing is left to do, when nothing goes wrong any more.
const PATIENCE: Duration = Duration::from_hours(1);

/// As many lines of the trace as there are.
pub(super) const EVERYTHING: usize = usize::MAX;

/// What became of a run.
pub(super) struct Report {
    pub(super) violation: Option<Violation>,
    /// What happened last, or everything; nothing where no law is broken and it was not asked for.
    pub(super) trace: String,
    /// How often each sort of thing happened.
    pub(super) names: BTreeMap<&'static str, usize>,
    /// How many processes lived until nothing went wrong any more.
    pub(super) survivors: usize,
}

/// Everything there is.
pub(super) struct World {
    pub(super) clock: StoreClock,
    pub(super) faults: Arc<Faults>,
    pub(super) witness: Arc<Witness>,
    model: Arc<Model>,
    processes: Mutex<Vec<Process>>,
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    processes: usize,
    arrivals: u64,
    survivors: usize,
}

type Answer = oneshot::Receiver<Result<Stored, NotStored>>;

/// What is run.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) bug: Option<Bug>,
    /// Only this goes wrong: the first process ends at this poll.
    pub(super) crash: Option<u64>,
    /// How many lines of the trace are to be told when a law is broken, or [`EVERYTHING`], in any case.
    pub(super) lines: usize,
}

/// Runs a plan. What happens depends on nothing else.
pub(super) fn run(plan: Plan) -> Report {
    in_its_own_time(plan.seed, async {
        let world = Arc::new(World::new(plan.bug));
        world.live_or_report(plan.crash).await;
        world.report(plan.lines)
    })
}

/// Runs something of which all chance comes from a seed, also the waits between attempts, and for which time stands
/// still unless all wait for it.
pub(super) fn in_its_own_time<T>(seed: u64, what: impl Future<Output = T>) -> T {
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without a network is always there").block_on(what)
}

impl World {
    pub(super) fn new(bug: Option<Bug>) -> Self {
        let clock = StoreClock::new();
        let witness = Arc::new(Witness::new(clock.clone()));
        let model = Model::new(Arc::new(clock.clone()), Some(Arc::clone(&witness)), bug);
        Self {
            clock,
            faults: Arc::default(),
            witness,
            model: Arc::new(model),
            processes: Mutex::default(),
            counted: Mutex::default(),
        }
    }

    /// A panic is a violation like any other, so that it is told with the seed.
    async fn live_or_report(self: &Arc<Self>, crash: Option<u64>) {
        let mut life = pin!(async {
            self.live(crash.map_or_else(Character::draw, Character::one_crash)).await;
        });
        poll_fn(|context| {
            let poll = AssertUnwindSafe(|| life.as_mut().poll(context));
            catch_unwind(poll).unwrap_or_else(|panic| {
                self.report_panic("the run", &*panic);
                Poll::Ready(())
            })
        })
        .await;
    }

    fn report_panic(&self, of: &str, panic: &(dyn Any + Send)) {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let what = format!("{of} has panicked: {}", text.unwrap_or("it does not say why"));
        self.witness.report(Violation::new(Law::NothingPanics, what));
    }

    /// Waits until all of these have ended or were cut off; none may panic.
    pub(super) async fn join(&self, who: &str, mut tasks: JoinSet<()>) {
        while let Some(ended) = tasks.join_next().await {
            if let Err(Ok(panic)) = ended.map_err(JoinError::try_into_panic) {
                self.report_panic(who, &*panic);
            }
        }
    }

    async fn live(self: &Arc<Self>, character: Character) {
        let mut senders = JoinSet::new();
        for number in 0..character.news {
            senders.spawn(senders::send(Arc::clone(self), number, character.length, character.lanes));
        }
        chaos::reign(self, &character).await;
        self.calm_down(&character);
        self.join("a sender", senders).await;
        self.run_out().await;
        self.processes(Vec::clear);
    }

    pub(super) fn report(&self, lines: usize) -> Report {
        let violation = self.witness.violation();
        let is_shown = violation.is_some() || lines == EVERYTHING;
        let trace = if is_shown { self.witness.tail(lines) } else { String::new() };
        let survivors = self.count(|counted| counted.survivors);
        Report { violation, trace, names: self.witness.names(), survivors }
    }

    pub(super) fn processes<T>(&self, look: impl FnOnce(&mut Vec<Process>) -> T) -> T {
        look(&mut self.processes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count<T>(&self, count: impl FnOnce(&mut Counted) -> T) -> T {
        count(&mut self.counted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A way to the store.
    pub(super) fn connect(&self) -> Connection {
        Connection::new(Arc::clone(&self.model), Arc::clone(&self.faults))
    }

    pub(super) fn start(&self, kind: Kind) {
        let number = self.count(|counted| {
            counted.processes += 1;
            counted.processes
        });
        let process = Process::start(number, kind, self.connect(), Arc::clone(&self.witness));
        self.processes(|processes| processes.push(process));
    }

    /// Gives a request to some process; there may be none that takes any.
    pub(super) fn receive(&self, request: impl FnOnce(u64) -> Option<NewDelivery>) -> Option<Answer> {
        let arrival = self.count(|counted| {
            counted.arrivals += 1;
            counted.arrivals
        });
        let request = request(arrival)?;
        self.processes(|processes| {
            let mut takers: Vec<&mut Process> =
                processes.iter_mut().filter(|process| process.kind.takes && !process.is_over()).collect();
            if takers.is_empty() {
                return None;
            }
            let (answer, answered) = oneshot::channel();
            takers.swap_remove(fastrand::usize(0..takers.len())).receive(arrival, request, answer);
            Some(answered)
        })
    }

    /// Nothing goes wrong any more, and one process has handlers for everything.
    fn calm_down(&self, character: &Character) {
        self.witness.see(Event::Calm);
        self.faults.set(|weather| *weather = Weather::default());
        let processes = self.processes(std::mem::take);
        self.count(|counted| {
            counted.survivors = processes.iter().filter(|process| !process.is_over()).count();
        });
        drop(processes);
        let (lease, retention) = (character.kind.lease, character.kind.retention);
        self.start(Kind { lease, retention, ..Kind::plain() });
    }

    /// Waits until nothing is left to do, and looks at what has come of everything.
    async fn run_out(&self) {
        let began = Instant::now();
        while self.model.transact(|tables, now| tables.left_to_do(now)) > 0 {
            if self.witness.is_broken() {
                return;
            }
            if began.elapsed() > PATIENCE {
                let left = self.model.transact(|tables, _| tables.describe_open());
                let what = format!("after {PATIENCE:?} there is still something to do: {left}");
                return self.witness.report(Violation::new(Law::EverythingEnds, what));
            }
            sleep(Duration::from_millis(500)).await;
        }
        let effects = self.model.transact(|tables, _| tables.effects().to_vec());
        self.witness.conclude(&effects);
    }
}
