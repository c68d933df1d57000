//! Argyle: its events, its payloads and its signature.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use switchhook::{
    Data, Endpoint, FromDelivery, Payload, RawBody, Webhooks, handlers,
    provider::argyle::{
        ARGYLE, Account, AccountIds, AccountState, Argyle, DepositDestinationIds,
        DirectDepositSwitchCompleted, DirectDepositSwitchFailed, FullySynced, IdentityIds, ItemRemoved,
        ItemUpdated, PartiallySynced, PayrollDocumentIds, RatingIds, RecordsAdded, ReportReady, UserFormIds,
        UserFullySynced, UserUploadIds, VehicleIds, VerificationCreationFailed, VerificationUpdated,
    },
    testing::{Client, delivery},
    webhook_handler,
};

/// Every event that Argyle's pages name, with the type of its `data` where they show its keys.
const EVENTS: [(&str, Option<&str>); 45] = [
    ("accounts.added", Some("AccountState")),
    ("accounts.updated", Some("AccountState")),
    ("accounts.connected", Some("AccountState")),
    ("accounts.failed", Some("AccountState")),
    ("accounts.removed", Some("AccountIds")),
    ("identities.added", Some("IdentityIds")),
    ("identities.updated", Some("IdentityIds")),
    ("users.fully_synced", Some("UserFullySynced")),
    ("paystubs.added", Some("RecordsAdded")),
    ("paystubs.updated", None),
    ("paystubs.partially_synced", Some("PartiallySynced")),
    ("paystubs.fully_synced", Some("FullySynced")),
    ("gigs.added", Some("RecordsAdded")),
    ("gigs.updated", None),
    ("gigs.removed", None),
    ("gigs.partially_synced", Some("PartiallySynced")),
    ("gigs.fully_synced", Some("FullySynced")),
    ("shifts.added", Some("RecordsAdded")),
    ("shifts.updated", None),
    ("shifts.removed", None),
    ("shifts.partially_synced", Some("PartiallySynced")),
    ("shifts.fully_synced", Some("FullySynced")),
    ("payroll_documents.added", Some("PayrollDocumentIds")),
    ("payroll_documents.updated", Some("PayrollDocumentIds")),
    ("payroll_documents.removed", None),
    ("deposit_destinations.added", Some("DepositDestinationIds")),
    ("deposit_destinations.updated", Some("DepositDestinationIds")),
    ("deposit_destinations.removed", None),
    ("direct_deposit_switches.completed", Some("DirectDepositSwitchCompleted")),
    ("direct_deposit_switches.failed", Some("DirectDepositSwitchFailed")),
    ("ratings.added", Some("RatingIds")),
    ("ratings.updated", Some("RatingIds")),
    ("vehicles.added", Some("VehicleIds")),
    ("vehicles.updated", Some("VehicleIds")),
    ("vehicles.removed", Some("VehicleIds")),
    ("user_forms.submitted", Some("UserFormIds")),
    ("user_forms.removed", Some("UserFormIds")),
    ("user_uploads.added", Some("UserUploadIds")),
    ("user_uploads.removed", Some("UserUploadIds")),
    ("reports.ready", Some("ReportReady")),
    ("reports.generated", None),
    ("verifications.updated", Some("VerificationUpdated")),
    ("verifications.creation_failed", Some("VerificationCreationFailed")),
    ("items.updated", Some("ItemUpdated")),
    ("items.removed", Some("ItemRemoved")),
];

#[test]
fn the_catalog_lists_every_event_with_its_type() {
    for (event, payload) in EVENTS {
        assert!(ARGYLE.contains(event), "{event}");
        assert_eq!(ARGYLE.payload(event), payload, "{event}");
    }
    let unlisted: Vec<_> =
        ARGYLE.events().iter().filter(|event| EVENTS.iter().all(|(name, _)| name != *event)).collect();
    assert_eq!(unlisted, [&""; 0]);
    for legacy in
        ["activities.added", "payouts.updated", "profiles.added", "employments.added", "documents.removed"]
    {
        assert!(!ARGYLE.contains(legacy), "{legacy} is of version 1");
    }
}

