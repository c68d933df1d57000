//! Lists, which come in pages.

use std::time::{Duration, Instant};

use serde::{Deserialize, de::DeserializeOwned};

use super::{ApiError, ApiFault, Client, answer::LONGEST, call::Call};

/// More than any list has, takes and lasts: one that leads on for ever ends here.
const MOST_PAGES: usize = 1_000;
const MOST_BYTES: usize = 8 * LONGEST;
const LONGEST_TIME: Duration = Duration::from_mins(5);

/// A page: what is on it, and where the next one is.
///
/// Source: <https://docs.argyle.com/api-reference/identities/list-all-identities>.
#[derive(Deserialize)]
#[serde(expecting = "a page of a list")]
struct Page<T> {
    next: Option<String>,
    results: Vec<T>,
}

/// Reads a list from its first page to its last.
///
/// Of the address of the next page nothing is taken but its query: the key goes nowhere else, and the address that Argyle
/// knows itself by need not be the one that it was asked at.
pub(super) async fn all<T: DeserializeOwned>(
    client: &Client,
    mut call: Call<'_>,
) -> Result<Vec<T>, ApiError> {
    let begun = Instant::now();
    let (mut all, mut bytes, mut before) = (Vec::new(), 0, String::new());
    for nth in 1.. {
        let answer = client.send(&call).await?;
        let fail = |fault| ApiError::new(&call, fault).answered(answer.facts());
        let page: Page<T> = answer.object().map_err(fail)?;
        bytes += answer.len();
        all.extend(page.results);
        let Some(next) = page.next.filter(|next| !next.is_empty()) else { break };
        let Some((_, query)) = next.split_once('?') else {
            return Err(fail(ApiFault::Misfit("`answer.next` has no query".to_owned())));
        };
        if nth == MOST_PAGES || bytes > MOST_BYTES || begun.elapsed() > LONGEST_TIME || query == before {
            return Err(fail(ApiFault::Endless));
        }
        query.clone_into(&mut before);
        call = call.page(before.clone());
    }
    Ok(all)
}
