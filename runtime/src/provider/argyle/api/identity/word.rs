//! The words that fields of an identity are made of.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Declares enums of words: one variant for each that is documented, and one for the rest.
macro_rules! words {
    ($(
        $(#[$doc:meta])*
        $name:ident from $example:literal {
            $($variant:ident = $word:literal,)*
        }
    )*) => { $(
        $(#[$doc])*
        ///
        /// Source: <https://docs.argyle.com/api-reference/identities>.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = concat!("use switchhook::provider::argyle::", stringify!($name), ";")]
        ///
        #[doc = concat!("let word: ", stringify!($name), " = serde_json::from_str(r#\"\"", $example, "\"\"#)?;")]
        #[doc = concat!("assert_eq!(word, ", stringify!($name), "::from(\"", $example, "\"));")]
        #[doc = concat!("assert!(!matches!(word, ", stringify!($name), "::Other(_)));")]
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $word, "`.")]
                $variant,
            )*
            /// A word that is not documented. `From` never puts a documented one here.
            Other(String),
        }

        impl $name {
            /// The word as Argyle writes it.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use switchhook::provider::argyle::", stringify!($name), ";")]
            ///
            #[doc = concat!("assert_eq!(", stringify!($name), "::from(\"", $example, "\").as_str(), \"", $example, "\");")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::from(\"a new word\").as_str(), \"a new word\");")]
            /// ```
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)*
                    _ => Self::Other(word),
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                Self::from(word.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
                json.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
                String::deserialize(json).map(Self::from)
            }
        }
    )* };
}

words! {
    /// Whether a person works there. What the words mean differs from one payroll system to the next.
    EmploymentStatus from "active" {
        Active = "active",
        Inactive = "inactive",
        Terminated = "terminated",
    }

    /// How a person is employed. Argyle's own word `other` is `Otherwise`.
    EmploymentType from "full-time" {
        FullTime = "full-time",
        PartTime = "part-time",
        Contractor = "contractor",
        Military = "military",
        Benefits = "benefits",
        Seasonal = "seasonal",
        Temporary = "temporary",
        Regular = "regular",
        Otherwise = "other",
    }

    /// How long a person works for an amount of base pay.
    PayPeriod from "hourly" {
        Hourly = "hourly",
        Daily = "daily",
        Weekly = "weekly",
        Biweekly = "biweekly",
        Semimonthly = "semimonthly",
        Monthly = "monthly",
        Annual = "annual",
        Salary = "salary",
    }

    /// How often a person is paid.
    PayCycle from "biweekly" {
        Daily = "daily",
        Weekly = "weekly",
        Biweekly = "biweekly",
        Semimonthly = "semimonthly",
        Monthly = "monthly",
        Quarterly = "quarterly",
    }
}
