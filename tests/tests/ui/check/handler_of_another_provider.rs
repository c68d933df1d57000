use switchhook::provider::{EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError, argyle::Argyle};
use switchhook::{Catalog, Endpoint, Webhooks, handlers, webhook_handler};

struct Acme;

impl Provider for Acme {
    const NAME: &'static str = "Acme";
    const CATALOG: &'static Catalog = &Catalog::open("Acme");
    fn verify(&self, _: &Incoming<'_>) -> Result<Verified, VerifyError> {
        Err(VerifyError::Mismatch)
    }
    fn parts<'a>(&self, _: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        Err(EnvelopeError::new("never asked"))
    }
}

#[webhook_handler("identities.updated", provider = Argyle)]
async fn updated() {}

fn main() {
    let _ = Webhooks::builder().endpoint(Endpoint::new(Acme, handlers![updated])).build();
}
