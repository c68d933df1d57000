//! Ids, made at random.

const HEX: [u8; 16] = *b"0123456789abcdef";

/// This many digits of base 16.
pub(super) fn digits(digits: usize) -> String {
    (0..digits).map(|_| digit(|_| true)).collect()
}

/// An id that looks like a UUID but is none: no RFC defines its version or its variant.
///
/// Argyle's own ids have any digits in those two places. So a client that accepts only real UUIDs always fails here,
/// rather than now and then at Argyle.
pub(super) fn id() -> String {
    let version = digit(|digit| !matches!(digit, '1'..='8'));
    let variant = digit(|digit| !matches!(digit, '8' | '9' | 'a' | 'b'));
    format!("{}-{}-{version}{}-{variant}{}-{}", digits(8), digits(4), digits(3), digits(3), digits(12))
}

fn digit(is_wanted: impl Fn(char) -> bool) -> char {
    loop {
        let digit = char::from(HEX[fastrand::usize(..HEX.len())]);
        if is_wanted(digit) {
            return digit;
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::{Uuid, Variant};

    use super::*;

    #[test]
    fn an_id_has_the_form_of_a_uuid_and_is_none() {
        for _ in 0..1000 {
            let id = id();
            let uuid: Uuid = id.parse().unwrap();
            assert_eq!(uuid.hyphenated().to_string(), id);
            assert!(uuid.get_version().is_none(), "{id}");
            assert_ne!(uuid.get_variant(), Variant::RFC4122, "{id}");
        }
    }

    #[test]
    fn digits_are_as_many_as_asked_for() {
        assert_eq!(digits(0), "");
        let digits = digits(32);
        assert!(digits.len() == 32 && digits.chars().all(|digit| digit.is_ascii_hexdigit()), "{digits}");
    }
}
