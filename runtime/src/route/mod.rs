//! From an event's name to the handler that takes it.

pub(crate) mod catalog;
pub(crate) mod file;
pub(crate) mod index;
pub(crate) mod message;
mod nearest;
pub(crate) mod pattern;
pub(crate) mod probe;
pub(crate) mod table;
