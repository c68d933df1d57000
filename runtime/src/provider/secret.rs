//! The secrets that deliveries are signed with.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// One or several secrets that are valid at once, as while one replaces another.
///
/// What is wrong with one is reported by `build()`: an empty or blank secret would let anybody sign. `Debug`
/// prints how many there are. The texts are wiped from memory when the value is dropped.
///
/// # Examples
///
/// ```
/// use switchhook::Secrets;
///
/// let one = Secrets::from("s3cr3t");
/// let rotating = Secrets::from(["the-new-one", "the-old-one"]);
/// assert_eq!(format!("{rotating:?}"), "Secrets(2)");
/// ```
#[derive(Clone, Default)]
pub struct Secrets(Vec<SecretString>);

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
}

impl Secrets {
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
        for (i, secret) in self.0.iter().enumerate() {
            let (secret, position) = (secret.expose_secret(), i + 1);
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
        Ok(())
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
        self.0.iter().map(|secret| secret.expose_secret().as_bytes())
    }
}

/// White space, control characters, and those that join or mark text without being seen.
fn prints_nothing(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl From<&str> for Secrets {
    fn from(secret: &str) -> Self {
        Self(vec![SecretString::from(secret)])
    }
}

impl From<String> for Secrets {
    fn from(secret: String) -> Self {
        Self(vec![SecretString::from(secret)])
    }
}

impl From<SecretString> for Secrets {
    fn from(secret: SecretString) -> Self {
        Self(vec![secret])
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for Secrets {
    fn from(secrets: [T; N]) -> Self {
        secrets.into_iter().collect()
    }
}

impl<T: Into<String>> From<Vec<T>> for Secrets {
    fn from(secrets: Vec<T>) -> Self {
        secrets.into_iter().collect()
    }
}

impl<T: Into<String>> FromIterator<T> for Secrets {
    fn from_iter<I: IntoIterator<Item = T>>(secrets: I) -> Self {
        Self(secrets.into_iter().map(|secret| SecretString::from(secret.into())).collect())
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
    fn a_phrase_is_a_secret() {
        assert_eq!(Secrets::from(["any word or phrase", "optional-secret"]).check(), Ok(()));
    }
}
