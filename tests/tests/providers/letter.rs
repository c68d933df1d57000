//! A delivery before it is signed, and after.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};
use switchhook::provider::Encoding;

use crate::schemes::{Digest, Scheme, Time};

/// What is signed, and with which key.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) scheme: &'static Scheme,
    pub(crate) key: Vec<u8>,
    pub(crate) id: Vec<u8>,
    pub(crate) timestamp: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn private(key: &[u8]) -> SigningKey {
    SigningKey::from_bytes(key.try_into().unwrap())
}

pub(crate) fn mac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(key).unwrap().chain_update(message).finalize().into_bytes().to_vec()
}

pub(crate) fn encode(encoding: Encoding, bytes: &[u8]) -> Vec<u8> {
    let text = match encoding {
        Encoding::Hex => base16ct::lower::encode_string(bytes),
        Encoding::Base64 => BASE64_STANDARD.encode(bytes),
        other => panic!("{other:?} is new"),
    };
    text.into_bytes()
}

impl Letter {
    pub(crate) fn with_body(self, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..self }
    }

    pub(crate) fn with_id(self, id: &[u8]) -> Self {
        Self { id: id.to_vec(), ..self }
    }

    pub(crate) fn with_timestamp(self, timestamp: &[u8]) -> Self {
        Self { timestamp: timestamp.to_vec(), ..self }
    }

    pub(crate) fn with_key(self, key: &[u8]) -> Self {
        Self { key: key.to_vec(), ..self }
    }

    /// The signature's bytes.
    pub(crate) fn signature(&self) -> Vec<u8> {
        let message = (self.scheme.message)(self);
        match self.scheme.digest {
            Digest::Sha256 => mac::<Hmac<Sha256>>(&self.key, &message),
            Digest::Sha512 => mac::<Hmac<Sha512>>(&self.key, &message),
            Digest::Ed25519 => private(&self.key).sign(&message).to_bytes().to_vec(),
        }
    }

    /// The signature's text.
    pub(crate) fn text(&self) -> Vec<u8> {
        encode(self.scheme.encoding, &self.signature())
    }

    /// The signature's text behind its prefix: one element of a list, where there may be several.
    pub(crate) fn element(&self) -> Vec<u8> {
        [self.scheme.prefix.as_bytes(), &self.text()].concat()
    }

    /// The request with its right signature.
    pub(crate) fn seal(&self) -> Sent {
        self.seal_with(&self.element())
    }

    /// The request with this instead of prefix and signature.
    pub(crate) fn seal_with(&self, element: &[u8]) -> Sent {
        match self.scheme.time {
            Time::Within => self.with_value(&[b"t=", &self.timestamp[..], b",", element].concat()),
            Time::Nowhere | Time::Header(_) => self.with_value(element),
        }
    }

    /// The request with these signatures.
    pub(crate) fn seal_list(&self, elements: &[Vec<u8>]) -> Sent {
        self.seal_with(&elements.join(self.scheme.list.unwrap().as_bytes()))
    }

    /// The request with this as the header of the signature.
    pub(crate) fn with_value(&self, value: &[u8]) -> Sent {
        let scheme = self.scheme;
        let mut headers: Vec<_> =
            scheme.unsigned.iter().map(|(name, value)| (*name, value.as_bytes().to_vec())).collect();
        headers.push((scheme.signature, value.to_vec()));
        if let Time::Header(name) = scheme.time {
            headers.push((name, self.timestamp.clone()));
        }
        headers.extend(scheme.id.map(|name| (name, self.id.clone())));
        Sent { headers, body: self.body.clone() }
    }
}

impl Sent {
    pub(crate) fn value(&self, name: &str) -> &[u8] {
        &self.headers.iter().find(|(one, _)| *one == name).unwrap().1
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(one, _)| *one != name);
        self
    }

    pub(crate) fn set(mut self, name: &str, value: &[u8]) -> Self {
        for (one, old) in &mut self.headers {
            if *one == name {
                *old = value.to_vec();
            }
        }
        self
    }

    /// With one more header.
    pub(crate) fn and(mut self, name: &'static str, value: &[u8]) -> Self {
        self.headers.push((name, value.to_vec()));
        self
    }

    /// With this header in front of all others.
    pub(crate) fn behind(mut self, name: &'static str, value: &[u8]) -> Self {
        self.headers.insert(0, (name, value.to_vec()));
        self
    }

    pub(crate) fn with_body(self, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..self }
    }
}
