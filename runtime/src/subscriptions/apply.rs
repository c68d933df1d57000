//! Making what there is what there should be.

use std::{error::Error, fmt};

use super::{Difference, Plan, Subscriptions, compare::differences, print};
use crate::provider::argyle::{ApiError, Client};

/// What was done.
///
/// # Examples
///
/// ```
/// use switchhook::subscriptions::Applied;
///
/// assert_eq!(Applied::default().to_string(), "0 subscriptions created, 0 deleted");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// The ids of the subscriptions that were made.
    pub created: Vec<String>,
    /// The ids of those that were deleted.
    pub deleted: Vec<String>,
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.created.len() == 1 { "" } else { "s" };
        write!(f, "{} subscription{plural} created, {} deleted", self.created.len(), self.deleted.len())
    }
}

impl Subscriptions {
    /// Makes what is missing, and deletes what nothing asks for.
    ///
    /// First all that is missing is made; then the list is read again, and only when it shows everything that there should
    /// be, the rest of this application's subscriptions is deleted. So no event falls between a subscription and the one
    /// that replaces it; for a moment, events come for both. Those of other names are never touched. It ends when a list
    /// shows what there should be and nothing else.
    ///
    /// It can be repeated, and does nothing when there is nothing to do. It can be interrupted anywhere; the next run goes
    /// on where it stopped. Several processes of one version may do it at one time: what they make twice, they agree to
    /// delete.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] says what failed, and what was done before.
    ///
    /// # Cancel safety
    ///
    /// Dropped on the way, it has done a part; the next run goes on from there.
    ///
    /// # Examples
    ///
    /// See [`Subscriptions`].
    pub async fn apply(&self, argyle: &Client) -> Result<Applied, ApplyError> {
        let mut done = Applied::default();
        match self.carry_out(argyle, &mut done).await {
            Ok(()) => Ok(done),
            Err(cause) => Err(ApplyError { done, cause }),
        }
    }

    async fn carry_out(&self, argyle: &Client, done: &mut Applied) -> Result<(), Cause> {
        let mut made = None;
        for _ in 0..MOST_STEPS {
            let plan = self.plan(argyle).await?;
            if plan.is_settled() {
                return Ok(());
            }
            if plan.missing().next().is_none() {
                delete_superfluous(&plan, argyle, done).await?;
                made = None;
            } else if let Some(unsure) = made {
                return Err(unmade(&plan, argyle, done, unsure).await?);
            } else {
                made = Some(create_missing(&plan, argyle, done).await?);
            }
        }
        Err(Cause::Contended)
    }
}

/// Making and deleting are two steps, and reading is one before each and one at the end: enough for two that get into each
/// other's way once.
const MOST_STEPS: usize = 8;

/// Makes what is missing. Gives the last error of those after which it is not known whether Argyle made one: the list will
/// show it.
async fn create_missing(
    plan: &Plan,
    argyle: &Client,
    done: &mut Applied,
) -> Result<Option<ApiError>, ApiError> {
    let mut unsure = None;
    for wanted in plan.missing() {
        match argyle.create_subscription(&wanted.request).await {
            Ok(made) => done.created.push(made.id),
            Err(error) if error.may_have_been_carried_out() => unsure = Some(error),
            Err(error) => return Err(error),
        }
    }
    Ok(unsure)
}

/// Why something is missing that was just made. One that is there and is not what was asked for is deleted again: every run
/// would make another.
async fn unmade(
    plan: &Plan,
    argyle: &Client,
    done: &mut Applied,
    unsure: Option<ApiError>,
) -> Result<Cause, ApiError> {
    // Under another name it would look like somebody else's.
    let mut there = plan.unwanted().chain(plan.foreign.iter().map(|foreign| &foreign.existing));
    let Some(existing) = there.find(|existing| done.created.contains(&existing.id)) else {
        return Ok(unsure.map_or(Cause::NotListed, Cause::Api));
    };
    let differences = plan.missing().map(|wanted| differences(wanted, existing)).min_by_key(Vec::len);
    delete(&existing.id, argyle, done).await?;
    Ok(Cause::Otherwise { id: existing.id.clone(), differences: differences.unwrap_or_default() })
}

async fn delete_superfluous(plan: &Plan, argyle: &Client, done: &mut Applied) -> Result<(), ApiError> {
    for existing in plan.unwanted() {
        delete(&existing.id, argyle, done).await?;
    }
    Ok(())
}

/// Deletes a subscription; one that is gone is as good.
async fn delete(id: &str, argyle: &Client, done: &mut Applied) -> Result<(), ApiError> {
    match argyle.delete_subscription(id).await {
        Ok(()) => done.deleted.push(id.to_owned()),
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Why the subscriptions are not what they should be, and what was done all the same.
///
/// Run it again when the cause is gone: it goes on where it stopped.
///
/// # Examples
///
/// ```
/// fn print(error: &switchhook::subscriptions::ApplyError) {
///     println!("{error}; made before: {:?}", error.done().created);
/// }
/// ```
#[derive(Debug)]
pub struct ApplyError {
    done: Applied,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Api(ApiError),
    /// What was made is not what was asked for.
    Otherwise {
        id: String,
        differences: Vec<Difference>,
    },
    /// What was made is not in the list.
    NotListed,
    /// Somebody else undoes what is done.
    Contended,
}

impl From<ApiError> for Cause {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl ApplyError {
    /// What was done before.
    ///
    /// # Examples
    ///
    /// See [`ApplyError`].
    pub fn done(&self) -> &Applied {
        &self.done
    }

    /// The call that failed, if one did.
    ///
    /// # Examples
    ///
    /// ```
    /// fn is_refused(error: &switchhook::subscriptions::ApplyError) -> bool {
    ///     error.api_error().and_then(|error| error.status()).is_some_and(|status| status.is_client_error())
    /// }
    /// ```
    pub fn api_error(&self) -> Option<&ApiError> {
        match &self.cause {
            Cause::Api(error) => Some(error),
            Cause::Otherwise { .. } | Cause::NotListed | Cause::Contended => None,
        }
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Api(_) => f.write_str("the subscriptions are not what they should be")?,
            Cause::Otherwise { id, differences } => write!(
                f,
                "Argyle made the subscription `{id}` otherwise than asked ({}), so that it was deleted again",
                print::Differences(differences)
            )?,
            Cause::NotListed => f.write_str(
                "Argyle's list does not show a subscription that was just made, so that nothing was deleted for it",
            )?,
            Cause::Contended => f.write_str(
                "somebody else changes the subscriptions of this name at the same time; let one version of the application do it",
            )?,
        }
        write!(f, " ({}); run it again: it goes on where it stopped", self.done)
    }
}

impl Error for ApplyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.api_error().map(|error| error as _)
    }
}
