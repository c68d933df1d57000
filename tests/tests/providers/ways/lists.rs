//! Several signatures in one header: those of Stripe and of Standard Webhooks.

use super::Row;
use crate::{
    letter::{Letter, Sent},
    schemes::{Keys, Scheme, Time},
};

/// Lists of elements, of which `R` is the right signature, `W` a wrong one that is well written, and any other is what stands
/// there. Stripe's have their time in front.
fn lists(scheme: &'static Scheme, lists: impl IntoIterator<Item = Vec<&'static str>>) -> Vec<Sent> {
    if scheme.list.is_none() {
        return Vec::new();
    }
    let letter = scheme.letter();
    let (right, wrong) = (letter.element(), scheme.letter().with_body(b"another").element());
    let elements = |list: Vec<&'static str>| {
        let element = |text: &str| match text {
            "R" => right.clone(),
            "W" => wrong.clone(),
            other => other.replace(':', separator(scheme)).into_bytes(),
        };
        list.into_iter().map(element).collect::<Vec<_>>()
    };
    lists.into_iter().map(|list| letter.seal_list(&elements(list))).collect()
}

/// What separates a version from its signature.
fn separator(scheme: &Scheme) -> &'static str {
    if scheme.time == Time::Within { "=" } else { "," }
}

/// So many elements with Stripe's time, of which one is the right signature and the others are of this kind.
fn among(scheme: &'static Scheme, count: usize, other: &'static str) -> Vec<Sent> {
    let count = if scheme.time == Time::Within { count - 1 } else { count };
    let with_right_at = |place| {
        let mut list = vec![other; count];
        list[place] = "R";
        list
    };
    lists(scheme, (0..count).map(with_right_at))
}

/// Whole values of Stripe's header, in which `R` is the right signature's element and `T` that of the time.
fn stripe(scheme: &'static Scheme, values: &[&str]) -> Vec<Sent> {
    if scheme.time == Time::Within { whole(&scheme.letter(), values) } else { Vec::new() }
}

/// Whole values of Standard's header, in which `R` is the right signature's element.
fn standard(scheme: &'static Scheme, values: &[&str]) -> Vec<Sent> {
    if scheme.list == Some(" ") { whole(&scheme.letter(), values) } else { Vec::new() }
}

fn whole(letter: &Letter, values: &[&str]) -> Vec<Sent> {
    let right = String::from_utf8(letter.element()).unwrap();
    let value = |value: &&str| value.replace('T', "t=1700000000").replace('R', &right).into_bytes();
    values.iter().map(|text| letter.with_value(&value(text))).collect()
}

/// How many signatures a list may have: fewer where each takes a hash of the whole message.
fn most(scheme: &Scheme) -> usize {
    if scheme.keys == Keys::Whpk { 4 } else { 8 }
}

/// Lists of so many signatures, the right one in each place.
fn one_right_of(scheme: &'static Scheme, count: usize) -> Vec<Sent> {
    let list = |place| (0..count).map(|at| if at == place { "R" } else { "W" }).collect();
    lists(scheme, (0..count).map(list))
}

pub(super) const ROWS: &[Row] = &[
    ("unknown versions beside a right one", 200, |s| {
        lists(
            s,
            [
                vec!["v0:x", "R"],
                vec!["R", "v2:x"],
                vec!["v9:y", "R", "v1b:"],
                vec!["R", "W"],
                vec!["W", "R"],
                vec!["R", "R"],
            ],
        )
    }),
    ("an unknown version that is not ASCII beside a right one", 401, |s| {
        lists(s, [vec!["v9:\u{e9}", "R"], vec!["R", "v9:\u{e9}"]])
    }),
    ("unknown versions alone", 401, |s| lists(s, [vec!["v2:x"], vec!["v0:x", "v9:y"], vec!["w1:x"]])),
    ("wrong ones alone", 401, |s| lists(s, [vec!["W"], vec!["W", "W"], vec!["v2:x", "W"]])),
    ("an empty element", 401, |s| {
        lists(s, [vec!["", "R"], vec!["R", ""], vec!["R", "", "W"], vec![""], vec!["", ""]])
    }),
    ("an element without a separator", 401, |s| lists(s, [vec!["v1", "R"], vec!["R", "v9"], vec!["x"]])),
    ("an element without a version", 401, |s| lists(s, [vec![":x", "R"], vec!["R", ":"]])),
    ("a malformed one of the right version beside a right one", 401, |s| {
        let bad: [&str; 3] =
            if s.prefix == "v1a," { ["v1a:", "v1a:AAAA", "v1a:!"] } else { ["v1:", "v1:AAAA", "v1:!"] };
        lists(s, bad.map(|bad| vec!["R", bad]).into_iter().chain(bad.map(|bad| vec![bad, "R"])))
    }),
    ("sixteen elements, of which one is right", 200, |s| among(s, 16, "v9:x")),
    ("seventeen elements, of which one is right", 401, |s| among(s, 17, "v9:x")),
    ("twenty thousand elements", 401, |s| lists(s, [[vec!["R"], vec!["v9:x"; 20_000]].concat()])),
    ("as many signatures as there may be, of which one is right", 200, |s| one_right_of(s, most(s))),
    ("one signature more than there may be, of which one is right", 401, |s| one_right_of(s, most(s) + 1)),
    ("the right signature once more than there may be", 401, |s| lists(s, [vec!["R"; most(s) + 1]])),
    ("Stripe: two times", 401, |s| stripe(s, &["T,T,R", "T,R,T", "T,t=1,R", "t=1,T,R", "T,t=,R", "T,t=x,R"])),
    ("Stripe: the time behind", 200, |s| stripe(s, &["R,T", "v0=x,R,T", "R,v0=x,T,tt=5"])),
    // A name with a space in front is none.
    ("Stripe: joined with itself, as proxies do", 401, |s| stripe(s, &["T,R, T,R"])),
    ("Stripe: no time", 401, |s| stripe(s, &["R", "v1=,R", "time=1700000000,R", "T=,R", ",R"])),
    ("Stripe: a time alone", 401, |s| stripe(s, &["T", "T,", "T,v0=x"])),
    ("Stripe: a name in another case", 401, |s| {
        stripe(s, &["t =1700000000,R", " T,R", "tT,R", "T,VR", "T, R", "T,R "])
    }),
    ("Stripe: another separator", 401, |s| {
        stripe(s, &["T;R", "T R", "T\tR", "T&R", "T, R", "T ,R", "T\u{201a}R"])
    }),
    ("Standard: another separator", 401, |s| {
        standard(s, &["v9,x  R", "R\tR", "R,R", "R;R", "R, R", "v9,x\u{a0}R", "v9,x,R"])
    }),
    ("Standard: a right one behind its other kind", 200, |s| {
        let other = if s.prefix == "v1," {
            format!("v1a,{}== R", "A".repeat(86))
        } else {
            format!("v1,{}= R", "A".repeat(43))
        };
        standard(s, &[&other])
    }),
    ("Standard: a right one behind a malformed one of its other kind", 401, |s| {
        let other = if s.prefix == "v1," { "v1a,AAAA R" } else { "v1,AAAA R" };
        standard(s, &[other])
    }),
];
