//! The points at which a test kills the process; none of this is in a program without the feature `testing`.

/// A moment at which a process may end at the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "_sql"), allow(dead_code, reason = "they are the store's"))]
pub(crate) enum Point {
    /// Deliveries are about to be written and committed.
    BeforeCommit,
    /// Deliveries are committed and not answered.
    AfterCommit,
    /// Handlers are done and that is not recorded.
    BeforeCompletion,
    /// A handler's transaction is not committed.
    BeforeTxCommit,
    /// A handler's transaction is committed and nobody has heard of it.
    AfterTxCommit,
}

/// Ends the process here, if this is the place and the time.
#[inline]
pub(crate) fn at(point: Point) {
    #[cfg(feature = "testing")]
    armed::pass(point);
    #[cfg(not(feature = "testing"))]
    let _ = point;
}

#[cfg(feature = "testing")]
pub(crate) mod armed {
    use std::{
        process::{self, Command},
        sync::{
            OnceLock,
            atomic::{AtomicU64, Ordering},
        },
    };

    use super::Point;

    static ARMED: OnceLock<(Point, AtomicU64)> = OnceLock::new();

    impl Point {
        fn named(name: &str) -> Option<Self> {
            Some(match name {
                "before-commit" => Self::BeforeCommit,
                "after-commit" => Self::AfterCommit,
                "before-completion" => Self::BeforeCompletion,
                "before-tx-commit" => Self::BeforeTxCommit,
                "after-tx-commit" => Self::AfterTxCommit,
                _ => return None,
            })
        }
    }

    /// Lets the process be killed when it comes by this point for the `nth` time; tells whether the point is known.
    pub(crate) fn arm(point: &str, nth: u64) -> bool {
        Point::named(point).is_some_and(|point| ARMED.set((point, AtomicU64::new(nth))).is_ok())
    }

    pub(super) fn pass(point: Point) {
        let Some((armed, left)) = ARMED.get() else { return };
        if *armed == point && left.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SIGKILL, as a power cut would have it: nothing of this process runs on.
            let killed = Command::new("kill").args(["-KILL", &process::id().to_string()]).status();
            if killed.is_err() {
                process::abort();
            }
            loop {
                std::thread::park();
            }
        }
    }
}
