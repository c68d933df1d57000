//! The names of a catalog that stand in a file, read in const evaluation from what `include_str!` gives.
//!
//! Const evaluation pays for every call: what runs for each byte is written without any.

use super::{
    catalog::fail,
    index::{Found, Slot, find_hashed, hash, probe},
    message::Message,
    pattern::{Pattern, PatternKind, same_bytes},
};

/// How many names a file lists: one a line; blanks around it, empty lines and those that begin with `#` say nothing.
pub const fn count_names(text: &str) -> usize {
    let mut count = 0;
    let mut left = text.as_bytes().trim_ascii_start();
    while let [first, ..] = left {
        if *first != b'#' {
            count += 1;
        }
        left = behind_line(left).trim_ascii_start();
    }
    count
}

/// The names that a file lists.
pub const fn names<const COUNT: usize>(text: &'static str) -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let mut count = 0;
    let mut left = text;
    while count < COUNT {
        left = left.trim_ascii_start();
        let length = left.len() - behind_line(left.as_bytes()).len();
        let (line, rest) = left.split_at(length);
        if !matches!(line.as_bytes(), [b'#', ..]) {
            names[count] = line.trim_ascii_end();
            count += 1;
        }
        left = rest;
    }
    names
}

/// What stands behind the first line, from what ends it on.
#[expect(clippy::needless_bitwise_bool, reason = "const evaluation pays for each branch")]
const fn behind_line(text: &[u8]) -> &[u8] {
    let mut left = text;
    // Eight bytes at a step, as far as none of them ends the line.
    while let [a, b, c, d, e, f, g, h, rest @ ..] = left {
        let ends = (*a == b'\n') | (*b == b'\n') | (*c == b'\n') | (*d == b'\n');
        if ends | (*e == b'\n') | (*f == b'\n') | (*g == b'\n') | (*h == b'\n') {
            break;
        }
        left = rest;
    }
    while let [byte, rest @ ..] = left {
        if *byte == b'\n' {
            break;
        }
        left = rest;
    }
    left
}

/// The payload types of a file's names: what the catalog's lines say. Fails where a name stands in the file twice, or is
/// given two types.
#[track_caller]
pub const fn payloads<const COUNT: usize>(
    names: &[&str],
    slots: &[Slot],
    lines: &[(&str, &'static str)],
) -> [Option<&'static str>; COUNT] {
    let mut payloads = [None; COUNT];
    let mut i = 0;
    while i < lines.len() {
        let (pattern, payload) = lines[i];
        let pattern = Pattern::checked(pattern);
        let hash = hash(pattern.key());
        let mut at = 0;
        while let Some(found) = next_match(names, slots, pattern, hash, at) {
            if payloads[found].is_some() {
                fail(
                    &Message::new()
                        .push("the catalog gives the event ")
                        .quote(names[found])
                        .push(" two types"),
                );
            }
            payloads[found] = Some(payload);
            at = found + 1;
        }
        i += 1;
    }
    if let Some(twice) = repeated(names, slots) {
        fail(&Message::new().push("the catalog's file lists the event ").quote(names[twice]).push(" twice"));
    }
    payloads
}

/// The place of a name that stands there twice. Names are compared only where they hash alike.
const fn repeated(names: &[&str], slots: &[Slot]) -> Option<usize> {
    let mut at = 0;
    while at < slots.len() {
        let slot = slots[at];
        at += 1;
        if slot.owner == 0 {
            continue;
        }
        let this = slot.owner as usize - 1;
        let found = probe!(slots, slot.hash, other =>
            other == this || same_bytes(names[other].as_bytes(), names[this].as_bytes()));
        if let Found::Owner(first) = found
            && first != this
        {
            return Some(this);
        }
    }
    None
}

/// Fails unless each of a file's lines is the name of an event.
#[track_caller]
pub const fn require_names(names: &[&str]) {
    let mut i = 0;
    while i < names.len() {
        if !is_event(names[i]) {
            fail(&Message::new().push("the catalog's file has a line that is no event: ").quote(names[i]));
        }
        i += 1;
    }
}

/// Tells whether this is a pattern of one event.
const fn is_event(name: &str) -> bool {
    match Pattern::parse(name) {
        Ok(pattern) => matches!(pattern.kind(), PatternKind::Exact),
        Err(_) => false,
    }
}

/// How many of the names some patterns take.
pub const fn count_matching(names: &[&str], patterns: &[&str]) -> usize {
    let mut count = 0;
    let mut i = 0;
    while i < names.len() {
        if matches_one(names[i], patterns) {
            count += 1;
        }
        i += 1;
    }
    count
}

/// Those of the names that some patterns take.
pub const fn matching<const COUNT: usize>(
    names: &'static [&'static str],
    patterns: &[&str],
) -> [&'static str; COUNT] {
    let mut found = [""; COUNT];
    let mut count = 0;
    let mut i = 0;
    while i < names.len() {
        if matches_one(names[i], patterns) {
            found[count] = names[i];
            count += 1;
        }
        i += 1;
    }
    found
}

const fn matches_one(name: &str, patterns: &[&str]) -> bool {
    let mut i = 0;
    while i < patterns.len() {
        if Pattern::checked(patterns[i]).matches(name) {
            return true;
        }
        i += 1;
    }
    false
}

/// The first of the names from place `from` on that the pattern takes; a whole name is looked up by its hash.
pub(super) const fn next_match(
    names: &[&str],
    slots: &[Slot],
    pattern: Pattern<'_>,
    hash: u32,
    from: usize,
) -> Option<usize> {
    if matches!(pattern.kind(), PatternKind::Exact) {
        return match find_hashed(slots, names, pattern.key(), hash) {
            Some(at) if at >= from => Some(at),
            _ => None,
        };
    }
    let mut at = from;
    while at < names.len() {
        if pattern.matches(names[at]) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# a comment\n\ninvoice.paid\r\n \tinvoice.void \n#\nping";

    #[test]
    fn a_line_is_a_name() {
        assert_eq!(count_names(TEXT), 3);
        assert_eq!(names::<3>(TEXT), ["invoice.paid", "invoice.void", "ping"]);
        assert_eq!(count_names(""), 0);
        assert_eq!(count_names("\n\r\n \n"), 0);
        assert_eq!(names::<1>("12345678"), ["12345678"]);
        assert_eq!(names::<2>("1234567\n12345678\n"), ["1234567", "12345678"]);
        assert_eq!(names::<2>("#\n12345678901\nx"), ["12345678901", "x"]);
    }

    #[test]
    fn an_event_is_what_a_pattern_of_one_event_is() {
        let long = "a".repeat(257);
        for name in ["a", "a.b", "a/b:c", "A_b-9"] {
            assert!(is_event(name), "{name:?}");
        }
        for name in ["", ".", "a.", ".a", "a..b", "*", "a.*", "a b", "\u{e9}", "a ", &long] {
            assert!(!is_event(name), "{name:?}");
        }
    }

    #[test]
    fn patterns_take_some() {
        const NAMES: &[&str] = &names::<3>(TEXT);
        assert_eq!(count_matching(NAMES, &["invoice.*", "invoice.paid"]), 2);
        assert_eq!(matching::<2>(NAMES, &["ping", "invoice.void"]), ["invoice.void", "ping"]);
    }
}
