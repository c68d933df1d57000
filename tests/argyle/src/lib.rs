//! What talks to Argyle's API is tested in `tests`; the README's code is compiled here.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
