//! What the code under test logs, for tests to read.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use tracing::{Dispatch, Level, subscriber::DefaultGuard};
use tracing_subscriber::fmt::MakeWriter;

/// Keeps what one thread logs.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes what this thread logs, down to a level, until the guard is dropped.
    pub fn capture(level: Level) -> (Self, DefaultGuard) {
        hear_all_threads();
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(log.clone())
            .with_ansi(false)
            .without_time()
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// What was logged so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// How often a text was logged.
    pub fn count(&self, text: &str) -> usize {
        self.text().matches(text).count()
    }
}

/// Lets every subscriber hear its own thread, whatever other threads do.
///
/// Whether anybody listens at a place is asked once, by the thread that comes there first; and while the process has had one
/// subscriber only, tracing asks it for that thread alone. A thread without one would silence the place for good. So
/// there is a second, which lives as long as the process.
fn hear_all_threads() {
    static SECOND: OnceLock<Dispatch> = OnceLock::new();
    SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
}

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn place() {
        tracing::warn!("somebody was here");
    }

    #[test]
    fn a_thread_without_a_subscriber_silences_no_place() {
        let (log, _guard) = Log::capture(Level::WARN);
        thread::spawn(place).join().unwrap();
        place();
        assert_eq!(log.count("somebody was here"), 1, "{}", log.text());
    }
}
