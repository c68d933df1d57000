//! What holds for every expansion.

use super::{handler, tokens};
use crate::{catalog, list};

/// Calls of each macro, sound ones and faulty ones, with another name for the runtime.
fn expansions() -> Vec<String> {
    let args = r#""identities.*", "accounts.added", provider = Argyle, timeout = "2m", crate = ::hooks"#;
    let item = "#[cfg(unix)] pub async fn updated(Data(_): Data<Ids>, event: EventName) -> Result<(), E> {}";
    vec![
        handler(args, item).to_string(),
        handler(r#""a.b", crate = ::hooks"#, "async fn all() {}").to_string(),
        handler(r#""a.b", attempts = 0, crate = ::hooks"#, "fn at_fault(a: &str) {}").to_string(),
        list::expand(tokens("hooks; a, #[cfg(unix)] b::c, LIST")).to_string(),
        list::expand(tokens("hooks; pub const LIST = [a, b::c];")).to_string(),
        list::expand(tokens("hooks; a, 7, b c")).to_string(),
        catalog::expand(tokens(r#"hooks; pub ACME for Acme { "a.b" => A, "a.c" | "a.d" => B, "a.e" }"#))
            .to_string(),
    ]
}

#[test]
fn the_same_input_gives_the_same_output() {
    assert_eq!(expansions(), expansions());
}

#[test]
fn a_renamed_runtime_is_named_by_no_other_name() {
    for expansion in expansions() {
        assert!(!expansion.contains("switchhook"), "{expansion}");
        assert!(expansion.contains("hooks :: __private"), "{expansion}");
    }
}

#[test]
fn the_item_comes_first_and_untouched() {
    let item = "/// Refreshes.\npub async fn updated() { \"é\" }";
    assert!(handler(r#""a.b""#, item).to_string().starts_with(&tokens(item).to_string()));
}

#[test]
fn the_body_is_emitted_once() {
    let item = "async fn updated() { refresh_people() }";
    for args in [r#""a.b", "a.c", provider = P"#, r#""a..b""#] {
        assert_eq!(handler(args, item).to_string().matches("refresh_people").count(), 1, "for {args}");
    }
}
