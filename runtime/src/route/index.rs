//! A hash index over names that is filled in const evaluation and read at run time.
//!
//! Names are hashed once and compared byte by byte only on equal hash, so that filling takes one pass: comparing
//! 1,000 names with each other would take the compiler minutes. Const evaluation pays for every call, `len()`
//! included, so what it runs for each name is written without any: lengths are taken once, helpers are macros. The
//! patterns of handlers come with their hash, made by the attribute: `macros/src/hash.rs` is the same function.

use super::pattern::same_bytes;

/// One place of an index: nothing, or the hash of a name and the number of its owner.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    pub(super) hash: u32,
    /// The owner's number plus one; zero is an empty place.
    pub(super) owner: u32,
}

impl Slot {
    pub(super) const EMPTY: Self = Self { hash: 0, owner: 0 };
}

/// A pattern, and the hash of the bytes that decide.
///
/// The attribute has hashed them: const evaluation would take a tenth of a millisecond for each.
#[derive(Debug, Clone, Copy)]
pub struct Hashed {
    /// The pattern as it was written.
    pub text: &'static str,
    /// Of the whole name, or of what stands before the `*`.
    pub hash: u32,
}

/// How many places an index of this many names has: a power of two, at most half full.
pub const fn capacity(names: usize) -> usize {
    if names == 0 { 1 } else { (names * 2).next_power_of_two() }
}

/// Both halves of a product, which depend on every bit of the state.
macro_rules! mix {
    ($state:expr) => {{
        let product = ($state ^ 0x9E37_79B9_7F4A_7C15) as u128 * 0xD6E8_FEB8_6659_FD93;
        product as u64 ^ (product >> 64) as u64
    }};
}

/// Mixes a name into 32 bits, eight bytes at a step.
///
/// Not keyed: the names in an index are the developer's own, and a look-up walks at most one run of them.
#[expect(clippy::cast_possible_truncation, reason = "parts of a product are meant")]
pub(super) const fn hash(mut name: &[u8]) -> u32 {
    let mut state = name.len() as u64;
    // A pattern takes the bytes apart without a call; the optimizer makes one load of them.
    while let [a, b, c, d, e, f, g, h, rest @ ..] = name {
        let low = *a as u64 | (*b as u64) << 8 | (*c as u64) << 16 | (*d as u64) << 24;
        let high = *e as u64 | (*f as u64) << 8 | (*g as u64) << 16 | (*h as u64) << 24;
        state = mix!(state ^ low ^ high << 32);
        name = rest;
    }
    let mut tail = 0_u64;
    while let [byte, rest @ ..] = name {
        tail = tail << 8 | *byte as u64;
        name = rest;
    }
    (mix!(state ^ tail) >> 32) as u32
}

/// Finds the owner that has this name among those whose names hash alike, or the place where it belongs.
pub(super) enum Found {
    Owner(usize),
    Vacant(usize),
}

/// Goes through the places for a hash; `$same` compares the name of an owner.
macro_rules! probe {
    ($slots:expr, $hash:expr, $owner:ident => $same:expr) => {{
        let mask = $slots.len() - 1;
        let mut at = $hash as usize & mask;
        loop {
            let slot = $slots[at];
            if slot.owner == 0 {
                break Found::Vacant(at);
            }
            if slot.hash == $hash {
                let $owner = slot.owner as usize - 1;
                if $same {
                    break Found::Owner($owner);
                }
            }
            at = (at + 1) & mask;
        }
    }};
}
pub(super) use probe;

/// Finds a name among `names` through their index.
pub(super) const fn find(slots: &[Slot], names: &[&str], name: &str) -> Option<usize> {
    find_hashed(slots, names, name.as_bytes(), hash(name.as_bytes()))
}

/// The same for a name whose hash is known.
pub(super) const fn find_hashed(slots: &[Slot], names: &[&str], name: &[u8], hash: u32) -> Option<usize> {
    match probe!(slots, hash, owner => same_bytes(names[owner].as_bytes(), name)) {
        Found::Owner(owner) => Some(owner),
        Found::Vacant(_) => None,
    }
}

/// Fills the index of names of which none stands twice.
pub const fn index_names<const CAPACITY: usize>(names: &[&str]) -> [Slot; CAPACITY] {
    let mut slots = [Slot::EMPTY; CAPACITY];
    let count = names.len();
    let mut owner = 0;
    while owner < count {
        let hash = hash(names[owner].as_bytes());
        if let Found::Vacant(at) = probe!(slots, hash, _other => false) {
            owner += 1;
            slots[at] = slot(hash, owner);
        }
    }
    slots
}

/// A place that is taken; owners are counted from 1 in it.
#[expect(clippy::cast_possible_truncation, reason = "nobody lists four thousand million names")]
pub(super) const fn slot(hash: u32, owner: usize) -> Slot {
    Slot { hash, owner: owner as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;

    /// The table that the macro's hash is tested with too.
    const TABLE: &str = include_str!("../../../tests/hashes.txt");

    #[test]
    fn agrees_with_the_shared_table() {
        let mut rows = 0;
        for row in TABLE.lines().filter(|row| !row.starts_with('#')) {
            let (pattern, expected) = row.split_once('\t').expect("a row is `text<TAB>hash`");
            let key = Pattern::parse(pattern).expect("a pattern").key();
            assert_eq!(hash(key).to_string(), expected, "for {pattern:?}");
            rows += 1;
        }
        assert!(rows > 40, "the table was read");
    }

    #[test]
    fn names_of_every_length_spread() {
        let mut hashes: Vec<u32> =
            (0..5_000).map(|i| hash(format!("a.common.prefix.of.names.{i}").as_bytes())).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert!(hashes.len() > 4_995, "{} of 5000 are different", hashes.len());
    }

    #[test]
    fn zero_bytes_and_length_count() {
        assert_ne!(hash(b"a"), hash(b"a\0"));
        assert_ne!(hash(b""), hash(b"\0"));
    }

    #[test]
    fn finds_every_name_and_no_other() {
        const NAMES: &[&str] = &["a", "b.c", "a.rather.long.name", ""];
        const SLOTS: &[Slot] = &index_names::<{ capacity(NAMES.len()) }>(NAMES);
        for (i, name) in NAMES.iter().enumerate() {
            assert_eq!(find(SLOTS, NAMES, name), Some(i));
        }
        assert_eq!(find(SLOTS, NAMES, "c"), None);
    }
}
