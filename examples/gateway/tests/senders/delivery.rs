//! A delivery as a sender's library signed it, and what a forger makes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) type Headers = BTreeMap<String, String>;

/// One line that a signer prints.
#[derive(Debug, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) endpoint: String,
    /// What it is, for the words of a failure.
    pub(crate) name: String,
    pub(crate) headers: Headers,
    /// When else the library signed the message, too far from now, and the headers then.
    stale: BTreeMap<String, Headers>,
    /// The headers that nobody can change without the secret.
    signed: Vec<String>,
    /// Every body here is UTF-8, which JSON carries to the byte.
    body: String,
    /// The event that the gateway must print, and the sender's id of the delivery.
    event: Option<String>,
    id: Option<String>,
    /// What the gateway must answer where it is asked for a challenge; then it prints nothing.
    #[serde(default)]
    pub(crate) challenge: Option<String>,
}

/// What goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

impl Delivery {
    pub(crate) fn message(&self) -> Message {
        Message { headers: self.headers.clone(), body: self.body.clone().into_bytes() }
    }

    /// The event and the body, unless that is a form.
    pub(crate) fn json(&self) -> Option<(&str, &str)> {
        Some((self.event.as_deref()?, &*self.body)).filter(|(_, body)| body.starts_with('{'))
    }

    /// The line that the gateway must print.
    pub(crate) fn line(&self) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            endpoint: &'a str,
            event: Option<&'a str>,
            id: Option<&'a str>,
        }
        let line = Line { endpoint: &self.endpoint, event: self.event.as_deref(), id: self.id.as_deref() };
        serde_json::to_string(&line).unwrap()
    }

    /// Messages that differ from this one a little, with a word on how.
    pub(crate) fn forgeries(&self) -> Vec<(String, Message)> {
        let message = self.message();
        let mut forgeries = Vec::new();
        for at in [0, message.body.len() / 2, message.body.len() - 1] {
            let mut forgery = message.clone();
            forgery.body[at] ^= 1;
            forgeries.push((format!("byte {at} of the body changed"), forgery));
        }
        for header in &self.signed {
            let mut forgery = message.clone();
            let value = forgery.headers.remove(header).unwrap();
            forgeries.push((format!("without {header}"), forgery));
            for at in places(&value) {
                let mut forgery = message.clone();
                let changed = with_other_character(&value, at);
                forgeries.push((format!("{header}: {changed}"), {
                    forgery.headers.insert(header.clone(), changed);
                    forgery
                }));
            }
        }
        for (when, headers) in &self.stale {
            let forgery = Message { headers: headers.clone(), ..message.clone() };
            forgeries.push((format!("signed {when}"), forgery));
        }
        forgeries
    }
}

/// Every seventh character, and the last that is a letter or digit: of base64, the one with spare bits.
fn places(value: &str) -> impl Iterator<Item = usize> {
    let last = value.rfind(|c: char| c.is_ascii_alphanumeric());
    let characters = value.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()).map(|(at, _)| at);
    characters.step_by(7).chain(last)
}

/// The value with its neighbour in the alphabet for one character: hex stays hex, base64 stays base64, and of
/// base64's last character only spare bits change.
fn with_other_character(value: &str, at: usize) -> String {
    let mut bytes = value.as_bytes().to_vec();
    bytes[at] = match bytes[at] {
        last @ (b'9' | b'f' | b'Z' | b'z') => last - 1,
        other => other + 1,
    };
    String::from_utf8(bytes).unwrap()
}