/// Decodes `data` as a handler would, with a field that nobody knows added to it.
async fn decode<T: Payload + DeserializeOwned + Send>(mut data: Value) -> T {
    data["a_field_of_tomorrow"] = json!({"nested": [1]});
    let delivery = delivery(T::EVENTS[0]).data(&data).build();
    let Data(decoded) = Data::<T>::from_delivery(&delivery, &()).await.unwrap();
    let RawBody(raw) = RawBody::from_delivery(&delivery, &()).await.unwrap();
    assert!(raw.windows(19).any(|window| window == b"a_field_of_tomorrow"), "it stays readable");
    decoded
}

#[tokio::test]
async fn ids_are_opaque_texts() {
    // Argyle's own example: version nibble `a`, variant nibble `2`, which no UUID of the standard has.
    let user = "018051aa-f7a9-a0db-2f38-6cfa325e9d69";
    let ids: IdentityIds = decode(json!({"account": "a", "user": user, "identity": "not-hex!"})).await;
    assert_eq!((ids.user.as_str(), ids.identity.as_str()), (user, "not-hex!"));
    let ids: AccountIds = decode(json!({"account": "a", "user": "u"})).await;
    assert_eq!(ids.account, "a");
    assert_eq!(
        decode::<PayrollDocumentIds>(json!({"account": "a", "user": "u", "payroll_document": "x"}))
            .await
            .payroll_document,
        "x"
    );
    assert_eq!(
        decode::<DepositDestinationIds>(json!({"account": "a", "user": "u", "deposit_destination": "x"}))
            .await
            .deposit_destination,
        "x"
    );
    assert_eq!(decode::<RatingIds>(json!({"account": "a", "user": "u", "rating": "x"})).await.rating, "x");
    assert_eq!(decode::<VehicleIds>(json!({"account": "a", "user": "u", "vehicle": "x"})).await.vehicle, "x");
    assert_eq!(
        decode::<UserFormIds>(json!({"account": "a", "user": "u", "user_form": "x"})).await.user_form,
        "x"
    );
    assert_eq!(
        decode::<UserUploadIds>(json!({"account": "a", "user": "u", "user_upload": "x"})).await.user_upload,
        "x"
    );
}

