//! The secrets that deliveries are signed with.

use std::{fmt, time::SystemTime};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// One or several secrets that are valid at once, as while one replaces another.
///
/// What is wrong with one is reported by `build()`: an empty or blank secret would let anybody sign. `Debug`
/// prints how many there are. The texts are wiped from memory when the value is dropped.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use switchhook::Secrets;
///
/// let one = Secrets::from("s3cr3t");
/// let rotating = Secrets::from(["the-new-one", "the-old-one"]);
/// assert_eq!(format!("{rotating:?}"), "Secrets(2)");
///
/// let new_year_2027 = UNIX_EPOCH + Duration::from_secs(1_798_761_600);
/// let ending = Secrets::from("the-new-one").previous_until("the-old-one", new_year_2027);
/// ```
#[derive(Clone, Default)]
pub struct Secrets(Vec<Secret>);

/// A secret, and until when it is valid.
#[derive(Clone)]
struct Secret {
    text: SecretString,
    until: Option<SystemTime>,
}

/// What is wrong with a secret; positions count from 1.
///
/// # Examples
///
/// ```
/// use switchhook::Secrets;
///
/// let fault = Secrets::from(["s3cr3t", ""]).check().unwrap_err();
/// assert_eq!(fault.to_string(), "secret 2 of 2 is empty, so that anybody could sign");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFault {
    /// The list of secrets is empty.
    #[error("there is no secret")]
    NoSecret,
    /// More secrets than are tried for a delivery.
    #[error("there are {count} secrets, and at most {} are tried; drop the oldest", Secrets::MOST)]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// No secret is valid for good.
    #[error("every secret has an end, after which no delivery would be accepted; give the current one none")]
    AllEnd,
    /// A secret without a character.
    #[error("secret {position} of {count} is empty, so that anybody could sign")]
    Empty {
        /// Which one.
        position: usize,
        /// Of how many.
        count: usize,
    },
    /// A secret of characters that print nothing.
    #[error("secret {position} of {count} is blank: it has no visible character, so that anybody could sign")]
    Blank {
        /// Which one.
        position: usize,
        /// Of how many.
        count: usize,
    },
    /// A secret with white space at either end, such as the line feed of a file.
    #[error("secret {position} of {count} begins or ends with white space; trim it")]
    Untrimmed {
        /// Which one.
        position: usize,
        /// Of how many.
        count: usize,
    },
    /// A prefix of Standard Webhooks secrets with nothing behind it.
    #[error("secret {position} of {count} is a bare `whsec_` with no secret behind it")]
    BarePrefix {
        /// Which one.
        position: usize,
        /// Of how many.
        count: usize,
    },
    /// A secret that is not of the provider's form.
    #[error("secret {position} of {count} {fault}")]
    Malformed {
        /// Which one.
        position: usize,
        /// Of how many.
        count: usize,
        /// What is wrong with it, such as "is not base64".
        fault: &'static str,
    },
}

impl Secrets {
    /// The most secrets that may be valid at once: each is tried for a delivery that none of them signed.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::Secrets::MOST, 8);
    /// ```
    pub const MOST: usize = 8;

    /// Adds an older secret, valid as long as the others: while the sender still signs with it.
    ///
    /// Which secret matched is counted (`switchhook_verified_total`, label `secret`), so that you see when the old one
    /// can go.
    ///
    /// # Examples
    ///
    /// ```
    /// let secrets = switchhook::Secrets::from("the-new-one").previous("the-old-one");
    /// ```
    #[must_use]
    pub fn previous(mut self, secret: impl Into<SecretString>) -> Self {
        self.0.push(Secret { text: secret.into(), until: None });
        self
    }

    /// Adds an older secret that is valid until then, and not at that time or later.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let new_year_2027 = UNIX_EPOCH + Duration::from_secs(1_798_761_600);
    /// let secrets = switchhook::Secrets::from("the-new-one").previous_until("the-old-one", new_year_2027);
    /// ```
    #[must_use]
    pub fn previous_until(mut self, secret: impl Into<SecretString>, until: SystemTime) -> Self {
        self.0.push(Secret { text: secret.into(), until: Some(until) });
        self
    }

    /// Tells whether there is a secret and each is one that a forger could not guess at sight.
    ///
    /// # Errors
    ///
    /// [`SecretFault`] names the first one that is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::Secrets;
    ///
    /// assert!(Secrets::from("s3cr3t").check().is_ok());
    /// assert!(Secrets::from(" ").check().is_err());
    /// ```
    pub fn check(&self) -> Result<(), SecretFault> {
        let count = self.0.len();
        if count == 0 {
            return Err(SecretFault::NoSecret);
        }
        if count > Self::MOST {
            return Err(SecretFault::TooMany { count });
        }
        for (i, secret) in self.0.iter().enumerate() {
            let (secret, position) = (secret.text.expose_secret(), i + 1);
            if secret.is_empty() {
                return Err(SecretFault::Empty { position, count });
            }
            if secret.chars().all(prints_nothing) {
                return Err(SecretFault::Blank { position, count });
            }
            if secret.trim_matches(prints_nothing).len() != secret.len() {
                return Err(SecretFault::Untrimmed { position, count });
            }
            if secret == "whsec_" {
                return Err(SecretFault::BarePrefix { position, count });
            }
        }
        if self.0.iter().all(|secret| secret.until.is_some()) {
            return Err(SecretFault::AllEnd);
        }
        Ok(())
    }

