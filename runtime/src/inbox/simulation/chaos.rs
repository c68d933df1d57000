//! What goes wrong in a run, and when. Each run has a character: most can do a few things wrong, few all.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    faults::Weather,
    handlers::Manners,
    process::{Kind, Process},
    trace::Event,
    world::World,
};
use crate::inbox::{
    Filter, Retention, WorkState,
    store::{Selectable, Store as _},
};

/// What may happen in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Processes end at some poll.
    Crashes,
    /// Processes stand still.
    Freezes,
    /// The store's clock is set.
    ClockIsSet,
    /// Nobody reaches the store for a while.
    Outages,
    /// People replay and discard.
    People,
}

impl Trouble {
    const ALL: [Self; 5] = [Self::Crashes, Self::Freezes, Self::ClockIsSet, Self::Outages, Self::People];
}

/// What a run is like.
pub(super) struct Character {
    pub(super) length: Duration,
    pub(super) news: usize,
    pub(super) lanes: u8,
    /// What its processes have in common.
    pub(super) kind: Kind,
    weather: Weather,
    troubles: Vec<Trouble>,
    most_processes: usize,
    /// Where the first process is to end.
    first_ends_at: Option<u64>,
}

fn one_in(many: u32) -> bool {
    fastrand::u32(0..many) == 0
}

fn milliseconds(most: u64) -> Duration {
    Duration::from_millis(fastrand::u64(0..=most))
}

impl Character {
    pub(super) fn draw() -> Self {
        let lease = Duration::from_millis(fastrand::u64(1_000..4_000));
        let lease_ms = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        // What is said of a process that is not harassed can only be seen where none is.
        let is_undisturbed = one_in(3);
        let errors = if is_undisturbed || fastrand::bool() { 0 } else { fastrand::u32(0..150) };
        let weather = Weather {
            least: 0,
            latency: fastrand::u64(1..60),
            error_before: errors,
            error_after: errors,
            stall: if is_undisturbed || fastrand::bool() { 0 } else { fastrand::u32(1..60) },
            longest_stall: lease_ms * 2,
            outage: false,
        };
        let manners = Manners {
            time: fastrand::u64(1..400),
            long_time: lease_ms * 3,
            long: if fastrand::bool() { 15 } else { 0 },
            fail: if fastrand::bool() { 25 } else { 0 },
        };
        let kind = Kind {
            generation: 1,
            takes: true,
            works: true,
            last_poll: None,
            manners,
            lease,
            concurrency: fastrand::usize(1..10),
            retention: if one_in(5) { short() } else { Retention::default() },
        };
        Self {
            length: Duration::from_millis(fastrand::u64(2_000..40_000)),
            news: fastrand::usize(1..60),
            lanes: fastrand::u8(1..8),
            kind,
            weather,
            troubles: Trouble::ALL
                .into_iter()
                .filter(|trouble| fastrand::bool() && !(is_undisturbed && *trouble == Trouble::Outages))
                .collect(),
            most_processes: fastrand::usize(1..5),
            first_ends_at: None,
        }
    }

    /// A short run in which nothing goes wrong but that the first process ends at this poll.
    pub(super) fn one_crash(poll: u64) -> Self {
        let manners = Manners { time: 40, long_time: 40, long: 0, fail: 20 };
        let kind = Kind { manners, ..Kind::plain() };
        Self {
            length: Duration::from_millis(1_500),
            news: 10,
            lanes: 2,
            kind,
            weather: Weather { latency: 9, ..Weather::default() },
            troubles: Vec::new(),
            most_processes: 0,
            first_ends_at: Some(poll),
        }
    }

    /// Whether the store answers, and in time.
    fn is_undisturbed(&self) -> bool {
        self.weather.error_before + self.weather.error_after + self.weather.stall == 0
            && !self.has(Trouble::Outages)
    }

    fn has(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
    }

    fn process(&self) -> Kind {
        let takes = !one_in(5);
        Kind {
            generation: fastrand::u8(1..3),
            takes,
            works: !takes || !one_in(4),
            last_poll: (self.has(Trouble::Crashes) && fastrand::bool()).then(|| fastrand::u64(1..600)),
            ..self.kind
        }
    }
}

/// So short that things go while the run lasts.
fn short() -> Retention {
    let seconds = |most: u64| Duration::from_secs(fastrand::u64(1..most));
    Retention::default().bodies(seconds(20)).rows(seconds(40)).keys(seconds(60)).unrouted(seconds(60))
}

