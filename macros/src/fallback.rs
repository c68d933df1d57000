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

/// The function without its further `#[webhook_handler]`s and what rustc would refuse a second time, and a companion
/// that fits every list and adds nothing.
pub(crate) fn with_function(args: &Args, function: Function, errors: &Errors) -> TokenStream {
    let errors = errors.to_compile_errors();
    let cfgs: Vec<_> = function.cfgs().cloned().collect();
    let Function { attributes, visibility, mut signature, body } = function;
    if signature.asyncness.is_some() {
        signature.constness = None;
        signature.variadic = None;
    }
    let attributes = attributes.iter().filter(|attribute| !is_handler_attribute(attribute));
    // What takes `self` stands in an `impl`, where a companion would be one more error.
    let companion = signature.receiver().is_none().then(|| {
        let name = &signature.ident;
        let runtime = runtime(args.krate.as_ref(), mixed(name.span()));
        let (companion, impls) = (companion(&cfgs, &visibility, name), empty_impls(&runtime, &cfgs, name));
        quote!(#companion #impls)
    });
    quote!(#errors #(#attributes)* #visibility #signature #body #companion)
}

/// An item that is no function, or whose signature cannot be read; what lists could name of it fits them.
pub(crate) fn without_function(item: &TokenStream, errors: &Errors) -> TokenStream {
    let errors = errors.to_compile_errors();
    let beside = named(item.clone()).map(|(kind, name)| {
        let companion = (kind == "fn").then(|| companion(&[], &Visibility::Inherited, &name));
        let impls = empty_impls(&runtime(None, mixed(name.span())), &[], &name);
        quote!(#companion #impls)
    });
    quote!(#errors #item #beside)
}

fn empty_impls(runtime: &TokenStream, cfgs: &[Attribute], name: &Ident) -> TokenStream {
    let span = mixed(name.span());
    let private = quote_spanned!(span=> #runtime::__private);
    quote_spanned! {span=>
        #(#cfgs)*
        impl #private::Handlers for #name {
            const HANDLERS: #private::Infos = #private::Infos::List(&[]);
        }

        #(#cfgs)*
        impl<__P: 'static, __S: 'static> #private::Routed<__P, __S> for #name {
            const ROUTES: #private::Routes<__P, __S> = #private::Routes::List(&[]);
        }
    }
}

/// The word behind `fn`, `struct` or `enum`, outside any braces; a type with parameters has none that fits.
fn named(item: TokenStream) -> Option<(String, Ident)> {
    let mut trees = item.into_iter();
    let kind = trees.find_map(|tree| match tree {
        TokenTree::Ident(ident) if ident == "fn" || ident == "struct" || ident == "enum" => {
            Some(ident.to_string())
        }
        _ => None,
    })?;
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Ident(_)), Some(TokenTree::Punct(punct)))
            if kind != "fn" && punct.as_char() == '<' =>
        {
            None
        }
        (Some(TokenTree::Ident(name)), _) => Some((kind, name)),
        _ => None,
    }
}
