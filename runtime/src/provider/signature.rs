//! Signatures: reading one from its header, and checking it in constant time.

use hmac::{KeyInit, Mac};
use http::{HeaderMap, HeaderName};

use super::{Secrets, VerifyError};

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
pub fn sole_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a [u8], VerifyError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or_else(|| VerifyError::MissingHeader(name.clone()))?;
    match values.next() {
        Some(_) => Err(VerifyError::RepeatedHeader(name.clone())),
        None => Ok(value.as_bytes()),
    }
}

/// Keys for an HMAC, one per secret, each prepared once so that a delivery only pays for its own bytes.
pub(crate) struct HmacKeys<M>(Vec<M>);

impl<M: Mac + KeyInit + Clone> HmacKeys<M> {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        // An HMAC takes a key of any length, so none is left out.
        Self(secrets.expose().filter_map(|secret| <M as KeyInit>::new_from_slice(secret).ok()).collect())
    }

    /// The position of the secret that made this signature of the message.
    ///
    /// Each comparison takes constant time, and every secret is tried.
    pub(crate) fn find_signer(&self, message: &[u8], signature: &[u8]) -> Option<usize> {
        let mut signer = None;
        for (position, key) in self.0.iter().enumerate() {
            let mac = key.clone().chain_update(message);
            if mac.verify_slice(signature).is_ok() && signer.is_none() {
                signer = Some(position);
            }
        }
        signer
    }

    /// The signature that the first secret makes.
    #[cfg(feature = "testing")]
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mac = self.0.first()?.clone().chain_update(message);
        Some(mac.finalize().into_bytes().to_vec())
    }
}
