//! The macros of `switchhook`. Depend on that crate: it re-exports them, and its pages document them.
//!
//! `#[webhook_handler]` goes args → item → validate → model → expand; a fault on the way leads to fallback, which
//! still makes everything that other code names, so that one mistake gives one error.

mod args;
mod catalog;
mod errors;
mod expand;
mod fallback;
mod hash;
mod item;
mod list;
mod model;
mod pattern;
#[cfg(test)]
mod tests;
mod validate;

use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro2::{Span, TokenStream};

/// See `switchhook::webhook_handler`.
#[proc_macro_attribute]
pub fn webhook_handler(
    args: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let (args, item) = (TokenStream::from(args), TokenStream::from(item));
    report_bugs(&item, || handler(args, &item)).into()
}

/// See `switchhook::handlers`.
#[proc_macro]
pub fn handlers(list: proc_macro::TokenStream) -> proc_macro::TokenStream {
    report_bugs(&TokenStream::new(), || list::expand(list.into())).into()
}

/// See `switchhook::catalog`.
#[proc_macro]
pub fn catalog(catalog: proc_macro::TokenStream) -> proc_macro::TokenStream {
    report_bugs(&TokenStream::new(), || catalog::expand(catalog.into())).into()
}

/// The attribute, from its tokens to those it stands for.
fn handler(args: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = errors::Errors::default();
    let args = args::Args::parse(args, &mut errors);
    let function = match item::Function::parse(item) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            return fallback::without_function(item, &errors);
        }
    };
    validate::signature(&function, &mut errors);
    if errors.is_empty() {
        let model = model::Model::new(args, function);
        expand::expand(item, &model)
    } else {
        fallback::with_function(&args, function, &errors)
    }
}

/// A panic in here is our bug, and says so; what the user wrote stays.
fn report_bugs(item: &TokenStream, expand: impl FnOnce() -> TokenStream) -> TokenStream {
    catch_unwind(AssertUnwindSafe(expand)).unwrap_or_else(|panic| {
        let mut tokens = errors::bug(Span::call_site(), &*panic).into_compile_error();
        tokens.extend(item.clone());
        tokens
    })
}
