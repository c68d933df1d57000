//! Requests that are right, or nearly.

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::{prelude::*, sample::Index};
use sha2::Sha256;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The headers of a set, behind `webhook-` or `svix-`.
pub(crate) const PARTS: [&str; 3] = ["id", "timestamp", "signature"];

/// What a request is made of, before its time is known.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    id: Vec<u8>,
    /// Seconds from now.
    offset: i64,
    form: Form,
    /// The text of the timestamp is signed as it stands, and not the number it is for those who parse it first.
    signs_text: bool,
    list: Vec<Element>,
    separator: &'static str,
    set: Set,
    shouts: bool,
    edits: Vec<Edit>,
    body: Vec<u8>,
    changed_bit: Option<(Index, u32)>,
}

/// How a timestamp is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Plain,
    Around(&'static str, &'static str),
    Instead(&'static str),
}

/// An element of the list of signatures.
#[derive(Debug, Clone)]
enum Element {
    Right,
    OtherVersion(&'static str),
    Truncated(usize),
    Unpadded,
    UrlSafe,
    /// Text that a careless decoder takes for the right bytes.
    LooseBits,
    /// A signature of so many bytes.
    Random(&'static str, Vec<u8>),
    /// The right one between these.
    Between(&'static str, &'static str),
    Text(&'static [u8]),
}

#[derive(Debug, Clone, Copy)]
enum Set {
    Webhook,
    Svix,
    Both,
    /// Both, where one header of `svix-` says something else.
    BothBut(usize),
    /// Each header is in the one or the other.
    Mixed([bool; 3]),
    /// That of `webhook-`, with the id or the timestamp of another that is not there.
    Stray(usize),
    /// The same, where only the stray one is right.
    RightStray(usize),
}

#[derive(Debug, Clone)]
enum Edit {
    Drop(Index),
    Double(Index),
    DoubleWith(Index, &'static str),
    Empty(Index),
}

fn id() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        24 => "msg_[a-zA-Z0-9]{1,27}",
        1 => "[a-z0-9]{0,3}\\.[a-z0-9.]{0,9}",
        1 => "[!-~]{1,40}",
        1 => "[a-z]{0,3}[ \t][a-z \t]{0,3}",
        1 => Just(String::new()),
        1 => "[a-z]{0,3}[é-λ][a-z]{0,3}",
    ]
    .prop_map(String::into_bytes)
}

fn form() -> impl Strategy<Value = Form> {
    let around = [
        ("+", ""),
        ("0", ""),
        ("000", ""),
        ("-", ""),
        (" ", ""),
        ("", " "),
        ("\t", ""),
        ("", ".0"),
        ("", "e0"),
        ("0x", ""),
        ("", "0"),
        ("", "_"),
        ("+0", ""),
        ("", ","),
    ];
    let instead = [
        "",
        "0",
        "-0",
        "1",
        "-1",
        "now",
        "1e9",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        // Not the least number: the libraries subtract it from the time, and overflow.
        "-9000000000000000000",
        "99999999999999999999999999999999999999",
    ];
    prop_oneof![
        24 => Just(Form::Plain),
        3 => prop::sample::select(around.to_vec()).prop_map(|(before, behind)| Form::Around(before, behind)),
        1 => prop::sample::select(instead.to_vec()).prop_map(Form::Instead),
    ]
}

fn offset() -> impl Strategy<Value = i64> {
    // Some seconds from the edges, since the three do not look at the clock at once.
    prop_oneof![16 => -290..=290_i64, 1 => -4_000..=-310_i64, 1 => 310..=4_000_i64]
}

/// Elements that are no signature.
const TEXTS: [&[u8]; 12] = [
    b"",
    b"v1",
    b"v1a",
    b",",
    b"v1,",
    b"v2,",
    b",v1",
    b"v2,\xFF",
    b"v3,\xFF=",
    b"\xE9,AA==",
    b"v1,\xFF",
    b"v1;AA==",
];

fn element() -> impl Strategy<Value = Element> {
    prop_oneof![
        2 => prop::collection::vec(any::<u8>(), 32).prop_map(|bytes| Element::Random("v1", bytes)),
        2 => prop::collection::vec(any::<u8>(), 64).prop_map(|bytes| Element::Random("v1a", bytes)),
        1 => prop::collection::vec(any::<u8>(), 0..70).prop_map(|bytes| Element::Random("v1", bytes)),
        1 => prop::collection::vec(any::<u8>(), 0..70).prop_map(|bytes| Element::Random("v1a", bytes)),
        1 => prop::sample::select(&["v2", "V1", "v", "v10", "v1b", "v0", "1", "\"v1\""][..])
            .prop_map(Element::OtherVersion),
        1 => (0..44_usize).prop_map(Element::Truncated),
        1 => prop::sample::select(&[Element::Unpadded, Element::UrlSafe, Element::LooseBits][..]),
        1 => prop::sample::select(&[("", "="), (",", ""), ("", ","), ("=", ""), ("\t", ""), ("", "\t")][..])
            .prop_map(|(before, behind)| Element::Between(before, behind)),
        1 => prop::sample::select(&TEXTS[..]).prop_map(Element::Text),
    ]
}

fn list() -> impl Strategy<Value = Vec<Element>> {
    let with_right = |mut list: Vec<Element>, at: Index| {
        list.insert(at.index(list.len() + 1), Element::Right);
        list
    };
    let of = |element: Element, count| prop::collection::vec(Just(element), count);
    let several = prop::collection::vec(element(), 1..4);
    let many = prop_oneof![
        of(Element::Random("v1", vec![7; 32]), 6..9),
        of(Element::Random("v1a", vec![7; 64]), 7..10),
        of(Element::OtherVersion("v2"), 13..19),
    ];
    prop_oneof![
        8 => Just(vec![Element::Right]),
        7 => (several, any::<Index>()).prop_map(move |(list, at)| with_right(list, at)),
        1 => prop::collection::vec(element(), 0..3),
        2 => (many, any::<Index>()).prop_map(move |(list, at)| with_right(list, at)),
    ]
}

fn set() -> impl Strategy<Value = Set> {
    prop_oneof![
        8 => Just(Set::Webhook),
        6 => Just(Set::Svix),
        2 => Just(Set::Both),
        1 => (0..3_usize).prop_map(Set::BothBut),
        1 => any::<[bool; 3]>().prop_map(Set::Mixed),
        1 => (0..2_usize).prop_map(Set::Stray),
        1 => (0..2_usize).prop_map(Set::RightStray),
    ]
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        any::<Index>().prop_map(Edit::Drop),
        any::<Index>().prop_map(Edit::Double),
        (any::<Index>(), prop::sample::select(&["", "1", "v1,AA=="][..]))
            .prop_map(|(at, value)| Edit::DoubleWith(at, value)),
        any::<Index>().prop_map(Edit::Empty),
    ];
    prop_oneof![8 => Just(Vec::new()), 1 => prop::collection::vec(edit, 1..3)]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let json = ("[a-z.]{0,9}", any::<i64>());
    prop_oneof![
        8 => json.prop_map(|(event, n)| format!(r#"{{"type":"{event}","data":{{"n":{n}}}}}"#).into_bytes()),
        2 => "\\PC{0,40}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..80),
    ]
}

pub(crate) fn draft() -> impl Strategy<Value = Draft> {
    let signed = (id(), offset(), form(), prop::bool::weighted(0.2));
    let separator = prop_oneof![40 => Just(" "), 1 => Just("  "), 1 => Just(","), 1 => Just(", ")];
    let changed_bit = prop::option::weighted(0.08, (any::<Index>(), 0..8_u32));
    let rest = (list(), separator, set(), any::<bool>(), edits(), body(), changed_bit);
    (signed, rest).prop_map(|((id, offset, form, signs_text), rest)| {
        let (list, separator, set, shouts, edits, body, changed_bit) = rest;
        Draft { id, offset, form, signs_text, list, separator, set, shouts, edits, body, changed_bit }
    })
}

impl Element {
    fn text(&self, signature: &[u8]) -> Vec<u8> {
        let right = BASE64_STANDARD.encode(signature);
        match self {
            Self::Right => format!("v1,{right}"),
            Self::OtherVersion(version) => format!("{version},{right}"),
            Self::Truncated(length) => format!("v1,{}", &right[..*length]),
            Self::Unpadded => format!("v1,{}", right.trim_end_matches('=')),
            Self::UrlSafe => format!("v1,{}=", BASE64_URL_SAFE_NO_PAD.encode(signature)),
            Self::LooseBits => {
                let (front, last) = (&right[..42], right.as_bytes()[42]);
                format!("v1,{front}{}=", char::from(last + 1))
            }
            Self::Random(version, bytes) => format!("{version},{}", BASE64_STANDARD.encode(bytes)),
            Self::Between(before, behind) => format!("v1,{before}{right}{behind}"),
            Self::Text(text) => return text.to_vec(),
        }
        .into_bytes()
    }
}

impl Draft {
    /// The headers and the body; `None` where a value cannot stand in a header.
    pub(crate) fn request(&self, now: i64) -> Option<(HeaderMap, Bytes)> {
        let timestamp = match self.form {
            Form::Plain => (now + self.offset).to_string(),
            Form::Around(before, behind) => format!("{before}{}{behind}", now + self.offset),
            Form::Instead(text) => text.to_owned(),
        };
        let number = timestamp.parse::<i64>().ok().filter(|_| !self.signs_text);
        let signed = number.map_or_else(|| timestamp.clone(), |number| number.to_string());
        let signature = sign(&self.id, &signed, &self.body);
        let list: Vec<_> = self.list.iter().map(|element| element.text(&signature)).collect();
        let values = [self.id.clone(), timestamp.into_bytes(), list.join(self.separator.as_bytes())];
        let mut sent = self.set.arrange(&values);
        for edit in &self.edits {
            edit.apply(&mut sent);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            let name = if self.shouts { name.to_ascii_uppercase() } else { name };
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_bytes(&value).ok()?);
        }
        let mut body = self.body.clone();
        if let Some((at, bit)) = self.changed_bit.filter(|_| !body.is_empty()) {
            let at = at.index(body.len());
            body[at] ^= 1 << bit;
        }
        Some((headers, Bytes::from(body)))
    }
}

fn sign(id: &[u8], timestamp: &str, body: &[u8]) -> Vec<u8> {
    let key = BASE64_STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    for part in [id, b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

type Sent = Vec<(String, Vec<u8>)>;

impl Set {
    fn arrange(self, values: &[Vec<u8>; 3]) -> Sent {
        let one = |brand: &str, part: usize| (format!("{brand}-{}", PARTS[part]), values[part].clone());
        let all = |brand: &str| (0..3).map(|part| one(brand, part)).collect::<Sent>();
        match self {
            Self::Webhook => all("webhook"),
            Self::Svix => all("svix"),
            Self::Both => [all("webhook"), all("svix")].concat(),
            Self::BothBut(part) => {
                let mut other = all("svix");
                other[part].1.extend_from_slice(if part == 2 { b" v2,AA==" } else { b"0" });
                [all("webhook"), other].concat()
            }
            Self::Mixed(svix) => {
                (0..3).map(|part| one(if svix[part] { "svix" } else { "webhook" }, part)).collect()
            }
            Self::Stray(part) => {
                let stray = (format!("svix-{}", PARTS[part]), b"7".to_vec());
                [all("webhook"), vec![stray]].concat()
            }
            Self::RightStray(part) => {
                let mut own = all("webhook");
                own[part].1 = b"7".to_vec();
                [own, vec![one("svix", part)]].concat()
            }
        }
    }
}

impl Edit {
    fn apply(&self, sent: &mut Sent) {
        let (Self::Drop(at) | Self::Double(at) | Self::DoubleWith(at, _) | Self::Empty(at)) = self;
        if sent.is_empty() {
            return;
        }
        let at = at.index(sent.len());
        match self {
            Self::Drop(_) => drop(sent.remove(at)),
            Self::Double(_) => sent.push(sent[at].clone()),
            Self::DoubleWith(_, value) => sent.push((sent[at].0.clone(), value.as_bytes().to_vec())),
            Self::Empty(_) => sent[at].1.clear(),
        }
    }
}
