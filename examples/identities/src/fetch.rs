//! What a delivery hints at, fetched from Argyle.

use switchhook::{
    HandlerError,
    provider::argyle::{ApiError, Client, EmploymentStatus, Identity},
};

/// What the application keeps of an identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub(crate) name: Option<String>,
    pub(crate) employment_status: Option<EmploymentStatus>,
}

/// Fetches an identity; `None` when Argyle no longer has it, such as when its account was removed.
pub(crate) async fn identity(argyle: &Client, id: &str) -> Result<Option<Fetched>, HandlerError> {
    match argyle.identity(id).await {
        Ok(Identity { full_name, employment_status, .. }) => {
            Ok(Some(Fetched { name: full_name, employment_status }))
        }
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(later(error)),
    }
}

/// The delivery is tried again: when Argyle says, if it does.
fn later(error: ApiError) -> HandlerError {
    match error.retry_after() {
        Some(after) => HandlerError::from(error).retry_after(after),
        None => error.into(),
    }
}
