//! Which provider verifies a request.

use std::{
    any::TypeId,
    sync::{Arc, PoisonError, RwLock},
};

use http::Uri;

use super::{
    any_provider::AnyProvider,
    lookups::{LookupError, Lookups},
    tenants::Tenants,
};
use crate::{Tenant, provider::Provider};

/// Which provider verifies a request.
pub(crate) struct Source {
    kind: Kind,
    /// The type of all its providers.
    provider: TypeId,
}

enum Kind {
    /// The same for all, until it is replaced.
    One(RwLock<Arc<dyn AnyProvider>>),
    /// The tenant's.
    Tenants(Arc<Lookups>),
}

impl Source {
    pub(super) fn one<P: Provider>(provider: P) -> Self {
        Self { kind: Kind::One(RwLock::new(Arc::new(provider))), provider: TypeId::of::<P>() }
    }

    pub(super) fn tenants<P: Provider>(tenants: Tenants<P>) -> Self {
        Self { kind: Kind::Tenants(Arc::new(Lookups::new(tenants.rules))), provider: TypeId::of::<P>() }
    }

    /// Tells whether its providers are of this type.
    #[cfg(feature = "argyle-api")]
    pub(crate) fn is_of<P: Provider>(&self) -> bool {
        self.provider == TypeId::of::<P>()
    }

    /// Reads something of the provider of now, where it is the same for all and of this type.
    #[cfg(feature = "argyle-api")]
    pub(crate) fn read<P: Provider, T>(&self, read: impl FnOnce(&P) -> T) -> Option<T> {
        let Kind::One(provider) = &self.kind else { return None };
        let provider = Arc::clone(&*provider.read().unwrap_or_else(PoisonError::into_inner));
        let provider: &dyn std::any::Any = &*provider;
        provider.downcast_ref().map(read)
    }

    pub(crate) fn has_tenants(&self) -> bool {
        matches!(self.kind, Kind::Tenants(_))
    }

    /// The provider for a request to this address, and whose it is.
    pub(super) async fn find(&self, uri: &Uri) -> Result<(Option<Tenant>, Arc<dyn AnyProvider>), NotFound> {
        match &self.kind {
            Kind::One(provider) => {
                Ok((None, Arc::clone(&*provider.read().unwrap_or_else(PoisonError::into_inner))))
            }
            Kind::Tenants(tenants) => {
                let segment = uri.path().rsplit('/').next().unwrap_or_default();
                let tenant = Tenant::new(segment).ok_or(NotFound::NoTenant)?;
                match Arc::clone(tenants).provider(tenant.clone()).await {
                    Ok(Some(provider)) => Ok((Some(tenant), provider)),
                    Ok(None) => Err(NotFound::Unknown(tenant)),
                    Err(error) => Err(NotFound::Lookup(tenant, error)),
                }
            }
        }
    }

    /// Verifies with this one from now on.
    pub(crate) fn replace<P: Provider>(&self, provider: P) -> Result<(), ReplaceError> {
        match &self.kind {
            Kind::Tenants(_) => Err(ReplaceError::HasTenants),
            Kind::One(_) if self.provider != TypeId::of::<P>() => Err(ReplaceError::OtherProvider),
            Kind::One(current) => {
                provider.check().map_err(ReplaceError::Configuration)?;
                *current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(provider);
                Ok(())
            }
        }
    }

    /// Looks a tenant up again when it is needed next. Without tenants, nothing happens.
    pub(crate) fn forget(&self, tenant: &Tenant) {
        if let Kind::Tenants(tenants) = &self.kind {
            tenants.forget(tenant);
        }
    }
}

/// Why there is no provider for a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotFound {
    #[error("the path ends in no tenant's name")]
    NoTenant,
    #[error("nobody knows the tenant `{0}`")]
    Unknown(Tenant),
    #[error("the tenant `{0}` was not looked up")]
    Lookup(Tenant, #[source] LookupError),
}

/// Why an endpoint's provider was not replaced. It goes on with the one it has.
///
/// # Examples
///
/// See [`Webhooks::replace_provider`](crate::Webhooks::replace_provider).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplaceError {
    /// The application has no endpoint of this name.
    #[error("there is no endpoint `{endpoint}`")]
    NoEndpoint {
        /// The name.
        endpoint: String,
    },
    /// The endpoint's provider is of another type; its handlers were checked for that one.
    #[error("the endpoint's provider is of another type")]
    OtherProvider,
    /// The endpoint looks its providers up.
    #[error("the endpoint has tenants; `Webhooks::forget_tenant` makes it look one up again")]
    HasTenants,
    /// The new provider is not sound, such as for an empty secret.
    #[error("{}", .0.join("; "))]
    Configuration(Vec<String>),
}
