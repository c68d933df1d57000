//! A provider whose type is forgotten.

use std::any::Any;

use bytes::Bytes;
use http::HeaderName;

use crate::provider::{EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError};

/// A [`Provider`] whose type is forgotten.
pub(super) trait AnyProvider: Any + Send + Sync {
    fn check(&self) -> Result<(), Vec<String>>;
    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError>;
    fn handshake(&self, request: &Incoming<'_>) -> Option<http::Response<Bytes>>;
    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError>;
    fn proofs(&self) -> &[HeaderName];
}

impl<P: Provider> AnyProvider for P {
    fn check(&self) -> Result<(), Vec<String>> {
        Provider::check(self)
    }

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        Provider::verify(self, request)
    }

    fn handshake(&self, request: &Incoming<'_>) -> Option<http::Response<Bytes>> {
        Provider::handshake(self, request)
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        Provider::parts(self, request)
    }

    fn proofs(&self) -> &[HeaderName] {
        Provider::proofs(self)
    }
}
