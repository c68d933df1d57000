//! The senders' own libraries sign, the running gateway judges.
//!
//! The libraries come from npm and `PyPI` into the build's folder, once. Where Node.js, Python or a registry is
//! missing, the tests say so and judge nothing; with `CI=true` they fail.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod delivery;
mod gateway;
mod libraries;
mod payloads;

use std::collections::BTreeSet;

use delivery::Delivery;
use gateway::Gateway;
use libraries::{Sender, changes_of_catalogs, signed_by};
use switchhook::provider::github::GITHUB;

/// What every delivery that is not verified is answered.
const UNVERIFIED: &str = "not a delivery of the expected sender\n";

#[tokio::test]
async fn deliveries_signed_by_the_npm_libraries_are_accepted_and_forgeries_are_not() {
    let Some(deliveries) = signed_by(Sender::NodeLibraries) else { return };
    assert_eq!(endpoints(&deliveries), ["github", "standard", "stripe", "svix"]);
    judge(&deliveries).await;
}

#[tokio::test]
async fn deliveries_signed_by_the_python_libraries_are_accepted_and_forgeries_are_not() {
    let Some(deliveries) = signed_by(Sender::PythonLibraries) else { return };
    assert_eq!(endpoints(&deliveries), ["slack", "standard", "stripe", "svix"]);
    judge(&deliveries).await;
}

#[tokio::test]
async fn every_example_payload_of_github_is_accepted_under_its_event() {
    let Some(deliveries) = signed_by(Sender::GitHubExamples) else { return };
    let names: BTreeSet<_> = deliveries.iter().map(|delivery| &delivery.headers["x-github-event"]).collect();
    // The pinned version has 329 payloads of 58 events; one of each event is sent as a form too.
    assert_eq!((names.len(), deliveries.len()), (58, 329 + 58));
    judge(&deliveries).await;
}

#[test]
fn every_example_payload_of_github_fits_its_type() {
    let Some(deliveries) = signed_by(Sender::GitHubExamples) else { return };
    let mut decoded = 0;
    for delivery in &deliveries {
        let Some((event, json)) = delivery.json() else { continue };
        assert!(GITHUB.contains(event), "the catalog lists {event}");
        let Some(payload) = GITHUB.payload(event) else { continue };
        payloads::decode(payload, json).unwrap_or_else(|error| panic!("{}: {error}", delivery.name));
        decoded += 1;
    }
    assert_eq!(decoded, 112, "of the pinned version's");
}

#[test]
fn the_catalogs_list_what_the_packages_describe() {
    if let Some(changes) = changes_of_catalogs() {
        changes.expect("run tests/catalogs/refresh.mjs");
    }
}

fn endpoints(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| &*delivery.endpoint).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Sends each delivery to a gateway, after its forgeries: these must be refused, and must not stand in its way.
async fn judge(deliveries: &[Delivery]) {
    let mut gateway = Gateway::start().await;
    let mut faults = Vec::new();
    for delivery in deliveries {
        for (what, message) in delivery.forgeries() {
            let answer = gateway.post(&delivery.endpoint, &message).await;
            if answer != Ok((401, UNVERIFIED.to_owned())) {
                faults.push(format!("{}, {what}: {answer:?}", delivery.name));
            }
        }
        if let Err(fault) = accepts(&mut gateway, delivery).await {
            faults.push(format!("{}: {fault}", delivery.name));
        }
    }
    // The lines so far were read in order, one for each delivery; now nothing may be left.
    faults.extend(gateway.stop().await.into_iter().map(|line| format!("it also printed {line}")));
    // One line too many or too few makes every later one wrong.
    let first = faults.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} faults, of which the first are:\n{first}", faults.len());
}

async fn accepts(gateway: &mut Gateway, delivery: &Delivery) -> Result<(), String> {
    let (status, answer) = gateway.post(&delivery.endpoint, &delivery.message()).await?;
    if status != 200 {
        return Err(format!("answered {status} {answer:?}"));
    }
    if let Some(challenge) = &delivery.challenge {
        let right = answer == *challenge || answer == format!(r#"{{"challenge":"{challenge}"}}"#);
        return if right { Ok(()) } else { Err(format!("answered {answer:?} to the challenge")) };
    }
    let line = gateway.line().await?;
    let expected = delivery.line();
    if line == expected { Ok(()) } else { Err(format!("printed {line} and not {expected}")) }
}
