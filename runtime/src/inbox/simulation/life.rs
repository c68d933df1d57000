//! The life of a process: everything it does is polled through it, so it can end at any await, and stand still.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{
    laws::{Law, Violation},
    trace::{Event, Witness},
};

/// What all futures of a process share.
pub(super) struct Life {
    process: usize,
    pulse: Mutex<Pulse>,
    witness: Arc<Witness>,
}

#[derive(Default)]
struct Pulse {
    polls: u64,
    /// The poll in place of which the process ends.
    last: Option<u64>,
    is_over: bool,
    is_frozen: bool,
    /// Who asked to be polled while it was frozen.
    waiting: Vec<Waker>,
}

impl Life {
    /// One that ends in place of the `last`-th poll, if at all.
    pub(super) fn new(process: usize, last: Option<u64>, witness: Arc<Witness>) -> Self {
        Self { process, pulse: Mutex::new(Pulse { last, ..Pulse::default() }), witness }
    }

    fn pulse<T>(&self, look: impl FnOnce(&mut Pulse) -> T) -> T {
        look(&mut self.pulse.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn is_over(&self) -> bool {
        self.pulse(|pulse| pulse.is_over)
    }

    /// Lets nothing of the process be polled any more.
    pub(super) fn end(&self) {
        if !self.pulse(|pulse| std::mem::replace(&mut pulse.is_over, true)) {
            self.witness.see(Event::Gone { process: self.process });
        }
    }

    /// Lets nothing of the process be polled until it is thawed.
    pub(super) fn freeze(&self) {
        self.pulse(|pulse| pulse.is_frozen = true);
    }

    pub(super) fn thaw(&self) {
        let waiting = self.pulse(|pulse| {
            pulse.is_frozen = false;
            std::mem::take(&mut pulse.waiting)
        });
        waiting.into_iter().for_each(Waker::wake);
    }

    /// A future as a part of the process.
    pub(super) fn lead<F: Future>(self: &Arc<Self>, future: F) -> Led<F> {
        Led { life: Arc::clone(self), future: Box::pin(future) }
    }

    /// Whether something may be polled now.
    fn beat(&self, context: &Context<'_>) -> bool {
        let is_last = self.pulse(|pulse| {
            if pulse.is_frozen {
                pulse.waiting.push(context.waker().clone());
                return None;
            }
            pulse.polls += 1;
            (!pulse.is_over).then_some(pulse.last == Some(pulse.polls))
        });
        if is_last == Some(true) {
            self.end();
        }
        is_last == Some(false)
    }
}

/// A future that is polled only while its process lives.
pub(super) struct Led<F> {
    life: Arc<Life>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Led<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if !self.life.beat(context) {
            return Poll::Pending;
        }
        // The runtime would keep a panic to itself.
        let poll = AssertUnwindSafe(|| self.future.as_mut().poll(context));
        catch_unwind(poll).unwrap_or_else(|panic| {
            let what = format!("something in process {} has panicked", self.life.process);
            self.life.witness.report(Violation::new(Law::NothingPanics, what));
            resume_unwind(panic)
        })
    }
}
