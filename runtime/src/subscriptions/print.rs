//! A plan as people read it, without secrets.

use std::fmt;

use super::{Change, Difference, Foreign, LeftOut, Plan, Wanted, compare::is_same_url};
use crate::provider::argyle::{
    Subscription, SubscriptionConfig,
    api::{
        offers::needs_items,
        shown::{self, is_plain},
    },
};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |sign| self.changes.iter().filter(|change| sign_of(change) == sign).count();
        let (create, replace, delete, keep) = (count('+'), count('~'), count('-'), count('='));
        write!(f, "subscriptions at {}: ", self.base_url)?;
        write!(f, "{create} to create, {replace} to replace, {delete} to delete, {keep} to keep")?;
        self.changes.iter().try_for_each(|change| self.change(f, change))?;
        self.foreign.iter().try_for_each(|one| foreign(f, one))?;
        self.left_out.iter().try_for_each(|one| left_out(f, one))
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

/// What comes from Argyle, where others may have written it: on one line, without what drives a terminal, and not too long.
pub(super) struct Clean<'a>(pub(super) &'a str);

impl fmt::Display for Clean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars().take(200) {
            if is_plain(c) { write!(f, "{c}")? } else { write!(f, "{}", c.escape_debug())? }
        }
        if self.0.chars().nth(200).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

impl Plan {
    fn change(&self, f: &mut fmt::Formatter<'_>, change: &Change) -> fmt::Result {
        match change {
            Change::Create { wanted } => {
                let (name, endpoint) = (wanted.request.name(), &wanted.endpoint);
                let url = shown::address(wanted.request.url());
                write!(f, "\n+ create `{name}` for endpoint `{endpoint}` at {url}")?;
                more(f, wanted)?;
                wanted.request.events().iter().try_for_each(|event| self.added(f, wanted, event))
            }
            Change::Keep { wanted, existing } => {
                head(f, "= keep", existing)?;
                write!(f, " for endpoint `{}`", wanted.endpoint)?;
                more(f, wanted)?;
                wanted.request.events().iter().try_for_each(|event| kept(f, wanted, event))
            }
            Change::Replace { wanted, existing, differences } => {
                head(f, "~ replace", existing)?;
                write!(f, " for endpoint `{}`", wanted.endpoint)?;
                more(f, wanted)?;
                differences.iter().try_for_each(|difference| changed(f, wanted, difference))?;
                for event in wanted.request.events() {
                    if existing.events.contains(event) {
                        kept(f, wanted, event)?;
                    } else {
                        self.added(f, wanted, event)?;
                    }
                }
                let mut unhandled =
                    existing.events.iter().filter(|event| !wanted.request.events().contains(event));
                unhandled.try_for_each(|event| self.removed(f, &existing.url, event))
            }
            Change::Delete { existing, same_as } => {
                head(f, "- delete", existing)?;
                write!(f, " at {}", Clean(&shown::address(&existing.url)))?;
                match same_as {
                    Some(id) => write!(f, ", the same as {}", Clean(id)),
                    None => {
                        existing.events.iter().try_for_each(|event| self.removed(f, &existing.url, event))
                    }
                }
            }
        }
    }

    fn added(&self, f: &mut fmt::Formatter<'_>, wanted: &Wanted, event: &str) -> fmt::Result {
        let at_url = self.existing().filter(|one| is_same_url(&one.url, wanted.request.url()));
        let had: Vec<&String> = at_url.flat_map(|one| &one.events).collect();
        let state = if had.iter().any(|had| *had == event) {
            "another subscription has brought it so far"
        } else if had.iter().any(|had| *had == "*") && !needs_items(event) {
            "`*` has brought it so far"
        } else {
            "not subscribed yet"
        };
        write!(f, "\n    + {event} for {}: {state}", wanted.handlers(event).join(" and "))
    }

