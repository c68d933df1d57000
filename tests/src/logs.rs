//! Logs that a test of one thread reads while others run.

use std::sync::OnceLock;

use tracing::Dispatch;

/// Lets every subscriber hear its own thread, whatever other threads do. Call it before `set_default`.
///
/// Whether anybody listens at a place is asked once, by the thread that comes there first; and while the process has had one
/// subscriber only, tracing asks it for that thread alone. A thread without one would silence the place for good. So
/// there is a second, which lives as long as the process.
pub fn hear_all_threads() {
    static SECOND: OnceLock<Dispatch> = OnceLock::new();
    SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex, PoisonError},
        thread,
    };

    use super::hear_all_threads;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(text);
            Ok(text.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn place() {
        tracing::warn!("somebody was here");
    }

    #[test]
    fn a_thread_without_a_subscriber_silences_no_place() {
        hear_all_threads();
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        thread::spawn(place).join().unwrap();
        place();
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.matches("somebody was here").count(), 1, "{text}");
    }
}
