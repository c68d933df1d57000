//! What needs both crates is tested in `tests/tests`.
