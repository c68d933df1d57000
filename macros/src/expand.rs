//! From a handler to the tokens beside it. It cannot fail.
//!
//! Spans: what rustc checks, types as well as the calls that const evaluation can fail in, keeps the user's, so that
//! its errors lie under the user's words and say nothing of a macro; everything else is ours at the user's place, so
//! that no lint takes it for hand-written.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Type, Visibility, ext::IdentExt, spanned::Spanned};

use crate::{
    args::Args,
    model::{Model, ends, mixed, parentheses, runtime, text},
    pattern::Pattern,
};

/// The item as it was, and beside it the companion that lists name.
///
/// What implements the companion stands in one constant, where the runtime has a short name: rustc resolves every
/// path of every handler, and long ones take it noticeable time.
pub(crate) fn expand(item: &TokenStream, model: &Model) -> TokenStream {
    let Model { cfgs, visibility, name, args, .. } = model;
    let span = mixed(name.span());
    let runtime = runtime(args.krate.as_ref(), span);
    let companion = companion(cfgs, visibility, name);
    let facts = facts(model);
    let route = route(model);
    let checks = checks(model);
    // The author knows.
    let deprecated = model.deprecated.then(|| quote_spanned!(span=> #[allow(deprecated)]));
    quote_spanned! {span=>
        #item
        #companion
        #(#cfgs)*
        #deprecated
        const _: () = {
            use #runtime::__private::scope::*;
            #facts
            #route
            #checks
        };
    }
}

/// The companion of the function's name, in the namespace of types.
pub(crate) fn companion(cfgs: &[Attribute], visibility: &Visibility, name: &Ident) -> TokenStream {
    let span = mixed(name.span());
    quote_spanned! {span=>
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_debug_implementations, dead_code, unreachable_pub, unnameable_types)]
        #visibility struct #name {}
    }
}

/// The facts of the function.
///
/// They live in a trait's impl: in an inherent one, an `allow(dead_code)` would hide a forgotten handler, and
/// without one rustc would warn twice.
fn facts(model: &Model) -> TokenStream {
    let Model { name, args, .. } = model;
    let span = mixed(name.span());
    let unraw = name.unraw().to_string();
    let mut patterns = args.patterns.iter().map(|pattern| (text(pattern), pattern.hash));
    let (first, first_hash) = patterns.next().unzip();
    let further = (args.patterns.len() > 1).then(|| {
        let further =
            patterns.map(|(text, hash)| quote_spanned!(span=> __sw::Hashed { text: #text, hash: #hash }));
        quote_spanned!(span=> .and(&[#(#further),*]))
    });
    let timeout = args.timeout_ms.map(|ms| quote_spanned!(span=> .timeout(#ms)));
    let attempts = args.attempts.map(|attempts| quote_spanned!(span=> .attempts(#attempts)));
    let unlisted: Vec<_> = args.patterns.iter().filter(|pattern| !pattern.is_listed).map(text).collect();
    let unlisted = (!unlisted.is_empty()).then(|| quote_spanned!(span=> .unlisted(&[#(#unlisted),*])));
    let ordered_by = args.ordered_by.as_ref().map(|field| {
        let field = field.value();
        quote_spanned!(span=> .ordered_by(#field))
    });
    quote_spanned! {span=>
        impl __sw::Handlers for #name {
            const HANDLERS: __sw::Infos =
                __sw::info(#unraw, ::core::module_path!(), #first, #first_hash) #further #unlisted #timeout #attempts #ordered_by;
        }
    }
}

/// The route: bounds that say what each argument must be, and a constant with the function behind its adapter.
fn route(model: &Model) -> TokenStream {
    let Model { name, arguments, args, .. } = model;
    let span = mixed(name.span());
    let bounds = arguments.iter().map(|argument| {
        let span = mixed(argument.span());
        quote_spanned!(span=> #argument: __sw::FromDelivery<__S>)
    });
    let only = args.provider.as_ref().map(|provider| {
        let span = mixed(provider.span());
        quote_spanned!(span=> __P: __sw::Is<#provider>,)
    });
    let routes = routes(model);
    quote_spanned! {span=>
        impl<__P: __sw::Provider, __S: __sw::AnyState> __sw::Routed<__P, __S> for #name
        where
            #only
            #(#bounds,)*
        {
            const ROUTES: __sw::Routes<__P, __S> = #routes;
        }
    }
}

/// The constant's value: the adapter of the function, behind the checks that need the endpoint's provider.
fn routes(model: &Model) -> TokenStream {
    let Model { name, arguments, output, args, .. } = model;
    let span = mixed(name.span());
    let adapter = format_ident!("adapter{}", arguments.len(), span = span);
    // The bounds above have said what the arguments must be.
    let inferred: Vec<_> = arguments.iter().map(|_| quote_spanned!(span=> _)).collect();
    let one = quote_spanned! {span=>
        __sw::Routes::One(
            &__sw::#adapter::<#(#inferred,)* _, #output>(&(#name as fn(#(#inferred),*) -> _)),
            __sw::PhantomData,
        )
    };
    // With `provider = …`, the check beside the function has said it already.
    let required: Vec<_> = listed(args)
        .filter(|_| args.provider.is_none())
        .map(|Pattern { literal, hash, .. }| {
            let span = literal.span();
            (span, quote_spanned!(span=> __sw::require::<__P>(#literal, #hash)))
        })
        .collect();
    match &required[..] {
        [] => one,
        [(_, required)] => quote_spanned!(span=> { #required; #one }),
        several => {
            // One after the other, the first that is at fault would hide the rest.
            let constants = several.iter().map(|(at, required)| quote_spanned!(*at=> const { #required };));
            quote_spanned! {span=> {
                fn __checks<__P: __sw::Provider>() {
                    #(#constants)*
                }
                __sw::Routes::List(&[__sw::Routes::Checks(__checks::<__P>), #one])
            }}
        }
    }
}

/// The checks that need no endpoint, so that `cargo check` and the editor see them.
fn checks(model: &Model) -> TokenStream {
    let Model { arguments, args, .. } = model;
    let arguments = arguments.iter().filter(|argument| may_be_payload(argument));
    let probes: Vec<_> = arguments
        .map(|argument| {
            let (first, last) = ends(argument);
            (first, last, quote_spanned!(first=> <__sw::Probe<#argument>>::DECLARED))
        })
        .collect();
    listed(args)
        .map(|Pattern { literal, hash, .. }| {
            let at = literal.span();
            let provider = args
                .provider
                .as_ref()
                .map(|provider| quote_spanned!(at=> __sw::require::<#provider>(#literal, #hash);));
            let payloads = probes.iter().map(|(first, last, probe)| {
                let event = quote_spanned!(at=> __sw::require_event(#probe, #literal, #hash));
                let event = parentheses(*last, event);
                quote_spanned!(*first=> __sw::require_payload #event;)
            });
            quote!(#provider #(#payloads)*)
        })
        .collect()
}

/// The patterns that catalogs must list.
fn listed(args: &Args) -> impl Iterator<Item = &Pattern> {
    args.patterns.iter().filter(|pattern| pattern.is_listed)
}

/// Leaves out the argument that has a payload never and stands everywhere: each probe takes rustc noticeable time.
fn may_be_payload(argument: &Type) -> bool {
    !matches!(argument, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "State"))
}
