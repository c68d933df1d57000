//! From what the user wrote to a frozen endpoint, with every fault on the way.
//!
//! An [`Endpoint`] knows its provider's type and the state's, and each crate that has one builds for itself what
//! depends on them: that is little more than to forget both, and a [`Draft`] does the rest.

use std::{borrow::Cow, sync::Arc, time::Duration};

use super::{
    AllowFrom, Endpoint, Provided, Settings,
    consumer::{BoundHandler, BoundList, Consumer},
    mounted::Mounted,
    source::Source,
};
use crate::{
    build_error::BuildFault,
    extract::Need,
    handler::{Calls, HandlerInfo},
    provider::Provider,
    route::{catalog::Catalog, pattern::Pattern, table::Table},
    service::HandlerService,
    telemetry::Seldom,
};

/// What the application gives to each of its endpoints, beside its state.
pub(crate) struct Application<'a> {
    pub(crate) handler_timeout: Duration,
    pub(crate) layers: &'a [Layering],
    /// The kind of its inbox.
    pub(crate) inbox: Option<&'static str>,
}

/// Wraps a handler in one layer.
pub(crate) type Layering = Box<dyn Fn(HandlerService) -> HandlerService + Send + Sync>;

/// An [`Endpoint`] whose provider's type is forgotten.
pub(crate) trait Freeze<S>: Send + Sync {
    fn draft(self: Box<Self>, state: &Arc<S>) -> Draft;
}

impl<P: Provider, S: Send + Sync + 'static> Freeze<S> for Endpoint<P, S> {
    fn draft(self: Box<Self>, state: &Arc<S>) -> Draft {
        let Self { name, provider, consumers, settings } = *self;
        Draft {
            name,
            catalog: provider.catalog(),
            faults: provider.faults(),
            source: match provider {
                Provided::One(provider) => Source::one(provider),
                Provided::Tenants(tenants) => Source::tenants(tenants),
            },
            ordering_key: P::ordering_key,
            consumers: bind(consumers, state),
            settings,
        }
    }
}

/// Gives the handlers the state.
fn bind<S: Send + Sync + 'static>(
    consumers: Vec<(String, Vec<Calls<S>>)>,
    state: &Arc<S>,
) -> Vec<(String, Vec<DraftList>)> {
    // Loops: chains of iterators are a lot to build for each type of state.
    let mut bound = Vec::with_capacity(consumers.len());
    for (name, lists) in consumers {
        let mut drafts = Vec::with_capacity(lists.len());
        for Calls { table, calls } in lists {
            let mut handlers = Vec::with_capacity(calls.len());
            for call in calls {
                handlers.push(DraftHandler {
                    needs: call.needs(),
                    service: HandlerService::bind(call, Arc::clone(state)),
                });
            }
            drafts.push(DraftList { table, handlers });
        }
        bound.push((name, drafts));
    }
    bound
}

/// An endpoint that nobody has checked.
pub(crate) struct Draft {
    name: String,
    source: Source,
    catalog: &'static Catalog,
    /// What is wrong with the provider.
    faults: Vec<String>,
    ordering_key: for<'a> fn(&str, &'a [u8]) -> Option<Cow<'a, str>>,
    consumers: Vec<(String, Vec<DraftList>)>,
    settings: Settings,
}

struct DraftList {
    table: Table,
    /// In the order of the table.
    handlers: Vec<DraftHandler>,
}

struct DraftHandler {
    needs: &'static [&'static [Need]],
    service: HandlerService,
}

impl Draft {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn freeze(self, application: &Application<'_>, faults: &mut Vec<BuildFault>) -> Mounted {
        self.check_settings(application.inbox.is_some(), faults);
        self.check_consumers(faults);
        let Self { name, source, catalog, ordering_key, consumers, settings, .. } = self;
        let consumers = consumers
            .into_iter()
            .map(|(consumer, lists)| Consumer {
                name: consumer.into(),
                lists: lists.into_iter().map(|list| list.freeze(&name, application, faults)).collect(),
            })
            .collect();
        Mounted {
            name: name.into(),
            source,
            catalog,
            ordering_key,
            consumers,
            settings,
            not_stored_said: Seldom::default(),
        }
    }

    fn check_settings(&self, has_inbox: bool, faults: &mut Vec<BuildFault>) {
        let endpoint = &self.name;
        if endpoint.is_empty()
            || !endpoint.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        {
            faults.push(BuildFault::EndpointName { endpoint: endpoint.clone() });
        }
        let addresses = self.settings.allow_from.iter().flat_map(AllowFrom::faults);
        faults.extend(
            self.faults
                .iter()
                .chain(addresses)
                .cloned()
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
            let tables: Vec<Table> = lists.iter().map(|list| list.table).collect();
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
            for (handler, sentence) in unknown_events(self.catalog, &tables) {
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

impl DraftList {
    /// Puts the layers around the handlers.
    fn freeze(
        self,
        endpoint: &str,
        application: &Application<'_>,
        faults: &mut Vec<BuildFault>,
    ) -> BoundList {
        let Self { table, handlers } = self;
        let handlers = table
            .handlers()
            .iter()
            .zip(handlers)
            .map(|(info, DraftHandler { needs, service })| {
                for needed in needed(info, needs) {
                    let (endpoint, handler) = (endpoint.to_owned(), info.to_string());
                    faults.extend(needed.fault(application.inbox, endpoint, handler));
                }
                Arc::new(BoundHandler {
                    info,
                    timeout: info.options.timeout.unwrap_or(application.handler_timeout),
                    service: application.layers.iter().fold(service, |service, layer| layer(service)),
                })
            })
            .collect();
        BoundList { table, handlers }
    }
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
fn needed(info: &HandlerInfo, extractors: &[&[Need]]) -> Vec<Needed> {
    let any = |what| Needed { what, kind: None };
    let options = &info.options;
    let attempts = options.attempts.map(|_| any("`attempts`"));
    let ordered_by = options.ordered_by.map(|_| any("`ordered_by`"));
    let extractors = extractors.iter().copied().flatten().map(|need| match need {
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
