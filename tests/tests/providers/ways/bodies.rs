//! What is signed: the body, the id and the key.

use super::Row;
use crate::{
    letter::{Letter, Sent},
    schemes::{Digest, Keys, Scheme},
};

/// The texts that differ from this one in one byte.
fn each_byte(text: &[u8], mask: u8) -> impl Iterator<Item = Vec<u8>> {
    (0..text.len()).map(move |place| {
        let mut changed = text.to_vec();
        changed[place] ^= mask;
        changed
    })
}

/// The right request with other bodies.
fn bodies(scheme: &'static Scheme, bodies: impl IntoIterator<Item = Vec<u8>>) -> Vec<Sent> {
    bodies.into_iter().map(|body| scheme.sealed().with_body(&body)).collect()
}

/// Requests with bodies that are no envelope of anybody's.
fn no_envelopes(scheme: &'static Scheme, bend: impl Fn(Letter) -> Sent) -> Vec<Sent> {
    let within = |byte: u8| [b"{\"event\":\"x", &[byte][..], b"\",\"type\":\"x\",\"data\":{}}"].concat();
    let behind = |byte: u8| [scheme.body.as_bytes(), &[byte]].concat();
    let bodies = [
        b"\0".to_vec(),
        vec![0xff],
        vec![0; 1000],
        vec![0xff; 1000],
        within(0),
        within(0xff),
        behind(0),
        behind(0xff),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"{}\"".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        scheme.body.as_bytes()[1..].to_vec(),
        scheme.body.repeat(2).into_bytes(),
        scheme.body.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "[".repeat(100_000).into_bytes(),
        format!("{{\"type\":{}", "[".repeat(100_000)).into_bytes(),
    ];
    bodies.into_iter().map(|body| bend(scheme.letter().with_body(&body))).collect()
}

/// Requests with other ids, each rightly signed.
fn ids(scheme: &'static Scheme, ids: &[&[u8]]) -> Vec<Sent> {
    if scheme.id.is_none() {
        return Vec::new();
    }
    ids.iter().map(|id| scheme.letter().with_id(id).seal()).collect()
}

/// The right request, signed with these keys.
fn keys(scheme: &'static Scheme, keys: impl IntoIterator<Item = Vec<u8>>) -> Vec<Sent> {
    if scheme.digest == Digest::Ed25519 {
        return Vec::new();
    }
    keys.into_iter().map(|key| scheme.letter().with_key(&key).seal()).collect()
}

fn is_standard(scheme: &Scheme) -> bool {
    scheme.list == Some(" ")
}

