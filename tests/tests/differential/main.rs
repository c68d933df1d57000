//! `Standard` against the libraries that senders publish: what ours takes, they take; what only ours refuses has a reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod draft;
mod reasons;

use std::{cell::RefCell, collections::BTreeMap, time::SystemTime};

use bytes::Bytes;
use draft::{SECRET, draft};
use http::{HeaderMap, Request};
use http_body_util::Full;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use reasons::{STRICTER, Seen, Stricter, WIDER, Wider};
use switchhook::{
    Clock, Endpoint, SystemClock, Webhooks, handlers, provider::standard::Standard, testing::Client,
    webhook_handler,
};

const CASES: u32 = 6_000;

#[webhook_handler("*")]
async fn record() {}

struct Ours {
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Ours {
    fn new() -> Self {
        let endpoint = Endpoint::new(Standard::new(SECRET), handlers![record]);
        let client = Client::new(&Webhooks::builder().endpoint(endpoint).build().unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { client, runtime }
    }

    /// Whether it is verified; what was and is no event is answered 400.
    fn takes(&self, headers: &HeaderMap, body: &Bytes) -> bool {
        let mut request = Request::post("/").body(Full::new(body.clone())).unwrap();
        *request.headers_mut() = headers.clone();
        match self.runtime.block_on(self.client.send("standard", request)).status().as_u16() {
            200 | 400 => true,
            401 => false,
            other => panic!("answered {other}"),
        }
    }
}

/// How often something happened.
#[derive(Debug, Default)]
struct Counts {
    taken_by_all: usize,
    refused_by_all: usize,
    /// Where it was the only reason.
    stricter: BTreeMap<Stricter, usize>,
    wider: BTreeMap<Wider, usize>,
}

/// Fails unless a reason explains that the verdicts differ.
fn explain<R: Copy + Ord>(
    reasons: &[R],
    holds: impl Fn(R) -> bool,
    counts: &mut BTreeMap<R, usize>,
    difference: &str,
) -> Result<(), TestCaseError> {
    let reasons: Vec<R> = reasons.iter().copied().filter(|reason| holds(*reason)).collect();
    match reasons[..] {
        [] => Err(TestCaseError::fail(difference.to_owned())),
        [only] => {
            *counts.entry(only).or_default() += 1;
            Ok(())
        }
        _ => Ok(()),
    }
}

#[test]
fn ours_takes_no_more_than_the_senders_libraries_and_refuses_more_for_known_reasons_only() {
    let ours = Ours::new();
    let standard = standardwebhooks::Webhook::new(SECRET).unwrap();
    let svix = svix::webhooks::Webhook::new(SECRET).unwrap();
    let counts = RefCell::new(Counts::default());
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let result = runner.run(&draft(), |draft| {
        let now = SystemClock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let Some((headers, body)) = draft.request(i64::try_from(now).unwrap()) else {
            return Err(TestCaseError::reject("no header can hold this"));
        };
        let seen = Seen { headers: &headers, body: &body };
        let verified = ours.takes(&headers, &body);
        let by_standard = standard.verify(&body, &headers).map_err(|error| error.to_string());
        let by_svix = svix.verify(&body, &headers).map_err(|error| error.to_string());
        let verdicts = format!(
            "ours: {verified}, standardwebhooks: {by_standard:?}, svix: {by_svix:?} of {headers:?} {body:?}"
        );
        if verified && STRICTER.iter().any(|reason| reason.holds(&seen)) {
            return Err(TestCaseError::fail(format!("there was a reason to refuse it; {verdicts}")));
        }
        let counts = &mut *counts.borrow_mut();
        // Theirs knows no other headers.
        let standard_refuses = by_standard.is_err() && seen.brand() == "webhook";
        if verified && (standard_refuses || by_svix.is_err()) {
            return explain(&WIDER, |reason| reason.holds(&seen), &mut counts.wider, &verdicts);
        }
        if !verified && (by_standard.is_ok() || by_svix.is_ok()) {
            return explain(&STRICTER, |reason| reason.holds(&seen), &mut counts.stricter, &verdicts);
        }
        if verified {
            counts.taken_by_all += 1;
        } else {
            counts.refused_by_all += 1;
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let counts = counts.into_inner();
    let cases = CASES as usize;
    assert!(counts.taken_by_all > cases / 5 && counts.refused_by_all > cases / 10, "{counts:?}");
    for reason in STRICTER {
        assert!(counts.stricter.contains_key(&reason), "{reason:?} never was the only reason: {counts:?}");
    }
    for reason in WIDER {
        assert!(counts.wider.contains_key(&reason), "{reason:?} never was the only reason: {counts:?}");
    }
}
