//! Lists, which come in pages.

use reqwest::Url;
use serde::{Deserialize, de::DeserializeOwned};

use super::{ApiError, ApiFault, Client, answer::LONGEST, call::Call};

/// More than any list has: one that leads on for ever ends here.
const MOST_PAGES: usize = 1_000;

/// The same for what is on them.
const MOST_BYTES: usize = 8 * LONGEST;

/// A page: what is on it, and where the next one is.
///
/// Source: <https://docs.argyle.com/api-reference/identities/list-all-identities>.
#[derive(Deserialize)]
struct Page<T> {
    next: Option<String>,
    results: Vec<T>,
}

/// Reads a list from its first page to its last.
pub(super) async fn all<T: DeserializeOwned>(
    client: &Client,
    mut call: Call<'_>,
) -> Result<Vec<T>, ApiError> {
    let (mut all, mut bytes) = (Vec::new(), 0);
    for _ in 0..MOST_PAGES {
        let answer = client.send(&call).await?;
        bytes += answer.len();
        if bytes > MOST_BYTES {
            break;
        }
        let page: Page<T> = answer.object(&call)?;
        all.extend(page.results);
        let Some(next) = page.next else { return Ok(all) };
        match Url::parse(&next) {
            Ok(next) if next.origin() == client.0.base.origin() => call = call.at(next),
            _ => return Err(ApiError::new(&call, ApiFault::OtherPlace)),
        }
    }
    Err(ApiError::new(&call, ApiFault::Endless))
}
