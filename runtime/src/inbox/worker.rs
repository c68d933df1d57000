//! Working off what is stored: one loop claims, runs, records.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::{AbortHandle, Id, JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at},
};

use super::{
    Inbox, InboxError,
    model::{Completion, Held, Ran, Runner, Want, Work},
};
use crate::{
    fault,
    telemetry::{self, Seldom},
};

/// Others may have stored something of which this process was not told.
const POLL: Duration = Duration::from_secs(1);
/// How long after a failure the store is left alone.
const PAUSE: Duration = Duration::from_millis(500);
/// How often deliveries are looked for that nobody had a handler for.
const ADOPTION: Duration = Duration::from_secs(5);
/// How soon after some were found.
const ADOPTION_ON: Duration = Duration::from_millis(20);
/// Of which age they may be.
pub(super) const ADOPTION_AGE: Duration = Duration::from_mins(15);
/// How long after it begins a process first removes what is old, and how long it then waits each time: when nothing is
/// left to look at, after looking in vain, and after removing something, which goes on until it keeps up.
const FIRST_PRUNING: Duration = Duration::from_secs(5);
const PRUNING: Duration = Duration::from_mins(1);
const PRUNING_IN_VAIN: Duration = Duration::from_millis(200);
const PRUNING_ON: Duration = Duration::from_millis(20);
/// How long a handler that is cut off may take to notice.
const CUT_OFF: Duration = Duration::from_secs(1);

/// The worker of an application, running.
pub(crate) struct Working {
    stop: watch::Sender<Option<Instant>>,
    worker: JoinSet<()>,
    /// Hears of what other processes store, until this is dropped.
    _listener: JoinSet<()>,
}

impl Working {
    pub(crate) fn start(inbox: &Inbox, runner: Arc<dyn Runner>) -> Self {
        let (stop, stopped) = watch::channel(None);
        let mut worker = JoinSet::new();
        worker.spawn(Worker::new(inbox.clone(), runner).work(stopped));
        let mut listener = JoinSet::new();
        if let Some(listening) = inbox.core.store.listen(Arc::clone(&inbox.core.wake)) {
            listener.spawn(listening);
        }
        Self { stop, worker, _listener: listener }
    }

    /// Claims nothing more, lets running handlers finish until the deadline, and gives the rest back.
    pub(crate) async fn stop(mut self, deadline: Instant) {
        self.stop.send_replace(Some(deadline));
        while self.worker.join_next().await.is_some() {}
    }
}

/// Works off an application's queues.
pub(crate) struct Worker {
    inbox: Inbox,
    runner: Arc<dyn Runner>,
    wants: Vec<Want>,
    tasks: JoinSet<Ran>,
    running: HashMap<Id, Running>,
    /// Attempts that have ended and are not recorded yet.
    ended: Vec<Completion>,
    /// The queue that is served first; it changes, so that none is always last.
    first: usize,
    /// When the leases were last renewed, or begun.
    renewed: Instant,
    /// That the store fails.
    said: Seldom,
}

struct Running {
    held: Held,
    endpoint: usize,
    task: AbortHandle,
    /// It has been told to end, and may not have noticed.
    is_cut_off: bool,
}

impl Worker {
    pub(crate) fn new(inbox: Inbox, runner: Arc<dyn Runner>) -> Self {
        let wants = runner.queues().into_iter().map(|of| Want { of, limit: 0, skip: Vec::new() }).collect();
        Self {
            inbox,
            runner,
            wants,
            tasks: JoinSet::new(),
            running: HashMap::new(),
            ended: Vec::new(),
            first: 0,
            renewed: Instant::now(),
            said: Seldom::default(),
        }
    }

