//! From what the user wrote to a frozen endpoint, with every fault on the way.

use std::{sync::Arc, time::Duration};

use super::{
    AllowFrom, Endpoint, Provided,
    consumer::{BoundHandler, BoundList, Consumer},
    mounted::Mounted,
    source::Source,
};
use crate::{
    build_error::BuildFault,
    extract::Need,
    handler::{HandlerInfo, HandlerList, Route},
    provider::Provider,
    route::{catalog::Catalog, pattern::Pattern, table::Table},
    service::HandlerService,
    telemetry::Seldom,
};

/// What the application gives to each of its endpoints.
pub(crate) struct Application<'a, S> {
    pub(crate) state: &'a Arc<S>,
    pub(crate) handler_timeout: Duration,
    pub(crate) layers: &'a [Layering],
    /// The kind of its inbox.
    pub(crate) inbox: Option<&'static str>,
}

/// Wraps a handler in one layer.
pub(crate) type Layering = Box<dyn Fn(HandlerService) -> HandlerService + Send + Sync>;

/// An [`Endpoint`] whose provider's type is forgotten.
pub(crate) trait Freeze<S>: Send + Sync {
    fn name(&self) -> &str;
    fn freeze(self: Box<Self>, application: &Application<'_, S>, faults: &mut Vec<BuildFault>) -> Mounted;
}

impl<P: Provider, S: Send + Sync + 'static> Freeze<S> for Endpoint<P, S> {
    fn name(&self) -> &str {
        &self.name
    }

    fn freeze(self: Box<Self>, application: &Application<'_, S>, faults: &mut Vec<BuildFault>) -> Mounted {
        self.check_settings(application.inbox.is_some(), faults);
        self.check_consumers(faults);
        let Self { name, provider, consumers, settings } = *self;
        let consumers = consumers
            .into_iter()
            .map(|(consumer, lists)| Consumer {
                name: consumer.into(),
                lists: lists.into_iter().map(|list| bind(list, &name, application, faults)).collect(),
            })
            .collect();
        let catalog = provider.catalog();
        let source = match provider {
            Provided::One(provider) => Source::one(provider),
            Provided::Tenants(tenants) => Source::tenants(tenants),
        };
        Mounted {
            name: name.into(),
            source,
            catalog,
            ordering_key: P::ordering_key,
            consumers,
            settings,
            not_stored_said: Seldom::default(),
        }
    }
}

impl<P: Provider, S> Endpoint<P, S> {
    fn check_settings(&self, has_inbox: bool, faults: &mut Vec<BuildFault>) {
        let endpoint = &self.name;
        if endpoint.is_empty()
            || !endpoint.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        {
            faults.push(BuildFault::EndpointName { endpoint: endpoint.clone() });
        }
        let sentences = self.provider.faults();
        let addresses = self.settings.allow_from.iter().flat_map(AllowFrom::faults).cloned();
        faults.extend(
            sentences
                .into_iter()
                .chain(addresses)
                .chain(self.settings.dedupe.faults())
                .map(|fault| BuildFault::Configuration { endpoint: endpoint.clone(), fault }),
        );
        if !self.settings.success.is_success() {
            faults.push(BuildFault::SuccessStatus {
                endpoint: endpoint.clone(),
                status: self.settings.success,
            });
        }
        let unmet = self.settings.need_inbox.iter().filter(|_| !has_inbox);
        faults.extend(
            unmet.map(|setting| BuildFault::SettingNeedsInbox { endpoint: endpoint.clone(), setting }),
        );
    }

    fn check_consumers(&self, faults: &mut Vec<BuildFault>) {
        for (i, (consumer, lists)) in self.consumers.iter().enumerate() {
            let (endpoint, consumer) = (self.name.clone(), consumer.clone());
            if self.consumers[..i].iter().any(|(earlier, _)| *earlier == consumer) {
                faults.push(BuildFault::DuplicateConsumer {
                    endpoint: endpoint.clone(),
                    consumer: consumer.clone(),
                });
            }
            let tables: Vec<Table> = lists.iter().map(HandlerList::table).collect();
            if tables.iter().all(|table| table.handlers().is_empty()) {
                faults
                    .push(BuildFault::NoHandlers { endpoint: endpoint.clone(), consumer: consumer.clone() });
            }
            for (pattern, first, second) in duplicates(&tables) {
                faults.push(BuildFault::DuplicateHandler {
                    endpoint: endpoint.clone(),
                    consumer: consumer.clone(),
                    pattern,
                    first: first.to_string(),
                    second: second.to_string(),
                });
            }
            for (handler, sentence) in unknown_events(self.provider.catalog(), &tables) {
                faults.push(BuildFault::UnknownEvent {
                    endpoint: endpoint.clone(),
                    handler: handler.to_string(),
                    sentence,
                });
            }
        }
    }
}

