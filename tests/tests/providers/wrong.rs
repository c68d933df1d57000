//! Every way to be wrong, for every provider that it concerns.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};
use switchhook::{
    provider::{
        argyle::Argyle, github::GitHub, shopify::Shopify, slack::Slack, standard::Standard, stripe::Stripe,
    },
    testing::{Answer, Sender},
};

use crate::{schemes::SCHEMES, ways};

const NOW: u64 = 1_700_000_000;

/// What is answered to whoever is not the sender, byte for byte, whatever the reason.
fn is_the_refusal(answer: &Answer) -> bool {
    let headers: Vec<_> =
        answer.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    headers == [("content-type", &b"text/plain; charset=utf-8"[..])]
        && answer.body() == &b"not a delivery of the expected sender\n"[..]
}

#[tokio::test]
async fn each_way_to_be_wrong_is_answered_as_the_table_says() {
    let ways = ways::all();
    let (mut pairs, mut requests, mut faults) = (0, 0, Vec::new());
    for scheme in &SCHEMES {
        let desk = scheme.desk();
        desk.set_time(NOW);
        for way in &ways {
            let sent = (way.requests)(scheme);
            pairs += usize::from(!sent.is_empty());
            requests += sent.len();
            for (number, sent) in sent.iter().enumerate() {
                let (answer, seen) = desk.post(sent).await;
                let events: Vec<_> = seen.iter().map(|seen| seen.event.as_str()).collect();
                let expected = if way.status == 200 { vec![scheme.event] } else { Vec::new() };
                let status = answer.status().as_u16();
                let is_plain = status != 401 || is_the_refusal(&answer);
                if status != way.status || events != expected || !is_plain {
                    let place = format!("{}, {} (request {number})", scheme.name, way.name);
                    faults.push(format!("{place}: {status} instead of {}, and {events:?} ran", way.status));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(ways.len() >= 200, "{} ways", ways.len());
    assert!(pairs >= 1_300, "{pairs} pairs");
    assert!(requests >= 5_000, "{requests} requests");
}

#[test]
fn ways_have_names_of_their_own_and_concern_somebody() {
    let ways = ways::all();
    for (number, way) in ways.iter().enumerate() {
        assert!(ways[..number].iter().all(|other| other.name != way.name), "{} is there twice", way.name);
        assert!(SCHEMES.iter().any(|scheme| !(way.requests)(scheme).is_empty()), "{}", way.name);
    }
}

#[tokio::test]
async fn a_challenge_is_answered_only_to_whoever_signed_it() {
    let slack = SCHEMES.iter().find(|scheme| scheme.name == "Slack").unwrap();
    let letter = slack.letter().with_body(br#"{"type":"url_verification","challenge":"c-1"}"#);
    let desk = slack.desk();
    desk.set_time(NOW);
    let (answer, seen) = desk.post(&letter.seal()).await;
    assert_eq!((answer.status().as_u16(), &answer.body()[..], seen.len()), (200, &b"c-1"[..], 0));
    let forged = slack.sealed().with_body(&letter.body);
    let late = letter.clone().with_timestamp(b"1699999699").seal();
    for sent in [forged, late, letter.seal().without(slack.signature)] {
        let (answer, _) = desk.post(&sent).await;
        assert!(answer.status() == 401 && is_the_refusal(&answer), "{sent:?}");
    }
}

/// The signatures that `testing` makes, and those of the descriptions here.
#[test]
fn the_senders_of_the_test_kit_sign_as_described() {
    fn check<P: Sender>(name: &str, provider: impl FnOnce(String) -> P) {
        let scheme = SCHEMES.iter().find(|scheme| scheme.name == name).unwrap();
        let sent = scheme.sealed();
        let mut headers = HeaderMap::new();
        if let Some(id) = scheme.id {
            headers.insert(id, HeaderValue::from_bytes(sent.value(id)).unwrap());
        }
        let at = UNIX_EPOCH + Duration::from_secs(NOW);
        let headers = Sender::sign(&provider(scheme.secret(scheme.key)), at, headers, &sent.body);
        for name in scheme.signing_headers() {
            assert_eq!(headers[name].as_bytes(), sent.value(name), "{name}");
        }
    }
    check("Argyle", Argyle::new);
    check("GitHub", GitHub::new);
    check("Stripe", Stripe::new);
    check("Slack", Slack::new);
    check("Shopify", Shopify::new);
    check("Standard, webhook-*", Standard::new);
}

/// What cannot be sent at all, so that no provider has to refuse it.
#[test]
fn a_header_has_no_line_break_and_no_nul() {
    for scheme in &SCHEMES {
        for bad in [&b"\n"[..], b"\r", b"\0", b"\x7f"] {
            let right = scheme.sealed();
            let value = [right.value(scheme.signature), bad].concat();
            assert!(crate::desk::header_map(&right.set(scheme.signature, &value)).is_none());
        }
    }
}