    /// Runs until it is told to stop, and by when.
    pub(super) async fn work(mut self, mut stop: watch::Receiver<Option<Instant>>) {
        let every = |period| {
            let mut interval = interval(period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        let wake = Arc::clone(&self.inbox.core.wake);
        let mut renewal = every(self.inbox.core.settings.lease / 3);
        let mut adoption = Instant::now();
        let mut pruning = Instant::now() + FIRST_PRUNING;
        let deadline = loop {
            let next = Instant::now() + self.record_and_claim().await;
            tokio::select! {
                // What must not wait comes before what is always ready when there is much to do.
                biased;
                deadline = stopped(&mut stop) => break deadline,
                // Whether it is time is decided before each claim.
                _ = renewal.tick() => {}
                () = sleep_until(adoption) => adoption = Instant::now() + self.adopt().await,
                () = sleep_until(pruning) => pruning = Instant::now() + self.prune().await,
                Some(ended) = self.tasks.join_next_with_id() => self.take_ended(ended),
                () = wake.notified() => {}
                () = sleep_until(next) => {}
            }
        };
        self.finish(deadline).await;
    }

    /// Records what has ended and takes as much work as can start; gives the time until that is to be done again.
    async fn record_and_claim(&mut self) -> Duration {
        let done = async {
            // Before all else: a claim takes back what has no lease, and this process's own leases run on while the store
            // fails at the rest.
            if self.renewed.elapsed() >= self.inbox.core.settings.lease / 4 {
                self.renew().await?;
            }
            self.record().await?;
            self.claim().await
        };
        match done.await {
            Ok(next) => {
                if self.said.over() {
                    tracing::info!("deliveries are worked off again");
                }
                next
            }
            Err(error) => {
                self.store_failed("working off deliveries", &error);
                PAUSE
            }
        }
    }

    /// Says so, but not again and again while the store is away.
    fn store_failed(&self, what: &'static str, error: &InboxError) {
        if self.said.is_due() {
            telemetry::store_failed(what, error);
        }
    }

    /// Records the attempts that have ended; what fails is recorded another time.
    async fn record(&mut self) -> Result<(), InboxError> {
        if !self.ended.is_empty() {
            fault::at(fault::Point::BeforeCompletion);
            self.inbox.core.store.complete(&self.ended).await?;
            self.ended.clear();
        }
        Ok(())
    }

    /// Claims no more than can start at once, and starts it; gives the time until more may be due.
    async fn claim(&mut self) -> Result<Duration, InboxError> {
        let free = self.inbox.core.settings.concurrency.saturating_sub(self.running.len());
        if free == 0 || self.wants.is_empty() {
            return Ok(POLL);
        }
        self.share_slots(free);
        let count = self.wants.len();
        self.wants.rotate_left(self.first);
        let asked = Instant::now();
        let claimed =
            self.inbox.core.store.claim(&mut self.wants, free, self.inbox.core.settings.lease).await;
        self.wants.rotate_right(self.first);
        let claimed = claimed?;
        // What is given out again has lost the lease under which it may still run here.
        self.cut_off(|held| claimed.work.iter().any(|work| work.held.work == held.work));
        if asked.elapsed() >= self.inbox.core.settings.lease && !claimed.work.is_empty() {
            // The answer took so long that somebody else may have this by now.
            let late: Vec<Held> = claimed.work.iter().map(|work| work.held).collect();
            self.inbox.core.store.release(&late).await?;
            return Ok(Duration::ZERO);
        }
        for mut work in claimed.work {
            work.queue = (work.queue + self.first) % count;
            self.start(work);
        }
        self.first = (self.first + 1) % count;
        Ok(claimed.next_due.map_or(POLL, |due| due.min(POLL)))
    }

    /// Says how many of each queue can start: as many as its endpoint has free, whichever of its queues takes them.
    fn share_slots(&mut self, free: usize) {
        let mut busy: HashMap<usize, usize> = HashMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "they are only counted")]
        for running in self.running.values() {
            *busy.entry(running.endpoint).or_default() += 1;
        }
        for want in &mut self.wants {
            let busy = busy.get(&want.of.endpoint).copied().unwrap_or(0);
            want.limit = want.of.concurrency.saturating_sub(busy).min(free);
        }
    }

    fn start(&mut self, Work { held, queue, delivery }: Work) {
        let effects = self.inbox.core.store.effects(held);
        let task = self.tasks.spawn(self.runner.run(queue, delivery, effects));
        let endpoint = self.wants[queue].of.endpoint;
        self.running.insert(task.id(), Running { held, endpoint, task, is_cut_off: false });
    }

    /// Takes in the task that has ended, and all others that have.
    fn take_ended(&mut self, ended: Result<(Id, Ran), JoinError>) {
        let mut next = Some(ended);
        while let Some(ended) = next {
            match ended {
                Ok((id, ran)) => {
                    let running = self.running.remove(&id);
                    if let Some(running) = running.filter(|_| !ran.recorded) {
                        let Ran { verdict, error, duration, recorded: _ } = ran;
                        self.ended.push(Completion { held: running.held, verdict, error, duration });
                    }
                }
                // It was cut off; handlers' own panics are caught.
                Err(cut_off) => drop(self.running.remove(&cut_off.id())),
            }
            next = self.tasks.try_join_next_with_id();
        }
    }

