//! The macro's reading of the grammar is held to the table that the runtime's is held to.

use crate::pattern::fault;

const TABLE: &str = include_str!("../../../tests/patterns.txt");

#[test]
fn agrees_with_the_shared_table() {
    let mut rows = 0;
    for row in TABLE.lines().filter(|row| !row.starts_with('#')) {
        let (text, verdict) = row.split_once('\t').expect("a row is `text<TAB>verdict`");
        let text = text.trim_matches('"').replace("\\t", "\t").replace("{257}", &"a".repeat(257));
        let expected = (!matches!(verdict, "exact" | "prefix" | "any")).then_some(verdict);
        assert_eq!(fault(&text), expected, "for {text:?}");
        rows += 1;
    }
    assert!(rows > 30, "the table was read");
}
