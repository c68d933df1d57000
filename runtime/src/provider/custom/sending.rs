//! What a described sender sends, for tests.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName};
use serde_json::Value;

use super::{Custom, Place, place::At, template::Part};
use crate::provider::{Events, pointer::Pointer, timestamp::Unit};

type Headers = Vec<(HeaderName, String)>;

impl<E: Events> Custom<E> {
    /// The headers and the body of a delivery, without what signs it.
    pub(crate) fn compose(&self, event: &str, id: &str, data: Value) -> (Headers, Value) {
        let (mut headers, mut body) = (Headers::new(), Value::Null);
        match &self.data {
            Some(pointer) => pointer.put(&mut body, data),
            None => body = data,
        }
        for (place, text) in [(&self.event, event), (&self.id, id)] {
            if let Some(place) = place {
                place.put(&mut headers, &mut body, text);
            }
        }
        (headers, body)
    }

    /// What signs the body at this time, beside these headers.
    pub(crate) fn sign(&self, at: SystemTime, headers: &HeaderMap, body: &[u8]) -> Headers {
        let mut signing = Headers::new();
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let timestamp = match self.unit {
            Unit::Seconds => since.as_secs().to_string(),
            Unit::Milliseconds => since.as_millis().to_string(),
        };
        if let Some(name) = self.timestamp.as_ref().filter(|_| self.signs.has(&Part::Timestamp)) {
            signing.push((name.clone(), timestamp.clone()));
        }
        let id = self.id.as_ref().and_then(Place::sole_header).and_then(|name| headers.get(name));
        let id = id.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
        let message = self.signs.fill(&id, timestamp.as_bytes(), body);
        if let (Some(name), Some(signature)) = (&self.signature, self.verifier.sign(message.parts())) {
            signing.push((name.clone(), format!("{}{}", self.prefix, self.encoding.encode(&signature))));
        }
        signing
    }
}

impl Place {
    /// Writes a text so that it is found here.
    fn put(&self, headers: &mut Headers, body: &mut Value, text: &str) {
        let mut place = &self.first;
        let mut text = text;
        for (separator, next) in &self.rest {
            let Some((here, behind)) = text.split_once(separator.as_str()) else { break };
            place.put(headers, body, here);
            (place, text) = (next, behind);
        }
        place.put(headers, body, text);
    }
}

impl At {
    fn put(&self, headers: &mut Headers, body: &mut Value, text: &str) {
        match self {
            Self::Header(name) => headers.push((name.clone(), text.to_owned())),
            Self::Body(pointer) => pointer.put(body, text.into()),
            Self::Fixed(_) | Self::Nowhere => {}
        }
    }
}

impl Pointer {
    /// Writes a value to this place, in objects that are made where there are none.
    fn put(&self, json: &mut Value, value: Value) {
        let place = self.tokens().fold(json, |json, token| {
            if !json.is_object() {
                *json = Value::Object(serde_json::Map::new());
            }
            &mut json[token]
        });
        *place = value;
    }
}
