//! The identity object, as `GET /v2/identities/{id}` answers. Argyle says of few fields whether they can be absent or
//! null, and adds fields and words without notice: a record decodes from any object that `serde_json` reads, and keeps all
//! of it.

mod ssn;
mod word;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error},
    ser::SerializeMap,
};
use serde_json::{Map, Value};

pub use ssn::Ssn;
pub use word::{EmploymentStatus, EmploymentType, PayCycle, PayPeriod};

/// Declares records: every field documented and optional, what fits none of them kept, an example that decodes.
macro_rules! records {
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
        #[doc = concat!("let json = r#\"", $example, "\"#;")]
        #[doc = concat!("let record: ", stringify!($name), " = serde_json::from_str(json)?;")]
        /// assert!(record.other.is_empty());
        /// assert_eq!(serde_json::to_value(record)?, serde_json::from_str::<serde_json::Value>(json)?);
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Clone, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$type>,)*
            /// What Argyle sent and has no field here, such as `metadata`, was `null`, or was of another type than
            /// documented.
            pub other: Map<String, Value>,
        }

        impl $name {
            /// Whether there is such a field, and it is set.
            fn has(&self, name: &str) -> bool {
                match name {
                    $(stringify!($field) => self.$field.is_some(),)*
                    _ => false,
                }
            }
        }

        /// Prints of `other` only the names: a sensitive field of another type than documented stands there.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &self.$field))*
                    .field("other", &self.other.keys().collect::<Vec<_>>())
                    .finish()
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
                let Value::Object(mut other) = Value::deserialize(json)? else {
                    return Err(D::Error::custom(concat!("`", stringify!($name), "` must be a JSON object")));
                };
                Ok(Self { $($field: take(&mut other, stringify!($field)),)* other })
            }
        }

        /// Gives back what came: the fields that are set, and of `other` what no such field replaces.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
                let mut map = json.serialize_map(None)?;
                $(if let Some(value) = &self.$field {
                    map.serialize_entry(stringify!($field), value)?;
                })*
                for (name, value) in self.other.iter().filter(|(name, _)| !self.has(name)) {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    )* };
}

/// Takes a field out of what came. What is null or of another type stays.
fn take<T: DeserializeOwned>(other: &mut Map<String, Value>, name: &str) -> Option<T> {
    let field = T::deserialize(other.get(name)?).ok()?;
    other.remove(name);
    Some(field)
}

records! {
    /// A person at one employer, as the payroll system knows them. Every field is optional.
    ///
    /// Any object that `serde_json` reads decodes, whatever is in it, and encodes to the same object again; it rounds
    /// numbers that do not fit 64 bits. There is no user: keep its id from the delivery. Dates, times and amounts stay
    /// the texts that came.
    ///
    /// # Security
    ///
    /// This is personal data. `Debug` does not print the `ssn`, but the name, the date of birth, the address and the
    /// rest; encoding writes everything, the `ssn` included.
    ///
    /// Source: <https://docs.argyle.com/api-reference/identities>.
    Identity from r#"{"id":"0153b145","full_name":"Ada Sample","employment_status":"active"}"# {
        /// The identity's id.
        id: String,
        /// The account's id.
        account: String,
        /// Where the person lives.
        address: Address,
        /// The first name.
        first_name: String,
        /// The last name.
        last_name: String,
        /// The whole name.
        full_name: String,
        /// The date of birth, ISO 8601, but perhaps without its year, such as `--01-31`: it is not always a date.
        birth_date: String,
        /// The address for e-mail.
        email: String,
        /// The phone number, E.164.
        phone_number: String,
        /// Where a picture of the person is.
        picture_url: String,
        /// Whether the person works there. What the words mean differs from one payroll system to the next.
        employment_status: EmploymentStatus,
        /// How the person is employed.
        employment_type: EmploymentType,
        /// What the person works as.
        job_title: String,
        /// The social security number, perhaps masked.
        ssn: Ssn,
        /// The marital status, in the payroll system's words.
        marital_status: String,
        /// The gender, in the payroll system's words.
        gender: String,
        /// The date of the first hire there, ISO 8601.
        original_hire_date: String,
        /// The date of the latest hire there, ISO 8601.
        hire_date: String,
        /// The date on which the employment ended, ISO 8601.
        termination_date: String,
        /// Why it ended.
        termination_reason: String,
        /// The employer's name.
        employer: String,
        /// The employment's id.
        employment: String,
        /// What the person is paid, before what varies.
        base_pay: BasePay,
        /// How often the person is paid.
        pay_cycle: PayCycle,
        /// The ids that the payroll system gave the person.
        platform_ids: PlatformIds,
        /// When the identity was made, ISO 8601.
        created_at: String,
        /// When it was changed last, ISO 8601: see [`Identity::is_newer_than`].
        updated_at: String,
    }

    /// A postal address. Every field is optional.
    ///
    /// Source: <https://docs.argyle.com/api-reference/identities>.
    Address from r#"{"line1":"1 Example Way","city":"Tulsa","state":"OK","postal_code":"74103","country":"US"}"# {
        /// Street and number.
        line1: String,
        /// The rest of them, such as a flat.
        line2: String,
        /// The city.
        city: String,
        /// The state.
        state: String,
        /// The postal code.
        postal_code: String,
        /// The country, ISO 3166-1 alpha-2.
        country: String,
    }

    /// What a person is paid, before what varies. Every field is optional.
    ///
    /// Source: <https://docs.argyle.com/api-reference/identities>.
    BasePay from r#"{"amount":"18.08","period":"hourly","currency":"USD"}"# {
        /// How much: a decimal as a text, so that no digit is lost.
        amount: String,
        /// For how long.
        period: PayPeriod,
        /// In which currency, ISO 4217.
        currency: String,
    }

    /// The ids that a payroll system gave a person. Every field is optional.
    ///
    /// Source: <https://docs.argyle.com/api-reference/identities>.
    PlatformIds from r#"{"employee_id":"E1","position_id":"P1","platform_user_id":"U1"}"# {
        /// The employee's id.
        employee_id: String,
        /// The position's id.
        position_id: String,
        /// The user's id.
        platform_user_id: String,
    }
}

impl Identity {
    /// Whether this one is known to have been changed later than another, by their `updated_at`.
    ///
    /// Argyle writes these times with six digits of a second, with three or with fewer; they are compared as times.
    /// `false` where either is absent or is no time in UTC like `2026-02-03T10:00:09.704Z`. So ask the stored one, and
    /// keep what came last unless the stored one is known to be newer.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::Identity;
    ///
    /// let stored: Identity = serde_json::from_str(r#"{"updated_at":"2026-02-03T10:00:09.704000Z"}"#)?;
    /// let fetched: Identity = serde_json::from_str(r#"{"updated_at":"2026-02-03T10:00:12.5Z"}"#)?;
    /// if !stored.is_newer_than(&fetched) {
    ///     // Store what was fetched.
    /// }
    /// # assert!(fetched.is_newer_than(&stored) && !stored.is_newer_than(&fetched));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.updated().zip(other.updated()).is_some_and(|(this, that)| this > that)
    }

    fn updated(&self) -> Option<(&str, &str)> {
        instant(self.updated_at.as_deref()?)
    }
}

/// The seconds of a time in UTC, and the digits after them. Both are in order as texts.
fn instant(time: &str) -> Option<(&str, &str)> {
    let time = time.strip_suffix('Z')?;
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let shape = seconds.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    let is_time = shape.eq(*b"0000-00-00T00:00:00") && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_time.then(|| (seconds, fraction.trim_end_matches('0')))
}
