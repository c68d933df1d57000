//! The grammar of patterns. `switchhook::Pattern` reads the same one; a table in `tests/` holds both to it.

use crate::errors;

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
