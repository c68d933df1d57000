//! What the payload types of GitHub and Stripe have in common.

use serde::{Deserialize, Deserializer};

/// Declares payload types: every field documented, an example that decodes.
macro_rules! payloads {
    ($provider:literal; $(
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
        #[doc = concat!("use switchhook::provider::", $provider, "::", stringify!($name), ";")]
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

pub(super) use payloads;

/// The default for `null`, such as an empty map.
pub(super) fn or_default<'de, D, T>(json: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(json).map(Option::unwrap_or_default)
}

/// A list, empty for `null`, without the entries that are `null`: GitHub puts them where an account is gone.
pub(super) fn list<'de, D, T>(json: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let entries: Option<Vec<Option<T>>> = Option::deserialize(json)?;
    Ok(entries.unwrap_or_default().into_iter().flatten().collect())
}
