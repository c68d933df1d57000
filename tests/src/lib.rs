//! What needs both crates is tested in `tests/tests`; what several of these tests need is here.

pub mod logs;
#[cfg(unix)]
pub mod postgres;
