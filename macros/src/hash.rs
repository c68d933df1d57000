//! The hash of a pattern, for the runtime's index of handlers.
//!
//! It is the one of `route/index.rs` there; `tests/hashes.txt` holds both to it. Made here it takes a microsecond, in
//! const evaluation a tenth of a millisecond.

/// The hash of the bytes that decide: the whole name, or what stands before the `*`.
pub(crate) fn of(pattern: &str) -> u32 {
    let key = pattern.strip_suffix('*').unwrap_or(pattern).as_bytes();
    let (words, rest) = key.as_chunks();
    let state = words.iter().fold(key.len() as u64, |state, word| mix(state ^ u64::from_le_bytes(*word)));
    let tail = rest.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte));
    (mix(state ^ tail) >> 32) as u32
}

/// Both halves of a product, which depend on every bit of the state.
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
fn mix(state: u64) -> u64 {
    let product = u128::from(state ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93;
    product as u64 ^ (product >> 64) as u64
}
