//! What the macros expand to. Not part of the API: it changes with any release.

pub use switchhook_macros::{catalog, handlers};

pub use crate::{
    extract::FromDelivery,
    handler::{
        Absent, AnyState, HandlerInfo, HandlerList, Handlers, Infos, Is, Route, Routed, Routes, add_all,
        info, require, route0, route1, route2, route3, route4, route5, route6, route7, route8,
    },
    provider::Provider,
    route::{
        catalog::{Asked, Catalog, Declared, Payload, require_event, require_payload},
        file::{count_matching, count_names, matching, names, payloads, require_names},
        index::{Slot, capacity, index_names},
        probe::{Probe, Undeclared},
        table::{BuiltTable, Listed, Table, Verdicts, require_unique, sizes},
    },
};
