//! Signatures: reading them from their header, strictly.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName};
use smallvec::SmallVec;

use super::VerifyError;

/// The one value of a header that must come exactly once.
///
/// # Errors
///
/// [`VerifyError::MissingHeader`] and [`VerifyError::RepeatedHeader`]: taking the first of several would let
/// whoever adds one decide.
///
/// # Examples
///
/// ```
/// use http::{HeaderMap, HeaderName};
/// use switchhook::provider::sole_header;
///
/// let name = HeaderName::from_static("x-signature");
/// assert_eq!(sole_header(&HeaderMap::new(), &name).unwrap_err().to_string(), "the header `x-signature` is missing");
/// ```
#[inline]
pub fn sole_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a [u8], VerifyError> {
    let value = headers.get(name).ok_or_else(|| VerifyError::MissingHeader(name.clone()))?;
    // Mostly no header at all came twice, and then none needs to be looked up again.
    if headers.len() != headers.keys_len() && headers.get_all(name).iter().nth(1).is_some() {
        return Err(VerifyError::RepeatedHeader(name.clone()));
    }
    Ok(value.as_bytes())
}

/// Tells whether a text can be an id that is signed: visible characters, without the one that stands behind it in the
/// signed text, which would not tell where the id ends.
#[inline]
pub(crate) fn is_id(text: &[u8], end: u8) -> bool {
    // Without a branch for each byte, which takes a sixth of the time.
    let is_plain = text.iter().fold(true, |all, byte| all & byte.is_ascii_graphic());
    !text.is_empty() && is_plain && !text.contains(&end)
}

/// The signatures of `N` bytes that a request offers in a list, mostly one. One of them must be right.
pub(crate) struct Candidates<const N: usize>(SmallVec<[[u8; N]; 1]>);

/// The most signatures that one request may offer: senders put in one for each secret that they still use.
const MOST: usize = 8;

/// The most elements that a list of signatures may have, of whatever kind.
pub(crate) const MOST_ELEMENTS: usize = 16;

impl<const N: usize> Candidates<N> {
    pub(crate) fn none() -> Self {
        Self(SmallVec::new())
    }

    /// Adds one in this encoding; `None` where it is not exactly that, or there are too many.
    pub(crate) fn add(&mut self, encoding: Encoding, text: &[u8]) -> Option<()> {
        let signature = encoding.decode(text)?;
        (self.0.len() < MOST).then(|| self.0.push(signature))
    }

    pub(crate) fn all(&self) -> &[[u8; N]] {
        &self.0
    }
}

/// How the bytes of a signature, or of a key, are written. Both are read strictly: there is one text for some bytes.
///
/// # Examples
///
/// ```
/// use switchhook::provider::Encoding;
///
/// assert_ne!(Encoding::Hex, Encoding::Base64);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Two lower-case hexadecimal digits a byte.
    Hex,
    /// The standard alphabet of RFC 4648, padded.
    Base64,
}

impl Encoding {
    /// Decodes text that stands for exactly so many bytes.
    pub(crate) fn decode<const N: usize>(self, text: &[u8]) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        let decoded = match self {
            Self::Hex => base16ct::lower::decode(text, &mut bytes).ok()?.len(),
            Self::Base64 => STANDARD.decode_slice(text, &mut bytes).ok()?,
        };
        (decoded == N).then_some(bytes)
    }

    /// Decodes text of any length.
    pub(crate) fn decode_all(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hex => base16ct::lower::decode_vec(text).ok(),
            Self::Base64 => STANDARD.decode(text).ok(),
        }
    }

    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => base16ct::lower::encode_string(bytes),
            Self::Base64 => STANDARD.encode(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_text_for_some_bytes() {
        let two = |encoding: Encoding, text: &[u8]| encoding.decode::<2>(text).is_some();
        assert!(two(Encoding::Hex, b"0aff"));
        for bad in ["0AFF", "0aFf", "0af", "0aff0", "0a", "", "0aff ", "0agg", "0x0a"] {
            assert!(!two(Encoding::Hex, bad.as_bytes()), "{bad}");
        }
        assert!(two(Encoding::Base64, b"Cv8="));
        // The last of them has bits set that stand for no byte.
        for bad in ["Cv8", "Cv8==", "Cv8= ", " Cv8=", "Cv8=\n", "Cv-=", "Cg==", "Cv8K", "", "====", "Cv9="] {
            assert!(!two(Encoding::Base64, bad.as_bytes()), "{bad}");
        }
        assert_eq!(Encoding::Hex.decode_all(b"0aff").unwrap(), [10, 255]);
        assert_eq!(Encoding::Base64.decode_all(b"Cv8=").unwrap(), [10, 255]);
        assert_eq!(Encoding::Base64.decode_all(&[0xFF]), None);
    }

    #[test]
    fn there_are_not_too_many() {
        let mut candidates = Candidates::<1>::none();
        for _ in 0..MOST {
            assert!(candidates.add(Encoding::Hex, b"00").is_some());
        }
        assert!(candidates.add(Encoding::Hex, b"00").is_none());
    }
}
