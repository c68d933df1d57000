//! The name of a lane.

use sha2::{Digest, Sha256};

use crate::Tenant;

/// Longer values are replaced by their digest.
const VALUE_LEN: usize = 200;

/// The lane of a key: the field and its value, or its value's digest. Each tenant has lanes of its own.
pub(crate) fn name(tenant: Option<&Tenant>, field: &str, value: &str) -> String {
    let lane = if value.len() <= VALUE_LEN {
        format!("{field}={value}")
    } else {
        format!("{field}=sha256:{}", base16ct::lower::encode_string(&Sha256::digest(value)))
    };
    match tenant {
        Some(tenant) => format!("{tenant}/{lane}"),
        None => lane,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_makes_a_short_name_of_its_own() {
        assert_eq!(name(None, "account", "7"), "account=7");
        assert_eq!(name(Tenant::new("acme").as_ref(), "account", "7"), "acme/account=7");
        let long = |last: &str| name(None, "account", &format!("{}{last}", "x".repeat(300)));
        assert_eq!(long("a").len(), "account=sha256:".len() + 64);
        assert_ne!(long("a"), long("b"));
    }
}
