//! A named handler list of an endpoint, frozen: it finds the handler for a delivery.

use std::{sync::Arc, time::Duration};

use crate::{
    handler::HandlerInfo,
    route::table::{Match, Table},
    service::HandlerService,
};

/// A consumer: every delivery of the endpoint goes to one of its handlers at the most.
pub(crate) struct Consumer {
    pub(crate) name: Arc<str>,
    pub(crate) lists: Vec<BoundList>,
}

/// A list whose handlers are bound to the application's state.
pub(crate) struct BoundList {
    pub(crate) table: Table,
    pub(crate) handlers: Vec<Arc<BoundHandler>>,
}

/// A handler, ready to take deliveries.
pub(crate) struct BoundHandler {
    pub(crate) info: &'static HandlerInfo,
    pub(crate) timeout: Duration,
    pub(crate) service: HandlerService,
}

impl Consumer {
    /// The handler for an event: of all lists, the one whose pattern names it most closely.
    pub(crate) fn find(&self, event: &str) -> Option<&Arc<BoundHandler>> {
        let mut best: Option<(Match, &BoundList)> = None;
        for list in &self.lists {
            if let Some(found) = list.table.find(event)
                && best.is_none_or(|(best, _)| found.closeness > best.closeness)
            {
                best = Some((found, list));
            }
        }
        best.map(|(found, list)| &list.handlers[found.handler])
    }
}
