//! The objects that stand within `data`, and `data` itself where its shape has changed over time.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, de::Visitor};
use serde_json::Value;

/// An account, as `include_resource` adds it to a delivery. Every field is optional.
///
/// Source: <https://docs.argyle.com/api-reference/accounts>, and deliveries recorded in 2025 and 2026.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::Account;
///
/// let account: Account = serde_json::from_str(r#"{"connection":{"status":"connected"}}"#)?;
/// assert_eq!(account.connection.unwrap().status.as_deref(), Some("connected"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The account's id.
    pub id: Option<String>,
    /// The id of the user who connected it.
    pub user: Option<String>,
    /// The employers' names.
    #[serde(deserialize_with = "or_default")]
    pub employers: Vec<String>,
    /// The id of the payroll system's Item, such as `item_000012345`.
    pub item: Option<String>,
    /// Where the data comes from.
    pub source: Option<String>,
    /// When the account was made, ISO 8601.
    pub created_at: Option<String>,
    /// When it was changed last, ISO 8601.
    pub updated_at: Option<String>,
    /// When it was scanned last, ISO 8601.
    pub scanned_at: Option<String>,
    /// The state of the connection: `connecting`, `connected` or `error`.
    pub connection: Option<AccountStatus>,
    /// The state of a deposit switch.
    pub direct_deposit_switch: Option<AccountStatus>,
    /// What there is of each data set, by its name (`paystubs`, `gigs`, `identities`, …).
    #[serde(deserialize_with = "or_default")]
    pub availability: BTreeMap<String, Option<Availability>>,
    /// Whether it is kept up to date.
    pub ongoing_refresh: Option<Value>,
}

/// The state of one side of an account.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::AccountStatus;
///
/// let status: AccountStatus = serde_json::from_str(r#"{"status":"error","error_code":"system_error"}"#)?;
/// assert_eq!(status.error_code.as_deref(), Some("system_error"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountStatus {
    /// The state, such as `connected` or `error`.
    pub status: Option<String>,
    /// Why, for programs.
    pub error_code: Option<String>,
    /// Why, for people.
    pub error_message: Option<String>,
    /// Since when, ISO 8601.
    pub updated_at: Option<String>,
}

/// What there is of one data set of an account.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::Availability;
///
/// let paystubs: Availability = serde_json::from_str(r#"{"status":"in_progress","available_count":1}"#)?;
/// assert_eq!(paystubs.available_count, Some(1));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Availability {
    /// `in_progress` or `synced`, and perhaps more.
    pub status: Option<String>,
    /// Since when, ISO 8601.
    pub updated_at: Option<String>,
    /// How many records there are.
    #[serde(deserialize_with = "count")]
    pub available_count: Option<u64>,
    /// The time of the oldest record, ISO 8601.
    pub available_from: Option<String>,
    /// The time of the newest record, ISO 8601.
    pub available_to: Option<String>,
}

/// A user, as `users.fully_synced` carries it. Every field is optional.
///
/// Source: <https://docs.argyle.com/api-reference/users-webhooks>.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::User;
///
/// let user: User = serde_json::from_str(r#"{"accounts_connected":["0190aaaa"],"external_id":null}"#)?;
/// assert_eq!(user.accounts_connected, ["0190aaaa"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct User {
    /// The user's id.
    pub id: Option<String>,
    /// The ids of the accounts.
    #[serde(deserialize_with = "or_default")]
    pub accounts_connected: Vec<String>,
    /// The ids of the Items.
    #[serde(deserialize_with = "or_default")]
    pub items_connected: Vec<String>,
    /// The employers' names.
    #[serde(deserialize_with = "or_default")]
    pub employers_connected: Vec<String>,
    /// What your side stored with the user.
    pub external_metadata: Option<Value>,
    /// Your id for the user.
    pub external_id: Option<String>,
    /// A time, ISO 8601. The pages call it the subscription's; in deliveries it is the user's.
    pub created_at: Option<String>,
}

/// `data` of `reports.ready`, in the current shape and in the older one. It has no account.
///
/// The current shape has all but `user` within `resource`; the older one has it straight in `data`. Sources:
/// <https://docs.argyle.com/api-reference/reports-webhooks/ready> and
/// <https://docs.argyle.com/api-reference/reports-webhooks-legacy>.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::ReportReady;
///
/// let current = r#"{"user":"018051aa","resource":{"accounts":[{"id":"0187c66e"}]}}"#;
/// let older = r#"{"user":"018051aa","accounts":[{"id":"0187c66e"}]}"#;
/// assert_eq!(
///     serde_json::from_str::<ReportReady>(current)?.accounts,
///     serde_json::from_str::<ReportReady>(older)?.accounts,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "ReportReadyWire")]
pub struct ReportReady {
    /// The user's id.
    pub user: String,
    /// Your id for the user.
    pub external_id: Option<String>,
    /// The accounts that the report is made of.
    pub accounts: Vec<ReportAccount>,
    /// The documents that the report is made of.
    pub documents: Vec<Value>,
}

/// An account that a report is made of.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::ReportAccount;
///
/// let account: ReportAccount = serde_json::from_str(r#"{"id":"0187c66e"}"#)?;
/// assert_eq!(account.last_synced_at, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportAccount {
    /// The account's id.
    pub id: String,
    /// When its data was fetched last, ISO 8601.
    pub last_synced_at: Option<String>,
}

#[derive(Deserialize)]
struct ReportReadyWire {
    user: String,
    resource: Option<Report>,
    #[serde(flatten)]
    older: Report,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Report {
    external_id: Option<String>,
    #[serde(deserialize_with = "or_default")]
    accounts: Vec<ReportAccount>,
    #[serde(deserialize_with = "or_default")]
    documents: Vec<Value>,
}

impl From<ReportReadyWire> for ReportReady {
    fn from(wire: ReportReadyWire) -> Self {
        let report = wire.resource.unwrap_or(wire.older);
        Self {
            user: wire.user,
            external_id: report.external_id,
            accounts: report.accounts,
            documents: report.documents,
        }
    }
}

/// An empty list or map for `null`: Argyle's pages rarely say which fields can be null.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(json: D) -> Result<T, D::Error> {
    Option::deserialize(json).map(Option::unwrap_or_default)
}

/// A count as a number, or as a text: older pages show it so.
pub(super) fn count<'de, D: Deserializer<'de>>(json: D) -> Result<Option<u64>, D::Error> {
    struct Count;

    impl<'de> Visitor<'de> for Count {
        type Value = Option<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a count")
        }

        fn visit_u64<E>(self, count: u64) -> Result<Self::Value, E> {
            Ok(Some(count))
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            let Ok(count) = text.parse() else {
                return Err(E::invalid_type(serde::de::Unexpected::Str(text), &self));
            };
            Ok(Some(count))
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
            json.deserialize_any(self)
        }
    }

    json.deserialize_option(Count)
}
