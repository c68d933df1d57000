//! A plan as people read it, without secrets.

use std::fmt;

use super::{Change, Difference, Foreign, LeftOut, Plan, Wanted};
use crate::provider::argyle::SubscriptionConfig;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |sign| self.changes.iter().filter(|change| sign_of(change) == sign).count();
        let (create, replace, delete, keep) = (count('+'), count('~'), count('-'), count('='));
        write!(f, "subscriptions at {}: ", self.base_url)?;
        write!(f, "{create} to create, {replace} to replace, {delete} to delete, {keep} to keep")?;
        self.changes.iter().try_for_each(|change| write!(f, "\n{}", Shown(change)))?;
        self.foreign.iter().try_for_each(|foreign| write!(f, "\n{}", Shown(foreign)))?;
        self.left_out.iter().try_for_each(|left_out| write!(f, "\n{}", Shown(left_out)))
    }
}

fn sign_of(change: &Change) -> char {
    match change {
        Change::Create { .. } => '+',
        Change::Keep { .. } => '=',
        Change::Replace { .. } => '~',
        Change::Delete { .. } => '-',
    }
}

/// Some lines of a plan.
struct Shown<'a, T>(&'a T);

impl fmt::Display for Shown<'_, Change> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Change::Create { wanted } => {
                let (name, url, endpoint) = (wanted.request.name(), wanted.request.url(), &wanted.endpoint);
                write!(f, "+ create `{name}` for endpoint `{endpoint}` at {url}")?;
                if wanted.request.exposed_secret().is_none() {
                    f.write_str(", unsigned")?;
                }
                config(f, wanted.request.asked())?;
                wanted.request.events().iter().try_for_each(|event| added(f, wanted, event))
            }
            Change::Keep { wanted, existing } => {
                write!(f, "= keep `{}` {} for endpoint `{}`", existing.name, existing.id, wanted.endpoint)?;
                config(f, wanted.request.asked())?;
                wanted.request.events().iter().try_for_each(|event| kept(f, wanted, event))
            }
            Change::Replace { wanted, existing, differences } => {
                write!(
                    f,
                    "~ replace `{}` {} for endpoint `{}`",
                    existing.name, existing.id, wanted.endpoint
                )?;
                config(f, wanted.request.asked())?;
                differences.iter().try_for_each(|difference| changed(f, wanted, difference))?;
                wanted.request.events().iter().try_for_each(|event| {
                    if existing.events.contains(event) {
                        kept(f, wanted, event)
                    } else {
                        added(f, wanted, event)
                    }
                })?;
                let mut unhandled =
                    existing.events.iter().filter(|event| !wanted.request.events().contains(event));
                unhandled.try_for_each(|event| removed(f, event))
            }
            Change::Delete { existing, same_as } => {
                write!(f, "- delete `{}` {} at {}", existing.name, existing.id, existing.url)?;
                match same_as {
                    Some(id) => write!(f, ", the same as {id}"),
                    None => existing.events.iter().try_for_each(|event| removed(f, event)),
                }
            }
        }
    }
}

fn config(f: &mut fmt::Formatter<'_>, config: &SubscriptionConfig) -> fmt::Result {
    if *config == SubscriptionConfig::default() { Ok(()) } else { write!(f, ", with {}", Asked(config)) }
}

fn added(f: &mut fmt::Formatter<'_>, wanted: &Wanted, event: &str) -> fmt::Result {
    write!(f, "\n    + {event}: nothing subscribed it for {}", wanted.handlers(event).join(" and "))
}

fn kept(f: &mut fmt::Formatter<'_>, wanted: &Wanted, event: &str) -> fmt::Result {
    write!(f, "\n      {event} for {}", wanted.handlers(event).join(" and "))
}

fn removed(f: &mut fmt::Formatter<'_>, event: &str) -> fmt::Result {
    match event {
        "*" => f.write_str("\n    - *: it brings more than handlers take"),
        _ => write!(f, "\n    - {event}: it is subscribed, and no handler takes it from here"),
    }
}

fn changed(f: &mut fmt::Formatter<'_>, wanted: &Wanted, difference: &Difference) -> fmt::Result {
    match difference {
        // They have lines of their own.
        Difference::Events { .. } => Ok(()),
        Difference::Secret => f.write_str("\n    ~ the secret"),
        Difference::Name { had } => {
            write!(f, "\n    ~ the name, `{had}`, becomes `{}`", wanted.request.name())
        }
        Difference::Url { had } => write!(f, "\n    ~ the address, {had}, becomes {}", wanted.request.url()),
        Difference::Config { had } => {
            write!(f, "\n    ~ what it asks for, {}, becomes {}", Asked(had), Asked(wanted.request.asked()))
        }
    }
}

/// What is asked for beside events.
struct Asked<'a>(&'a SubscriptionConfig);

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SubscriptionConfig { include_resource, days_synced, items } = self.0;
        let resource = include_resource.then(|| "the resource".to_owned());
        let days = days_synced.map(|days| format!("{days} days synced"));
        let items = (!items.is_empty()).then(|| items.join(", "));
        let asked: Vec<String> = [resource, days, items].into_iter().flatten().collect();
        f.write_str(&if asked.is_empty() { "nothing more".to_owned() } else { asked.join(", ") })
    }
}

impl fmt::Display for Shown<'_, Foreign> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Foreign { endpoint, existing } = self.0;
        let (name, id, events) = (&existing.name, &existing.id, existing.events.join(", "));
        write!(
            f,
            "! `{name}` {id} goes to endpoint `{endpoint}` too; it does not bear our name and is left alone, so that its \
             events come once more: {events}"
        )
    }
}

impl fmt::Display for Shown<'_, LeftOut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LeftOut { endpoint, event, handlers, why } = self.0;
        let handlers = handlers.join(" and ");
        write!(f, "! nothing subscribes `{event}` for {handlers} of endpoint `{endpoint}`: {why}")
    }
}

/// Differences as part of a sentence.
pub(super) struct Differences<'a>(pub(super) &'a [Difference]);

impl fmt::Display for Differences<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|difference| match difference {
            Difference::Events { added, removed } => {
                let missing = added.iter().map(|event| format!("`{event}` is missing"));
                let more = removed.iter().map(|event| format!("`{event}` is there too"));
                missing.chain(more).collect::<Vec<_>>().join(", ")
            }
            Difference::Secret => "it has another secret".to_owned(),
            Difference::Name { had } => format!("its name is `{had}`"),
            Difference::Url { had } => format!("its address is {had}"),
            Difference::Config { had } => format!("it asks for {}", Asked(had)),
        });
        f.write_str(&names.collect::<Vec<_>>().join(", "))
    }
}
