//! What needs both crates is tested in `tests/tests`; the README's code is compiled here, and PostgreSQL for tests is
//! made here.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

#[cfg(unix)]
pub mod postgres;
