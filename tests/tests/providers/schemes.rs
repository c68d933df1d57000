//! The schemes, each described once more and apart from the code that verifies it.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use switchhook::{
    Secrets,
    provider::{
        Encoding,
        argyle::Argyle,
        custom::{Custom, Place},
        github::GitHub,
        shopify::Shopify,
        slack::Slack,
        standard::Standard,
        stripe::Stripe,
    },
};

use crate::{
    desk::Desk,
    letter::{Letter, Sent},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha256,
    Sha512,
    Ed25519,
}

/// How the receiver's secret is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    Text,
    Whsec,
    Whpk,
}

/// Where the signed timestamp is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    Nowhere,
    Header(&'static str),
    /// In front of the signature, as Stripe has it.
    Within,
}

pub(crate) struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) signature: &'static str,
    /// What stands in front of the signature's text.
    pub(crate) prefix: &'static str,
    pub(crate) encoding: Encoding,
    pub(crate) digest: Digest,
    /// What separates signatures, where there may be several.
    pub(crate) list: Option<&'static str>,
    pub(crate) time: Time,
    /// The header of the id, where that is signed.
    pub(crate) id: Option<&'static str>,
    pub(crate) message: fn(&Letter) -> Vec<u8>,
    pub(crate) key: &'static [u8],
    pub(crate) keys: Keys,
    /// What is sent and not signed.
    pub(crate) unsigned: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
    pub(crate) event: &'static str,
    pub(crate) open: fn(Secrets) -> Result<Desk, String>,
}

const NOW: &[u8] = b"1700000000";

fn body(letter: &Letter) -> Vec<u8> {
    letter.body.clone()
}

fn timed(letter: &Letter) -> Vec<u8> {
    [&letter.timestamp[..], b".", &letter.body].concat()
}

fn slack(letter: &Letter) -> Vec<u8> {
    [b"v0:", &letter.timestamp[..], b":", &letter.body].concat()
}

fn standard(letter: &Letter) -> Vec<u8> {
    [&letter.id[..], b".", &letter.timestamp, b".", &letter.body].concat()
}

fn acme(letter: &Letter) -> Vec<u8> {
    [&letter.timestamp[..], b".", &letter.id, b"\n", &letter.body].concat()
}

/// The one that the others differ from.
const ARGYLE: Scheme = Scheme {
    name: "Argyle",
    signature: "x-argyle-signature",
    prefix: "",
    encoding: Encoding::Hex,
    digest: Digest::Sha512,
    list: None,
    time: Time::Nowhere,
    id: None,
    message: body,
    key: b"relay-test-secret-01",
    keys: Keys::Text,
    unsigned: &[],
    body: r#"{"event":"identities.updated","name":"n","data":{"account":"a"}}"#,
    event: "identities.updated",
    open: |secrets| Desk::open(Argyle::new(secrets)),
};

const STANDARD: Scheme = Scheme {
    name: "Standard, webhook-*",
    signature: "webhook-signature",
    prefix: "v1,",
    encoding: Encoding::Base64,
    digest: Digest::Sha256,
    list: Some(" "),
    time: Time::Header("webhook-timestamp"),
    id: Some("webhook-id"),
    message: standard,
    key: b"\x00\xff24 bytes are the usual",
    keys: Keys::Whsec,
    body: r#"{"type":"user.created","data":{"user":"u"}}"#,
    event: "user.created",
    open: |secrets| Desk::open(Standard::new(secrets)),
    ..ARGYLE
};

