//! Typed `data`, the typed whole body, and the sentence for JSON that does not fit.

use std::{fmt, ops::Deref};

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{FromDelivery, Rejection};
use crate::Delivery;

/// The event's `data`, decoded.
///
/// `data` that does not fit `T` makes the delivery dead (422 in direct mode); the log names the field.
/// `Option<Data<T>>` gives `None` where `data` is JSON's `null`.
///
/// # Examples
///
/// ```
/// use switchhook::{Data, webhook_handler};
/// use switchhook::provider::argyle::IdentityIds;
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh(Data(ids): Data<IdentityIds>) {
///     println!("identity {}", ids.identity);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data<T>(pub T);

/// The whole body, decoded.
///
/// # Examples
///
/// ```
/// use serde::Deserialize;
/// use switchhook::{Envelope, webhook_handler};
///
/// #[derive(Deserialize)]
/// struct Named {
///     name: String,
/// }
///
/// #[webhook_handler("*")]
/// async fn record(Envelope(body): Envelope<Named>) {
///     println!("sent by the subscription {}", body.name);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<T>(pub T);

impl<S: Sync, T: DeserializeOwned + Send> FromDelivery<S> for Data<T> {
    async fn from_delivery(delivery: &Delivery, _: &S) -> Result<Self, Rejection> {
        decode("data", delivery.data()).map(Self)
    }
}

impl<S: Sync, T: DeserializeOwned + Send> FromDelivery<S> for Envelope<T> {
    async fn from_delivery(delivery: &Delivery, _: &S) -> Result<Self, Rejection> {
        decode("body", delivery.body()).map(Self)
    }
}

macro_rules! deref {
    ($($type:ident)*) => { $(
        impl<T> Deref for $type<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        }
    )* };
}

deref!(Data Envelope);

/// Decodes JSON; only when that fails, once more with a record of the way to the field.
fn decode<T: DeserializeOwned>(root: &'static str, json: &[u8]) -> Result<T, Rejection> {
    serde_json::from_slice(json).or_else(|_| {
        let mut json = serde_json::Deserializer::from_slice(json);
        serde_path_to_error::deserialize(&mut json).map_err(|error| misfit(root, &error))
    })
}

/// Says where JSON does not fit its type and what was expected there, without a value of the payload.
fn misfit(root: &'static str, error: &serde_path_to_error::Error<serde_json::Error>) -> Rejection {
    let path = Shown(error.path());
    Rejection::malformed(format!("`{root}{path}` does not fit: {}", without_values(error.inner())))
}

/// A path in JSON as `.key[index]`; keys can come from the payload, so they are escaped and cut.
struct Shown<'a>(&'a serde_path_to_error::Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use serde_path_to_error::Segment;
        for segment in self.0.iter().take(16) {
            match segment {
                Segment::Seq { index } => write!(f, "[{index}]")?,
                Segment::Map { key } | Segment::Enum { variant: key } => {
                    write!(f, ".{}", key.chars().take(64).collect::<String>().escape_debug())?;
                }
                Segment::Unknown => f.write_str(".?")?,
            }
        }
        Ok(())
    }
}

/// What a JSON error says, without a value of the payload.
pub(crate) fn without_values(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Data => Fault(&error.to_string()).to_string(),
        // What is wrong with the syntax is said without quoting it.
        Category::Io | Category::Syntax | Category::Eof => error.to_string(),
    }
}

/// The part of serde's message that comes from the type: serde quotes the payload's values in the rest.
struct Fault<'a>(&'a str);

/// How serde calls what it found, in front of the value.
const KINDS: [&str; 9] =
    ["boolean", "integer", "floating point", "string", "null", "sequence", "map", "unit", "number"];

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fault, _) = self.0.rsplit_once(" at line ").unwrap_or((self.0, ""));
        if fault.starts_with("missing field `") || fault.starts_with("duplicate field `") {
            return f.write_str(fault);
        }
        let Some((found, expected)) = fault.rsplit_once(", expected ") else {
            return f.write_str("invalid value");
        };
        match KINDS
            .iter()
            .find(|kind| found.strip_prefix("invalid type: ").is_some_and(|found| found.starts_with(**kind)))
        {
            Some(kind) => write!(f, "found {kind}, expected {expected}"),
            None if found.starts_with("invalid ") => write!(f, "expected {expected}"),
            // `unknown variant` and `unknown field` quote the payload in front; behind comes what the type knows.
            None if found.starts_with("unknown ") => write!(f, "expected {expected}"),
            None => f.write_str("invalid value"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Flow {
        Update,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Inner {
        count: u32,
        flow: Option<Flow>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Outer {
        identity: String,
        list: Vec<Inner>,
    }

    #[test]
    fn says_where_and_what_but_no_value() {
        for (json, text) in [
            (r#"{"list":[]}"#, "`data` does not fit: missing field `identity`"),
            (r#"{"identity":1,"list":[]}"#, "`data.identity` does not fit: found integer, expected a string"),
            (
                r#"{"identity":"i","list":[{"count":"s3cret, expected x"}]}"#,
                "`data.list[0].count` does not fit: found string, expected u32",
            ),
            (r#"{"identity":"i","list":[{"count":-7}]}"#, "`data.list[0].count` does not fit: expected u32"),
            (
                r#"{"identity":"i","list":[{"count":7,"flow":"s3cret"}]}"#,
                "`data.list[0].flow` does not fit: expected `update`",
            ),
            (
                r#"{"identity":"i","identity":"i","list":[]}"#,
                "`data` does not fit: duplicate field `identity`",
            ),
            (r"null", "`data` does not fit: found null, expected struct Outer"),
        ] {
            assert_eq!(decode::<Outer>("data", json.as_bytes()).unwrap_err().to_string(), text, "{json}");
        }
    }

    #[test]
    fn a_message_of_the_type_itself_is_withheld() {
        struct Picky;
        impl<'de> Deserialize<'de> for Picky {
            fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
                Err(serde::de::Error::custom(format!("bad value {}", String::deserialize(json)?)))
            }
        }
        let error = decode::<Picky>("data", br#""s3cret""#).err().unwrap();
        assert_eq!(error.to_string(), "`data` does not fit: invalid value");
    }

    #[test]
    fn keys_of_the_payload_are_escaped() {
        type Map = std::collections::BTreeMap<String, u8>;
        let error = decode::<Map>("data", br#"{"a\nb":"x"}"#).unwrap_err();
        assert_eq!(error.to_string(), "`data.a\\nb` does not fit: found string, expected u8");
    }
}
