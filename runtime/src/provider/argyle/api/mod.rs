//! Argyle's API: what is asked of it, where deliveries only come from it.

mod identity;

pub use identity::*;