/// Lets things go wrong for as long as the run is to last.
pub(super) async fn reign(world: &Arc<World>, character: &Character) {
    let end = Instant::now() + character.length;
    let mut others = JoinSet::new();
    world.faults.set(|weather| *weather = character.weather);
    world.witness.see(Event::Weather { is_undisturbed: character.is_undisturbed() });
    if character.first_ends_at.is_some() {
        world.start(Kind { last_poll: character.first_ends_at, ..character.kind });
    }
    while Instant::now() < end && !world.witness.is_broken() {
        clear_away(world);
        let few = world.processes(|processes| processes.len()) < character.most_processes;
        if few && fastrand::bool() {
            world.start(character.process());
        }
        something(world, character, &mut others);
        sleep(milliseconds(1_000)).await;
    }
    others.abort_all();
    world.join("somebody who came by", others).await;
}

/// Removes the processes that have ended.
fn clear_away(world: &World) {
    let gone = world.processes(|processes| {
        let (gone, left) = processes.drain(..).partition(|process: &Process| process.is_over());
        *processes = left;
        gone
    });
    drop::<Vec<Process>>(gone);
}

fn something(world: &Arc<World>, character: &Character, others: &mut JoinSet<()>) {
    match fastrand::u8(0..12) {
        0 if character.has(Trouble::Crashes) => drop(take_one(world)),
        1 => {
            others.spawn(stop_one(Arc::clone(world)));
        }
        2 | 3 if character.has(Trouble::Freezes) => {
            let lease = u64::try_from(character.kind.lease.as_millis()).unwrap_or(u64::MAX);
            others.spawn(freeze_one(Arc::clone(world), milliseconds(lease * 3)));
        }
        4 if character.has(Trouble::ClockIsSet) => {
            let milliseconds = match fastrand::u8(0..10) {
                0 => 20 * 60 * 1_000,
                _ => fastrand::i64(-10_000..10_000),
            };
            world.clock.step(milliseconds);
            world.witness.see(Event::ClockSet { milliseconds });
        }
        5 if character.has(Trouble::Outages) => {
            others.spawn(outage(Arc::clone(world)));
        }
        6 if character.has(Trouble::People) => {
            others.spawn(replay(Arc::clone(world)));
        }
        7 if character.has(Trouble::People) => {
            others.spawn(discard(Arc::clone(world)));
        }
        _ => {}
    }
}

/// Takes a process out, if there is one.
fn take_one(world: &World) -> Option<Process> {
    world.processes(|processes| {
        let number = processes.len();
        (number > 0).then(|| processes.swap_remove(fastrand::usize(0..number)))
    })
}

/// Stops a process as a deployment does.
async fn stop_one(world: Arc<World>) {
    let Some(mut process) = take_one(&world) else { return };
    process.stop(milliseconds(3_000));
    while !process.has_stopped() && !process.is_over() {
        sleep(Duration::from_millis(50)).await;
    }
    if !process.is_over() {
        world.witness.see(Event::Stopped { process: process.number });
    }
}

async fn freeze_one(world: Arc<World>, time: Duration) {
    let number = world.processes(|processes| {
        let process = processes.get(fastrand::usize(0..processes.len().max(1)))?;
        process.freeze();
        Some(process.number)
    });
    sleep(time).await;
    world.processes(|processes| {
        if let Some(process) = processes.iter().find(|process| Some(process.number) == number) {
            process.thaw();
        }
    });
}

async fn outage(world: Arc<World>) {
    let set = |is_on| {
        world.faults.set(|weather| weather.outage = is_on);
        world.witness.see(Event::Outage(is_on));
    };
    set(true);
    sleep(milliseconds(8_000)).await;
    set(false);
}

/// Somebody lets everything that is dead run again, or everything that is at its end.
async fn replay(world: Arc<World>) {
    let store = world.connect();
    let filter = if one_in(4) { Filter::default() } else { Filter::default().state(WorkState::Dead) };
    if let Ok(selection) = store.select(&filter, Selectable::Ended).await {
        // Whether it was done or not is all the same.
        let _failed = store.replay(&selection).await.is_err();
    }
}

/// Somebody gives up what nobody waits for.
async fn discard(world: Arc<World>) {
    let store = world.connect();
    let filter = Filter::default().event(if fastrand::bool() { "plain" } else { "laned" });
    if let Ok(selection) = store.select(&filter, Selectable::NotDone).await {
        let _failed = store.discard(&selection).await.is_err();
    }
}
