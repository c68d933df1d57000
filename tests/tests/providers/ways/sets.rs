//! Both sets of headers that a request of Standard Webhooks may have.

use super::Row;
use crate::{
    letter::{Letter, Sent},
    schemes::Scheme,
};

/// The name in the other set.
fn twin(name: &str) -> &'static str {
    match name {
        "webhook-id" => "svix-id",
        "webhook-timestamp" => "svix-timestamp",
        "webhook-signature" => "svix-signature",
        "svix-id" => "webhook-id",
        "svix-timestamp" => "webhook-timestamp",
        "svix-signature" => "webhook-signature",
        other => panic!("{other} is in no set"),
    }
}

/// The right request with these of a letter's headers in the other set too.
fn beside(scheme: &'static Scheme, other: &Letter, names: &[usize]) -> Sent {
    let (own, other) = (scheme.signing_headers(), other.seal());
    names.iter().fold(scheme.sealed(), |sent, name| sent.and(twin(own[*name]), other.value(own[*name])))
}

/// The right request with these of its headers moved to the other set.
fn moved(scheme: &'static Scheme, names: &[usize]) -> Sent {
    let own = scheme.signing_headers();
    names.iter().fold(scheme.sealed(), |sent, name| {
        let value = sent.value(own[*name]).to_vec();
        sent.without(own[*name]).and(twin(own[*name]), &value)
    })
}

fn if_standard(scheme: &'static Scheme, requests: impl FnOnce(&Letter) -> Vec<Sent>) -> Vec<Sent> {
    if scheme.list == Some(" ") { requests(&scheme.letter()) } else { Vec::new() }
}

const SIGNATURE: usize = 0;
const TIMESTAMP: usize = 1;
const ID: usize = 2;
const ALL: &[usize] = &[SIGNATURE, TIMESTAMP, ID];

pub(super) const ROWS: &[Row] = &[
    ("both sets, equal", 200, |s| if_standard(s, |letter| vec![beside(s, letter, ALL)])),
    ("the other set alone", 200, |s| if_standard(s, |_| vec![moved(s, ALL)])),
    ("both sets, with another id", 401, |s| {
        if_standard(s, |letter| {
            let bent = beside(s, letter, ALL);
            vec![bent.clone().set("webhook-id", b"msg_2"), bent.set("svix-id", b"msg_2")]
        })
    }),
    ("both sets, with another time", 401, |s| {
        if_standard(s, |letter| {
            let bent = beside(s, letter, ALL);
            let later = b"1700000001";
            vec![bent.clone().set("webhook-timestamp", later), bent.set("svix-timestamp", later)]
        })
    }),
    ("both sets, with another signature", 401, |s| {
        if_standard(s, |letter| {
            let bent = beside(s, letter, ALL);
            let other = letter.clone().with_body(b"another").element();
            vec![bent.clone().set("webhook-signature", &other), bent.set("svix-signature", &other)]
        })
    }),
    ("both sets, each rightly signed by itself", 401, |s| {
        if_standard(s, |letter| {
            let other_id = letter.clone().with_id(b"msg_2");
            let other_time = letter.clone().with_timestamp(b"1700000001");
            vec![beside(s, &other_id, ALL), beside(s, &other_time, ALL)]
        })
    }),
    ("both sets, one of them twice", 401, |s| {
        if_standard(s, |letter| {
            ["webhook-id", "svix-id", "webhook-timestamp", "svix-timestamp", "svix-signature"]
                .map(|name| {
                    let both = beside(s, letter, ALL);
                    let value = both.value(name).to_vec();
                    both.and(name, &value)
                })
                .to_vec()
        })
    }),
    ("half of the other set with its signature", 401, |s| {
        if_standard(s, |letter| {
            [&[SIGNATURE][..], &[SIGNATURE, ID], &[SIGNATURE, TIMESTAMP]]
                .map(|names| beside(s, letter, names))
                .to_vec()
        })
    }),
    ("mixed sets", 401, |s| {
        if_standard(s, |_| {
            [
                &[SIGNATURE][..],
                &[TIMESTAMP],
                &[ID],
                &[SIGNATURE, ID],
                &[SIGNATURE, TIMESTAMP],
                &[TIMESTAMP, ID],
            ]
            .map(|names| moved(s, names))
            .to_vec()
        })
    }),
    ("strays of the other set without its signature", 401, |s| {
        if_standard(s, |letter| {
            let other = letter.clone().with_id(b"msg_2").with_timestamp(b"1");
            [&[ID][..], &[TIMESTAMP], &[TIMESTAMP, ID]].map(|names| beside(s, &other, names)).to_vec()
        })
    }),
];
