//! The macro's hash is held to the table that the runtime's is held to.

use crate::hash;

const TABLE: &str = include_str!("../../../tests/hashes.txt");

#[test]
fn agrees_with_the_shared_table() {
    let mut rows = 0;
    for row in TABLE.lines().filter(|row| !row.starts_with('#')) {
        let (pattern, expected) = row.split_once('\t').expect("a row is `text<TAB>hash`");
        assert_eq!(hash::of(pattern).to_string(), expected, "for {pattern:?}");
        rows += 1;
    }
    assert!(rows > 40, "the table was read");
}
