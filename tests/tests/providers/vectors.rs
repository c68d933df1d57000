//! The vectors that the senders publish, and one of our own for Argyle, each at its own time.

use switchhook::{
    Secrets,
    provider::{
        Encoding,
        argyle::Argyle,
        custom::{Custom, Place},
        github::GitHub,
        slack::Slack,
        standard::Standard,
        stripe::Stripe,
    },
};

use crate::{
    desk::{Desk, Seen},
    letter::Sent,
};

struct Vector {
    name: &'static str,
    desk: fn(Secrets) -> Result<Desk, String>,
    secret: &'static str,
    at: u64,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    /// The event, the id and `data`; `None` where the body is no envelope.
    seen: Option<(&'static str, Option<&'static str>, &'static str)>,
}

const SLACK_BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const ARGYLE_BODY: &str = r#"{
  "event": "identities.updated",
  "name": "relay-sandbox",
  "data": {
    "account": "0190aaaa-1111-f222-9333-444455556666",
    "user": "0190bbbb-1111-a222-2333-444455556666",
    "identity": "5c0ffee0-1111-3222-a333-444455556666"
  }
}"#;
const ARGYLE_DATA: &str = r#"{
    "account": "0190aaaa-1111-f222-9333-444455556666",
    "user": "0190bbbb-1111-a222-2333-444455556666",
    "identity": "5c0ffee0-1111-3222-a333-444455556666"
  }"#;
const STRIPE_BODY: &str =
    r#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1"}}}"#;