    fn removed(&self, f: &mut fmt::Formatter<'_>, url: &str, event: &str) -> fmt::Result {
        write!(f, "\n    - {}: ", Clean(event))?;
        let at_url: Vec<_> = self.wanted().filter(|wanted| is_same_url(wanted.request.url(), url)).collect();
        let Some(endpoint) = at_url.first().map(|wanted| &wanted.endpoint) else {
            return f.write_str("no endpoint is at this address");
        };
        let wants = |event: &str| {
            at_url.iter().any(|wanted| wanted.request.events().iter().any(|wants| wants == event))
        };
        let left_out = self.left_out.iter().find(|one| one.endpoint == *endpoint && one.event == event);
        match left_out {
            _ if wants(event) => f.write_str("another subscription brings it"),
            _ if wants("*") && !needs_items(event) => f.write_str("`*` brings it"),
            Some(left_out) => f.write_str(left_out.why),
            None if event == "*" => write!(f, "handlers of endpoint `{endpoint}` name their events"),
            None => write!(f, "no handler of endpoint `{endpoint}` takes it"),
        }
    }
}

fn head(f: &mut fmt::Formatter<'_>, verb: &str, existing: &Subscription) -> fmt::Result {
    write!(f, "\n{verb} `{}` {}", Clean(&existing.name), Clean(&existing.id))
}

/// What a subscription has beside events.
fn more(f: &mut fmt::Formatter<'_>, wanted: &Wanted) -> fmt::Result {
    if *wanted.request.asked() != SubscriptionConfig::default() {
        write!(f, ", with {}", Asked(wanted.request.asked()))?;
    }
    if wanted.request.exposed_secret().is_none() { f.write_str(", unsigned") } else { Ok(()) }
}

fn kept(f: &mut fmt::Formatter<'_>, wanted: &Wanted, event: &str) -> fmt::Result {
    write!(f, "\n      {event} for {}", wanted.handlers(event).join(" and "))
}

fn changed(f: &mut fmt::Formatter<'_>, wanted: &Wanted, difference: &Difference) -> fmt::Result {
    let request = &wanted.request;
    match difference {
        // They have lines of their own.
        Difference::EventSet { .. } => Ok(()),
        Difference::Secret => f.write_str("\n    ~ the secret"),
        Difference::Name { had } => {
            write!(f, "\n    ~ the name, `{}`, becomes `{}`", Clean(had), request.name())
        }
        Difference::Url { had } => {
            let (had, url) = (shown::address(had), shown::address(request.url()));
            write!(f, "\n    ~ the address, {}, becomes {url}", Clean(&had))
        }
        Difference::Config { had } => {
            write!(f, "\n    ~ what it asks for, {}, becomes {}", Asked(had), Asked(request.asked()))
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
        let items = items.iter().map(|item| Clean(item).to_string());
        let asked: Vec<String> = resource.into_iter().chain(days).chain(items).collect();
        f.write_str(&if asked.is_empty() { "nothing more".to_owned() } else { asked.join(", ") })
    }
}

fn foreign(f: &mut fmt::Formatter<'_>, foreign: &Foreign) -> fmt::Result {
    let Foreign { endpoint, existing } = foreign;
    head(f, "! others have", existing)?;
    let events = existing.events.join(", ");
    write!(f, " at endpoint `{endpoint}`; it is left alone, and its deliveries come too: {}", Clean(&events))
}

fn left_out(f: &mut fmt::Formatter<'_>, left_out: &LeftOut) -> fmt::Result {
    let LeftOut { endpoint, event, handlers, why } = left_out;
    let handlers = handlers.join(" and ");
    write!(f, "\n! nothing subscribes `{event}` for {handlers} of endpoint `{endpoint}`: {why}")
}

/// Differences as part of a sentence.
pub(super) struct Differences<'a>(pub(super) &'a [Difference]);

impl fmt::Display for Differences<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|difference| match difference {
            Difference::EventSet { added, removed } => {
                let missing = added.iter().map(|event| format!("`{}` is missing", Clean(event)));
                let more = removed.iter().map(|event| format!("`{}` is there too", Clean(event)));
                missing.chain(more).collect::<Vec<_>>().join(", ")
            }
            Difference::Secret => "it has another secret".to_owned(),
            Difference::Name { had } => format!("its name is `{}`", Clean(had)),
            Difference::Url { had } => format!("its address is {}", Clean(&shown::address(had))),
            Difference::Config { had } => format!("it asks for {}", Asked(had)),
        });
        f.write_str(&names.collect::<Vec<_>>().join(", "))
    }
}
