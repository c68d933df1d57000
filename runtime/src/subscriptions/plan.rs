//! What is to be done so that what there is becomes what there should be.

use super::Wanted;
use crate::provider::argyle::{Subscription, SubscriptionConfig};

/// What [`Subscriptions::apply`](super::Subscriptions::apply) would do now.
///
/// `Display` prints it for people, like a diff: `+` what is to be made, `~` what is to be replaced, `-` what is to be
/// deleted, `=` what stays, `!` what you should know. `Serialize` gives the same to tools; both without secrets:
///
/// ```json
/// {
///   "base_url": "https://api-sandbox.argyle.com/v2",
///   "changes": [
///     {
///       "action": "replace",
///       "wanted": {
///         "endpoint": "argyle", "name": "payroll", "url": "https://hooks.example.com/webhooks/argyle",
///         "events": [{ "event": "identities.added", "handlers": ["`refresh` (src/main.rs:6)"] }],
///         "config": {}, "has_secret": true
///       },
///       "existing": {
///         "id": "6f0d2c0e", "name": "payroll", "url": "https://hooks.example.com/webhooks/argyle",
///         "events": ["vehicles.added"], "config": {}, "has_secret": true,
///         "created_at": "2026-02-03T10:11:12.226533Z", "last_sent_at": null
///       },
///       "differences": [
///         { "field": "events", "added": ["identities.added"], "removed": ["vehicles.added"] },
///         { "field": "secret" }
///       ]
///     }
///   ],
///   "foreign": [],
///   "left_out": [{ "endpoint": "argyle", "event": "gigs.removed", "handlers": ["…"], "why": "`.except(…)` leaves it out" }]
/// }
/// ```
///
/// `action` is `create` (with `wanted`), `keep` (with `wanted` and `existing`), `replace` or `delete` (with `existing` and
/// `same_as`, an id or null); `field` is `events`, `secret`, `name`, `url` or `config`, the last three with what they `had`.
///
/// # Examples
///
/// ```no_run
/// use switchhook::provider::argyle::Client;
/// use switchhook::subscriptions::Subscriptions;
///
/// # async fn check(subscriptions: &Subscriptions, argyle: &Client) -> Result<(), Box<dyn std::error::Error>> {
/// let plan = subscriptions.plan(argyle).await?;
/// println!("{plan}");
/// std::fs::write("plan.json", serde_json::to_string_pretty(&plan)?)?;
/// assert!(plan.is_settled(), "subscriptions and handlers have drifted apart");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) base_url: String,
    pub(super) changes: Vec<Change>,
    pub(super) foreign: Vec<Foreign>,
    pub(super) left_out: Vec<LeftOut>,
}

/// What is to be done with one subscription.
///
/// # Examples
///
/// ```
/// use switchhook::subscriptions::{Change, Plan};
///
/// fn deletes_nothing(plan: &Plan) -> bool {
///     !plan.changes().iter().any(|change| matches!(change, Change::Delete { .. }))
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Change {
    /// There is none yet.
    Create {
        /// What there should be.
        wanted: Wanted,
    },
    /// It is as it should be.
    Keep {
        /// What there should be.
        wanted: Wanted,
        /// What there is.
        existing: Subscription,
    },
    /// It is not as it should be: another one is made, and then this one is deleted.
    Replace {
        /// What there should be.
        wanted: Wanted,
        /// What there is.
        existing: Subscription,
        /// In what it differs.
        differences: Vec<Difference>,
    },
    /// Nothing asks for it.
    Delete {
        /// What there is.
        existing: Subscription,
        /// The id of another one that says the same, and stays.
        same_as: Option<String>,
    },
}

/// In what a subscription is not as it should be.
///
/// # Examples
///
/// ```
/// use switchhook::subscriptions::Difference;
///
/// let rotated = Difference::Secret;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// Handlers take more, or other, events.
    EventSet {
        /// Those that nothing subscribed.
        added: Vec<String>,
        /// Those that no handler takes.
        removed: Vec<String>,
    },
    /// It has another secret, or none, or one too many.
    Secret,
    /// It bears a former name.
    Name {
        /// The name that it bears.
        had: String,
    },
    /// It goes to another address.
    Url {
        /// The address that it goes to.
        had: String,
    },
    /// It asks for other things beside its events.
    Config {
        /// What it asks for.
        had: SubscriptionConfig,
    },
}

