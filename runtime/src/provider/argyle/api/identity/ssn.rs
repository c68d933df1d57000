//! A social security number, which nothing prints by accident.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::Value;

/// A social security number, perhaps masked, as in `XXX-XX-0000`.
///
/// # Security
///
/// `Debug` prints none of it, there is no `Display`, and the text is wiped from memory when the value is dropped.
/// Encoding writes it in clear, so that an identity can be stored: encrypt it there, or set `ssn` to `None` before.
///
/// Source: <https://docs.argyle.com/api-reference/identities>.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::Ssn;
///
/// let ssn = Ssn::from("XXX-XX-0000");
/// assert_eq!(format!("{ssn:?}"), "Ssn(***)");
/// assert!(ssn.expose().ends_with("0000"));
/// ```
#[derive(Clone)]
pub struct Ssn(SecretString);

impl Ssn {
    /// The number as Argyle sent it. Do not log it.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::Ssn;
    ///
    /// assert_eq!(Ssn::from("XXX-XX-0000").expose(), "XXX-XX-0000");
    /// ```
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Ssn {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Ssn {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq for Ssn {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Ssn {}

impl fmt::Debug for Ssn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ssn(***)")
    }
}

impl Serialize for Ssn {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        json.serialize_str(self.expose())
    }
}

/// By way of a [`Value`]: the errors of `String` would print a number that came as another type.
impl<'de> Deserialize<'de> for Ssn {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        match Value::deserialize(json)? {
            Value::String(text) => Ok(text.into()),
            _ => Err(D::Error::custom("`Ssn` must be a JSON string")),
        }
    }
}
