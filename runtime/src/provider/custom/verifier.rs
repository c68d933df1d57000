//! The algorithms that a scheme can name.

use std::time::SystemTime;

use hmac::{KeyInit, Mac};

use crate::provider::{
    Encoding, Secrets, Verified, VerifyError,
    keys::{self, Keys},
};

/// Secrets of one algorithm.
pub(super) trait Verifier: Send + Sync {
    /// `None` where the text is no signature of this algorithm.
    fn verify(
        &self,
        at: SystemTime,
        message: &[&[u8]],
        encoding: Encoding,
        text: &[u8],
    ) -> Option<Result<Verified, VerifyError>>;

    /// The signature of the first secret, where that is one that signs.
    fn sign(&self, message: &[&[u8]]) -> Option<Vec<u8>>;

    fn check(&self) -> Result<(), Vec<String>>;

    fn secrets(&self) -> &Secrets;
}

/// How secrets become keys.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeysIn {
    Text,
    Encoded(Encoding),
}

impl KeysIn {
    pub(super) fn bytes(self, secret: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Text => Some(secret.to_vec()),
            Self::Encoded(encoding) => encoding.decode_all(secret),
        }
    }

    pub(super) fn fault(self) -> &'static str {
        match self {
            Self::Text => "is no key",
            Self::Encoded(Encoding::Hex) => "is no key in lower-case hex",
            Self::Encoded(Encoding::Base64) => "is no key in base64",
        }
    }
}

/// Makes the verifier of an algorithm.
pub(super) type Make = fn(Secrets, KeysIn) -> Box<dyn Verifier>;

/// An HMAC of `N` bytes.
struct Hmac<M, const N: usize> {
    keys: Keys<M>,
    keys_in: KeysIn,
}

pub(super) fn hmac<M, const N: usize>(secrets: Secrets, keys_in: KeysIn) -> Box<dyn Verifier>
where
    M: Mac + KeyInit + Clone + Send + Sync + 'static,
{
    let keys = Keys::new(secrets, |secret| keys::hmac(&keys_in.bytes(secret)?));
    Box::new(Hmac::<M, N> { keys, keys_in })
}

impl<M: Mac + KeyInit + Clone + Send + Sync, const N: usize> Verifier for Hmac<M, N> {
    fn verify(
        &self,
        at: SystemTime,
        message: &[&[u8]],
        encoding: Encoding,
        text: &[u8],
    ) -> Option<Result<Verified, VerifyError>> {
        let signature = encoding.decode::<N>(text)?;
        Some(self.keys.verify(at, message, &[signature]))
    }

    fn sign(&self, message: &[&[u8]]) -> Option<Vec<u8>> {
        self.keys.sign(message)
    }

    fn check(&self) -> Result<(), Vec<String>> {
        self.keys.check_made(self.keys_in.fault())
    }

    fn secrets(&self) -> &Secrets {
        self.keys.secrets()
    }
}
