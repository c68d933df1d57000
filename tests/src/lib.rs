//! What needs both crates is tested in `tests/tests`; PostgreSQL for tests is made here.

#[cfg(unix)]
pub mod postgres;
