//! What the macros write, as files to read. `UPDATE_EXPECT=1 cargo test -p switchhook-macros` writes them anew.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;

use super::{handler, tokens};
use crate::{catalog, list};

fn check(expansion: &TokenStream, expected: &ExpectFile) {
    let file = syn::parse2(expansion.clone()).expect("the expansion is made of items");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn simple() {
    let item = "pub(crate) async fn updated(Data(ids): Data<IdentityIds>, State(people): State<People>) -> Result<(), HandlerError> { people.refresh(&ids.identity).await?; Ok(()) }";
    check(&handler(r#""identities.updated""#, item), &expect_file!["snapshots/simple.rs"]);
}

#[test]
fn all_options() {
    let args = r#""identities.*", "accounts.added", "accounts.updated", timeout = "30s", attempts = 5, ordered_by = "account", crate = ::hooks"#;
    let item = "/// Keeps people fresh.\npub async fn changed(Envelope(body): Envelope<Body>) -> impl IntoOutcome { body.keep() }";
    check(&handler(args, item), &expect_file!["snapshots/all_options.rs"]);
}

#[test]
fn unlisted() {
    let args = r#""issues.opened", unlisted("issues.invented")"#;
    check(&handler(args, "async fn opened(_: Data<IssuesEvent>) {}"), &expect_file!["snapshots/unlisted.rs"]);
}

#[test]
fn provider() {
    let item = "async fn updated(ids: Option<Data<IdentityIds>>) {}";
    check(
        &handler(r#""identities.updated", provider = argyle::Argyle"#, item),
        &expect_file!["snapshots/provider.rs"],
    );
}

#[test]
fn no_arguments() {
    check(&handler(r#""*""#, "async fn record() {}"), &expect_file!["snapshots/no_arguments.rs"]);
}

#[test]
fn raw_identifier_with_cfg() {
    let item = r#"#[cfg(feature = "jobs")] #[inline] async fn r#type(event: EventName) {}"#;
    check(&handler(r#""jobs.added""#, item), &expect_file!["snapshots/raw_identifier_with_cfg.rs"]);
}

#[test]
fn several_faults() {
    let item = "#[cfg(unix)] pub const unsafe fn updated<T>(event: &str, other: impl Send) {}";
    check(
        &handler(r#""identities..updated", retries = 5"#, item),
        &expect_file!["snapshots/several_faults.rs"],
    );
}

#[test]
fn handler_list() {
    let list = list::expand(tokens(r#"switchhook; payroll::HANDLERS, #[cfg(feature = "jobs")] job_added"#));
    // A list is an expression; to be shown it needs an item around it.
    check(&quote::quote!(const LIST: () = #list;), &expect_file!["snapshots/list.rs"]);
}

#[test]
fn named_list() {
    let list = "switchhook; /// What payroll wants.\npub const HANDLERS = [added, #[cfg(unix)] #[cfg(feature = \"jobs\")] updated];";
    check(&list::expand(tokens(list)), &expect_file!["snapshots/named_list.rs"]);
}

#[test]
fn event_catalog() {
    let catalog = r#"switchhook; /// What Acme sends.
        pub ACME for crate::Acme { "invoice.paid" | "invoice.due" => Invoice, "refund.made" => Refund, "invoice.sent" => Invoice, #[hint] "ping" }"#;
    check(&catalog::expand(tokens(catalog)), &expect_file!["snapshots/catalog.rs"]);
}

#[test]
fn event_catalog_of_a_file() {
    let catalog = r#"switchhook; pub ACME for Acme { include_str!("events.txt"), "invoice.*" => Invoice, #[hint] "ping" }"#;
    check(&catalog::expand(tokens(catalog)), &expect_file!["snapshots/catalog_of_a_file.rs"]);
}
