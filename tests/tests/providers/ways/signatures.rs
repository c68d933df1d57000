//! The signature's text, and what stands in front of it.

use hmac::Hmac;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use switchhook::provider::Encoding;

use super::Row;
use crate::{
    letter::{Letter, Sent, encode, mac, private},
    schemes::{Digest, SCHEMES, Scheme},
};

const HEX: &[u8] = b"0123456789abcdef";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PREFIXES: [&str; 16] = [
    "v0=",
    "v1=",
    "v2=",
    "v0,",
    "v1,",
    "v2,",
    "v1a,",
    "v1b,",
    "sha1=",
    "sha256=",
    "sha512=",
    "md5=",
    "none=",
    "t=",
    "Bearer ",
    "Acme-Hmac ",
];

/// The right request with these instead of the signature's text.
fn texts(letter: &Letter, texts: impl IntoIterator<Item = Vec<u8>>) -> Vec<Sent> {
    let prefix = letter.scheme.prefix.as_bytes();
    texts.into_iter().map(|text| letter.seal_with(&[prefix, &text].concat())).collect()
}

fn text(scheme: &'static Scheme, bend: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<Sent> {
    let letter = scheme.letter();
    texts(&letter, [bend(letter.text())])
}

/// The same, where it concerns an encoding.
fn text_in(encoding: Encoding, scheme: &'static Scheme, bend: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<Sent> {
    if scheme.encoding == encoding { text(scheme, bend) } else { Vec::new() }
}

/// These bytes, written as a signature.
fn bytes(scheme: &'static Scheme, bytes: impl IntoIterator<Item = Vec<u8>>) -> Vec<Sent> {
    let letter = scheme.letter();
    texts(&letter, bytes.into_iter().map(|bytes| encode(scheme.encoding, &bytes)))
}

/// The right text behind other prefixes.
fn prefixes(scheme: &'static Scheme, prefixes: impl IntoIterator<Item = String>) -> Vec<Sent> {
    let letter = scheme.letter();
    let text = letter.text();
    let wrong = prefixes.into_iter().filter(|prefix| prefix != scheme.prefix);
    wrong.map(|prefix| letter.seal_with(&[prefix.as_bytes(), &text].concat())).collect()
}

fn alphabet(encoding: Encoding) -> &'static [u8] {
    if encoding == Encoding::Hex { HEX } else { BASE64 }
}

/// The text with the character at each place changed to the next one.
fn each_changed(scheme: &'static Scheme) -> Vec<Sent> {
    let (letter, alphabet) = (scheme.letter(), alphabet(scheme.encoding));
    let right = letter.text();
    let changed = (0..right.len()).map(|place| {
        let mut text = right.clone();
        let number = alphabet.iter().position(|one| *one == text[place]).unwrap_or_default();
        text[place] = alphabet[(number + 1) % alphabet.len()];
        text
    });
    texts(&letter, changed)
}

/// A letter of which the signature has both characters that the URL-safe alphabet writes otherwise.
fn with_signs(scheme: &'static Scheme) -> Letter {
    let letters = (0..10_000).map(|spaces| {
        let body = [scheme.body.as_bytes(), &b" ".repeat(spaces)].concat();
        scheme.letter().with_body(&body)
    });
    let has_both = |letter: &Letter| letter.text().contains(&b'+') && letter.text().contains(&b'/');
    letters.into_iter().find(has_both).unwrap()
}

/// The texts whose last character has bits set that stand for no byte.
fn trailing_bits(scheme: &'static Scheme) -> Vec<Sent> {
    let letter = scheme.letter();
    let right = letter.text();
    let end = right.iter().position(|byte| *byte == b'=').unwrap_or(right.len()) - 1;
    let number = BASE64.iter().position(|one| *one == right[end]).unwrap();
    let spare = if right.ends_with(b"==") { 16 } else { 4 };
    texts(
        &letter,
        (1..spare).map(|bits| {
            let mut text = right.clone();
            text[end] = BASE64[number + bits];
            text
        }),
    )
}

