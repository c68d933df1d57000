//! The store's clock, which somebody sets at times.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use crate::Clock;

/// Goes with the runtime's paused time. Copies share it.
#[derive(Debug, Clone)]
pub(super) struct StoreClock {
    start: Instant,
    base: Arc<Mutex<SystemTime>>,
}

impl StoreClock {
    pub(super) fn new() -> Self {
        let base = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        Self { start: Instant::now(), base: Arc::new(Mutex::new(base)) }
    }

    /// Sets it forwards, or back.
    pub(super) fn step(&self, milliseconds: i64) {
        let mut base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        let step = Duration::from_millis(milliseconds.unsigned_abs());
        if milliseconds < 0 { *base -= step } else { *base += step }
    }
}

impl Clock for StoreClock {
    fn now(&self) -> SystemTime {
        *self.base.lock().unwrap_or_else(PoisonError::into_inner) + self.start.elapsed()
    }
}
