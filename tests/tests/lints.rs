//! The macros' output brings no warning into the user's code, however strict its lints, and takes none away: a
//! handler that nobody lists is reported. `missing_docs` says nothing in tests; `ui/build/pass/documented.rs` has it.

#![deny(
    deprecated,
    missing_debug_implementations,
    missing_copy_implementations,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unnameable_types,
    unreachable_pub,
    unused,
    unused_qualifications,
    unused_lifetimes,
    unused_results,
    unused_import_braces,
    single_use_lifetimes,
    redundant_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    explicit_outlives_requirements,
    meta_variable_misuse,
    non_ascii_idents,
    absolute_paths_not_starting_with_crate,
    future_incompatible,
    keyword_idents,
    rust_2018_idioms,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::default_numeric_fallback,
    clippy::empty_structs_with_brackets,
    clippy::indexing_slicing,
    clippy::items_after_statements,
    clippy::multiple_inherent_impl,
    clippy::panic,
    clippy::renamed_function_params,
    clippy::same_name_method,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]

use switchhook::{HandlerList, handlers, provider::argyle::Argyle};

pub mod items {
    //! Public and private items of each macro.

    use std::future::ready;

    use switchhook::{
        Data, HandlerError, State, catalog, handlers,
        provider::argyle::{Argyle, IdentityIds},
        webhook_handler,
    };

    /// The state.
    #[derive(Debug, Clone, Copy)]
    pub struct People;

    /// What Acme sends for an invoice.
    #[derive(Debug, Clone, Copy)]
    pub struct Invoice(pub u8);

    catalog! {
        /// What Acme sends.
        pub ACME for Acme { "invoice.paid" | "invoice.due" => Invoice, "invoice.void" }
    }

    /// Refreshes a person.
    ///
    /// # Errors
    ///
    /// None.
    #[webhook_handler("identities.added", "identities.updated", provider = Argyle, timeout = "5s")]
    pub async fn changed(ids: Data<IdentityIds>, people: State<People>) -> Result<(), HandlerError> {
        drop(ready((ids, people)).await);
        Ok(())
    }

    #[webhook_handler("accounts.*", attempts = 3, ordered_by = "account")]
    async fn account() {
        ready(()).await;
    }

    #[webhook_handler("gigs.*")]
    pub(crate) async fn gig() {
        ready(()).await;
    }

    #[deprecated = "the event is on its way out"]
    #[webhook_handler("vehicles.added")]
    pub(crate) async fn vehicle() {
        ready(()).await;
    }

    handlers! {
        /// Everything.
        pub const EVERYTHING = [changed, account, vehicle, #[cfg(any())] no_such_handler];
    }

    #[expect(dead_code, reason = "proves that rustc reports a handler that nobody lists")]
    #[webhook_handler("shifts.updated")]
    async fn forgotten() {
        ready(()).await;
    }
}

#[test]
fn the_items_are_of_use() {
    use items::{ACME, EVERYTHING, Invoice, People, gig};
    let list: HandlerList<Argyle, People> = handlers![EVERYTHING, gig];
    assert_eq!(format!("{list:?}"), r#"["changed", "account", "vehicle", "gig"]"#);
    assert_eq!(ACME.events().len(), 3);
    assert_eq!(Invoice(7).0, 7);
}