fn of_other_algorithms(scheme: &'static Scheme) -> Vec<Sent> {
    let letter = scheme.letter();
    let (message, key) = ((scheme.message)(&letter), &letter.key);
    let mut others = vec![mac::<Hmac<Sha384>>(key, &message)];
    if scheme.digest != Digest::Sha256 {
        others.push(mac::<Hmac<Sha256>>(key, &message));
    }
    if scheme.digest != Digest::Sha512 {
        others.push(mac::<Hmac<Sha512>>(key, &message));
    }
    bytes(scheme, others)
}

/// Signed with an HMAC whose key is what everybody knows: the public key.
fn of_the_public_key(scheme: &'static Scheme) -> Vec<Sent> {
    if scheme.digest != Digest::Ed25519 {
        return Vec::new();
    }
    let letter = scheme.letter();
    let (message, public) = ((scheme.message)(&letter), private(&letter.key).verifying_key().to_bytes());
    let keys = [public.to_vec(), scheme.secret(&letter.key).into_bytes()];
    let macs = keys.map(|key| (mac::<Hmac<Sha256>>(&key, &message), mac::<Hmac<Sha512>>(&key, &message)));
    let elements = macs.into_iter().flat_map(|(short, long)| {
        [(&b"v1,"[..], short.clone()), (b"v1,", long.clone()), (b"v1a,", short), (b"v1a,", long)]
    });
    elements.map(|(tag, mac)| letter.seal_with(&[tag, &encode(Encoding::Base64, &mac)].concat())).collect()
}

/// The headers, or the signature, that other providers would send of this with this secret.
fn of_other_schemes(scheme: &'static Scheme, bend: impl Fn(&Letter, Letter) -> Sent) -> Vec<Sent> {
    let letter = scheme.letter();
    let others = SCHEMES.iter().filter(|other| {
        let same_bytes =
            (other.message)(&letter) == (scheme.message)(&letter) && other.digest == scheme.digest;
        !same_bytes && other.name != scheme.name && other.digest != Digest::Ed25519
    });
    others.map(|other| bend(&letter, Letter { scheme: other, ..letter.clone() })).collect()
}

fn swap_case(text: &[u8]) -> Vec<u8> {
    let swap = |byte: &u8| if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { *byte };
    text.iter().map(swap).collect()
}

