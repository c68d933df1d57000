//! The macros as functions from tokens to tokens.

mod bug;
mod hashes;
mod output;
mod patterns;
mod snapshots;

use std::str::FromStr;

use proc_macro2::TokenStream;

/// Reads tokens from text.
fn tokens(text: &str) -> TokenStream {
    TokenStream::from_str(text).expect("the text is made of tokens")
}

/// What the attribute with these arguments makes of an item.
fn handler(args: &str, item: &str) -> TokenStream {
    crate::handler(tokens(args), &tokens(item))
}