    /// Keeps the leases of what runs; what has lost its own is cut off, since somebody else runs it.
    async fn renew(&mut self) -> Result<(), InboxError> {
        let mut held: Vec<Held> = self.running.values().map(|running| running.held).collect();
        held.sort_unstable();
        let began = Instant::now();
        if !held.is_empty() {
            let kept = self.inbox.core.store.renew(&held, self.inbox.core.settings.lease).await?;
            self.cut_off(|held| !kept.contains(&held));
        }
        self.renewed = began;
        Ok(())
    }

    /// Ends the handlers that have lost their leases, in the order of their work.
    fn cut_off(&mut self, has_lost: impl Fn(Held) -> bool) {
        let mut lost: Vec<&mut Running> = self
            .running
            .values_mut()
            .filter(|running| !running.is_cut_off && has_lost(running.held))
            .collect();
        lost.sort_unstable_by_key(|running| running.held);
        for running in &mut lost {
            running.is_cut_off = true;
            running.task.abort();
        }
        if !lost.is_empty() {
            tracing::warn!(lost = lost.len(), "leases ran out while handlers ran; the handlers are cut off");
        }
    }

    /// Takes some of the deliveries that nobody had a handler for; gives the time until the next are looked for.
    async fn adopt(&mut self) -> Duration {
        match self.inbox.core.store.adopt(&*self.runner, ADOPTION_AGE).await {
            Ok(0) => ADOPTION,
            Ok(adopted) => {
                tracing::info!(adopted, "deliveries that had no handler are worked off now");
                ADOPTION_ON
            }
            Err(error) => {
                self.store_failed("adopting deliveries", &error);
                ADOPTION
            }
        }
    }

    /// Removes a little of what is old; gives the time until the next step.
    async fn prune(&mut self) -> Duration {
        match self.inbox.core.store.prune(&self.inbox.core.settings.retention).await {
            Ok(step) if !step.more => PRUNING,
            Ok(step) if step.pruned.is_nothing() => PRUNING_IN_VAIN,
            Ok(_) => PRUNING_ON,
            Err(error) => {
                self.store_failed("removing what is old", &error);
                PRUNING
            }
        }
    }

    /// Lets what runs finish until the deadline, records it, and gives the rest back.
    async fn finish(&mut self, deadline: Instant) {
        let mut renewal = interval(self.inbox.core.settings.lease / 3);
        while !self.tasks.is_empty() {
            tokio::select! {
                biased;
                () = sleep_until(deadline) => break,
                _ = renewal.tick() => {
                    // Not beyond the deadline, whatever the store does.
                    if let Ok(Err(error)) = timeout_at(deadline, self.renew()).await {
                        self.store_failed("renewing leases", &error);
                    }
                }
                Some(ended) = self.tasks.join_next_with_id() => self.take_ended(ended),
            }
        }
        self.tasks.abort_all();
        let noticed = Instant::now() + CUT_OFF;
        let mut cut_off: Vec<Held> = self.running.values().map(|running| running.held).collect();
        cut_off.sort_unstable();
        while let Ok(Some(ended)) = timeout_at(noticed, self.tasks.join_next_with_id()).await {
            self.take_ended(ended);
        }
        cut_off.retain(|held| !self.ended.iter().any(|ended| ended.held == *held));
        if let Err(error) = self.record().await {
            telemetry::store_failed("recording attempts", &error);
        }
        if !cut_off.is_empty() {
            tracing::warn!(
                cut_off = cut_off.len(),
                "handlers still ran at the end of the drain; their deliveries run again"
            );
            if let Err(error) = self.inbox.core.store.release(&cut_off).await {
                telemetry::store_failed("giving work back", &error);
            }
        }
        if let Err(error) = self.inbox.core.store.tidy().await {
            telemetry::store_failed("tidying up", &error);
        }
    }

    /// Works off what is due now; gives the number of attempts.
    #[cfg(feature = "testing")]
    pub(crate) async fn work_off(&mut self) -> Result<usize, InboxError> {
        while self.inbox.core.store.adopt(&*self.runner, ADOPTION_AGE).await? > 0 {}
        let mut attempts = 0;
        loop {
            self.claim().await?;
            if self.tasks.is_empty() {
                return Ok(attempts);
            }
            while let Some(ended) = self.tasks.join_next_with_id().await {
                let before = self.running.len();
                self.take_ended(ended);
                attempts += before - self.running.len();
            }
            self.record().await?;
        }
    }
}

/// Waits for the word to stop; gives the deadline.
async fn stopped(stop: &mut watch::Receiver<Option<Instant>>) -> Instant {
    stop.wait_for(Option::is_some).await.ok().and_then(|deadline| *deadline).unwrap_or_else(Instant::now)
}
