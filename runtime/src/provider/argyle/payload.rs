//! What stands in `data`. Argyle adds fields without notice, so unknown ones are passed over; they stay readable
//! through [`RawBody`](crate::RawBody). Ids are opaque texts: they look like UUIDs and are not.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::resource::{Account, User, count};

/// Declares payload types: every field documented, ids as texts, an example that decodes.
macro_rules! payloads {
    ($(
        $(#[$doc:meta])*
        $name:ident from $example:literal {
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
    )*) => { $(
        $(#[$doc])*
        ///
        /// # Examples
        ///
        /// ```
        #[doc = concat!("use switchhook::provider::argyle::", stringify!($name), ";")]
        ///
        #[doc = concat!("let data: ", stringify!($name), " = serde_json::from_str(r#\"", $example, "\"#)?;")]
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }
    )* };
}

payloads! {
    /// `data` of `accounts.removed`, and the two ids that most events carry.
    ///
    /// Source: <https://docs.argyle.com/api-reference/accounts-webhooks>.
    AccountIds from r#"{"account":"0187c66e","user":"018051aa"}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
    }

    /// `data` of `accounts.added`, `.updated`, `.connected` and `.failed`.
    ///
    /// Source: <https://docs.argyle.com/api-reference/accounts-webhooks>.
    AccountState from r#"{"account":"0187c66e","user":"018051aa","resource":{"employers":["Northwind"]}}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The account, when the subscription says `include_resource`.
        resource: Option<Account>,
    }

    /// `data` of `identities.added` and `identities.updated`: ids only, not what changed.
    ///
    /// Two genuine updates of one identity are byte-identical. Source:
    /// <https://docs.argyle.com/api-reference/identities-webhooks>.
    IdentityIds from r#"{"account":"0187c66e","user":"018051aa","identity":"0153b145"}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The identity's id, for `GET /v2/identities/{id}`.
        identity: String,
    }

    /// `data` of `users.fully_synced`. It has no account.
    ///
    /// Source: <https://docs.argyle.com/api-reference/users-webhooks>.
    UserFullySynced from r#"{"user":"018051aa","resource":{"id":"018051aa"}}"# {
        /// The user's id.
        user: String,
        /// The user.
        resource: User,
    }

    /// `data` of `paystubs.added`, `gigs.added` and `shifts.added`: what a refresh brought.
    ///
    /// Source: <https://docs.argyle.com/api-reference/paystubs-webhooks>.
    RecordsAdded from r#"{"account":"0187c66e","user":"018051aa","added_count":1}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The time of the oldest record there is, ISO 8601.
        available_from: Option<String>,
        /// The time of the newest record there is, ISO 8601.
        available_to: Option<String>,
        /// How many records there are.
        #[serde(default, deserialize_with = "count")]
        available_count: Option<u64>,
        /// How many records came with this refresh.
        #[serde(default, deserialize_with = "count")]
        added_count: Option<u64>,
        /// The time of the oldest of them, ISO 8601.
        added_from: Option<String>,
        /// The time of the newest of them, ISO 8601.
        added_to: Option<String>,
    }

    /// `data` of `*.partially_synced`: the first pull reached so far back.
    ///
    /// Source: <https://docs.argyle.com/api-reference/paystubs-webhooks>; `item_id` was seen in deliveries only.
    PartiallySynced from r#"{"account":"0187c66e","user":"018051aa","days_synced":140}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The id of the payroll system's Item, where it is sent.
        item_id: Option<String>,
        /// The time of the oldest record there is, ISO 8601.
        available_from: Option<String>,
        /// The time of the newest record there is, ISO 8601.
        available_to: Option<String>,
        /// How many records there are.
        #[serde(default, deserialize_with = "count")]
        available_count: Option<u64>,
        /// How many days were really covered: at least what the subscription asked for, often more.
        #[serde(default, deserialize_with = "count")]
        days_synced: Option<u64>,
    }

    /// `data` of `*.fully_synced` but `users.fully_synced`: the whole history is there.
    ///
    /// Source: <https://docs.argyle.com/api-reference/paystubs-webhooks>.
    FullySynced from r#"{"account":"0187c66e","user":"018051aa","available_count":48}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The time of the oldest record there is, ISO 8601.
        available_from: Option<String>,
        /// The time of the newest record there is, ISO 8601.
        available_to: Option<String>,
        /// How many records there are.
        #[serde(default, deserialize_with = "count")]
        available_count: Option<u64>,
    }

    /// `data` of `payroll_documents.added` and `.updated`.
    ///
    /// Source: <https://docs.argyle.com/api-reference/payroll-documents-webhooks>.
    PayrollDocumentIds from r#"{"account":"0187c66e","user":"018051aa","payroll_document":"0190"}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The document's id.
        payroll_document: String,
    }

    /// `data` of `deposit_destinations.added` and `.updated`.
    ///
    /// Source: <https://docs.argyle.com/api-reference/deposit-destinations-webhooks>.
    DepositDestinationIds from r#"{"account":"0187c66e","user":"018051aa","deposit_destination":"0190"}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The destination's id.
        deposit_destination: String,
    }

    /// `data` of `direct_deposit_switches.completed`.
    ///
    /// Source: <https://docs.argyle.com/api-reference/direct-deposit-switches-webhooks>.
    DirectDepositSwitchCompleted from r#"{"account":"0187c66e","user":"018051aa","direct_deposit_changed":true}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The destination's id; none when no destination matches exactly.
        deposit_destination: Option<String>,
        /// Whether the deposit goes elsewhere now.
        direct_deposit_changed: Option<bool>,
        /// The kind of destination, such as `ach_deposit_account`.
        r#type: Option<String>,
        /// What was done, such as `update`.
        flow: Option<String>,
        /// More about the result.
        details: Option<Value>,
        /// The account, when the subscription says `include_resource`.
        resource: Option<Account>,
    }

    /// `data` of `direct_deposit_switches.failed`.
    ///
    /// Source: <https://docs.argyle.com/api-reference/direct-deposit-switches-webhooks/failed>.
    DirectDepositSwitchFailed from r#"{"account":"0187c66e","user":"018051aa","error_code":"confirmation_timeout"}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// Why, for programs, such as `confirmation_timeout`.
        error_code: Option<String>,
        /// Why, for people.
        error_message: Option<String>,
        /// The account, when the subscription says `include_resource`.
        resource: Option<Account>,
    }

    /// `data` of `ratings.added` and `.updated`.
    ///
    /// Source: <https://docs.argyle.com/api-reference/ratings-webhooks>.
    RatingIds from r#"{"account":"0187c66e","user":"018051aa","rating":"0190"}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The rating's id.
        rating: String,
    }

    /// `data` of `vehicles.added`, `.updated` and `.removed`.
    ///
    /// Source: <https://docs.argyle.com/api-reference/vehicles-webhooks>.
    VehicleIds from r#"{"account":"0187c66e","user":"018051aa","vehicle":"0190"}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The vehicle's id.
        vehicle: String,
    }

    /// `data` of `user_forms.submitted` and `.removed`.
    ///
    /// Source: <https://docs.argyle.com/api-reference/user-forms-webhooks>.
    UserFormIds from r#"{"account":"0187c66e","user":"018051aa","user_form":"0190"}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The form's id.
        user_form: String,
    }

    /// `data` of `user_uploads.added` and `.removed`.
    ///
    /// Source: <https://docs.argyle.com/api-reference/user-uploads-webhooks>.
    UserUploadIds from r#"{"account":"0187c66e","user":"018051aa","user_upload":"0190"}"# {
        /// The account's id.
        account: String,
        /// The id of the user who connected it.
        user: String,
        /// The upload's id.
        user_upload: String,
    }

    /// `data` of `verifications.updated`. It has no account.
    ///
    /// Source: <https://docs.argyle.com/api-reference/verifications-webhooks>.
    VerificationUpdated from r#"{"user":"018051aa","verification":"0190"}"# {
        /// The user's id.
        user: String,
        /// The verification's id.
        verification: String,
        /// The client's id, in deliveries of the partner API.
        client: Option<Value>,
        /// The verification, when the subscription says `include_resource`.
        resource: Option<Value>,
    }

    /// `data` of `verifications.creation_failed`, sent by the partner API. It has no account.
    ///
    /// Source: <https://docs.argyle.com/api-reference/verifications-webhooks/creation-failed>.
    VerificationCreationFailed from r#"{"user":"018051aa","context":{"channel":"email"}}"# {
        /// The user's id.
        user: Option<String>,
        /// The client's id.
        client: Option<Value>,
        /// What was tried.
        #[serde(default)]
        context: VerificationContext,
    }

    /// What was tried when a verification could not be created.
    VerificationContext from r#"{"channel":"email"}"# {
        /// The user's id.
        user: Option<String>,
        /// When, ISO 8601.
        attempted_at: Option<String>,
        /// The channel asked for.
        channel: Option<String>,
        /// The data source asked for.
        data_source: Option<String>,
        /// The kind of report asked for.
        report_type: Option<String>,
        /// The loan it was for.
        loan: Option<Value>,
        /// The billing it was for.
        billing: Option<Value>,
    }

    /// `data` of `items.updated`. It has neither account nor user.
    ///
    /// Source: <https://docs.argyle.com/api-reference/items-webhooks/updated>.
    ItemUpdated from r#"{"item":"item_000012345","name":"Northwind","status":"healthy"}"# {
        /// The Item's id.
        item: String,
        /// The Item's name, not the subscription's.
        name: Option<String>,
        /// Whether it works.
        status: Option<String>,
        /// Why it does not.
        status_details: Option<Value>,
        /// Whether it is mapped.
        mapping_status: Option<String>,
        /// What it cannot do.
        known_limitations: Option<Value>,
        /// Where its logo is.
        logo_url: Option<String>,
        /// Which fields it covers, and whether deposits can be switched.
        features: Option<Value>,
    }

    /// `data` of `items.removed`. It has neither account nor user.
    ///
    /// Source: <https://docs.argyle.com/api-reference/items-webhooks/removed>.
    ItemRemoved from r#"{"item":"item_000012345"}"# {
        /// The Item's id.
        item: String,
    }
}
