//! What needs both crates is tested in `tests/tests`; the README's code is compiled here.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
