//! What holds for any secret, body, id and time.

use proptest::{prelude::*, sample::Index};

use crate::{
    desk::{Desk, header_map},
    letter::{Letter, Sent},
    schemes::{SCHEMES, Scheme},
};

/// A delivery with the receiver's secret for it, and the time of its receipt.
fn letters(scheme: &'static Scheme) -> impl Strategy<Value = (Letter, u64)> {
    let seed = (prop::collection::vec(any::<u8>(), 64), 1..=64_usize);
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        Just(scheme.body.as_bytes().to_vec()),
        ".*".prop_map(|text| serde_json::json!({ "type": text, "event": text }).to_string().into_bytes()),
    ];
    let time = (300..4_000_000_000_u64, -300..=300_i64);
    (seed, body, "[!-\\-/-~]{1,40}", time).prop_map(|((seed, len), body, id, (time, offset))| {
        let letter = scheme.letter().with_key(&scheme.key_of(&seed, len)).with_body(&body);
        let letter = letter.with_id(id.as_bytes()).with_timestamp(time.to_string().as_bytes());
        (letter, time.strict_add_signed(offset))
    })
}

fn desk_of(letter: &Letter, at: u64) -> Desk {
    let desk = (letter.scheme.open)(letter.scheme.secret(&letter.key).into()).unwrap();
    desk.set_time(at);
    desk
}

fn flip(text: &mut [u8], bit: Index) {
    let bit = bit.index(text.len() * 8);
    text[bit / 8] ^= 1 << (bit % 8);
}

/// The request with one bit of this header changed.
fn with_flipped(sent: &Sent, name: &str, bit: Index) -> Sent {
    let mut value = sent.value(name).to_vec();
    flip(&mut value, bit);
    sent.clone().set(name, &value)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

async fn a_signed_request_is_taken_and_no_bit_of_it_may_change(letter: &Letter, at: u64, bits: [Index; 3]) {
    let desk = desk_of(letter, at);
    let sent = letter.seal();
    let is_own_envelope = letter.body == letter.scheme.body.as_bytes();
    let (answer, seen) = desk.post(&sent).await;
    let status = answer.status().as_u16();
    assert!(status == 200 || (status == 400 && !is_own_envelope), "{status}");
    assert_eq!(seen.len(), usize::from(status == 200));
    let [of_body, of_header, of_other] = bits;
    let mut bent = Vec::new();
    if !sent.body.is_empty() {
        let mut body = sent.body.clone();
        flip(&mut body, of_body);
        bent.push(sent.clone().with_body(&body));
    }
    let names = letter.scheme.signing_headers();
    bent.push(with_flipped(&sent, names[0], of_header));
    bent.extend(names[1..].iter().map(|name| with_flipped(&sent, name, of_other)));
    for bent in bent.iter().filter(|bent| header_map(bent).is_some()) {
        let (answer, seen) = desk.post(bent).await;
        assert_eq!((answer.status().as_u16(), seen), (401, Vec::new()), "{bent:?}");
    }
}

/// Bytes that a header can hold.
fn values() -> impl Strategy<Value = Vec<u8>> {
    let any_bytes =
        prop::collection::vec(any::<u8>().prop_filter("one of a header", |byte| is_of_header(*byte)), 0..200);
    prop_oneof![
        any_bytes,
        "((t|v0|v1|v1a|sha256|x)?[=,]?[0-9a-f+/]{0,90}={0,2}[ ,]?){0,20}".prop_map(String::into)
    ]
}

fn is_of_header(byte: u8) -> bool {
    http::HeaderValue::from_bytes(&[byte]).is_ok()
}

macro_rules! laws {
    ($($name:ident: $number:literal,)*) => { $(
        mod $name {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(64))]

                #[test]
                fn a_signed_request_is_taken_and_no_bit_of_it_may_change(
                    (letter, at) in letters(&SCHEMES[$number]),
                    bits in any::<[Index; 3]>(),
                ) {
                    block_on(super::a_signed_request_is_taken_and_no_bit_of_it_may_change(&letter, at, bits));
                }

                #[test]
                fn no_noise_is_taken(
                    headers in prop::collection::vec(values(), 3),
                    body in prop::collection::vec(any::<u8>(), 0..50),
                    timestamp_is_right in any::<bool>(),
                ) {
                    let scheme = &SCHEMES[$number];
                    let letter = scheme.letter().with_body(&body).with_id(&headers[1]);
                    let letter =
                        if timestamp_is_right { letter } else { letter.with_timestamp(&headers[2]) };
                    let desk = desk_of(&scheme.letter(), 1_700_000_000);
                    let sent = [letter.with_value(&headers[0]), letter.seal_with(&headers[0])];
                    for sent in sent.iter().filter(|sent| header_map(sent).is_some()) {
                        prop_assert_eq!(block_on(desk.status(sent)), 401);
                    }
                }
            }
        }
    )* };
}

laws! {
    argyle: 0,
    github: 1,
    stripe: 2,
    slack: 3,
    shopify: 4,
    standard: 5,
    svix: 6,
    public_key: 7,
    custom_hex: 8,
    custom_base64: 9,
}

#[test]
fn every_scheme_has_its_laws() {
    assert_eq!(SCHEMES.len(), 10);
}
