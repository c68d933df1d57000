//! The bank that sends payments: a provider of one's own.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderName;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;
use switchhook::{
    catalog,
    provider::{EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError, sole_header},
};

/// What the bank tells of a payment.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Payment {
    /// The account that it goes to.
    pub(crate) account: String,
    /// The amount in cents.
    pub(crate) cents: i64,
}

catalog! {
    /// The events that the bank sends.
    pub(crate) BANK for Bank {
        "payment.received" | "payment.refunded" => Payment,
    }
}

/// A bank that signs its bodies with HMAC-SHA256, in hex, in `X-Bank-Signature`.
pub(crate) struct Bank {
    key: Hmac<Sha256>,
}

impl Bank {
    pub(crate) fn new(secret: &str) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let key = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).expect("any key");
        Self { key }
    }
}

impl Provider for Bank {
    const NAME: &'static str = "Bank";
    const CATALOG: &'static switchhook::Catalog = BANK;

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        static SIGNATURE: HeaderName = HeaderName::from_static("x-bank-signature");
        let hex = sole_header(request.headers(), &SIGNATURE)?;
        let mut signature = [0; 32];
        match base16ct::lower::decode(hex, &mut signature) {
            Ok(decoded) if decoded.len() == 32 => {}
            _ => return Err(VerifyError::MalformedHeader(SIGNATURE.clone())),
        }
        let mut mac = self.key.clone();
        mac.update(request.body());
        mac.verify_slice(&signature).or(Err(VerifyError::Mismatch))?;
        Ok(Verified::Signed { secret: 0 })
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        #[derive(Deserialize)]
        struct Body<'a> {
            id: String,
            event: String,
            #[serde(borrow)]
            data: &'a RawValue,
        }
        let Body { id, event, data } = request.json()?;
        // The signature covers the body, and so the id in it.
        Ok(Parts::new(event, request.part(data)).id(id))
    }
}