    /// The position, from 0, of the secret that this text is, for senders that show the secret itself, as a token.
    ///
    /// The comparison takes the same time whatever the text, and all secrets that are valid at this time are compared.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use switchhook::Secrets;
    ///
    /// let tokens = Secrets::from("the-new-one").previous_until("the-old-one", SystemTime::UNIX_EPOCH);
    /// let now = SystemTime::now();
    /// assert_eq!(tokens.find(b"the-new-one", now), Some(0));
    /// assert_eq!(tokens.find(b"the-old-one", now), None);
    /// assert_eq!(tokens.find(b"a guess", now), None);
    /// ```
    pub fn find(&self, text: &[u8], at: SystemTime) -> Option<usize> {
        // Digests have one length, and nothing of the secret's can be seen in the time that theirs takes.
        let text = Sha256::digest(text);
        let secrets = self.expose().zip(self.ends()).enumerate();
        secrets.fold(None, |found, (position, (secret, until))| {
            let is_it: bool = Sha256::digest(secret)[..].ct_eq(&text[..]).into();
            let is_secret = !secret.is_empty() && is_valid(until, at);
            found.or((is_it && is_secret).then_some(position))
        })
    }

    /// The secrets' bytes, for a provider that makes its keys of them.
    ///
    /// # Security
    ///
    /// Make keys of them at once; never print or store what this gives.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::Secrets::from("s3cr3t").expose().count(), 1);
    /// ```
    pub fn expose(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|secret| secret.text.expose_secret().as_bytes())
    }

    /// The first that is valid without an end.
    #[cfg(feature = "argyle-api")]
    pub(crate) fn current(&self) -> Option<SecretString> {
        self.0.iter().find(|secret| secret.until.is_none()).map(|secret| secret.text.clone())
    }

    /// Until when each is valid, in the order of [`expose`](Self::expose).
    pub(crate) fn ends(&self) -> impl Iterator<Item = Option<SystemTime>> {
        self.0.iter().map(|secret| secret.until)
    }

    /// Tells whether each secret has the form that a provider's secrets have, once [`check`](Self::check) has passed.
    pub(crate) fn check_form(
        &self,
        fault: impl Fn(usize, &[u8]) -> Option<&'static str>,
    ) -> Result<(), SecretFault> {
        self.check()?;
        let count = self.0.len();
        let malformed = |(i, secret)| {
            let fault = fault(i, secret)?;
            Some(SecretFault::Malformed { position: i + 1, count, fault })
        };
        self.expose().enumerate().find_map(malformed).map_or(Ok(()), Err)
    }
}

/// Tells whether a secret with this end is valid at a time.
pub(crate) fn is_valid(until: Option<SystemTime>, at: SystemTime) -> bool {
    until.is_none_or(|until| at < until)
}

/// White space, control characters, and those that join or mark text without being seen.
fn prints_nothing(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{ad}' || arranges(c)
}

/// Characters that join, mark, break or turn the text around them.
pub(crate) fn arranges(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl From<&str> for Secrets {
    fn from(secret: &str) -> Self {
        Self::from(SecretString::from(secret))
    }
}

impl From<String> for Secrets {
    fn from(secret: String) -> Self {
        Self::from(SecretString::from(secret))
    }
}

impl From<SecretString> for Secrets {
    fn from(text: SecretString) -> Self {
        Self(vec![Secret { text, until: None }])
    }
}

impl<T: Into<SecretString>, const N: usize> From<[T; N]> for Secrets {
    fn from(secrets: [T; N]) -> Self {
        secrets.into_iter().collect()
    }
}

impl<T: Into<SecretString>> From<Vec<T>> for Secrets {
    fn from(secrets: Vec<T>) -> Self {
        secrets.into_iter().collect()
    }
}

impl<T: Into<SecretString>> FromIterator<T> for Secrets {
    fn from_iter<I: IntoIterator<Item = T>>(secrets: I) -> Self {
        secrets.into_iter().fold(Self::default(), Self::previous)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_reads_well_at_its_position() {
        for (secrets, text) in [
            (vec![], "there is no secret"),
            (vec![""], "secret 1 of 1 is empty, so that anybody could sign"),
            (vec!["a", ""], "secret 2 of 2 is empty, so that anybody could sign"),
            (
                vec!["a", " \t", "b"],
                "secret 2 of 3 is blank: it has no visible character, so that anybody could sign",
            ),
            (
                vec!["\u{200b}\0"],
                "secret 1 of 1 is blank: it has no visible character, so that anybody could sign",
            ),
            (vec!["s3cr3t\n"], "secret 1 of 1 begins or ends with white space; trim it"),
            (vec!["whsec_"], "secret 1 of 1 is a bare `whsec_` with no secret behind it"),
        ] {
            assert_eq!(Secrets::from(secrets).check().unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn there_are_not_too_many_and_one_stays() {
        let many = Secrets::from(vec!["s3cr3t"; 9]).check().unwrap_err();
        assert_eq!(many.to_string(), "there are 9 secrets, and at most 8 are tried; drop the oldest");
        let ending = Secrets::default().previous_until("s3cr3t", SystemTime::UNIX_EPOCH);
        assert_eq!(
            ending.check().unwrap_err().to_string(),
            "every secret has an end, after which no delivery would be accepted; give the current one none"
        );
        assert_eq!(ending.previous("s3cr3t").check(), Ok(()));
    }

    #[test]
    fn a_phrase_is_a_secret() {
        assert_eq!(Secrets::from(["any word or phrase", "optional-secret"]).check(), Ok(()));
    }
}
