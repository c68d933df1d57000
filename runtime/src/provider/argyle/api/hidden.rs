//! What no error may quote, although Argyle may quote it back.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

/// Secrets, in every form in which they go out or may come back.
pub(super) struct Hidden(Vec<String>);

impl Hidden {
    pub(super) fn new(key_id: &str, key_secret: &str, secret: Option<&str>) -> Self {
        let basic = BASE64_STANDARD.encode(format!("{key_id}:{key_secret}"));
        let secrets = [key_id, key_secret, &basic].into_iter().chain(secret);
        let mut forms: Vec<String> = secrets.flat_map(forms).filter(|form| !form.is_empty()).collect();
        // A longer one first, that a shorter one may be a part of.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self(forms)
    }

    /// The text with `***` for each secret.
    pub(super) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, form| text.replace(form, "***"))
    }

    /// The value with `***` for each secret, and for every member that is one by its name.
    pub(super) fn hide_in(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.hide(&text)),
            Value::Array(values) => values.into_iter().map(|value| self.hide_in(value)).collect(),
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| {
                    let value = if is_secret(&name) { Value::from("***") } else { self.hide_in(value) };
                    (self.hide(&name), value)
                });
                members.collect()
            }
            other => other,
        }
    }
}

/// A secret as it is, as JSON writes it, with and without letters beyond ASCII, and as addresses do.
fn forms(secret: &str) -> Vec<String> {
    let json = Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let address = form.replace('+', "%20");
    let lower = [lower_hex(&form), lower_hex(&address)];
    [secret.to_owned(), ascii(&json), json, form, address].into_iter().chain(lower).collect()
}

/// JSON with an escape for each letter beyond ASCII.
fn ascii(json: &str) -> String {
    let escape = |c: char| -> String {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units).iter();
        units.map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat()
    };
    json.chars().map(|c| if c.is_ascii() { c.to_string() } else { escape(c) }).collect()
}

/// An encoded text with its hex digits in lower case.
fn lower_hex(encoded: &str) -> String {
    let parts = encoded.split('%').enumerate().map(|(nth, part)| match part.split_at_checked(2) {
        Some((hex, rest)) if nth > 0 => format!("%{}{rest}", hex.to_ascii_lowercase()),
        _ => part.to_owned(),
    });
    parts.collect()
}

/// Whether a field of this name holds what nobody else may read.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["secret", "ssn", "password", "token", "authorization", "key"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_form_it_may_have() {
        let hidden = Hidden::new("id-1", "a \"quoted\" secret", Some("id-1-and-more"));
        for (text, shown) in [
            (r#"id-1 and a "quoted" secret"#, "*** and ***"),
            (r#"{"key": "a \"quoted\" secret"}"#, r#"{"key": "***"}"#),
            ("?secret=a+%22quoted%22+secret", "?secret=***"),
            ("?secret=a%20%22quoted%22%20secret", "?secret=***"),
            ("Basic aWQtMTphICJxdW90ZWQiIHNlY3JldA==", "Basic ***"),
            ("id-1-and-more", "***"),
            ("nothing of it", "nothing of it"),
        ] {
            assert_eq!(hidden.hide(text), shown, "{text}");
        }
    }

    #[test]
    fn a_secret_beyond_ascii_is_hidden_too() {
        let hidden = Hidden::new("id", "key", Some("sch\u{f6}n/\u{1f511}"));
        for text in [
            "sch\u{f6}n/\u{1f511}",
            r"sch\u00f6n/\ud83d\udd11",
            "sch%C3%B6n%2F%F0%9F%94%91",
            "sch%c3%b6n%2f%f0%9f%94%91",
        ] {
            assert_eq!(hidden.hide(text), "***", "{text}");
        }
    }

    #[test]
    fn what_is_secret_by_its_name_is_hidden_whatever_it_is() {
        let hidden = Hidden::new("id", "key", None);
        let body = json!({ "name": ["key is taken"], "existing": { "secret": "another", "SSN": 78, "url": "u" }, "n": 1 });
        let shown = json!({ "name": ["*** is taken"], "existing": { "secret": "***", "SSN": "***", "url": "u" }, "n": 1 });
        assert_eq!(hidden.hide_in(body), shown);
    }
}
