//! A disk that is full.

use crate::{Inbox, InboxError};

/// Lets an inbox grow to so many pages of 4 KiB and no further, as a full disk would; a higher number makes room again.
///
/// # Errors
///
/// [`InboxError`], when the store fails.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), switchhook::InboxError> {
/// let inbox = switchhook::Inbox::memory().await?;
/// switchhook::testing::limit_pages(&inbox, 100).await?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
pub async fn limit_pages(inbox: &Inbox, pages: u32) -> Result<(), InboxError> {
    inbox.core.store.limit_pages(pages).await
}
