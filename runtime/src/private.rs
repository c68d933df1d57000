//! What the macros expand to. Not part of the API: it changes with any release.

pub use core::marker::PhantomData;

pub use switchhook_macros::{catalog, handlers};

pub use crate::{
    extract::FromDelivery,
    handler::{
        Absent, Adapter, AnyState, BoxFuture, Call, Function, HandlerInfo, HandlerList, Handlers, Infos, Is,
        Routed, Routes, adapter0, adapter1, adapter2, adapter3, adapter4, adapter5, adapter6, adapter7,
        adapter8, info, require,
    },
    provider::Provider,
    route::{
        catalog::{Asked, Catalog, Declared, Payload, require_event, require_payload},
        file::{count_matching, count_names, matching, names, payloads, require_names},
        index::{Hashed, Slot, capacity, index_names},
        probe::{Probe, Undeclared},
        table::{BuiltTable, Listed, Table, Verdicts, require_unique, sizes},
    },
};

/// What the attribute's expansion has in scope: the two names that it needs there, and none that could be the user's.
pub mod scope {
    pub use super::{self as __sw, Undeclared as _};
}
