//! `catalog! { … }`: the events of a provider, and a `Payload` for each type it names.
//!
//! The names stand in the lines, or in a file that the first line includes. A file is not read here but in const
//! evaluation, through `include_str!`: so rustc and editors know of it, and no path is resolved twice.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, Error, LitStr, Macro, Path, Result, Token, Type, Visibility, braced,
    parse::{ParseStream, Parser},
    spanned::Spanned,
};

use crate::{
    errors::{self, Errors},
    hash,
    model::mixed,
    pattern,
};

/// Expands `$crate; pub NAME for Provider { "event" | "event" => Type, #[hint] "event" }`, or with `include_str!("…"),` as
/// the first line.
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
    lines: Option<Lines>,
}

/// What stands in the braces.
struct Lines {
    /// `include_str!("…")`: the names are in that file, and the lines say more of some.
    file: Option<Macro>,
    events: Vec<Event>,
}

/// An event, or a pattern of events in a file, and its line's type.
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
        let body;
        braced!(body in input);
        let lines = Lines::parse(&body, errors).map_err(|error| errors.push(error)).ok();
        body.parse::<TokenStream>()?;
        Ok(Self { runtime, attributes, visibility, name, provider, lines })
    }

    fn expand(&self) -> TokenStream {
        let Self { runtime, attributes, visibility, name, provider, lines } = self;
        let private = quote!(#runtime::__private);
        let display = provider.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let constant = name.to_string();
        let Some(lines) = lines else {
            // Open, so that no handler is told that its event is missing.
            return quote! {
                #(#attributes)*
                #visibility const #name: &#private::Catalog = &#private::Catalog::open(#display);
            };
        };
        let events = match &lines.file {
            Some(file) => lines.of_file(file, &private),
            None => lines.listed(&private),
        };
        let hints = lines.events.iter().filter(|event| event.is_hint).map(|event| &event.name);
        let payloads = lines.payloads(name, &private);
        quote! {
            #(#attributes)*
            #visibility const #name: &#private::Catalog = {
                #events
                &#private::Catalog::closed(#display, #constant, __NAMES, __PAYLOADS, __SLOTS, &[#(#hints),*])
            };
            #payloads
        }
    }
}

impl Lines {
    /// The constants of a catalog whose lines list its events.
    fn listed(&self, private: &TokenStream) -> TokenStream {
        let names = self.events.iter().map(|event| &event.name);
        let payloads = self.events.iter().map(|event| {
            let payload = event.payload.as_ref().map(shown);
            payload.map_or_else(
                || quote!(::core::option::Option::None),
                |payload| quote!(::core::option::Option::Some(#payload)),
            )
        });
        quote! {
            const __NAMES: &[&str] = &[#(#names),*];
            const __SLOTS: &[#private::Slot] =
                &#private::index_names::<{ #private::capacity(__NAMES.len()) }>(__NAMES);
            const __PAYLOADS: &[::core::option::Option<&str>] = &[#(#payloads),*];
        }
    }

    /// The constants of a catalog whose events a file lists.
    fn of_file(&self, file: &Macro, private: &TokenStream) -> TokenStream {
        let typed = self.events.iter().filter_map(|event| {
            let (name, payload) = (&event.name, shown(event.payload.as_ref()?));
            Some(quote!((#name, #payload)))
        });
        // What can fail lies under the file's name.
        let span = mixed(file.path.span());
        quote_spanned! {span=>
            use #private as __sw;
            const __TEXT: &str = #file;
            const __NAMES: &[&str] = &__sw::names::<{ __sw::count_names(__TEXT) }>(__TEXT);
            const __SLOTS: &[__sw::Slot] = &__sw::index_names::<{ __sw::capacity(__NAMES.len()) }>(__NAMES);
            const __PAYLOADS: &[::core::option::Option<&str>] =
                &__sw::payloads::<{ __NAMES.len() }>(__NAMES, __SLOTS, &[#(#typed),*]);
        }
    }

    /// What each type declares; and that a file lists what the lines name.
    fn payloads(&self, catalog: &Ident, private: &TokenStream) -> TokenStream {
        let is_of_file = self.file.is_some();
        let names = self.file.as_ref().map(|file| {
            let span = mixed(file.path.span());
            let catalog = Ident::new(&catalog.to_string(), catalog.span().located_at(span));
            quote_spanned!(span=> const _: () = { use #private as __sw; __sw::require_names(#catalog.events()) };)
        });
        let required = self.events.iter().filter(|_| is_of_file).map(|Event { name, .. }| {
            let (span, hash) = (name.span(), hash::of(&name.value()));
            let catalog = Ident::new(&catalog.to_string(), catalog.span().located_at(span));
            quote_spanned!(span=> const _: () = #catalog.require(#name, #hash);)
        });
        let types = by_payload(&self.events).into_iter().map(|(payload, events)| {
            let shown = shown(payload);
            let events = if is_of_file {
                quote! {{
                    const __PATTERNS: &[&str] = &[#(#events),*];
                    &#private::matching::<{ #private::count_matching(#catalog.events(), __PATTERNS) }>(
                        #catalog.events(), __PATTERNS,
                    )
                }}
            } else {
                quote!(&[#(#events),*])
            };
            quote! {
                impl #private::Payload for #payload {
                    const CATALOG: &'static #private::Catalog = #catalog;
                    const NAME: &'static str = #shown;
                    const EVENTS: &'static [&'static str] = #events;
                }
            }
        });
        quote!(#names #(#required)* #(#types)*)
    }

    /// Reads the lines and notes what is wrong with an event.
    fn parse(input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
        let file = if input.peek(syn::Ident) {
            let file = errors::expect::<Macro>(input, errors::CATALOG_EVENT)?;
            if !file.path.is_ident("include_str") {
                return Err(Error::new_spanned(file.path, errors::CATALOG_EVENT));
            }
            comma(input)?;
            Some(file)
        } else {
            None
        };
        let mut events: Vec<Event> = Vec::new();
        while !input.is_empty() {
            let is_hint = hint(input, errors)?;
            let names = line(input)?;
            let payload: Option<Type> = match input.parse::<Option<Token![=>]>>()? {
                Some(_) => Some(input.parse()?),
                None => None,
            };
            for name in names {
                let text = name.value();
                // A pattern stands for names of the file.
                if let Some(fault) = fault(&text, file.is_some() && !is_hint) {
                    errors.at(name, fault);
                } else if events.iter().any(|event| event.name.value() == text) {
                    errors.at(name, errors::catalog_event_twice(&text));
                } else {
                    events.push(Event { name, payload: payload.clone(), is_hint });
                }
            }
            comma(input)?;
        }
        Ok(Self { file, events })
    }
}

/// What ends a line.
fn comma(input: ParseStream<'_>) -> Result<()> {
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        return Err(errors::here(input, errors::CATALOG_EVENT));
    }
    Ok(())
}

/// The events of a line.
fn line(input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    let mut names = Vec::new();
    loop {
        names.push(errors::expect(input, errors::CATALOG_EVENT)?);
        if input.parse::<Option<Token![|]>>()?.is_none() {
            return Ok(names);
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

fn fault(event: &str, may_be_pattern: bool) -> Option<&'static str> {
    let is_pattern = event.ends_with('*') && !may_be_pattern;
    pattern::fault(event).or_else(|| is_pattern.then_some(errors::CATALOG_WILDCARD))
}
