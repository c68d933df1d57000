//! What an attribute may name, and which event names it takes.

use std::fmt;

use crate::delivery::EventName;

/// What a handler asks for: one event, all events under a prefix, or all events.
///
/// ```text
/// pattern   = "*" | segment *( separator segment ) [ separator "*" ]
/// segment   = 1*( ASCII letter | digit | "_" | "-" )
/// separator = "." | "/" | ":"
/// ```
///
/// Patterns have this grammar; the event names that senders use have none: any name is compared with the
/// patterns byte by byte.
///
/// # Examples
///
/// ```
/// use switchhook::Pattern;
///
/// let pattern = Pattern::parse("identities.*")?;
/// assert!(pattern.matches("identities.added"));
/// assert!(!pattern.matches("identities"));
/// # Ok::<(), switchhook::PatternError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pattern<'a> {
    text: &'a str,
    kind: PatternKind,
}

/// The three forms of a [`Pattern`], from the most to the least specific.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PatternKind {
    /// One event, by its whole name.
    Exact,
    /// Every longer name that begins with the text before the `*`.
    Prefix,
    /// Every name.
    Any,
}

/// Why a text is no [`Pattern`].
///
/// # Examples
///
/// ```
/// use switchhook::Pattern;
///
/// let error = Pattern::parse("identities..added").unwrap_err();
/// assert_eq!(error.to_string(), "event name segments cannot be empty");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// The text is empty.
    #[error("event names cannot be empty")]
    Empty,
    /// The text is longer than any routed event name.
    #[error("event names have at most 256 bytes")]
    TooLong,
    /// Two separators in a row, or one at either end.
    #[error("event name segments cannot be empty")]
    EmptySegment,
    /// A `*` that is not the whole last segment.
    #[error("`*` must be the whole last segment of a pattern")]
    MisplacedWildcard,
    /// A character outside the grammar.
    #[error("event name segments consist of letters, digits, `_` and `-`, separated by `.`, `/` or `:`")]
    BadCharacter,
}

impl<'a> Pattern<'a> {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// [`PatternError`] names the first rule of the grammar that the text breaks.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::Pattern;
    /// for text in ["identities.updated", "identities.*", "orders/create", "repo:push", "*"] {
    ///     assert!(Pattern::parse(text).is_ok());
    /// }
    /// ```
    pub const fn parse(text: &'a str) -> Result<Self, PatternError> {
        let mut bytes = text.as_bytes();
        if bytes.is_empty() {
            return Err(PatternError::Empty);
        }
        if bytes.len() > EventName::MAX_LEN {
            return Err(PatternError::TooLong);
        }
        let mut segment = 0;
        // Const evaluation, which reads the names of whole catalogs, pays for every call: there is none for each byte.
        while let [byte, rest @ ..] = bytes {
            match *byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => segment += 1,
                b'.' | b'/' | b':' if segment == 0 => return Err(PatternError::EmptySegment),
                b'.' | b'/' | b':' => segment = 0,
                b'*' if segment != 0 || !rest.is_empty() => return Err(PatternError::MisplacedWildcard),
                b'*' => segment = 1,
                _ => return Err(PatternError::BadCharacter),
            }
            bytes = rest;
        }
        if segment == 0 {
            return Err(PatternError::EmptySegment);
        }
        Ok(Self::checked(text))
    }

    /// Takes a text that the macro has found to be a pattern. Reading each one again, byte by byte, would be most of
    /// what a list costs in const evaluation.
    pub(crate) const fn checked(text: &'a str) -> Self {
        let kind = match text.as_bytes() {
            [b'*'] => PatternKind::Any,
            [.., b'*'] => PatternKind::Prefix,
            _ => PatternKind::Exact,
        };
        Self { text, kind }
    }

    /// The pattern as it was written.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::Pattern;
    /// assert_eq!(Pattern::parse("identities.*").unwrap().as_str(), "identities.*");
    /// ```
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// Tells whether an event of this name is one that the pattern asks for.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::Pattern;
    /// let all = Pattern::parse("*").unwrap();
    /// assert!(all.matches("anything at all"));
    /// ```
    pub const fn matches(self, event: &str) -> bool {
        match self.kind {
            PatternKind::Any => true,
            PatternKind::Exact => same_bytes(self.key(), event.as_bytes()),
            PatternKind::Prefix => match event.as_bytes().split_at_checked(self.key().len()) {
                Some((start, rest)) => !rest.is_empty() && same_bytes(start, self.key()),
                None => false,
            },
        }
    }

    pub(crate) const fn kind(self) -> PatternKind {
        self.kind
    }

    /// The bytes that decide: the whole name, or what stands before the `*`.
    pub(crate) const fn key(self) -> &'a [u8] {
        let bytes = self.text.as_bytes();
        match self.kind {
            PatternKind::Exact => bytes,
            PatternKind::Prefix | PatternKind::Any => bytes.split_at(bytes.len() - 1).0,
        }
    }
}

impl fmt::Display for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// The bytes that end a segment.
pub(crate) const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'/' | b':')
}

/// `==` for bytes in const evaluation.
pub(crate) const fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (a, b);
    // Eight bytes at a step, without a branch between them.
    while let ([a0, a1, a2, a3, a4, a5, a6, a7, more_a @ ..], [b0, b1, b2, b3, b4, b5, b6, b7, more_b @ ..]) =
        (a, b)
    {
        let differ = (*a0 ^ *b0) | (*a1 ^ *b1) | (*a2 ^ *b2) | (*a3 ^ *b3);
        if differ | (*a4 ^ *b4) | (*a5 ^ *b5) | (*a6 ^ *b6) | (*a7 ^ *b7) != 0 {
            return false;
        }
        (a, b) = (more_a, more_b);
    }
    while let ([byte, more_a @ ..], [other, more_b @ ..]) = (a, b) {
        if *byte != *other {
            return false;
        }
        (a, b) = (more_a, more_b);
    }
    a.len() == b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table that the macro's own reading of the grammar is tested with too.
    const TABLE: &str = include_str!("../../../tests/patterns.txt");

    #[test]
    fn agrees_with_the_shared_table() {
        let mut rows = 0;
        for row in TABLE.lines().filter(|row| !row.starts_with('#')) {
            let (text, verdict) = row.split_once('\t').expect("a row is `text<TAB>verdict`");
            let text = text.trim_matches('"').replace("\\t", "\t").replace("{257}", &"a".repeat(257));
            let found = match Pattern::parse(&text) {
                Ok(pattern) => match pattern.kind() {
                    PatternKind::Exact => "exact".to_owned(),
                    PatternKind::Prefix => "prefix".to_owned(),
                    PatternKind::Any => "any".to_owned(),
                },
                Err(error) => error.to_string(),
            };
            assert_eq!(found, verdict, "for {text:?}");
            rows += 1;
        }
        assert!(rows > 30, "the table was read");
    }

    #[test]
    fn a_prefix_takes_longer_names_only() {
        let pattern = Pattern::parse("a/b:*").unwrap();
        assert!(pattern.matches("a/b:c.d e"));
        for event in ["a/b:", "a/b", "a/c:d", "A/b:c", ""] {
            assert!(!pattern.matches(event), "{event:?}");
        }
    }
}
