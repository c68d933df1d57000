//! What verifies: keys made of secrets, once, so that a delivery only pays for its own bytes.

use std::{fmt, time::SystemTime};

use hmac::{
    KeyInit, Mac,
    digest::{CtOutput, Output},
};

use super::{Secrets, Verified, VerifyError, secret::is_valid};

/// Secrets, and a key for each.
pub(crate) struct Keys<K> {
    secrets: Secrets,
    keys: Vec<Key<K>>,
}

struct Key<K> {
    /// `None` where a secret is no key: `build()` reports it.
    key: Option<K>,
    until: Option<SystemTime>,
}

impl<K> Keys<K> {
    pub(crate) fn new(secrets: Secrets, key: impl Fn(&[u8]) -> Option<K>) -> Self {
        let keys = secrets.expose().zip(secrets.ends());
        let keys = keys.map(|(secret, until)| Key { key: key(secret), until }).collect();
        Self { secrets, keys }
    }

    /// Says what is wrong with a secret, for `build()`.
    pub(crate) fn check(&self) -> Result<(), Vec<String>> {
        self.check_each(|_, _| None)
    }

    /// The same, where not every text is a secret of this form: `fault` says what is wrong with one.
    pub(crate) fn check_form(
        &self,
        fault: impl Fn(&[u8]) -> Option<&'static str>,
    ) -> Result<(), Vec<String>> {
        self.check_each(|_, secret| fault(secret))
    }

    /// The same, where what is wrong with a text that is no key is always said in these words.
    pub(crate) fn check_made(&self, fault: &'static str) -> Result<(), Vec<String>> {
        self.check_each(|position, _| self.keys[position].key.is_none().then_some(fault))
    }

    fn check_each(&self, fault: impl Fn(usize, &[u8]) -> Option<&'static str>) -> Result<(), Vec<String>> {
        self.secrets.check_form(fault).map_err(|fault| vec![fault.to_string()])
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The position of the first key that matches. All that are valid at this time are tried, so that the time it takes
    /// does not tell which one it was.
    #[inline]
    pub(crate) fn find(&self, at: SystemTime, matches: impl Fn(&K) -> bool) -> Option<usize> {
        let mut found = None;
        for (position, Key { key, until }) in self.keys.iter().enumerate() {
            if let Some(key) = key
                && is_valid(*until, at)
                && matches(key)
                && found.is_none()
            {
                found = Some(position);
            }
        }
        found
    }

    /// The first key.
    pub(crate) fn first(&self) -> Option<&K> {
        self.keys.first()?.key.as_ref()
    }
}

/// Prints how many secrets there are.
impl<K> fmt::Debug for Keys<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.secrets.fmt(f)
    }
}

/// A key for an HMAC of the secret's own bytes.
pub(crate) fn hmac<M: Mac + KeyInit>(secret: &[u8]) -> Option<M> {
    // An HMAC fills its key up with zeros: one of zeros alone is the one of no bytes, with which anybody can sign.
    // Otherwise any length will do.
    let is_key = secret.iter().any(|byte| *byte != 0);
    is_key.then(|| <M as KeyInit>::new_from_slice(secret).ok()).flatten()
}

impl<M: Mac + Clone> Keys<M> {
    /// Finds the secret that made one of these signatures of the message, which is given in parts.
    ///
    /// Each comparison takes constant time.
    pub(crate) fn verify<const N: usize>(
        &self,
        at: SystemTime,
        message: &[&[u8]],
        signatures: &[[u8; N]],
    ) -> Result<Verified, VerifyError> {
        signed_by(self.find(at, |key| include(signatures, key, message)))
    }

    /// The signature that the first secret makes.
    pub(crate) fn sign(&self, message: &[&[u8]]) -> Option<Vec<u8>> {
        Some(mac(self.first()?, message).finalize().into_bytes().to_vec())
    }
}

/// Tells whether the key makes one of these signatures of the message. All are compared, each in constant time.
#[inline]
pub(super) fn include<M: Mac + Clone, const N: usize>(
    signatures: &[[u8; N]],
    key: &M,
    message: &[&[u8]],
) -> bool {
    if signatures.is_empty() {
        return false;
    }
    let code = mac(key, message).finalize();
    let is_code = |one| Output::<M>::try_from(one).is_ok_and(|one| code == CtOutput::new(one));
    signatures.iter().fold(false, |found, one| is_code(&one[..]) | found)
}

/// What it means that a key was found, or none.
pub(super) fn signed_by(position: Option<usize>) -> Result<Verified, VerifyError> {
    position.map(|secret| Verified::Signed { secret }).ok_or(VerifyError::Mismatch)
}

/// The code of a message that is given in parts.
#[inline]
pub(super) fn mac<M: Mac + Clone>(key: &M, message: &[&[u8]]) -> M {
    let mut code = key.clone();
    for part in message {
        code.update(part);
    }
    code
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_secret_is_valid_before_its_end_only() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let secrets = Secrets::from("new").previous_until("old", end);
        let keys = Keys::new(secrets, |secret| Some(secret.to_vec()));
        let find = |at| keys.find(at, |key| key == b"old");
        assert_eq!(find(end - Duration::from_nanos(1)), Some(1));
        assert_eq!(find(end), None);
        assert_eq!(keys.find(end, |key| key == b"new"), Some(0));
    }

    #[test]
    fn an_empty_secret_is_no_key() {
        let secrets = Secrets::from(["", "s3cr3t", "\0\0"]);
        let keys: Keys<hmac::Hmac<sha2::Sha256>> = Keys::new(secrets, hmac);
        assert!(keys.first().is_none());
        assert!(keys.keys[1].key.is_some());
        assert!(keys.keys[2].key.is_none());
    }
}
