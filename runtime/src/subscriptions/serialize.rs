//! A plan as tools read it, without secrets, in the form that [`Plan`] documents.

use serde::{Serialize, Serializer};

use super::{Change, Difference, Foreign, LeftOut, Plan, Wanted};
use crate::provider::argyle::{Subscription, SubscriptionConfig};

#[derive(Serialize)]
struct PlanView<'a> {
    base_url: &'a str,
    changes: Vec<ChangeView<'a>>,
    foreign: Vec<ForeignView<'a>>,
    left_out: Vec<LeftOutView<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
enum ChangeView<'a> {
    Create { wanted: WantedView<'a> },
    Keep { wanted: WantedView<'a>, existing: ExistingView<'a> },
    Replace { wanted: WantedView<'a>, existing: ExistingView<'a>, differences: Vec<DifferenceView<'a>> },
    Delete { existing: ExistingView<'a>, same_as: Option<&'a str> },
}

#[derive(Serialize)]
struct WantedView<'a> {
    endpoint: &'a str,
    name: &'a str,
    url: &'a str,
    events: Vec<EventView<'a>>,
    config: &'a SubscriptionConfig,
    has_secret: bool,
}

#[derive(Serialize)]
struct EventView<'a> {
    event: &'a str,
    handlers: &'a [String],
}

#[derive(Serialize)]
struct ExistingView<'a> {
    id: &'a str,
    name: &'a str,
    url: &'a str,
    events: &'a [String],
    config: &'a SubscriptionConfig,
    has_secret: bool,
    created_at: Option<&'a str>,
    last_sent_at: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(tag = "field", rename_all = "snake_case")]
enum DifferenceView<'a> {
    Events { added: &'a [String], removed: &'a [String] },
    Secret,
    Name { had: &'a str },
    Url { had: &'a str },
    Config { had: &'a SubscriptionConfig },
}

#[derive(Serialize)]
struct ForeignView<'a> {
    endpoint: &'a str,
    existing: ExistingView<'a>,
}

#[derive(Serialize)]
struct LeftOutView<'a> {
    endpoint: &'a str,
    event: &'a str,
    handlers: &'a [String],
    why: &'a str,
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { base_url, changes, foreign, left_out } = self;
        let changes = changes.iter().map(ChangeView::from).collect();
        let foreign = foreign.iter().map(ForeignView::from).collect();
        let left_out = left_out.iter().map(LeftOutView::from).collect();
        PlanView { base_url, changes, foreign, left_out }.serialize(serializer)
    }
}

impl<'a> From<&'a Change> for ChangeView<'a> {
    fn from(change: &'a Change) -> Self {
        match change {
            Change::Create { wanted } => Self::Create { wanted: wanted.into() },
            Change::Keep { wanted, existing } => {
                Self::Keep { wanted: wanted.into(), existing: existing.into() }
            }
            Change::Replace { wanted, existing, differences } => Self::Replace {
                wanted: wanted.into(),
                existing: existing.into(),
                differences: differences.iter().map(DifferenceView::from).collect(),
            },
            Change::Delete { existing, same_as } => {
                Self::Delete { existing: existing.into(), same_as: same_as.as_deref() }
            }
        }
    }
}

impl<'a> From<&'a Wanted> for WantedView<'a> {
    fn from(wanted: &'a Wanted) -> Self {
        let request = &wanted.request;
        let events = request.events().iter();
        Self {
            endpoint: &wanted.endpoint,
            name: request.name(),
            url: request.url(),
            events: events.map(|event| EventView { event, handlers: wanted.handlers(event) }).collect(),
            config: request.asked(),
            has_secret: request.exposed_secret().is_some(),
        }
    }
}

impl<'a> From<&'a Subscription> for ExistingView<'a> {
    fn from(existing: &'a Subscription) -> Self {
        Self {
            id: &existing.id,
            name: &existing.name,
            url: &existing.url,
            events: &existing.events,
            config: &existing.config,
            has_secret: existing.secret.is_some(),
            created_at: existing.created_at.as_deref(),
            last_sent_at: existing.last_sent_at.as_deref(),
        }
    }
}

impl<'a> From<&'a Difference> for DifferenceView<'a> {
    fn from(difference: &'a Difference) -> Self {
        match difference {
            Difference::EventSet { added, removed } => Self::Events { added, removed },
            Difference::Secret => Self::Secret,
            Difference::Name { had } => Self::Name { had },
            Difference::Url { had } => Self::Url { had },
            Difference::Config { had } => Self::Config { had },
        }
    }
}

impl<'a> From<&'a Foreign> for ForeignView<'a> {
    fn from(foreign: &'a Foreign) -> Self {
        Self { endpoint: &foreign.endpoint, existing: (&foreign.existing).into() }
    }
}

impl<'a> From<&'a LeftOut> for LeftOutView<'a> {
    fn from(left_out: &'a LeftOut) -> Self {
        let LeftOut { endpoint, event, handlers, why } = left_out;
        Self { endpoint, event, handlers, why }
    }
}
