//! Requests that were refused, verified once more.

use std::time::SystemTime;

use http::Request;

use crate::{
    Clock, Inbox, InboxError, Unrouted, Webhooks,
    endpoint::{
        mounted::{Admitted, Mounted, Refused},
        source::NotFound,
    },
    inbox::{
        Reverified,
        model::{NewDelivery, Refusal},
    },
};

/// How many are looked at between two commits.
const AT_ONCE: usize = 100;

impl Webhooks {
    /// Verifies the requests in the inbox's quarantine again, as of the time they came, and lets those in that pass: after
    /// a wrong secret was mended. The rest stays.
    ///
    /// Nothing happens without an inbox that has a [`Quarantine`](crate::inbox::Quarantine).
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails; those that had passed by then are in.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{InboxError, Webhooks};
    /// async fn after_the_secret_was_mended(webhooks: &Webhooks) -> Result<(), InboxError> {
    ///     let again = webhooks.verify_again().await?;
    ///     println!("{} are in, {} are still refused", again.passed, again.refused);
    ///     Ok(())
    /// }
    /// ```
    pub async fn verify_again(&self) -> Result<Reverified, InboxError> {
        let mut all = Reverified::default();
        let Some(inbox) = &self.shared.inbox else { return Ok(all) };
        for endpoint in &self.endpoints {
            let mut after = 0;
            loop {
                let refused = inbox.core.store.quarantined(&endpoint.name, after, AT_ONCE).await?;
                let Some((last, _)) = refused.last() else { break };
                after = *last;
                let count = refused.len() as u64;
                let (passed, undecided) = let_in(inbox, endpoint, refused).await?;
                all.passed += passed;
                all.refused += count - passed - undecided;
                all.undecided += undecided;
                if undecided > 0 {
                    break;
                }
            }
        }
        Ok(all)
    }
}

/// Stores those that verify; gives their number, and that of those from the first on that cannot be decided now.
async fn let_in(
    inbox: &Inbox,
    endpoint: &Mounted,
    refused: Vec<(i64, Refusal)>,
) -> Result<(u64, u64), InboxError> {
    let mut passed: Vec<(i64, Option<NewDelivery>)> = Vec::new();
    let mut left = refused.len() as u64;
    for (number, refusal) in refused {
        match verify(endpoint, refusal).await {
            Verdict::Passed(new) => {
                let is_kept = !new.work.is_empty() || endpoint.settings.unrouted == Unrouted::Acknowledge;
                passed.push((number, is_kept.then_some(*new)));
            }
            Verdict::Refused => {}
            Verdict::Undecided => break,
        }
        left -= 1;
    }
    if passed.is_empty() {
        return Ok((0, left));
    }
    let taken = inbox.core.store.readmit(passed).await?;
    inbox.core.wake.notify_one();
    Ok((taken, left))
}

/// What a request that was refused is now.
enum Verdict {
    Passed(Box<NewDelivery>),
    Refused,
    /// Its tenant could not be looked up.
    Undecided,
}

async fn verify(endpoint: &Mounted, refusal: Refusal) -> Verdict {
    let Refusal { endpoint: _, received_at, uri, headers, body } = refusal;
    let Ok(request) = Request::builder().method(http::Method::POST).uri(uri).body(()) else {
        return Verdict::Refused;
    };
    let (mut head, ()) = request.into_parts();
    head.headers = headers;
    match endpoint.admit(&mut head, body, &At(received_at)).await {
        Ok(Admitted::Delivery(delivery)) => Verdict::Passed(Box::new(endpoint.to_store(delivery))),
        Err(Refused::NoProvider(NotFound::Lookup(..))) => Verdict::Undecided,
        Ok(Admitted::Unroutable(_) | Admitted::Handshake(_)) | Err(_) => Verdict::Refused,
    }
}

/// A clock that stands still.
#[derive(Debug)]
struct At(SystemTime);

impl Clock for At {
    fn now(&self) -> SystemTime {
        self.0
    }
}
