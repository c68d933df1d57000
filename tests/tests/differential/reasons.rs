//! Where our verdict and theirs may differ: two closed lists, decided by what came in.

use http::HeaderMap;

use crate::draft::PARTS;

/// Why only ours refuses a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stricter {
    /// A header came more than once: they take the first, so that whoever adds one decides.
    Repeated,
    /// Both sets of headers are there, whole or in part, and do not say the same: they take one, or each from where it is.
    SetsDiffer,
    /// An element of the list is empty or names no version: they pass over it.
    NoVersion,
    /// A `v1` is not the base64 of 32 bytes, in its one form: they pass over it.
    MalformedSymmetric,
    /// A `v1a` is not the base64 of 64 bytes, in its one form: they pass over it.
    MalformedPublic,
    /// There are more than 8 signatures by HMAC, or 4 by public keys: they compare any number.
    ManySignatures,
    /// There are more than 16 elements in the list: they read any number.
    ManyElements,
    /// The timestamp has a sign or a zero in front: they sign the number that it stands for, and not what came.
    TimestampNotPlain,
    /// The id is empty: they sign an empty one.
    EmptyId,
    /// The id has a space or a tab in it: they take it.
    BlankInId,
    /// The id has a full stop in it, so that what is signed does not tell where it ends: they take it.
    FullStopInId,
}

/// Why only ours verifies a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wider {
    /// The body is not UTF-8: they sign text, ours bytes. It is not accepted: what is no JSON is answered 400 afterwards.
    BodyNotText,
}

pub(crate) const STRICTER: [Stricter; 11] = [
    Stricter::Repeated,
    Stricter::SetsDiffer,
    Stricter::NoVersion,
    Stricter::MalformedSymmetric,
    Stricter::MalformedPublic,
    Stricter::ManySignatures,
    Stricter::ManyElements,
    Stricter::TimestampNotPlain,
    Stricter::EmptyId,
    Stricter::BlankInId,
    Stricter::FullStopInId,
];

pub(crate) const WIDER: [Wider; 1] = [Wider::BodyNotText];

/// What came in.
pub(crate) struct Seen<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl<'a> Seen<'a> {
    fn all(&self, brand: &str, part: &str) -> Vec<&'a [u8]> {
        self.headers.get_all(format!("{brand}-{part}")).iter().map(http::HeaderValue::as_bytes).collect()
    }

    fn has(&self, brand: &str, part: &str) -> bool {
        !self.all(brand, part).is_empty()
    }

    fn has_some(&self, brand: &str) -> bool {
        PARTS.iter().any(|part| self.has(brand, part))
    }

    /// The set that is read: that of `webhook-`, unless there is nothing of it.
    pub(crate) fn brand(&self) -> &'static str {
        if self.has_some("svix") && !self.has_some("webhook") { "svix" } else { "webhook" }
    }

    fn value(&self, part: &str) -> &'a [u8] {
        self.all(self.brand(), part).first().copied().unwrap_or_default()
    }

    fn elements(&self) -> impl Iterator<Item = &'a [u8]> {
        self.value("signature").split(|byte| *byte == b' ')
    }

    /// The signatures of a version.
    fn signatures(&self, version: &str) -> impl Iterator<Item = &'a [u8]> {
        self.elements()
            .filter_map(move |element| element.strip_prefix(version.as_bytes())?.strip_prefix(b","))
    }
}

impl Stricter {
    pub(crate) fn holds(self, seen: &Seen<'_>) -> bool {
        let timestamp = seen.value("timestamp");
        match self {
            Self::Repeated => PARTS
                .iter()
                .any(|part| seen.all("webhook", part).len() > 1 || seen.all("svix", part).len() > 1),
            Self::SetsDiffer => {
                seen.has_some("webhook")
                    && seen.has_some("svix")
                    && PARTS
                        .iter()
                        .any(|part| seen.all("webhook", part).first() != seen.all("svix", part).first())
            }
            Self::NoVersion => {
                seen.elements().any(|element| element.first() == Some(&b',') || !element.contains(&b','))
            }
            Self::MalformedSymmetric => {
                seen.signatures("v1").any(|text| !is_base64(text, 44, b"=", b"AEIMQUYcgkosw048"))
            }
            Self::MalformedPublic => seen.signatures("v1a").any(|text| !is_base64(text, 88, b"==", b"AQgw")),
            Self::ManySignatures => seen.signatures("v1").count() > 8 || seen.signatures("v1a").count() > 4,
            Self::ManyElements => seen.elements().count() > 16,
            Self::TimestampNotPlain => timestamp.len() > 1 && matches!(timestamp[0], b'+' | b'-' | b'0'),
            Self::EmptyId => seen.has(seen.brand(), "id") && seen.value("id").is_empty(),
            Self::FullStopInId => seen.value("id").contains(&b'.'),
            Self::BlankInId => seen.value("id").iter().any(|byte| matches!(byte, b' ' | b'\t')),
        }
    }
}

impl Wider {
    pub(crate) fn holds(self, seen: &Seen<'_>) -> bool {
        match self {
            Self::BodyNotText => std::str::from_utf8(seen.body).is_err(),
        }
    }
}

/// Tells whether text is base64 of this length, with this padding and no bits left over in the digit before it.
fn is_base64(text: &[u8], length: usize, padding: &[u8], last: &[u8]) -> bool {
    let Some(digits) = text.strip_suffix(padding) else { return false };
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len() == length
        && digits.iter().all(is_digit)
        && digits.last().is_some_and(|digit| last.contains(digit))
}
