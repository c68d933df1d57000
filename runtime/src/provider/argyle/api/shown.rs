//! What may be shown of a text that comes from elsewhere.

use crate::provider::secret::arranges;

/// Whether a character stays on its line and in its place when it is printed: it does not end a line, drive a terminal, or
/// turn the direction of what follows.
pub(crate) fn is_plain(c: char) -> bool {
    !(c.is_control() || c == '\u{61c}' || arranges(c))
}

/// An address without what may be secret in it: what stands before an `@` and behind a `?`.
pub(crate) fn address(text: &str) -> String {
    let (text, query) = text.split_once('?').map_or((text, ""), |(text, _)| (text, "?***"));
    let shown = match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://***{}", &text[..scheme], &text[at..]),
        (_, Some(at)) => format!("***{}", &text[at..]),
        (_, None) => text.to_owned(),
    };
    shown + query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        for (text, shown) in [
            ("https://h.example/argyle", "https://h.example/argyle"),
            ("https://me:s3cr3t@h.example/a?token=s3cr3t", "https://***@h.example/a?***"),
            ("me:s3cr3t@h.example", "***@h.example"),
            ("https://h.example/a?x=y@z", "https://h.example/a?***"),
            ("?", "?***"),
        ] {
            assert_eq!(address(text), shown);
        }
    }

    #[test]
    fn what_moves_other_text_is_not_plain() {
        assert!("aé ✓".chars().all(is_plain));
        assert!("\n\u{1b}\u{9b}\u{202e}\u{2028}\u{2066}\u{200b}".chars().all(|c| !is_plain(c)));
    }
}
