//! From the handlers of one endpoint to the subscriptions that bring them their events.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::{LeftOut, SubscriptionFault, SubscriptionOptions, Wanted};
use crate::{
    endpoint::mounted::Mounted,
    handler::HandlerInfo,
    provider::argyle::{
        NewSubscription, SubscriptionConfig,
        api::offers::{MOST_ITEMS, needs_items, offers_days, offers_resource},
    },
    route::pattern::{Pattern, PatternKind},
};

/// What all subscriptions of an endpoint have in common.
pub(super) struct Place {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) secret: Option<SecretString>,
}

/// What an endpoint is to be subscribed to, and what not.
#[derive(Default)]
pub(super) struct Derived {
    pub(super) wanted: Vec<Wanted>,
    pub(super) left_out: Vec<LeftOut>,
}

/// Derives the subscriptions of an endpoint; notes what Argyle cannot do.
pub(super) fn derive(
    mounted: &Mounted,
    options: &SubscriptionOptions,
    place: &Place,
    faults: &mut Vec<SubscriptionFault>,
) -> Derived {
    let endpoint = Handled::of(mounted, faults);
    faults.extend(endpoint.misnamed(options));
    faults.extend(endpoint.without_items(options));
    let groups = endpoint.groups(options);
    Derived {
        wanted: groups.into_iter().map(|(config, events)| endpoint.wanted(place, config, events)).collect(),
        left_out: endpoint.left_out(options),
    }
}

/// What the handlers of an endpoint take.
struct Handled<'a> {
    mounted: &'a Mounted,
    /// By event, in the catalog's order, with the handlers that take it.
    events: Vec<(&'static str, Vec<Taking>)>,
    /// The handlers of `*`.
    any: Vec<&'static HandlerInfo>,
}

/// A handler that takes an event.
#[derive(Clone, Copy)]
struct Taking {
    handler: &'static HandlerInfo,
    /// Its pattern says more than `*`.
    by_name: bool,
}

impl<'a> Handled<'a> {
    fn of(mounted: &'a Mounted, faults: &mut Vec<SubscriptionFault>) -> Self {
        let mut names: Vec<&'static str> = mounted.catalog.events().to_vec();
        let mut any = Vec::new();
        for (handler, pattern) in patterns(mounted) {
            match pattern.kind() {
                PatternKind::Any => any.push(handler),
                PatternKind::Exact if names.contains(&pattern.as_str()) => {}
                // One that the handler's author knows of, and the catalog does not.
                PatternKind::Exact => names.push(pattern.as_str()),
                PatternKind::Prefix if mounted.catalog.admits(pattern) => {}
                PatternKind::Prefix => faults.push(SubscriptionFault::Unknown {
                    endpoint: mounted.name.to_string(),
                    handler: handler.to_string(),
                    pattern: pattern.as_str(),
                }),
            }
        }
        let events = names.into_iter().map(|event| (event, taking(mounted, event)));
        Self { mounted, events: events.filter(|(_, taking)| !taking.is_empty()).collect(), any }
    }

    fn takes(&self, event: &str) -> bool {
        self.events.iter().any(|(handled, _)| *handled == event)
    }

    /// The options that name an event wrongly.
    fn misnamed(&self, options: &SubscriptionOptions) -> Vec<SubscriptionFault> {
        let endpoint = self.mounted.name.to_string();
        let resource = options.include_resource.iter().map(|event| {
            let refused = (!offers_resource(event)).then_some("Argyle offers no resource for it");
            ("include_resource", event, refused)
        });
        let days = options.days_synced.keys().map(|event| {
            let refused = (!offers_days(event)).then_some("Argyle offers it for `*.partially_synced` only");
            ("days_synced", event, refused)
        });
        let asked = resource.chain(days).map(|(option, event, refused)| {
            let excepted = options.except.contains(event).then_some("`.except(…)` leaves it out");
            (option, event, refused.or(excepted))
        });
        let except = options.except.iter().map(|event| ("except", event, None));
        let misnamed = asked.chain(except).filter_map(|(option, event, refused)| {
            let fault = self.untaken(event).or_else(|| refused.map(str::to_owned))?;
            Some(SubscriptionFault::Event { endpoint: endpoint.clone(), option, event: event.clone(), fault })
        });
        let mut faults: Vec<_> = misnamed.collect();
        for (event, days) in &options.days_synced {
            if days.is_empty() || days.contains(&0) {
                faults.push(SubscriptionFault::NoDays { endpoint: endpoint.clone(), event: event.clone() });
            }
        }
        faults
    }

    /// Why no handler takes an event.
    fn untaken(&self, event: &str) -> Option<String> {
        let catalog = self.mounted.catalog;
        if self.takes(event) {
            return None;
        }
        Some(match Pattern::parse(event) {
            Ok(pattern) if pattern.kind() != PatternKind::Exact => {
                "it is not the name of one event".to_owned()
            }
            Ok(pattern) if !catalog.contains(event) => catalog.refusal(pattern).as_str().to_owned(),
            Ok(_) => "no handler takes it".to_owned(),
            Err(error) => error.to_string(),
        })
    }

