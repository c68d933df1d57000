//! By what a repeated delivery is recognised.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Delivery, inbox::model::Key};

/// By what an inbox recognises a repeated delivery.
///
/// A repetition is acknowledged and not stored, unless the first is dead: that is then tried again, since this is what
/// a sender's "redeliver" button is for. Nothing is recognised by its contents alone: genuine deliveries can be equal.
///
/// # Examples
///
/// ```
/// use switchhook::Dedupe;
///
/// let by_version = Dedupe::by(["/data/id", "/data/version"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Dedupe {
    /// By the sender's id of the delivery; where its signature does not cover the id, by the id and the body.
    /// Deliveries without an id are all taken for new.
    #[default]
    ProviderId,
    /// By the values at these places of the body, as JSON pointers (RFC 6901): texts, truth values and whole numbers of
    /// at most 64 bits. Deliveries that lack one of them, or have something else there, are taken for new.
    By(Vec<String>),
    /// Every delivery is new.
    Off,
}

impl Dedupe {
    /// By the values at these places of the body, as JSON pointers (RFC 6901).
    ///
    /// # Examples
    ///
    /// ```
    /// let by_id = switchhook::Dedupe::by(["/data/id"]);
    /// ```
    pub fn by<P: Into<String>>(pointers: impl IntoIterator<Item = P>) -> Self {
        Self::By(pointers.into_iter().map(Into::into).collect())
    }

    /// What is wrong with it, in words.
    pub(super) fn faults(&self) -> Vec<String> {
        match self {
            Self::By(pointers) if pointers.is_empty() => {
                vec!["`Dedupe::by` needs a JSON pointer at least".to_owned()]
            }
            Self::By(pointers) => pointers
                .iter()
                .filter(|pointer| !pointer.starts_with('/'))
                .map(|pointer| format!("`{pointer}` in `Dedupe::by` is no JSON pointer; it begins with `/`"))
                .collect(),
            Self::ProviderId | Self::Off => Vec::new(),
        }
    }

    pub(super) fn key(&self, endpoint: &str, delivery: &Delivery) -> Option<Key> {
        match self {
            Self::ProviderId => {
                let (id, signed) = delivery.provider_id_and_trust()?;
                let mut key = key(endpoint, delivery, if signed { Kind::Id } else { Kind::UnsignedId });
                if id.as_str().len() <= ID_LEN {
                    // As it stands: many senders' ids begin with the time, and then the index grows at its end.
                    key.extend_from_slice(id.as_str().as_bytes());
                } else {
                    key.extend_from_slice(&digest([id.as_str()]));
                }
                if !signed {
                    key.extend_from_slice(&digest([delivery.body()]));
                }
                Some(key)
            }
            Self::By(pointers) => {
                let body: Value = serde_json::from_slice(delivery.body()).ok()?;
                let values: Option<Vec<_>> =
                    pointers.iter().map(|pointer| body.pointer(pointer).and_then(exact)).collect();
                let mut key = key(endpoint, delivery, Kind::Values);
                key.extend_from_slice(&digest(values?));
                Some(key)
            }
            Self::Off => None,
        }
    }
}

/// The text of a value that is read without a loss; long numbers are not.
fn exact(value: &Value) -> Option<String> {
    match value {
        Value::String(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        Value::Number(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Longer ids are replaced by their digest.
const ID_LEN: usize = 64;

/// What a key is made of; keys of two kinds are never the same.
#[derive(Clone, Copy)]
enum Kind {
    Id = 1,
    UnsignedId = 2,
    Values = 3,
}

/// The beginning of a key. One tenant's deliveries are never taken for another's, who could choose their ids.
fn key(endpoint: &str, delivery: &Delivery, kind: Kind) -> Key {
    // The names of endpoints contain neither a slash nor a zero, and those of tenants neither.
    let mut key = endpoint.as_bytes().to_vec();
    if let Some(tenant) = delivery.tenant() {
        key.push(b'/');
        key.extend_from_slice(tenant.as_str().as_bytes());
    }
    key.extend_from_slice(&[0, kind as u8]);
    key
}

/// A digest of texts that tells `["ab", "c"]` from `["a", "bc"]`.
fn digest(texts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> [u8; 32] {
    let mut digest = Sha256::new();
    for text in texts {
        let text = text.as_ref();
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_by_where_they_end() {
        assert_ne!(digest([&b"ab"[..], b"c"]), digest([&b"a"[..], b"bc"]));
    }
}
