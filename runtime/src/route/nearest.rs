//! The name a misspelt one probably meant, found in const evaluation.

use super::pattern::{is_separator, same_bytes};

/// Names further apart than this are not suggested for each other.
const NEAR: usize = 2;

/// Longer names get no suggestion: the table below is this wide.
const WIDEST: usize = 96;

/// The name nearest to `name`, if one is within two edits.
pub(crate) const fn nearest_name(names: &[&'static str], name: &str) -> Option<&'static str> {
    let mut best = None;
    let mut least = NEAR + 1;
    let mut i = 0;
    while i < names.len() {
        let found = distance(names[i].as_bytes(), name.as_bytes());
        if found < least {
            least = found;
            best = Some(names[i]);
        }
        i += 1;
    }
    best
}

/// The beginning (with its separator) of one of `names` that is nearest to `prefix`.
pub(crate) const fn nearest_prefix(names: &[&'static str], prefix: &[u8]) -> Option<&'static str> {
    let mut best = None;
    let mut least = NEAR + 1;
    let mut i = 0;
    while i < names.len() {
        let bytes = names[i].as_bytes();
        let mut end = 0;
        while end < bytes.len() {
            if is_separator(bytes[end]) {
                let found = distance(bytes.split_at(end + 1).0, prefix);
                if found < least {
                    least = found;
                    best = Some(names[i].split_at(end + 1).0);
                }
            }
            end += 1;
        }
        i += 1;
    }
    best
}

/// The beginning, with its separator, of the names that go on behind this whole one.
pub(crate) const fn group_of(names: &[&'static str], name: &str) -> Option<&'static str> {
    let name = name.as_bytes();
    let mut i = 0;
    while i < names.len() {
        let bytes = names[i].as_bytes();
        if bytes.len() > name.len() && is_separator(bytes[name.len()]) {
            let (beginning, _) = bytes.split_at(name.len());
            if same_bytes(beginning, name) {
                return Some(names[i].split_at(name.len() + 1).0);
            }
        }
        i += 1;
    }
    None
}

/// Levenshtein distance, or one more than [`NEAR`] when it is larger than that.
const fn distance(a: &[u8], b: &[u8]) -> usize {
    if a.len() > WIDEST || b.len() > WIDEST || a.len().abs_diff(b.len()) > NEAR {
        return NEAR + 1;
    }
    let mut row = [0; WIDEST + 1];
    let mut j = 0;
    while j <= b.len() {
        row[j] = j;
        j += 1;
    }
    let mut i = 0;
    while i < a.len() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        let mut smallest = row[0];
        let mut j = 0;
        while j < b.len() {
            let replaced = diagonal + (a[i] != b[j]) as usize;
            diagonal = row[j + 1];
            row[j + 1] = least_of(replaced, least_of(row[j], row[j + 1]) + 1);
            smallest = least_of(smallest, row[j + 1]);
            j += 1;
        }
        if smallest > NEAR {
            return NEAR + 1;
        }
        i += 1;
    }
    least_of(row[b.len()], NEAR + 1)
}

const fn least_of(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        for (a, b, edits) in [
            ("", "", 0),
            ("a", "", 1),
            ("abc", "abc", 0),
            ("updatd", "updated", 1),
            ("ab", "ba", 2),
            ("abc", "xyz", 3),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), edits, "{a} {b}");
        }
    }

    #[test]
    fn suggests_only_what_is_near() {
        let names = ["identities.added", "identities.updated", "users.fully_synced"];
        assert_eq!(nearest_name(&names, "identities.updatd"), Some("identities.updated"));
        assert_eq!(nearest_name(&names, "paystubs.added"), None);
        assert_eq!(nearest_prefix(&names, b"identites."), Some("identities."));
        assert_eq!(nearest_prefix(&names, b"gigs."), None);
        assert_eq!(group_of(&names, "identities"), Some("identities."));
        assert_eq!(group_of(&names, "identitie"), None);
        assert_eq!(group_of(&names, "users.fully_synced"), None);
    }
}