/// The patterns that handlers of different lists of a consumer share; within a list the compiler refuses them.
fn duplicates(tables: &[Table]) -> Vec<(&'static str, &'static HandlerInfo, &'static HandlerInfo)> {
    let mut found = Vec::new();
    for (i, table) in tables.iter().enumerate() {
        for (handler, pattern) in patterns(table) {
            let earlier = tables[..i].iter().find_map(|earlier| earlier.handler_of(pattern));
            found.extend(earlier.map(|earlier| (pattern.as_str(), earlier, handler)));
        }
    }
    found
}

fn unknown_events(catalog: &Catalog, tables: &[Table]) -> Vec<(&'static HandlerInfo, String)> {
    tables
        .iter()
        .flat_map(patterns)
        .filter(|(handler, pattern)| handler.is_listed(*pattern) && !catalog.admits(*pattern))
        .map(|(handler, pattern)| (handler, catalog.refusal(pattern).as_str().to_owned()))
        .collect()
}

fn patterns(table: &Table) -> impl Iterator<Item = (&'static HandlerInfo, Pattern<'static>)> + use<> {
    table.handlers().iter().flat_map(|handler| handler.patterns().map(move |pattern| (handler, pattern)))
}

/// Gives a list's handlers the state, and the layers around them.
fn bind<P, S: Send + Sync + 'static>(
    list: HandlerList<P, S>,
    endpoint: &str,
    application: &Application<'_, S>,
    faults: &mut Vec<BuildFault>,
) -> BoundList {
    let (table, routes) = list.into_parts();
    let handlers = table
        .handlers()
        .iter()
        .zip(routes)
        .map(|(info, route)| {
            for needed in needs(info, &route) {
                let (endpoint, handler) = (endpoint.to_owned(), info.to_string());
                faults.extend(needed.fault(application.inbox, endpoint, handler));
            }
            let service = HandlerService::bind(route.into_call(), Arc::clone(application.state));
            Arc::new(BoundHandler {
                info,
                timeout: info.options.timeout.unwrap_or(application.handler_timeout),
                service: application.layers.iter().fold(service, |service, layer| layer(service)),
            })
        })
        .collect();
    BoundList { table, handlers }
}

/// Something of a handler that works only with an inbox.
struct Needed {
    what: &'static str,
    /// It must be of this kind.
    kind: Option<&'static str>,
}

impl Needed {
    /// What is wrong with it, in an application with an inbox of this kind.
    fn fault(self, inbox: Option<&'static str>, endpoint: String, handler: String) -> Option<BuildFault> {
        match (inbox, self.kind) {
            (None, _) => Some(BuildFault::NeedsInbox { endpoint, handler, needed: self.what }),
            (Some(found), Some(kind)) if found != kind => {
                Some(BuildFault::NeedsOtherInbox { endpoint, handler, needed: self.what, kind, found })
            }
            _ => None,
        }
    }
}

/// What of a handler works only with an inbox, in the order of the source.
fn needs<P, S>(info: &HandlerInfo, route: &Route<P, S>) -> Vec<Needed> {
    let any = |what| Needed { what, kind: None };
    let options = &info.options;
    let attempts = options.attempts.map(|_| any("`attempts`"));
    let ordered_by = options.ordered_by.map(|_| any("`ordered_by`"));
    let extractors = route.needs().map(|need| match need {
        Need::Inbox => any("one of its extractors"),
        #[cfg(feature = "sqlite")]
        Need::Sqlite => Needed { what: "`Tx<Sqlite>`", kind: Some("SQLite") },
        #[cfg(feature = "postgres")]
        Need::Postgres => Needed { what: "`Tx<Postgres>`", kind: Some("PostgreSQL") },
    });
    let mut needs: Vec<Needed> = attempts.into_iter().chain(ordered_by).chain(extractors).collect();
    // Of two alike, one is enough.
    needs.dedup_by_key(|needed| needed.what);
    needs
}
