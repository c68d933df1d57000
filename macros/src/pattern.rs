//! The grammar of patterns. `switchhook::Pattern` reads the same one; a table in `tests/` holds both to it.

use syn::LitStr;

use crate::{errors, hash};

/// A pattern that the attribute names.
pub(crate) struct Pattern {
    pub(crate) literal: LitStr,
    pub(crate) text: String,
    /// As the runtime's index has it.
    pub(crate) hash: u32,
    /// Whether catalogs must list what it asks for.
    pub(crate) is_listed: bool,
}

impl Pattern {
    /// Reads a literal; an error for what is no pattern.
    pub(crate) fn new(literal: LitStr, is_listed: bool) -> syn::Result<Self> {
        let text = literal.value();
        match fault(&text) {
            Some(fault) => Err(syn::Error::new_spanned(literal, fault)),
            None => Ok(Self { hash: hash::of(&text), literal, text, is_listed }),
        }
    }
}

/// What is wrong with a pattern, if anything.
pub(crate) fn fault(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some(errors::EVENT_EMPTY);
    }
    if text.len() > 256 {
        return Some(errors::EVENT_TOO_LONG);
    }
    let mut segments = text.split(['.', '/', ':']).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if segment.is_empty() {
            return Some(errors::SEGMENT_EMPTY);
        }
        let bad = segment.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'));
        match bad.map(|at| &segment[at..]) {
            None => {}
            Some("*") if segment == "*" && is_last => {}
            Some(rest) if rest.starts_with('*') => return Some(errors::WILDCARD_MISPLACED),
            Some(_) => return Some(errors::BAD_CHARACTER),
        }
    }
    None
}
