//! Identities, one and all of an account, without a trace of what is sensitive.

use serde_json::json;
use switchhook::provider::argyle::{EmploymentStatus, Ssn};

use crate::support::{SSN, client, local, show};

#[tokio::test]
async fn an_identity_is_fetched_typed_and_its_ssn_is_not_printed() {
    let argyle = local().await;
    let sent = json!({
        "id": "5c0ffee0", "account": "0190aaaa", "full_name": "Ada Sample", "employment_status": "terminated",
        "ssn": SSN, "birth_date": "--03-09", "base_pay": { "amount": "18.08", "period": "hourly" }, "new": { "ssn": SSN },
    });
    argyle.put_identity(sent.clone());
    let identity = show(client(&argyle).identity("5c0ffee0").await.unwrap());
    assert_eq!(identity.employment_status, Some(EmploymentStatus::Terminated));
    assert_eq!(identity.birth_date.as_deref(), Some("--03-09"));
    assert_eq!(identity.base_pay.as_ref().unwrap().amount.as_deref(), Some("18.08"));
    assert_eq!(identity.ssn.as_ref().map(Ssn::expose), Some(SSN));
    assert_eq!(serde_json::to_value(identity).unwrap(), sent);
}

#[tokio::test]
async fn all_identities_of_an_account_are_there_and_no_other() {
    let argyle = local().await;
    for number in 0..450 {
        let account = if number % 2 == 0 { "0190aaaa" } else { "0190bbbb" };
        argyle.put_identity(json!({ "id": format!("{number}"), "account": account, "ssn": SSN }));
    }
    let identities = show(client(&argyle).identities("0190aaaa").await.unwrap());
    assert_eq!(identities.len(), 225);
    assert_eq!(argyle.requests().len(), 2, "pages of 200");
    assert!(identities.iter().all(|identity| identity.account.as_deref() == Some("0190aaaa")));
}