pub(crate) static SCHEMES: [Scheme; 10] = [
    ARGYLE,
    Scheme {
        name: "GitHub",
        signature: "x-hub-signature-256",
        prefix: "sha256=",
        digest: Digest::Sha256,
        unsigned: &[("x-github-event", "issues"), ("x-github-delivery", "d-1")],
        body: r#"{"action":"opened","issue":{"title":"t"}}"#,
        event: "issues.opened",
        open: |secrets| Desk::open(GitHub::new(secrets)),
        ..ARGYLE
    },
    Scheme {
        name: "Stripe",
        signature: "stripe-signature",
        prefix: "v1=",
        digest: Digest::Sha256,
        list: Some(","),
        time: Time::Within,
        message: timed,
        key: b"whsec_c3RyaXBlJ3Mga2V5IGlzIGl0cyB0ZXh0",
        body: r#"{"id":"evt_1","type":"invoice.paid","data":{"object":{"id":"in_1"}}}"#,
        event: "invoice.paid",
        open: |secrets| Desk::open(Stripe::new(secrets)),
        ..ARGYLE
    },
    Scheme {
        name: "Slack",
        signature: "x-slack-signature",
        prefix: "v0=",
        digest: Digest::Sha256,
        time: Time::Header("x-slack-request-timestamp"),
        message: slack,
        body: r#"{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"}}"#,
        event: "app_mention",
        open: |secrets| Desk::open(Slack::new(secrets)),
        ..ARGYLE
    },
    Scheme {
        name: "Shopify",
        signature: "x-shopify-hmac-sha256",
        encoding: Encoding::Base64,
        digest: Digest::Sha256,
        unsigned: &[("x-shopify-topic", "orders/create"), ("x-shopify-webhook-id", "w-1")],
        body: r#"{"id":820982911946154508}"#,
        event: "orders/create",
        open: |secrets| Desk::open(Shopify::new(secrets)),
        ..ARGYLE
    },
    STANDARD,
    Scheme {
        name: "Standard, svix-*",
        signature: "svix-signature",
        time: Time::Header("svix-timestamp"),
        id: Some("svix-id"),
        ..STANDARD
    },
    Scheme {
        name: "Standard, public key",
        prefix: "v1a,",
        digest: Digest::Ed25519,
        key: b"thirty-two bytes are a private k",
        keys: Keys::Whpk,
        ..STANDARD
    },
    Scheme {
        name: "Custom, hex of time, id and body",
        signature: "x-acme-signature",
        digest: Digest::Sha256,
        time: Time::Header("x-acme-timestamp"),
        id: Some("x-acme-id"),
        message: acme,
        open: |secrets| {
            let acme = Custom::hmac_sha256(secrets).signature_in("x-acme-signature");
            let acme = acme.signs("{timestamp}.{id}\n{body}").timestamp_in("x-acme-timestamp");
            Desk::open(acme.id_at(Place::header("x-acme-id")).event_at(Place::body("/event")))
        },
        ..ARGYLE
    },
    Scheme {
        name: "Custom, base64 behind a prefix",
        signature: "x-acme-signature",
        prefix: "Acme-Hmac ",
        encoding: Encoding::Base64,
        unsigned: &[("x-acme-event", "ping")],
        event: "ping",
        open: |secrets| {
            let acme = Custom::hmac_sha512(secrets).signature_in("x-acme-signature").prefix("Acme-Hmac ");
            Desk::open(acme.encoding(Encoding::Base64).event_at(Place::header("x-acme-event")))
        },
        ..ARGYLE
    },
];

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Scheme {
    /// A delivery as it should be.
    pub(crate) fn letter(&'static self) -> Letter {
        Letter {
            scheme: self,
            key: self.key.to_vec(),
            id: b"msg_1".to_vec(),
            timestamp: NOW.to_vec(),
            body: self.body.as_bytes().to_vec(),
        }
    }

    pub(crate) fn sealed(&'static self) -> Sent {
        self.letter().seal()
    }

    /// The receiver's secret for the sender's key.
    pub(crate) fn secret(&self, key: &[u8]) -> String {
        match self.keys {
            Keys::Text => String::from_utf8(key.to_vec()).unwrap(),
            Keys::Whsec => format!("whsec_{}", BASE64_STANDARD.encode(key)),
            Keys::Whpk => {
                let public = crate::letter::private(key).verifying_key();
                format!("whpk_{}", BASE64_STANDARD.encode(public.as_bytes()))
            }
        }
    }

    pub(crate) fn desk(&self) -> Desk {
        (self.open)(Secrets::from(self.secret(self.key))).unwrap()
    }

    /// A key of this scheme's form, made of any bytes.
    pub(crate) fn key_of(&self, seed: &[u8], len: usize) -> Vec<u8> {
        match self.keys {
            Keys::Text => seed[..len].iter().map(|byte| b'!' + byte % 94).collect(),
            Keys::Whsec => seed[..len].to_vec(),
            Keys::Whpk => seed[..32].to_vec(),
        }
    }

    /// The headers that sign, or are signed.
    pub(crate) fn signing_headers(&self) -> Vec<&'static str> {
        let time = match self.time {
            Time::Header(name) => Some(name),
            Time::Nowhere | Time::Within => None,
        };
        [Some(self.signature), time, self.id].into_iter().flatten().collect()
    }

    pub(crate) fn is_timed(&self) -> bool {
        self.time != Time::Nowhere
    }
}
