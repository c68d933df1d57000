//! A process: an inbox of its own on the store that all share, and a worker where it has one.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, oneshot, watch},
    task::JoinSet,
    time::Instant,
};

use super::{
    handlers::{Handlers, LAST, Manners, likeness},
    life::Life,
    model::Connection,
    trace::{Event, Witness},
};
use crate::inbox::{
    Core, Inbox, Retention, Settings,
    ingest::{Ingest, NotStored},
    model::{Adopt as _, NewDelivery, Stored},
    worker::Worker,
};

/// What a new process is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) generation: u8,
    pub(super) takes: bool,
    pub(super) works: bool,
    /// The poll in place of which it ends.
    pub(super) last_poll: Option<u64>,
    pub(super) manners: Manners,
    pub(super) lease: Duration,
    pub(super) concurrency: usize,
    pub(super) retention: Retention,
}

impl Kind {
    /// It takes, and has a handler for everything, none of which fails.
    pub(super) fn plain() -> Self {
        Self {
            generation: LAST,
            takes: true,
            works: true,
            last_poll: None,
            manners: Manners { time: 50, long_time: 50, long: 0, fail: 0 },
            lease: Duration::from_secs(1),
            concurrency: 8,
            retention: Retention::default(),
        }
    }
}

pub(super) struct Process {
    pub(super) number: usize,
    pub(super) kind: Kind,
    life: Arc<Life>,
    witness: Arc<Witness>,
    inbox: Inbox,
    handlers: Arc<Handlers>,
    stop: watch::Sender<Option<Instant>>,
    worker: JoinSet<()>,
    /// The ingest's writer, and the requests.
    others: JoinSet<()>,
}

impl Process {
    pub(super) fn start(number: usize, kind: Kind, store: Connection, witness: Arc<Witness>) -> Self {
        let Kind { generation, works, concurrency, lease, .. } = kind;
        witness.see(Event::Started { process: number, generation, works, concurrency, lease });
        let life = Arc::new(Life::new(number, kind.last_poll, Arc::clone(&witness)));
        let settings = Settings {
            concurrency,
            lease,
            ingest_queue: 16,
            ingest_deadline: Duration::from_secs(2),
            retention: kind.retention,
            quarantine: None,
        };
        let (store, wake) = (Arc::new(store), Arc::new(Notify::new()));
        let (ingest, writer) = Ingest::new(Arc::clone(&store) as _, Arc::clone(&wake), &settings);
        let inbox = Inbox { core: Arc::new(Core { store, ingest, ward: None, wake, settings }) };
        let handlers = Arc::new(Handlers {
            process: number,
            generation,
            life: Arc::clone(&life),
            witness: Arc::clone(&witness),
            manners: kind.manners,
        });
        let (stop, stopped) = watch::channel(None);
        let (mut worker, mut others) = (JoinSet::new(), JoinSet::new());
        others.spawn(life.lead(writer));
        if works {
            let work = Worker::new(inbox.clone(), Arc::clone(&handlers) as _).work(stopped);
            worker.spawn(life.lead(work));
        }
        Self { number, kind, life, witness, inbox, handlers, stop, worker, others }
    }

    /// Takes a request; whoever sent it hears of the answer, unless the process ends before.
    pub(super) fn receive(
        &mut self,
        arrival: u64,
        mut new: NewDelivery,
        answer: oneshot::Sender<Result<Stored, NotStored>>,
    ) {
        while self.others.try_join_next().is_some() {}
        let (inbox, witness, process) = (self.inbox.clone(), Arc::clone(&self.witness), self.number);
        new.work = self.handlers.work(&new.endpoint, &new.delivery);
        self.others.spawn(self.life.lead(async move {
            let consumers = new.work.iter().map(|work| Arc::clone(&work.consumer)).collect();
            witness.see(Event::Arrived { arrival, process, likeness: likeness(&new.delivery), consumers });
            let stored = inbox.core.ingest.store(new).await;
            witness.see(Event::Answered { arrival, answer: stored });
            // The sender may have hung up.
            let _hung_up = answer.send(stored);
        }));
    }

    pub(super) fn is_over(&self) -> bool {
        self.life.is_over()
    }

    pub(super) fn freeze(&self) {
        self.witness.see(Event::Froze { process: self.number });
        self.life.freeze();
    }

    pub(super) fn thaw(&self) {
        self.witness.see(Event::Thawed { process: self.number });
        self.life.thaw();
    }

    /// Tells its worker to stop, within this time.
    pub(super) fn stop(&self, within: Duration) {
        self.witness.see(Event::Stopping { process: self.number });
        self.stop.send_replace(Some(Instant::now() + within));
    }

    /// Whether the worker has stopped, where there is one.
    pub(super) fn has_stopped(&mut self) -> bool {
        while self.worker.try_join_next().is_some() {}
        self.worker.is_empty()
    }
}

/// It is gone from one moment to the next.
impl Drop for Process {
    fn drop(&mut self) {
        self.life.end();
    }
}
