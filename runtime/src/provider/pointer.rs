//! Finding a value in JSON by its place, without decoding the rest.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::EnvelopeError;

/// A JSON pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pointer(Vec<String>);

impl Pointer {
    /// Reads `/data/object`; `None` when it does not begin with `/`, or `~` in it stands for nothing.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let tokens = text.strip_prefix('/')?.split('/').map(unescape);
        tokens.collect::<Option<Vec<_>>>().map(Self)
    }

    /// The sentence for a text that is none.
    pub(crate) fn fault(text: &str) -> String {
        format!("`{text}` is no JSON pointer; it begins with `/`, and `~` in it is written `~0`")
    }

    #[cfg(feature = "testing")]
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The value at this place, if there is one. Every member on the way may stand there only once: two parsers would
    /// not agree which one counts.
    pub(crate) fn find<'a>(&self, json: &'a str) -> Result<Option<&'a RawValue>, EnvelopeError> {
        let mut found = None;
        let mut json = json;
        for token in &self.0 {
            let mut decoder = serde_json::Deserializer::from_str(json);
            let value = Step(token).deserialize(&mut decoder).map_err(|error| EnvelopeError::json(&error))?;
            let Some(value) = value else { return Ok(None) };
            json = value.get();
            found = Some(value);
        }
        Ok(found)
    }

    /// The text at this place, if there is a value that is not null.
    pub(crate) fn find_text<'a>(&self, json: &'a str) -> Result<Option<Cow<'a, str>>, EnvelopeError> {
        let Some(value) = self.find(json)? else { return Ok(None) };
        match value.get().as_bytes() {
            b"null" => Ok(None),
            [b'"', ..] => text(value).map(Some),
            [b'-' | b'0'..=b'9', ..] => Ok(Some(Cow::Borrowed(value.get()))),
            _ => Err(EnvelopeError::new(format!("`{self}` is neither a text nor a number"))),
        }
    }
}

fn text(value: &RawValue) -> Result<Cow<'_, str>, EnvelopeError> {
    #[derive(serde::Deserialize)]
    #[serde(transparent)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(value.get())
        .map(|Text(text)| text)
        .map_err(|error| EnvelopeError::json(&error))
}

/// `~1` is `/` and `~0` is `~`; nothing else follows `~`.
fn unescape(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (escaped, rest) = match part.as_bytes().first()? {
            b'0' => ('~', &part[1..]),
            b'1' => ('/', &part[1..]),
            _ => return None,
        };
        text.push(escaped);
        text.push_str(rest);
    }
    Some(text)
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|token| write!(f, "/{}", token.replace('~', "~0").replace('/', "~1")))
    }
}

/// Goes one step down: to a member of an object or an element of an array.
struct Step<'s>(&'s str);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name == self.0 {
                if found.replace(map.next_value()?).is_some() {
                    return Err(A::Error::custom("duplicate field"));
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let wanted = self.0.parse::<usize>().ok().filter(|number| number.to_string() == self.0);
        let mut found = None;
        let mut number = 0;
        while let Some(element) = elements.next_element::<&RawValue>()? {
            if wanted == Some(number) {
                found = Some(element);
            }
            number += 1;
        }
        Ok(found)
    }

    // A value without an inside.

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(pointer: &str, json: &'a str) -> Option<&'a str> {
        Pointer::read(pointer).unwrap().find(json).unwrap().map(RawValue::get)
    }

    #[test]
    fn finds_members_and_elements() {
        let json = r#" {"a": {"b/c": [1, {"~": "x"}]}, "": 2, "\u0062": 3} "#;
        for (pointer, value) in [
            ("/a/b~1c/0", Some("1")),
            ("/a/b~1c/1/~0", Some(r#""x""#)),
            ("/a/b~1c/01", None),
            ("/a/b~1c/2", None),
            ("/a/x", None),
            ("/", Some("2")),
            ("/b", Some("3")),
            ("/b/c", None),
            ("/x/y", None),
        ] {
            assert_eq!(find(pointer, json), value, "{pointer}");
        }
        for bad in ["", "a", "/~", "/~2", "/a~"] {
            assert_eq!(Pointer::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_member_twice_is_no_place() {
        let pointer = Pointer::read("/a/b").unwrap();
        for json in [r#"{"a":{"b":1,"b":1}}"#, r#"{"a":{"b":1},"a":{}}"#, r#"{"a":{"b":1,"\u0062":1}}"#] {
            let error = pointer.find(json).unwrap_err().to_string();
            assert_eq!(error, "the body is not the envelope: invalid value", "{json}");
        }
    }

    #[test]
    fn texts_and_numbers_are_texts() {
        let find = |json| Pointer::read("/a").unwrap().find_text(json);
        assert_eq!(find(r#"{"a":"x\u0061"}"#).unwrap().as_deref(), Some("xa"));
        assert_eq!(find(r#"{"a":-7}"#).unwrap().as_deref(), Some("-7"));
        assert_eq!(find(r#"{"a":null}"#).unwrap(), None);
        assert_eq!(find(r#"{"b":1}"#).unwrap(), None);
        assert_eq!(find(r#"{"a":[]}"#).unwrap_err().to_string(), "`/a` is neither a text nor a number");
    }
}
