//! The signed timestamp, with the right signature for it and with that of another.

use super::Way;
use crate::{
    letter::Sent,
    schemes::{Scheme, Time},
};

/// Seconds from now, and what a delivery of then is answered that is rightly signed.
const OFFSETS: [(i64, u16); 13] = [
    (-1_700_000_000, 401),
    (-86_400, 401),
    (-302, 401),
    (-301, 401),
    (-300, 200),
    (-299, 200),
    (-1, 200),
    (1, 200),
    (299, 200),
    (300, 200),
    (301, 401),
    (302, 401),
    (86_400, 401),
];

/// Texts that are no timestamp of now.
const FORMS: [(&str, &str); 27] = [
    ("a word", "now"),
    ("empty", ""),
    ("with a plus", "+1700000000"),
    ("with a minus", "-1700000000"),
    ("with a zero in front", "01700000000"),
    ("with zeros in front", "0000000001700000000"),
    ("with a space in front", " 1700000000"),
    ("with a space behind", "1700000000 "),
    ("with a tab behind", "1700000000\t"),
    ("with a fraction", "1700000000.0"),
    ("with a full stop", "1700000000."),
    ("with an exponent", "1.7e9"),
    ("1e9", "1e9"),
    ("with an underscore", "1_700_000_000"),
    ("in hex", "0x6553f100"),
    ("in hex without a prefix", "6553f100"),
    ("in Arabic digits", "\u{661}\u{667}\u{660}\u{660}\u{660}\u{660}\u{660}\u{660}\u{660}\u{660}"),
    ("in fullwidth digits", "\u{ff11}\u{ff17}00000000"),
    ("as a date", "2023-11-14T22:13:20Z"),
    ("in milliseconds", "1700000000000"),
    ("in nanoseconds", "1700000000000000000"),
    ("NaN", "NaN"),
    ("inf", "inf"),
    ("i64::MAX", "9223372036854775807"),
    ("i64::MIN", "-9223372036854775808"),
    ("u64::MAX", "18446744073709551615"),
    // 2⁶⁴ more than now, which a product that wraps would take for now.
    ("now, if 64 bits overflow", "18446744075409551616"),
];

pub(super) fn ways() -> Vec<Way> {
    let offsets = OFFSETS.map(|(offset, status)| {
        let text = (1_700_000_000 + offset).to_string();
        (format!("{offset:+} s"), status, text)
    });
    let forms = FORMS.map(|(name, text)| (name.to_owned(), 401, text.to_owned()));
    let long = [
        ("of 400 digits".to_owned(), 401, "1".repeat(400)),
        ("of 20 digits".to_owned(), 401, "9".repeat(20)),
    ];
    let texts = offsets.into_iter().chain(forms).chain(long);
    texts.flat_map(|(name, status, text)| both(&name, status, text)).collect()
}

/// The timestamp with the right signature for it, and with that of the right request.
fn both(name: &str, status: u16, text: String) -> [Way; 2] {
    let other = text.clone();
    let signed = move |scheme: &'static Scheme| {
        if scheme.is_timed() {
            vec![scheme.letter().with_timestamp(text.as_bytes()).seal()]
        } else {
            Vec::new()
        }
    };
    let unsigned = move |scheme: &'static Scheme| unsigned(scheme, &other);
    [
        Way { name: format!("a timestamp {name}, rightly signed"), status, requests: Box::new(signed) },
        Way { name: format!("a timestamp {name}, signed as now"), status: 401, requests: Box::new(unsigned) },
    ]
}

fn unsigned(scheme: &'static Scheme, text: &str) -> Vec<Sent> {
    let (letter, right) = (scheme.letter().with_timestamp(text.as_bytes()), scheme.letter().element());
    match scheme.time {
        Time::Nowhere => Vec::new(),
        Time::Header(_) | Time::Within => vec![letter.seal_with(&right)],
    }
}
