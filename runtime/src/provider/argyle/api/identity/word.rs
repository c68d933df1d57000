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

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::{EmploymentStatus as Status, EmploymentType as Type, *};

    #[test]
    fn words_are_known_by_their_text() {
        fn check<T>(documented: &[(&str, T)], other: impl Fn(String) -> T, as_str: impl Fn(&T) -> &str)
        where
            T: fmt::Debug + fmt::Display + PartialEq + From<String> + Serialize + DeserializeOwned,
        {
            let mut words: Vec<_> = documented.iter().map(|(text, word)| (*text, word)).collect();
            let unknown = ["", "Active", "full_time", "hourly ", "a new word"]
                .map(|text| (text, other(text.to_owned())));
            words.extend(unknown.iter().map(|(text, word)| (*text, word)));
            for (text, word) in words {
                assert_eq!(T::from(text.to_owned()), *word);
                assert_eq!(serde_json::from_value::<T>(text.into()).unwrap(), *word);
                assert_eq!(serde_json::to_value(word).unwrap(), text);
                assert_eq!((as_str(word), word.to_string().as_str()), (text, text));
            }
        }

        check(
            &[("active", Status::Active), ("inactive", Status::Inactive), ("terminated", Status::Terminated)],
            Status::Other,
            Status::as_str,
        );
        check(
            &[
                ("full-time", Type::FullTime),
                ("part-time", Type::PartTime),
                ("contractor", Type::Contractor),
                ("military", Type::Military),
                ("benefits", Type::Benefits),
                ("seasonal", Type::Seasonal),
                ("temporary", Type::Temporary),
                ("regular", Type::Regular),
                ("other", Type::Otherwise),
            ],
            Type::Other,
            Type::as_str,
        );
        check(
            &[
                ("hourly", PayPeriod::Hourly),
                ("daily", PayPeriod::Daily),
                ("weekly", PayPeriod::Weekly),
                ("biweekly", PayPeriod::Biweekly),
                ("semimonthly", PayPeriod::Semimonthly),
                ("monthly", PayPeriod::Monthly),
                ("annual", PayPeriod::Annual),
                ("salary", PayPeriod::Salary),
            ],
            PayPeriod::Other,
            PayPeriod::as_str,
        );
        check(
            &[
                ("daily", PayCycle::Daily),
                ("weekly", PayCycle::Weekly),
                ("biweekly", PayCycle::Biweekly),
                ("semimonthly", PayCycle::Semimonthly),
                ("monthly", PayCycle::Monthly),
                ("quarterly", PayCycle::Quarterly),
            ],
            PayCycle::Other,
            PayCycle::as_str,
        );
    }
}
