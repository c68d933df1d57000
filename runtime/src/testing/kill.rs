//! Killing the process at the worst moments.

/// Lets this process be killed (SIGKILL) when it comes by a point for the `nth` time. Tells whether the point is known;
/// one can be set in a process.
///
/// | point | then |
/// | --- | --- |
/// | `before-commit` | deliveries are about to be written and committed |
/// | `after-commit` | deliveries are committed and not answered |
/// | `before-completion` | handlers are done and that is not recorded |
/// | `before-tx-commit` | a handler's `Tx` is done and not committed |
/// | `after-tx-commit` | a handler's `Tx` is committed and nobody has heard of it |
///
/// # Examples
///
/// ```
/// assert!(!switchhook::testing::kill_at("at-noon", 1));
/// ```
pub fn kill_at(point: &str, nth: u64) -> bool {
    crate::fault::armed::arm(point, nth)
}
