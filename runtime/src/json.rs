//! What is wrong with JSON, said without the payload: serde's own messages quote it.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Decodes JSON; the error says where it does not fit and what was expected there, without a value of the payload.
///
/// Only when decoding fails is it done once more, with a record of the way to the field.
pub(crate) fn decode<T: DeserializeOwned>(root: &'static str, json: &[u8]) -> Result<T, String> {
    serde_json::from_slice(json).or_else(|_| {
        let mut json = serde_json::Deserializer::from_slice(json);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| misfit(root, &error))?;
        json.end().map_err(|error| format!("`{root}` is not one JSON value: {error}"))?;
        Ok(value)
    })
}

/// Says where JSON does not fit its type and what was expected there, without a value of the payload.
fn misfit(root: &'static str, error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = Shown(error.path());
    format!("`{root}{path}` does not fit: {}", without_values(error.inner()))
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
            assert_eq!(decode::<Outer>("data", json.as_bytes()).unwrap_err(), text, "{json}");
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
        assert_eq!(error, "`data` does not fit: invalid value");
    }

    #[test]
    fn a_second_value_is_refused() {
        let error = decode::<u8>("data", b"1 2").unwrap_err();
        assert_eq!(error, "`data` is not one JSON value: trailing characters at line 1 column 3");
    }

    #[test]
    fn keys_of_the_payload_are_escaped() {
        type Map = std::collections::BTreeMap<String, u8>;
        let error = decode::<Map>("data", br#"{"a\nb":"x"}"#).unwrap_err();
        assert_eq!(error, "`data.a\\nb` does not fit: found string, expected u8");
    }
}
