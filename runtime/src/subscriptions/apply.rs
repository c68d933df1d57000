//! Making what there is what there should be.

use std::{collections::BTreeSet, error::Error, fmt};

use super::{Difference, Plan, Subscriptions, compare::differences, print};
use crate::{
    chain::Causes,
    provider::argyle::{ApiError, Client, api::pause},
};

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
    /// The ids of the subscriptions that Argyle said it made, or that its list showed to have been made.
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
    /// shows what there should be, and nothing else but what Argyle said it deleted.
    ///
    /// It plans anew, whatever was shown before. It can be repeated, and does nothing when there is nothing to do. It can be
    /// interrupted anywhere; the next run goes on where it stopped. Several processes of one version may do it at one time:
    /// what they make twice, they agree to delete.
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
            Err(fault) => Err(ApplyError { done, fault }),
        }
    }

    async fn carry_out(&self, argyle: &Client, done: &mut Applied) -> Result<(), ApplyFault> {
        // A list that lags behind still shows what is gone.
        let mut gone = BTreeSet::new();
        let mut plan = self.look(argyle, &gone).await?;
        for round in 1..=MOST_ROUNDS {
            if plan.missing().next().is_some() {
                let unsure = create_missing(&plan, argyle, done).await?;
                plan = self.listed(&plan, argyle, &gone, done, unsure).await?;
            }
            for existing in plan.unwanted() {
                delete(&existing.id, argyle, done).await?;
                gone.insert(existing.id.clone());
            }
            if plan.is_settled() {
                return Ok(());
            }
            plan = self.look(argyle, &gone).await?;
            if plan.is_settled() {
                return Ok(());
            }
            // Somebody else is at it, too.
            tokio::time::sleep(pause::after(round)).await;
            plan = self.look(argyle, &gone).await?;
        }
        Err(ApplyFault::Contended)
    }

    /// The plan after something was made, as soon as the list shows it; notes what else it shows to have been made.
    async fn listed(
        &self,
        before: &Plan,
        argyle: &Client,
        gone: &BTreeSet<String>,
        done: &mut Applied,
        unsure: Option<ApiError>,
    ) -> Result<Plan, ApplyFault> {
        for nth in 1.. {
            let plan = self.look(argyle, gone).await?;
            if unsure.is_some() {
                done.created.extend(plan.made_since(before, &done.created));
            }
            if plan.missing().next().is_none() {
                return Ok(plan);
            }
            // Nobody waits for what may never have been made.
            let is_shown = |id: &String| plan.existing().any(|existing| existing.id == *id);
            if nth == MOST_READS || unsure.is_some() && done.created.iter().all(is_shown) {
                break;
            }
            tokio::time::sleep(pause::after(nth)).await;
        }
        Err(unsure.map_or(ApplyFault::NotListed, ApplyFault::Api))
    }
}

/// Enough for two versions that get into each other's way once or twice.
const MOST_ROUNDS: u32 = 4;

/// How often the list is read for what was made: for 4 s on the average.
const MOST_READS: u32 = 5;

/// Makes what is missing. Gives the last error of those after which it is not known whether Argyle made one: the list will
/// show it.
async fn create_missing(
    plan: &Plan,
    argyle: &Client,
    done: &mut Applied,
) -> Result<Option<ApiError>, ApplyFault> {
    let mut unsure = None;
    for wanted in plan.missing() {
        match argyle.create_subscription(&wanted.request).await {
            Ok(made) => {
                done.created.push(made.id.clone());
                let differences = differences(wanted, &made);
                if !differences.is_empty() {
                    // Every run would make another.
                    let is_deleted = delete(&made.id, argyle, done).await.is_ok();
                    return Err(ApplyFault::Otherwise { id: made.id, differences, is_deleted });
                }
            }
            Err(error) if error.may_have_been_carried_out() => unsure = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(unsure)
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

/// Why the subscriptions are not what they should be, and what was done all the same. `{:#}` prints the causes too,
/// and so does `Debug`, which is what `main` prints.
///
/// # Examples
///
/// ```
/// use switchhook::subscriptions::{ApplyError, ApplyFault};
///
/// fn print(error: &ApplyError) {
///     println!("{error:#}; made before: {:?}", error.done().created);
///     if matches!(error.fault(), ApplyFault::Contended) {
///         println!("another version is being deployed");
///     }
/// }
/// ```
pub struct ApplyError {
    done: Applied,
    fault: ApplyFault,
}

/// What went wrong when subscriptions were applied.
///
/// # Examples
///
/// See [`ApplyError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ApplyFault {
    /// A call failed.
    Api(ApiError),
    /// Argyle made a subscription that is not what was asked for.
    Otherwise {
        /// Its id.
        id: String,
        /// In what it differed.
        differences: Vec<Difference>,
        /// Whether it could be deleted again.
        is_deleted: bool,
    },
    /// Argyle's list does not show what was just made.
    NotListed,
    /// Somebody else undoes what is done.
    Contended,
}

impl From<ApiError> for ApplyFault {
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

    /// What went wrong.
    ///
    /// # Examples
    ///
    /// See [`ApplyError`].
    pub fn fault(&self) -> &ApplyFault {
        &self.fault
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            ApplyFault::Api(_) => f.write_str("the subscriptions are not what they should be")?,
            ApplyFault::Otherwise { id, differences, is_deleted } => {
                let (id, differences) = (print::Clean(id), print::Differences(differences));
                write!(f, "Argyle made the subscription `{id}` otherwise than asked: {differences}; ")?;
                f.write_str(if *is_deleted { "it was deleted again" } else { "it could not be deleted: do it by hand" })?;
                f.write_str("; please report it to Switchhook")?;
            }
            ApplyFault::NotListed => f.write_str(
                "Argyle's list does not show a subscription that was just made; nothing was deleted for it",
            )?,
            ApplyFault::Contended => f.write_str(
                "somebody else changes the subscriptions of this name at the same time; let one version of the application \
                 do it",
            )?,
        }
        write!(f, " ({})", self.done)?;
        let is_passing = match &self.fault {
            ApplyFault::Api(error) => error.is_passing(),
            ApplyFault::Otherwise { .. } => false,
            ApplyFault::NotListed | ApplyFault::Contended => true,
        };
        if is_passing {
            f.write_str("; run it again: it looks at what is there and goes on")?;
        }
        if f.alternate() { Causes(self).fmt(f) } else { Ok(()) }
    }
}

impl fmt::Debug for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl Error for ApplyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.fault {
            ApplyFault::Api(error) => Some(error),
            ApplyFault::Otherwise { .. } | ApplyFault::NotListed | ApplyFault::Contended => None,
        }
    }
}