pub(super) const ROWS: &[Row] = &[
    ("one byte of the body changed", 401, |s| bodies(s, each_byte(s.body.as_bytes(), 1))),
    ("one byte of the body more, and one less", 401, |s| {
        let body = s.body.as_bytes();
        let (front, back) = ([b" ", body].concat(), [body, b"\n"].concat());
        bodies(s, [front, back, [body, b"\0"].concat(), body[1..].to_vec(), body[..body.len() - 1].to_vec()])
    }),
    ("the body written anew", 401, |s| {
        let value: serde_json::Value = serde_json::from_str(s.body).unwrap();
        bodies(s, [serde_json::to_vec_pretty(&value).unwrap(), s.body.replace(',', ", ").into_bytes()])
            .into_iter()
            .filter(|sent| sent.body != s.body.as_bytes())
            .collect()
    }),
    ("an empty body instead", 401, |s| bodies(s, [Vec::new()])),
    ("an empty body, rightly signed", 400, |s| vec![s.letter().with_body(b"").seal()]),
    ("no envelope, rightly signed", 400, |s| no_envelopes(s, |letter| letter.seal())),
    ("no envelope, wrongly signed", 401, |s| no_envelopes(s, |letter| s.sealed().with_body(&letter.body))),
    ("a body of 1 MiB, wrongly signed", 401, |s| bodies(s, [vec![b' '; 1024 * 1024]])),
    ("white space around the body, rightly signed", 200, |s| {
        vec![s.letter().with_body(format!(" \n{}\t\r\n", s.body).as_bytes()).seal()]
    }),
    ("one byte of the id changed", 401, |s| {
        s.id.map_or_else(Vec::new, |id| {
            each_byte(b"msg_1", 1).map(|changed| s.sealed().set(id, &changed)).collect()
        })
    }),
    ("the id missing, rightly signed", 401, |s| {
        s.id.map_or_else(Vec::new, |id| vec![s.letter().with_id(b"").seal().without(id)])
    }),
    ("the id empty, rightly signed", 401, |s| ids(s, &[b""])),
    ("the id blank, rightly signed", 401, |s| {
        ids(s, &[b" ", b"\t", b" msg_1", b"msg_1 ", b"msg 1", b"m\tg"])
    }),
    ("the id not ASCII, rightly signed", 401, |s| {
        ids(s, &[b"\xff", "msg_\u{e9}".as_bytes(), "\u{200b}".as_bytes(), b"msg_1\xff"])
    }),
    ("an id of signs, rightly signed", 200, |s| {
        ids(s, &[b"a", b"-", b"0", b"!#$%&'()*+/:;<=>?@[]^`{|}~\"\\,"])
    }),
    ("an id with the full stop that ends it, rightly signed", 401, |s| {
        if is_standard(s) { ids(s, &[b".", b"..", b"msg.1"]) } else { Vec::new() }
    }),
    ("an id of 20 KB, rightly signed", 200, |s| ids(s, &[&[b'm'; 20 * 1024]])),
    // The scheme joins id, time and body with full stops: where one ends, its text alone does not say. Ids have no full
    // stop, and bodies are JSON.
    ("the id's end moved into the body, rightly signed", 400, |s| {
        if !is_standard(s) {
            return Vec::new();
        }
        let signed = s.letter().with_id(b"msg_1.1700000000").seal();
        let body = [b"1700000000.", s.body.as_bytes()].concat();
        vec![signed.set(s.id.unwrap(), b"msg_1").with_body(&body)]
    }),
    ("the body's front moved into the id, rightly signed", 401, |s| {
        if !is_standard(s) {
            return Vec::new();
        }
        let body = [b"1700000000.", s.body.as_bytes()].concat();
        let signed = s.letter().with_body(&body).seal();
        vec![signed.set(s.id.unwrap(), b"msg_1.1700000000").with_body(s.body.as_bytes())]
    }),
    ("one byte of the key changed", 401, |s| keys(s, each_byte(s.key, 1))),
    ("one byte of the private key changed", 401, |s| {
        if s.keys != Keys::Whpk {
            return Vec::new();
        }
        each_byte(s.key, 1).map(|key| s.letter().with_key(&key).seal()).collect()
    }),
    ("a key that is shorter or longer", 401, |s| {
        keys(
            s,
            [
                s.key[1..].to_vec(),
                s.key[..s.key.len() - 1].to_vec(),
                [s.key, b"\n"].concat(),
                s.key.repeat(2),
            ],
        )
    }),
    ("the empty key", 401, |s| keys(s, [Vec::new()])),
    ("the key as the secret's text, where that is another", 401, |s| {
        let secret = s.secret(s.key);
        if secret.as_bytes() == s.key {
            return Vec::new();
        }
        keys(s, [secret.clone().into_bytes(), secret.as_bytes()["whsec_".len()..].to_vec()])
    }),
    ("the key as what Stripe's secret is base64 of", 401, |s| {
        if !s.key.starts_with(b"whsec_") {
            return Vec::new();
        }
        let decoded =
            base64::Engine::decode(&base64::prelude::BASE64_STANDARD, "c3RyaXBlJ3Mga2V5IGlzIGl0cyB0ZXh0");
        keys(s, [decoded.unwrap(), s.key["whsec_".len()..].to_vec()])
    }),
];
