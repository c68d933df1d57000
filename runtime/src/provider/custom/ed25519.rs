//! Ed25519 as an algorithm of a scheme.

use std::time::SystemTime;

use super::verifier::{KeysIn, Verifier};
use crate::provider::{
    Encoding, Secrets, Verified, VerifyError,
    ed25519::PublicKey,
    keys::{Keys, signed_by},
};

/// Public keys, which check what the sender's private one signed.
struct Ed25519 {
    keys: Keys<PublicKey>,
    keys_in: KeysIn,
}

/// The keys are in hex unless said otherwise.
pub(super) fn ed25519(secrets: Secrets, keys_in: KeysIn) -> Box<dyn Verifier> {
    let keys_in = match keys_in {
        KeysIn::Text => KeysIn::Encoded(Encoding::Hex),
        encoded @ KeysIn::Encoded(_) => encoded,
    };
    let keys = Keys::new(secrets, |secret| PublicKey::read(&keys_in.bytes(secret)?));
    Box::new(Ed25519 { keys, keys_in })
}

impl Verifier for Ed25519 {
    fn verify(
        &self,
        at: SystemTime,
        message: &[&[u8]],
        encoding: Encoding,
        text: &[u8],
    ) -> Option<Result<Verified, VerifyError>> {
        let (signature, message) = ([encoding.decode(text)?], message.concat());
        Some(signed_by(self.keys.find(at, |key| key.made(&signature, &message))))
    }

    fn sign(&self, _: &[&[u8]]) -> Option<Vec<u8>> {
        None
    }

    fn check(&self) -> Result<(), Vec<String>> {
        self.keys.check_made(self.keys_in.fault())
    }

    fn secrets(&self) -> &Secrets {
        self.keys.secrets()
    }
}