    /// The handlers of `items.*` that would wait in vain, and Items that nobody waits for.
    fn without_items(&self, options: &SubscriptionOptions) -> Vec<SubscriptionFault> {
        let endpoint = self.mounted.name.to_string();
        let mut handled =
            self.events.iter().filter(|(event, _)| needs_items(event) && !options.except.contains(*event));
        if options.items.is_empty() {
            let in_vain =
                handled.flat_map(|(event, taking)| taking.iter().map(move |taking| (event, taking)));
            return in_vain
                .filter(|(_, taking)| taking.by_name)
                .map(|(event, taking)| SubscriptionFault::NoItems {
                    endpoint: endpoint.clone(),
                    handler: taking.handler.to_string(),
                    event: (*event).to_owned(),
                })
                .collect();
        }
        let blank = options.items.iter().any(|item| item.trim().is_empty());
        let blank = blank.then(|| SubscriptionFault::BlankItem { endpoint: endpoint.clone() });
        let unhandled = handled.next().is_none();
        let unhandled = unhandled.then_some(SubscriptionFault::ItemsUnhandled { endpoint });
        blank.into_iter().chain(unhandled).collect()
    }

    /// The events to subscribe, by what is asked for with them.
    fn groups(&self, options: &SubscriptionOptions) -> Vec<(SubscriptionConfig, Vec<&'static str>)> {
        let (mut plain, mut with_resource, mut of_items) = (Vec::new(), Vec::new(), Vec::new());
        let mut by_days: BTreeMap<u32, Vec<&'static str>> = BTreeMap::new();
        for (event, _) in self.events.iter().filter(|(event, _)| !options.except.contains(*event)) {
            if needs_items(event) {
                of_items.push(*event);
            } else if options.include_resource.contains(*event) {
                with_resource.push(*event);
            } else if let Some(days) = options.days_synced.get(*event) {
                for days in days {
                    by_days.entry(*days).or_default().push(event);
                }
            } else {
                plain.push(*event);
            }
        }
        if !self.any.is_empty() && !self.spells_out(options) {
            plain = vec!["*"];
        }
        let default = SubscriptionConfig::default;
        let mut groups = vec![(default(), plain)];
        groups.push((SubscriptionConfig { include_resource: true, ..default() }, with_resource));
        groups.extend(
            by_days
                .into_iter()
                .map(|(days, events)| (SubscriptionConfig { days_synced: Some(days), ..default() }, events)),
        );
        let items: Vec<String> = options.items.iter().cloned().collect();
        groups.extend(
            items
                .chunks(MOST_ITEMS)
                .map(|items| (SubscriptionConfig { items: items.to_vec(), ..default() }, of_items.clone())),
        );
        groups.retain(|(_, events)| !events.is_empty());
        groups
    }

    /// Whether `*` is spelled out: with Argyle's own, what is subscribed with more would come a second time without it, and
    /// what is left out would come all the same.
    fn spells_out(&self, options: &SubscriptionOptions) -> bool {
        let SubscriptionOptions { include_resource, days_synced, except, .. } = options;
        // Argyle's `*` does not bring `items.*` anyway.
        let except = except.iter().any(|event| !needs_items(event));
        let nothing_more = include_resource.is_empty() && days_synced.is_empty() && !except;
        !self.any.is_empty() && !nothing_more
    }

    fn wanted(&self, place: &Place, config: SubscriptionConfig, events: Vec<&'static str>) -> Wanted {
        let handlers = events.iter().map(|event| ((*event).to_owned(), self.handlers(event))).collect();
        let request = NewSubscription::new(events, &place.name, &place.url).config(config);
        let request = match &place.secret {
            Some(secret) => request.secret(secret.clone()),
            None => request,
        };
        Wanted { endpoint: self.mounted.name.to_string(), request, handlers }
    }

    /// The handlers of an event, with files and lines; for `*` all of them.
    fn handlers(&self, event: &str) -> Vec<String> {
        let named = self.events.iter().filter(|(handled, _)| *handled == event || event == "*");
        let named = named.flat_map(|(_, taking)| taking.iter().map(|taking| taking.handler.to_string()));
        let mut handlers: Vec<String> = named.collect();
        handlers.sort();
        handlers.dedup();
        handlers
    }

    /// What handlers take and nothing subscribes.
    fn left_out(&self, options: &SubscriptionOptions) -> Vec<LeftOut> {
        let excepted = |event: &str| options.except.contains(event).then_some("`.except(…)` leaves it out");
        let no_items = |event: &str| {
            let no_items = needs_items(event) && options.items.is_empty();
            no_items.then_some("Argyle's `*` does not bring it; name the Items with `.items([…])`")
        };
        let events = self.events.iter().filter_map(|(event, _)| {
            let why = excepted(event).or_else(|| no_items(event))?;
            Some(self.leave_out(event, self.handlers(event), why))
        });
        let spelled_out = self.spells_out(options).then(|| {
            let handlers = self.any.iter().map(ToString::to_string).collect();
            self.leave_out(
                "*",
                handlers,
                "options single events out, so that those this version knows are named one by one",
            )
        });
        events.chain(spelled_out).collect()
    }

    fn leave_out(&self, event: &str, handlers: Vec<String>, why: &'static str) -> LeftOut {
        LeftOut { endpoint: self.mounted.name.to_string(), event: event.to_owned(), handlers, why }
    }
}

fn patterns(mounted: &Mounted) -> impl Iterator<Item = (&'static HandlerInfo, Pattern<'static>)> {
    let lists = mounted.consumers.iter().flat_map(|consumer| &consumer.lists);
    let handlers = lists.flat_map(|list| list.table.handlers());
    handlers.flat_map(|handler| handler.patterns().map(move |pattern| (handler, pattern)))
}

/// The handlers that take an event, one of each consumer at the most.
fn taking(mounted: &Mounted, event: &str) -> Vec<Taking> {
    let found = mounted.consumers.iter().filter_map(|consumer| consumer.find(event));
    let taking = found.map(|found| Taking {
        handler: found.info,
        by_name: found.info.patterns().any(|it| it.kind() != PatternKind::Any && it.matches(event)),
    });
    taking.collect()
}
