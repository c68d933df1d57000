//! Each header that signs, or that is signed.

use super::Row;
use crate::{
    letter::Sent,
    schemes::{Scheme, Time},
};

/// The right request with each signing header bent in turn.
fn each(scheme: &'static Scheme, bend: impl Fn(Sent, &'static str) -> Sent) -> Vec<Sent> {
    scheme.signing_headers().into_iter().map(|name| bend(scheme.sealed(), name)).collect()
}

/// The same, by what stands in front of and behind the right value.
fn around(scheme: &'static Scheme, front: &[u8], back: &[u8]) -> Vec<Sent> {
    each(scheme, |sent, name| {
        let value = [front, sent.value(name), back].concat();
        sent.set(name, &value)
    })
}

fn instead(scheme: &'static Scheme, value: &[u8]) -> Vec<Sent> {
    each(scheme, |sent, name| sent.set(name, value))
}

const LONG: &[u8] = &[b'1'; 20 * 1024];

pub(super) const ROWS: &[Row] = &[
    ("as it should be", 200, |s| vec![s.sealed()]),
    ("beside headers of no meaning", 200, |s| vec![s.sealed().and("x-other", b"\xff").and("x-other", b"")]),
    ("no header at all", 401, |s| vec![Sent { headers: Vec::new(), ..s.sealed() }]),
    ("a header missing", 401, |s| each(s, Sent::without)),
    ("a header empty", 401, |s| instead(s, b"")),
    ("a header blank", 401, |s| [instead(s, b" "), instead(s, b"\t")].concat()),
    ("a header twice, the same", 401, |s| {
        each(s, |sent, name| {
            let value = sent.value(name).to_vec();
            sent.and(name, &value)
        })
    }),
    ("a header twice, the good one first", 401, |s| each(s, |sent, name| sent.and(name, b"x"))),
    ("a header twice, the bad one first", 401, |s| each(s, |sent, name| sent.behind(name, b"x"))),
    ("a header twice, one empty", 401, |s| {
        [each(s, |sent, name| sent.and(name, b"")), each(s, |sent, name| sent.behind(name, b""))].concat()
    }),
    ("a header three times, the same", 401, |s| {
        each(s, |sent, name| {
            let value = sent.value(name).to_vec();
            sent.and(name, &value).and(name, &value)
        })
    }),
    ("a header twice, of two right requests", 401, |s| {
        let other = s.letter().with_id(b"msg_2").with_timestamp(b"1700000001").with_body(b"{}").seal();
        each(s, |sent, name| sent.and(name, other.value(name)))
    }),
    ("a header under another name", 401, |s| {
        each(s, |sent, name| {
            let value = sent.value(name).to_vec();
            sent.without(name).and("x-signature", &value).and("authorization", &value)
        })
    }),
    ("20 KB instead of a header", 401, |s| instead(s, LONG)),
    ("20 KB behind a header", 401, |s| around(s, b"", LONG)),
    ("20 KB in front of a header", 401, |s| around(s, LONG, b"")),
    ("20 KB of spaces behind a header", 401, |s| around(s, b"", &[b' '; 20 * 1024])),
    ("20 KB of commas behind a header", 401, |s| around(s, b"", &[b','; 20 * 1024])),
    ("20 KB of equals signs behind a header", 401, |s| around(s, b"", &[b'='; 20 * 1024])),
    ("0xFF instead of a header", 401, |s| instead(s, b"\xff")),
    ("0xFF behind a header", 401, |s| around(s, b"", b"\xff")),
    ("0xFF in front of a header", 401, |s| around(s, b"\xff", b"")),
    ("UTF-8 instead of a header", 401, |s| instead(s, "é".as_bytes())),
    ("UTF-8 behind a header", 401, |s| around(s, b"", "\u{200b}".as_bytes())),
    ("UTF-8 in front of a header", 401, |s| around(s, "\u{feff}".as_bytes(), b"")),
    ("a space in front of a header", 401, |s| around(s, b" ", b"")),
    ("a space behind a header", 401, |s| around(s, b"", b" ")),
    ("a tab in front of a header", 401, |s| around(s, b"\t", b"")),
    ("a tab behind a header", 401, |s| around(s, b"", b"\t")),
    ("quotes around a header", 401, |s| around(s, b"\"", b"\"")),
    ("a comma behind a header", 401, |s| around(s, b"", b",")),
    ("a comma in front of a header", 401, |s| around(s, b",", b"")),
    ("a semicolon behind a header", 401, |s| around(s, b"", b";")),
    ("an escaped NUL behind a header", 401, |s| around(s, b"", b"%00")),
    ("a header joined with itself, as proxies do", 401, |s| {
        if s.time == Time::Within {
            return Vec::new();
        }
        each(s, |sent, name| {
            let value = [sent.value(name), b", ", sent.value(name)].concat();
            sent.set(name, &value)
        })
    }),
];
