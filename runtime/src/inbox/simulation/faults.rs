//! What goes wrong between a process and the store.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::sleep;

use crate::inbox::InboxError;

/// How bad it is just now, for all processes alike.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Weather>);

/// How probable things are, in thousandths, and how long they take, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weather {
    pub(super) least: u64,
    pub(super) latency: u64,
    pub(super) error_before: u32,
    pub(super) error_after: u32,
    pub(super) stall: u32,
    pub(super) longest_stall: u64,
    /// Nobody reaches the store.
    pub(super) outage: bool,
}

/// What will happen to one call.
pub(super) struct Luck {
    before: Duration,
    error_before: bool,
    after: Duration,
    error_after: bool,
}

impl Faults {
    pub(super) fn set(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn draw(&self) -> Luck {
        let weather = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let happens = |thousandths: u32| thousandths > 0 && fastrand::u32(0..1_000) < thousandths;
        let latency = || match weather.latency {
            0 => Duration::ZERO,
            _ if happens(weather.stall) => Duration::from_millis(fastrand::u64(0..=weather.longest_stall)),
            latency => Duration::from_millis(fastrand::u64(weather.least..=latency)),
        };
        Luck {
            before: latency(),
            error_before: weather.outage || happens(weather.error_before),
            after: latency(),
            error_after: happens(weather.error_after),
        }
    }
}

impl Luck {
    /// The way to the store.
    pub(super) async fn before(&self) -> Result<(), InboxError> {
        pass(self.before, self.error_before, "the store could not be reached").await
    }

    /// The way back, when all is committed.
    pub(super) async fn after(&self) -> Result<(), InboxError> {
        pass(self.after, self.error_after, "the connection was lost during the commit").await
    }
}

async fn pass(time: Duration, fails: bool, why: &'static str) -> Result<(), InboxError> {
    if !time.is_zero() {
        sleep(time).await;
    }
    if fails { Err(InboxError::Store(why.into())) } else { Ok(()) }
}