#[tokio::test]
async fn a_resource_may_be_absent_empty_or_whole() {
    let bare: AccountState = decode(json!({"account": "a", "user": "u"})).await;
    assert_eq!(bare.resource, None);
    let failed: DirectDepositSwitchFailed = decode(json!({
        "account": "a", "user": "u", "error_code": "confirmation_timeout", "error_message": "late", "resource": {}
    }))
    .await;
    assert_eq!(failed.resource, Some(Account::default()));
    let whole: AccountState = decode(json!({
        "account": "a", "user": "u",
        "resource": {
            "id": "a", "employers": ["Northwind Stores"], "item": "item_000012345", "source": "argyle_sandbox",
            "connection": {"status": "connected", "error_code": null, "error_message": null},
            "availability": {
                "paystubs": {"status": "in_progress", "available_count": "1", "available_from": null},
                "user_forms": null
            },
            "ongoing_refresh": {"status": "disabled"}
        }
    }))
    .await;
    let account = whole.resource.unwrap();
    assert_eq!(account.connection.unwrap().status.as_deref(), Some("connected"));
    assert_eq!(account.availability["paystubs"].as_ref().unwrap().available_count, Some(1));
    assert_eq!(account.availability["user_forms"], None);
    let completed: DirectDepositSwitchCompleted = decode(json!({
        "account": "a", "user": "u", "deposit_destination": null, "direct_deposit_changed": true,
        "type": "ach_deposit_account", "flow": "update", "details": null
    }))
    .await;
    assert_eq!(
        (completed.r#type.as_deref(), completed.deposit_destination),
        (Some("ach_deposit_account"), None)
    );
    let nulls: AccountState =
        decode(json!({"account": "a", "user": "u", "resource": {"employers": null, "availability": null}}))
            .await;
    assert!(nulls.resource.unwrap().employers.is_empty());
}

#[tokio::test]
async fn counts_are_numbers_or_texts_and_times_may_be_null() {
    let added: RecordsAdded = decode(json!({
        "account": "a", "user": "u", "available_from": "2024-01-05T00:00:00Z", "available_to": null,
        "available_count": "48", "added_count": 1
    }))
    .await;
    assert_eq!((added.available_count, added.added_count, added.available_to), (Some(48), Some(1), None));
    let partial: PartiallySynced = decode(json!({
        "account": "a", "user": "u", "item_id": "item_000012345", "available_count": 0, "days_synced": 140
    }))
    .await;
    assert_eq!((partial.days_synced, partial.item_id.as_deref()), (Some(140), Some("item_000012345")));
    let full: FullySynced = decode(json!({"account": "a", "user": "u", "available_count": null})).await;
    assert_eq!(full.available_count, None);
    let wrong =
        delivery("gigs.added").data(json!({"account": "a", "user": "u", "added_count": "many"})).build();
    let error = Data::<RecordsAdded>::from_delivery(&wrong, &()).await.unwrap_err();
    assert_eq!(error.to_string(), "`data.added_count` does not fit: found string, expected a count");
}

#[tokio::test]
async fn some_events_have_no_account() {
    let synced: UserFullySynced = decode(json!({
        "user": "u",
        "resource": {"id": "u", "accounts_connected": ["a"], "external_metadata": {}, "external_id": null}
    }))
    .await;
    assert_eq!(synced.resource.accounts_connected, ["a"]);
    let current: ReportReady = decode(json!({
        "user": "u",
        "resource": {"user": "u", "external_id": "", "accounts": [{"id": "a", "last_synced_at": "2026-02-03T10:05:04Z"}], "documents": []}
    }))
    .await;
    let older: ReportReady = decode(json!({
        "user": "u", "external_id": "", "accounts": [{"id": "a", "last_synced_at": "2026-02-03T10:05:04Z"}]
    }))
    .await;
    assert_eq!(current, older);
    let verification: VerificationUpdated =
        decode(json!({"user": "u", "verification": "v", "client": "c"})).await;
    assert_eq!(verification.resource, None);
    let failed: VerificationCreationFailed = decode(json!({
        "user": "u", "client": "c", "context": {"channel": "email", "loan": {"id": 1}, "billing": {}}
    }))
    .await;
    assert_eq!(failed.context.channel.as_deref(), Some("email"));
    let item: ItemUpdated = decode(json!({
        "item": "item_000012345", "name": "Northwind", "status": "healthy", "status_details": null,
        "features": {"field_coverage": {"identities": []}}
    }))
    .await;
    assert_eq!((item.item.as_str(), item.name.as_deref()), ("item_000012345", Some("Northwind")));
    assert_eq!(decode::<ItemRemoved>(json!({"item": "item_000012345"})).await.item, "item_000012345");
}

/// A delivery in Argyle's form; both signatures were computed with two other programs.
const BODY: &str = r#"{
  "event": "identities.updated",
  "name": "relay-sandbox",
  "data": {
    "account": "0190aaaa-1111-f222-9333-444455556666",
    "user": "0190bbbb-1111-a222-2333-444455556666",
    "identity": "5c0ffee0-1111-3222-a333-444455556666"
  }
}"#;
const SIGNATURE: &str = "a7ac6337da636cb23e9bdc580a9893487c422ae352abdbeeb0e9b5576020d2dce039b0159cfc93c51b5ab4ff8cb0078983301cf4e12301ba5622432e325cf1a6";
const COMPACT: &str = "4670b50b8accede23d2b655fb3de45d550311f3874367f423b7be93cb743df96cd24ae400e046cce1bc07b76187917eb37eac063b7541c6063a237f548950261";

#[tokio::test]
async fn the_signature_is_that_of_the_bytes_as_they_were_sent() {
    #[webhook_handler("identities.updated")]
    async fn updated(_: Data<IdentityIds>) {}
    let endpoint = Endpoint::new(Argyle::new("relay-test-secret-01"), handlers![updated]);
    let client = Client::new(&Webhooks::builder().endpoint(endpoint).build().unwrap());
    let compact = BODY.replace([' ', '\n'], "");
    for (body, signature, status) in
        [(BODY, SIGNATURE, 200), (&compact, COMPACT, 200), (&compact, SIGNATURE, 401), (BODY, COMPACT, 401)]
    {
        let body = Full::new(Bytes::copy_from_slice(body.as_bytes()));
        let request = Request::post("/").header("X-Argyle-Signature", signature).body(body).unwrap();
        assert_eq!(client.send("argyle", request).await.status(), status);
    }
}
