//! Texts as PostgreSQL takes them: it has no character of the number 0, and a sender may send one.

use std::borrow::Cow;

/// Announces one of the two characters that do not stand for themselves.
const MARK: char = '\u{1a}';

/// A text as it is stored.
pub(super) fn write(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', MARK]) {
        return Cow::Borrowed(text);
    }
    let mut stored = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\0' => stored.extend([MARK, '0']),
            MARK => stored.extend([MARK, '1']),
            other => stored.push(other),
        }
    }
    Cow::Owned(stored)
}

/// A text as it was before it was stored.
pub(super) fn read(stored: String) -> String {
    if !stored.contains(MARK) {
        return stored;
    }
    let mut text = String::with_capacity(stored.len());
    let mut chars = stored.chars();
    while let Some(char) = chars.next() {
        match char {
            MARK => text.push(if chars.next() == Some('0') { '\0' } else { MARK }),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_has_a_zero_meanwhile() {
        for text in ["", "a", "\0", "a\0b", "\u{1a}", "\u{1a}0", "\u{1a}\0\u{1a}1", "\u{1F600}\0"] {
            let stored = write(text);
            assert!(!stored.contains('\0'));
            assert_eq!(read(stored.into_owned()), text);
        }
        assert_ne!(write("\0"), write("\u{1a}0"));
    }
}
