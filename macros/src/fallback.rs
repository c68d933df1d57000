//! What stands beside an item whose attribute is at fault: the errors, and everything that other code names, so
//! that no second error follows.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Attribute, Visibility};

use crate::{
    args::Args,
    errors::Errors,
    expand::companion,
    item::Function,
    model::{mixed, runtime},
    validate::is_handler_attribute,
};

/// The function without its further `#[webhook_handler]`s, and a companion that fits every list and adds nothing.
pub(crate) fn with_function(args: &Args, function: &Function, errors: &Errors) -> TokenStream {
    let errors = errors.to_compile_errors();
    let Function { attributes, visibility, signature, body } = function;
    let attributes = attributes.iter().filter(|attribute| !is_handler_attribute(attribute));
    let cfgs: Vec<_> = function.cfgs().cloned().collect();
    let span = mixed(signature.ident.span());
    let runtime = runtime(args.krate.as_ref(), span);
    let companion = empty_companion(&runtime, &cfgs, visibility, &signature.ident);
    quote!(#errors #(#attributes)* #visibility #signature #body #companion)
}

/// An item that is no function, or whose signature cannot be read; it gets a companion if it names one.
pub(crate) fn without_function(item: &TokenStream, errors: &Errors) -> TokenStream {
    let errors = errors.to_compile_errors();
    let companion = function_name(item.clone()).map(|name| {
        let runtime = runtime(None, mixed(name.span()));
        empty_companion(&runtime, &[], &Visibility::Inherited, &name)
    });
    quote!(#errors #item #companion)
}

fn empty_companion(
    runtime: &TokenStream,
    cfgs: &[Attribute],
    visibility: &Visibility,
    name: &Ident,
) -> TokenStream {
    let span = mixed(name.span());
    let private = quote_spanned!(span=> #runtime::__private);
    let companion = companion(cfgs, visibility, name);
    quote_spanned! {span=>
        #companion

        #(#cfgs)*
        impl #private::Handlers for #name {
            const HANDLERS: #private::Infos = #private::Infos::List(&[]);
        }

        #(#cfgs)*
        impl<__P, __S> #private::Routed<__P, __S> for #name {
            fn routes(_: &mut #private::Routes<__P, __S>) {}
        }
    }
}

/// The word behind `fn`, outside any braces.
fn function_name(item: TokenStream) -> Option<Ident> {
    let mut trees = item.into_iter();
    trees.find(|tree| matches!(tree, TokenTree::Ident(ident) if ident == "fn"))?;
    match trees.next() {
        Some(TokenTree::Ident(name)) => Some(name),
        _ => None,
    }
}
