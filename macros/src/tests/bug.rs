//! A panic in a macro is our bug, and the user is told so.

use std::panic::panic_any;

use proc_macro2::TokenStream;

use super::tokens;
use crate::report_bugs;

fn said(item: &str, panic: fn() -> TokenStream) -> String {
    report_bugs(&tokens(item), panic).to_string()
}

#[test]
fn a_panic_is_reported_as_a_bug_of_ours() {
    let said = said("", || panic!("no {}", "table"));
    assert!(said.contains("compile_error !"), "{said}");
    assert!(
        said.contains("bug in switchhook-macros: no table; please report it with the code that shows it"),
        "{said}"
    );
}

#[test]
fn a_panic_with_a_plain_text_says_it() {
    assert!(said("", || panic!("no table")).contains("bug in switchhook-macros: no table;"));
}

#[test]
fn a_panic_without_a_text_is_reported_too() {
    assert!(said("", || panic_any(7)).contains("bug in switchhook-macros: a panic without a text;"));
}

#[test]
fn what_the_user_wrote_stays_beside_the_report() {
    let said = said("async fn updated() {}", || panic!("no table"));
    assert!(said.ends_with("async fn updated () { }"), "{said}");
}
