//! Public keys, which check what the sender's private one signed.

use ed25519_dalek::{Signature, VerifyingKey};

/// A public key.
pub(crate) struct PublicKey(Box<VerifyingKey>);

impl PublicKey {
    /// Takes 32 bytes; `None` also for one of the few keys that anybody could sign for.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
        (!key.is_weak()).then(|| Self(Box::new(key)))
    }

    /// Tells whether one of these signatures is its of the message.
    pub(crate) fn made(&self, signatures: &[[u8; 64]], message: &[u8]) -> bool {
        let made = |signature| self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok();
        signatures.iter().any(made)
    }
}