pub(super) const ROWS: &[Row] = &[
    ("every proper prefix of the signature's header", 401, |s| {
        let (letter, right) = (s.letter(), s.sealed());
        let value = right.value(s.signature);
        (0..value.len()).map(|len| letter.with_value(&value[..len])).collect()
    }),
    ("one character more", 401, |s| {
        let letter = s.letter();
        let right = letter.text();
        texts(&letter, b"0aA=+_".map(|more| [&right[..], &[more]].concat()))
    }),
    ("each character changed", 401, each_changed),
    ("the text backwards", 401, |s| text(s, |text| text.into_iter().rev().collect())),
    ("the text twice", 401, |s| text(s, |text| text.repeat(2))),
    ("upper-case hex", 401, |s| text_in(Encoding::Hex, s, |text| text.to_ascii_uppercase())),
    ("hex with one letter in upper case", 401, |s| {
        text_in(Encoding::Hex, s, |mut text| {
            text.iter_mut().find(|byte| byte.is_ascii_lowercase()).unwrap().make_ascii_uppercase();
            text
        })
    }),
    ("hex behind 0x", 401, |s| text_in(Encoding::Hex, s, |text| [b"0x", &text[..]].concat())),
    ("hex in groups", 401, |s| {
        text_in(Encoding::Hex, s, |text| text.chunks(2).collect::<Vec<_>>().join(&b':'))
    }),
    ("base64 where hex is due, and the other way round", 401, |s| {
        let letter = s.letter();
        let encoding = if s.encoding == Encoding::Hex { Encoding::Base64 } else { Encoding::Hex };
        texts(&letter, [encode(encoding, &letter.signature())])
    }),
    ("base64 without its padding", 401, |s| {
        text_in(Encoding::Base64, s, |text| text.into_iter().filter(|byte| *byte != b'=').collect())
    }),
    ("base64 with more padding", 401, |s| text_in(Encoding::Base64, s, |text| [&text[..], b"="].concat())),
    ("base64 with padding for a whole group more", 401, |s| {
        text_in(Encoding::Base64, s, |text| [&text[..], b"===="].concat())
    }),
    ("base64 of the URL-safe alphabet", 401, |s| {
        if s.encoding == Encoding::Hex {
            return Vec::new();
        }
        let letter = with_signs(s);
        let text = String::from_utf8(letter.text()).unwrap();
        texts(&letter, [text.replace('+', "-").replace('/', "_").into_bytes()])
    }),
    ("base64 of the usual alphabet with + and /", 200, |s| {
        if s.encoding == Encoding::Hex { Vec::new() } else { vec![with_signs(s).seal()] }
    }),
    ("base64 with bits that stand for no byte", 401, |s| {
        if s.encoding == Encoding::Hex { Vec::new() } else { trailing_bits(s) }
    }),
    ("white space inside", 401, |s| {
        let (letter, at) = (s.letter(), 12);
        let right = letter.text();
        texts(&letter, [b' ', b'\t'].map(|space| [&right[..at], &[space], &right[at..]].concat()))
    }),
    ("a signature of another length, well written", 401, |s| {
        let right = s.letter().signature();
        let longer = [&right[..], &[0]].concat();
        let shorter = [0, 1, 16, right.len() - 1].map(|len| right[..len].to_vec());
        bytes(s, shorter.into_iter().chain([longer, right.repeat(2)]))
    }),
    ("a signature of zeros, and one of 0xFF", 401, |s| {
        let len = s.letter().signature().len();
        bytes(s, [vec![0; len], vec![0xff; len]])
    }),
    ("a hash without a key", 401, |s| {
        let message = (s.message)(&s.letter());
        bytes(s, [Sha256::digest(&message).to_vec(), Sha512::digest(&message).to_vec()])
    }),
    ("an HMAC of another hash", 401, of_other_algorithms),
    ("an HMAC with the public key", 401, of_the_public_key),
    ("another version or algorithm in front", 401, |s| prefixes(s, PREFIXES.map(str::to_owned))),
    ("the prefix in another case", 401, |s| {
        prefixes(s, [swap_case(s.prefix.as_bytes())].map(|text| String::from_utf8(text).unwrap()))
    }),
    ("the prefix missing", 401, |s| prefixes(s, [String::new()])),
    ("the prefix twice", 401, |s| prefixes(s, [s.prefix.repeat(2)])),
    ("a space behind the prefix, and in front", 401, |s| {
        prefixes(s, [format!("{} ", s.prefix), format!(" {}", s.prefix)])
    }),
    ("the prefix with another last character", 401, |s| {
        let shorter = s.prefix.split_at(s.prefix.len().saturating_sub(1)).0;
        prefixes(s, [":", "=", ",", ".", "", ";"].map(|last| format!("{shorter}{last}")))
    }),
    ("the prefix and nothing behind", 401, |s| text(s, |_| Vec::new())),
    ("another provider's signature with the same secret", 401, |s| {
        of_other_schemes(s, |letter, other| {
            letter.seal_with(&[s.prefix.as_bytes(), &encode(s.encoding, &other.signature())].concat())
        })
    }),
    ("another provider's header value with the same secret", 401, |s| {
        of_other_schemes(s, |letter, other| letter.with_value(other.seal().value(other.scheme.signature)))
    }),
    ("another provider's headers with the same secret", 401, |s| {
        of_other_schemes(s, |_, other| other.seal())
    }),
];
