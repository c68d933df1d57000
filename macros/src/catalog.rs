//! `catalog! { … }`: the events of a provider, and a `Payload` for each type it names.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, LitStr, Path, Result, Token, Type, Visibility, braced,
    parse::{ParseStream, Parser},
};

use crate::{
    errors::{self, Errors},
    pattern,
};

/// Expands `$crate; pub NAME for Provider { "event" | "event" => Type, #[hint] "event" }`.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    match (|input: ParseStream<'_>| Catalog::parse(input, &mut errors)).parse2(tokens) {
        Ok(catalog) => {
            let errors = errors.to_compile_errors();
            let catalog = catalog.expand();
            quote!(#errors #catalog)
        }
        Err(error) => error.into_compile_error(),
    }
}

struct Catalog {
    runtime: TokenTree,
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    provider: Path,
    /// `None` when they cannot be read.
    events: Option<Vec<Event>>,
}

/// An event, and the number of its line's type.
struct Event {
    name: LitStr,
    payload: Option<Type>,
    is_hint: bool,
}

impl Catalog {
    fn parse(input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
        let runtime = input.parse()?;
        input.parse::<Token![;]>()?;
        let (attributes, visibility) = (input.call(Attribute::parse_outer)?, input.parse()?);
        let form = |input: ParseStream<'_>| errors::here(input, errors::CATALOG_FORM);
        let name = errors::expect(input, errors::CATALOG_FORM)?;
        errors::expect::<Token![for]>(input, errors::CATALOG_FORM)?;
        // A path can break off in its middle: the sentence lies there.
        let Ok(provider) = input.parse() else { return Err(form(input)) };
        if !input.peek(syn::token::Brace) {
            return Err(form(input));
        }
        let lines;
        braced!(lines in input);
        let events = events(&lines, errors).map_err(|error| errors.push(error)).ok();
        lines.parse::<TokenStream>()?;
        Ok(Self { runtime, attributes, visibility, name, provider, events })
    }

    fn expand(&self) -> TokenStream {
        let Self { runtime, attributes, visibility, name, provider, events } = self;
        let private = quote!(#runtime::__private);
        let display = provider.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let constant = name.to_string();
        let Some(events) = events else {
            // Open, so that no handler is told that its event is missing.
            return quote! {
                #(#attributes)*
                #visibility const #name: &#private::Catalog = &#private::Catalog::open(#display);
            };
        };
        let names = events.iter().map(|event| &event.name);
        let payloads = events.iter().map(|event| {
            let payload = event.payload.as_ref().map(shown);
            payload.map_or_else(
                || quote!(::core::option::Option::None),
                |payload| quote!(::core::option::Option::Some(#payload)),
            )
        });
        let hints = events.iter().filter(|event| event.is_hint).map(|event| &event.name);
        let types = by_payload(events).into_iter().map(|(payload, events)| {
            let shown = shown(payload);
            quote! {
                impl #private::Payload for #payload {
                    const CATALOG: &'static #private::Catalog = #name;
                    const NAME: &'static str = #shown;
                    const EVENTS: &'static [&'static str] = &[#(#events),*];
                }
            }
        });
        quote! {
            #(#attributes)*
            #visibility const #name: &#private::Catalog = {
                const __NAMES: &[&str] = &[#(#names),*];
                const __SLOTS: &[#private::Slot] =
                    &#private::index_names::<{ #private::capacity(__NAMES.len()) }>(__NAMES);
                &#private::Catalog::closed(#display, #constant, __NAMES, &[#(#payloads),*], __SLOTS, &[#(#hints),*])
            };
            #(#types)*
        }
    }
}

/// Each type once, with the events of all its lines.
fn by_payload(events: &[Event]) -> Vec<(&Type, Vec<&LitStr>)> {
    let mut payloads: Vec<(String, &Type, Vec<&LitStr>)> = Vec::new();
    for Event { name, payload, .. } in events {
        let Some(payload) = payload else { continue };
        let key = payload.to_token_stream().to_string();
        match payloads.iter_mut().find(|(known, ..)| *known == key) {
            Some((.., events)) => events.push(name),
            None => payloads.push((key, payload, vec![name])),
        }
    }
    payloads.into_iter().map(|(_, payload, events)| (payload, events)).collect()
}

/// A type as messages print it: of a path, the last name.
fn shown(payload: &Type) -> String {
    let tokens = match payload {
        Type::Path(path) => path.path.segments.last().map(ToTokens::to_token_stream),
        _ => None,
    };
    tokens.unwrap_or_else(|| payload.to_token_stream()).to_string().replace(' ', "")
}

/// Reads the lines and notes what is wrong with an event.
fn events(input: ParseStream<'_>, errors: &mut Errors) -> Result<Vec<Event>> {
    let mut events: Vec<Event> = Vec::new();
    while !input.is_empty() {
        let is_hint = hint(input, errors)?;
        let mut line = Vec::new();
        loop {
            let name: LitStr = errors::expect(input, errors::CATALOG_EVENT)?;
            line.push(name);
            if input.parse::<Option<Token![|]>>()?.is_none() {
                break;
            }
        }
        let payload: Option<Type> = match input.parse::<Option<Token![=>]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        for name in line {
            let text = name.value();
            if let Some(fault) = fault(&text) {
                errors.at(name, fault);
            } else if events.iter().any(|event| event.name.value() == text) {
                errors.at(name, errors::catalog_event_twice(&text));
            } else {
                events.push(Event { name, payload: payload.clone(), is_hint });
            }
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            return Err(errors::here(input, errors::CATALOG_EVENT));
        }
    }
    Ok(events)
}

/// Reads what stands before a line.
fn hint(input: ParseStream<'_>, errors: &mut Errors) -> Result<bool> {
    let mut is_hint = false;
    for attribute in input.call(Attribute::parse_outer)? {
        if attribute.meta.require_path_only().is_ok_and(|path| path.is_ident("hint")) {
            is_hint = true;
        } else {
            errors.at(attribute, errors::CATALOG_ATTRIBUTE);
        }
    }
    Ok(is_hint)
}

fn fault(event: &str) -> Option<&'static str> {
    pattern::fault(event).or_else(|| event.ends_with('*').then_some(errors::CATALOG_WILDCARD))
}