const GITHUB: &[(&str, &str)] = &[
    ("x-hub-signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
    ("x-github-event", "ping"),
];
const SLACK: &[(&str, &str)] = &[
    ("x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
    ("x-slack-request-timestamp", "1531420618"),
];
const STANDARD: &[(&str, &str)] = &[
    ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
    ("webhook-timestamp", "1614265330"),
    ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
];

static VECTORS: [Vector; 9] = [
    Vector {
        name: "GitHub",
        desk: |secrets| Desk::open(GitHub::new(secrets)),
        secret: "It's a Secret to Everybody",
        at: 0,
        headers: GITHUB,
        body: "Hello, World!",
        seen: None,
    },
    Vector {
        name: "GitHub's, described as data",
        desk: |secrets| {
            let github = Custom::hmac_sha256(secrets).signature_in("x-hub-signature-256").prefix("sha256=");
            Desk::open(github.event_at(Place::header("x-github-event")))
        },
        secret: "It's a Secret to Everybody",
        at: 0,
        headers: GITHUB,
        body: "Hello, World!",
        seen: None,
    },
    Vector {
        name: "Svix",
        desk: |secrets| Desk::open(Standard::new(secrets).event_at(["/event_type"])),
        secret: "whsec_plJ3nmyCDGBKInavdOK15jsl",
        at: 1_731_705_121,
        headers: &[
            ("svix-id", "msg_loFOjxBNrRLzqYUf"),
            ("svix-timestamp", "1731705121"),
            ("svix-signature", "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="),
        ],
        body: r#"{"event_type":"ping","data":{"success":true}}"#,
        seen: Some(("ping", Some("msg_loFOjxBNrRLzqYUf"), r#"{"success":true}"#)),
    },
    Vector {
        name: "Standard Webhooks",
        desk: |secrets| Desk::open(Standard::new(secrets)),
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        at: 1_614_265_330,
        headers: STANDARD,
        body: r#"{"test": 2432232314}"#,
        seen: None,
    },
    Vector {
        name: "Standard Webhooks', described as data, with the field `test` for an event",
        desk: |secrets| {
            let standard = Custom::hmac_sha256(secrets).keys_in(Encoding::Base64).encoding(Encoding::Base64);
            let standard = standard.signature_in("webhook-signature").prefix("v1,");
            let standard = standard.signs("{id}.{timestamp}.{body}").timestamp_in("webhook-timestamp");
            Desk::open(standard.id_at(Place::header("webhook-id")).event_at(Place::body("/test")))
        },
        secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        at: 1_614_265_330,
        headers: STANDARD,
        body: r#"{"test": 2432232314}"#,
        seen: Some(("2432232314", Some("msg_p5jXN8AQM9LWM0D4loKWxJek"), r#"{"test": 2432232314}"#)),
    },
    Vector {
        name: "Slack",
        desk: |secrets| Desk::open(Slack::new(secrets)),
        secret: "8f742231b10e8888abcd99yyyzzz85a5",
        at: 1_531_420_618,
        headers: SLACK,
        body: SLACK_BODY,
        seen: None,
    },
    Vector {
        name: "Slack's, described as data",
        desk: |secrets| {
            let slack = Custom::hmac_sha256(secrets).signature_in("x-slack-signature").prefix("v0=");
            let slack = slack.signs("v0:{timestamp}:{body}").timestamp_in("x-slack-request-timestamp");
            Desk::open(slack.event_at(Place::body("/event/type")))
        },
        secret: "8f742231b10e8888abcd99yyyzzz85a5",
        at: 1_531_420_618,
        headers: SLACK,
        body: SLACK_BODY,
        seen: None,
    },
    Vector {
        name: "Stripe",
        desk: |secrets| Desk::open(Stripe::new(secrets)),
        secret: "whsec_test",
        at: 1_700_000_000,
        headers: &[(
            "stripe-signature",
            "t=1700000000,v1=485ffc1fa0ac6e5edc9b727c8e2c7a96de11ccc2263323f281a25762ce0db778",
        )],
        body: STRIPE_BODY,
        seen: Some(("invoice.paid", Some("evt_1"), r#"{"id":"in_1"}"#)),
    },
    Vector {
        name: "Argyle",
        desk: |secrets| Desk::open(Argyle::new(secrets)),
        secret: "relay-test-secret-01",
        at: 0,
        headers: &[(
            "x-argyle-signature",
            "a7ac6337da636cb23e9bdc580a9893487c422ae352abdbeeb0e9b5576020d2dce039b0159cfc93c51b5ab4ff8cb0078983301cf4e12301ba5622432e325cf1a6",
        )],
        body: ARGYLE_BODY,
        seen: Some(("identities.updated", None, ARGYLE_DATA)),
    },
];

impl Vector {
    fn open(&self) -> (Desk, Sent) {
        let desk = (self.desk)(Secrets::from(self.secret)).unwrap();
        desk.set_time(self.at);
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_bytes().to_vec())).collect();
        (desk, Sent { headers, body: self.body.as_bytes().to_vec() })
    }
}

#[tokio::test]
async fn each_vector_is_taken_for_what_it_says() {
    for vector in &VECTORS {
        let (desk, sent) = vector.open();
        let (answer, seen) = desk.post(&sent).await;
        let expected = vector.seen.map(|(event, id, data)| Seen {
            event: event.to_owned(),
            id: id.map(str::to_owned),
            data: data.to_owned(),
        });
        let status = if expected.is_some() { 200 } else { 400 };
        assert_eq!(answer.status(), status, "{}", vector.name);
        assert_eq!(seen, Vec::from_iter(expected), "{}", vector.name);
    }
}

#[tokio::test]
async fn a_vector_with_one_byte_changed_is_a_forgery() {
    for vector in &VECTORS {
        let (desk, sent) = vector.open();
        for place in 0..sent.body.len() {
            let mut bent = sent.clone();
            bent.body[place] ^= 1;
            assert_eq!(desk.status(&bent).await, 401, "{}, body, byte {place}", vector.name);
        }
        for (header, (name, value)) in vector.headers.iter().enumerate() {
            if *name == "x-github-event" {
                continue;
            }
            for place in 0..value.len() {
                let mut bent = sent.clone();
                bent.headers[header].1[place] ^= 1;
                assert_eq!(desk.status(&bent).await, 401, "{}, {name}, byte {place}", vector.name);
            }
        }
    }
}

#[tokio::test]
async fn a_vector_is_valid_for_five_minutes() {
    for vector in VECTORS.iter().filter(|vector| vector.at > 0) {
        let (desk, sent) = vector.open();
        let right = if vector.seen.is_some() { 200 } else { 400 };
        for (at, status) in [
            (vector.at - 301, 401),
            (vector.at - 300, right),
            (vector.at + 300, right),
            (vector.at + 301, 401),
        ] {
            desk.set_time(at);
            assert_eq!(desk.status(&sent).await, status, "{} at {at}", vector.name);
        }
    }
}

#[tokio::test]
async fn a_vector_is_nothing_to_another_secret() {
    for vector in &VECTORS {
        let (_, sent) = vector.open();
        // Base64 too, for those whose secrets are.
        let desk = (vector.desk)(Secrets::from("bm9ib2R5J3Mgc2VjcmV0")).unwrap();
        desk.set_time(vector.at);
        assert_eq!(desk.status(&sent).await, 401, "{}", vector.name);
    }
}