/// A subscription that is none of ours and goes to one of our addresses all the same, so that its events come once more for
/// it. It is left alone.
///
/// # Examples
///
/// ```
/// fn print(plan: &switchhook::subscriptions::Plan) {
///     for foreign in plan.foreign() {
///         println!("{} sends to endpoint {} too", foreign.existing.name, foreign.endpoint);
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Foreign {
    /// The endpoint at whose address it is.
    pub endpoint: String,
    /// What there is.
    pub existing: Subscription,
}

/// An event that handlers take, and nothing subscribes.
///
/// # Examples
///
/// ```
/// fn print(plan: &switchhook::subscriptions::Plan) {
///     for left_out in plan.left_out() {
///         println!("{}: {}", left_out.event, left_out.why);
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LeftOut {
    /// The endpoint of the handlers.
    pub endpoint: String,
    /// The event.
    pub event: String,
    /// The handlers, with files and lines.
    pub handlers: Vec<String>,
    /// Why nothing subscribes it, and what to do.
    pub why: &'static str,
}

impl Plan {
    /// What is to be done with each subscription: first what there should be, in the order of the endpoints.
    ///
    /// # Examples
    ///
    /// See [`Change`].
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The subscriptions of others at our addresses.
    ///
    /// # Examples
    ///
    /// See [`Foreign`].
    pub fn foreign(&self) -> &[Foreign] {
        &self.foreign
    }

    /// The events that handlers take, and nothing subscribes.
    ///
    /// # Examples
    ///
    /// See [`LeftOut`].
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Tells whether there is nothing to do. What is foreign and what is left out does not count.
    ///
    /// # Examples
    ///
    /// See [`Plan`].
    pub fn is_settled(&self) -> bool {
        self.changes.iter().all(Change::is_kept)
    }

    /// The subscriptions that are there, and are not what there should be.
    pub(super) fn unwanted(&self) -> impl Iterator<Item = &Subscription> {
        self.changes.iter().filter(|change| !change.is_kept()).filter_map(Change::existing)
    }

    /// The subscriptions that are as they should be, and were not there when the other plan was made.
    pub(super) fn made_since(&self, before: &Self, known: &[String]) -> Vec<String> {
        let kept = self.changes.iter().filter(|change| change.is_kept()).filter_map(Change::existing);
        let was_there = |id: &String| before.existing().any(|existing| existing.id == *id);
        kept.map(|kept| &kept.id).filter(|id| !known.contains(id) && !was_there(id)).cloned().collect()
    }

    /// Our subscriptions that are there.
    pub(super) fn existing(&self) -> impl Iterator<Item = &Subscription> {
        self.changes.iter().filter_map(Change::existing)
    }

    /// The subscriptions that there should be.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Wanted> {
        self.changes.iter().filter_map(Change::wanted)
    }

    /// The subscriptions to make.
    pub(super) fn missing(&self) -> impl Iterator<Item = &Wanted> {
        self.changes.iter().filter(|change| !change.is_kept()).filter_map(Change::wanted)
    }
}

impl Change {
    fn is_kept(&self) -> bool {
        matches!(self, Self::Keep { .. })
    }

    /// What there should be.
    fn wanted(&self) -> Option<&Wanted> {
        match self {
            Self::Create { wanted } | Self::Keep { wanted, .. } | Self::Replace { wanted, .. } => {
                Some(wanted)
            }
            Self::Delete { .. } => None,
        }
    }

    /// What there is.
    fn existing(&self) -> Option<&Subscription> {
        match self {
            Self::Keep { existing, .. } | Self::Replace { existing, .. } | Self::Delete { existing, .. } => {
                Some(existing)
            }
            Self::Create { .. } => None,
        }
    }
}
