//! `handlers![…]`: the dispatch table of the handlers it names, and their routes.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, Error, Path, Result, Token, Visibility, bracketed,
    parse::{ParseStream, Parser},
    spanned::Spanned,
};

use crate::{
    errors::{self, Errors},
    model::{ends, mixed, parentheses},
};

/// How many constants hold the verdicts on a list's paths at the most.
const VERDICTS: usize = 64;

/// `$crate; a, b` gives a list; `$crate; pub const NAME = [a, b];` an item that other lists can name.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    match (|input: ParseStream<'_>| Call::parse(input, &mut errors)).parse2(tokens) {
        Ok(call) => call.expand(&errors),
        Err(error) => error.into_compile_error(),
    }
}

struct Call {
    runtime: TokenTree,
    item: Option<Item>,
    entries: Vec<Entry>,
}

/// The name of a list that is an item.
struct Item {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
}

/// A path of the list, with what decides whether it is there.
struct Entry {
    cfgs: Vec<Attribute>,
    path: Path,
}

impl Call {
    fn parse(input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
        let runtime = input.parse()?;
        input.parse::<Token![;]>()?;
        if !is_item(input) {
            return Ok(Self { runtime, item: None, entries: entries(input, errors)? });
        }
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![const]>()?;
        let name = errors::expect(input, errors::LIST_FORM)?;
        // Whatever stands behind the name, there is an item: other lists name it.
        let entries = Self::bracketed(input, errors).unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        input.parse::<TokenStream>()?;
        Ok(Self { runtime, item: Some(Item { attributes, visibility, name }), entries })
    }

    /// Reads `= [a, b];`.
    fn bracketed(input: ParseStream<'_>, errors: &mut Errors) -> Result<Vec<Entry>> {
        if input.parse::<Token![=]>().is_err() || !input.peek(syn::token::Bracket) {
            return Err(errors::here(input, errors::LIST_FORM));
        }
        let list;
        let brackets = bracketed!(list in input);
        let entries = entries(&list, errors)?;
        if input.parse::<Token![;]>().is_err() || !input.is_empty() {
            errors.push(Error::new(brackets.span.close(), errors::LIST_FORM));
        }
        Ok(entries)
    }

    fn expand(&self, errors: &Errors) -> TokenStream {
        let runtime = &self.runtime;
        let private = quote!(#runtime::__private);
        let errors = errors.to_compile_errors();
        let table = self.table(&private);
        match &self.item {
            None => {
                let routes = self.routes(&private, &quote!(_, _));
                quote! {{
                    #errors
                    #table
                    #private::HandlerList::new(__TABLE.table(), &[#routes])
                }}
            }
            Some(item) => {
                let item = self.item(&private, item, &table);
                quote!(#errors #item)
            }
        }
    }

    /// A companion like a handler's, that stands for all handlers of the list.
    fn item(&self, private: &TokenStream, item: &Item, table: &TokenStream) -> TokenStream {
        let Item { attributes, visibility, name } = item;
        let routes = self.routes(private, &quote!(__P, __S));
        let (aliases, bounds): (TokenStream, TokenStream) = self
            .entries
            .iter()
            .enumerate()
            .map(|(number, entry)| {
                let span = mixed(entry.path.span());
                let (alias, bounded) = entry.bounded(private, number);
                (alias, quote_spanned!(span=> #bounded: #private::Routed<__P, __S>,))
            })
            .unzip();
        quote! {
            #(#attributes)*
            #[allow(non_camel_case_types, missing_debug_implementations, dead_code)]
            #visibility struct #name {}

            const _: () = {
                #table
                #aliases

                impl #private::Handlers for #name {
                    const HANDLERS: #private::Infos = __TABLE.infos();
                }

                impl<__P: 'static, __S: 'static> #private::Routed<__P, __S> for #name
                where
                    #bounds
                {
                    const ROUTES: #private::Routes<__P, __S> = #private::Routes::List(&[#routes]);
                }
            };
        }
    }

    /// The table, and the verdict on each path under that path. Entries keep their number though a `cfg` leaves
    /// others out.
    fn table(&self, private: &TokenStream) -> TokenStream {
        let count = self.entries.len();
        let listed = self.entries.iter().enumerate().map(|(i, Entry { cfgs, path })| {
            let span = mixed(path.span());
            quote_spanned! {span=>
                #(#cfgs)* #private::Listed { path: #i, handlers: <#path as #private::Handlers>::HANDLERS }
            }
        });
        let verdicts = self.entries.iter().enumerate().map(|(i, Entry { cfgs, path })| {
            let (first, last) = ends(path);
            let arguments = parentheses(last, quote!(&__VERDICTS, #i));
            quote_spanned!(first=> #(#cfgs)* __require_unique #arguments;)
        });
        // A constant of its own for each path, so that every duplicate is reported; in a list of hundreds, rustc
        // pays for each, and a few paths share one.
        let verdicts = verdicts.collect::<Vec<_>>();
        let verdicts = verdicts
            .chunks(count.div_ceil(VERDICTS).max(1))
            .map(|verdicts| quote!(const _: () = { use #private::require_unique as __require_unique; #(#verdicts)* };));
        quote! {
            const __LIST: &[#private::Listed] = &[#(#listed),*];
            const __SIZES: (usize, usize) = #private::sizes(__LIST);
            static __TABLE: #private::BuiltTable<
                { __SIZES.0 },
                { #private::capacity(__SIZES.1) },
                #count,
            > = #private::BuiltTable::new(__LIST);
            static __VERDICTS: #private::Verdicts = __TABLE.verdicts();
            #(#verdicts)*
        }
    }

    /// For each path, its routes.
    fn routes(&self, private: &TokenStream, parameters: &TokenStream) -> TokenStream {
        let routes = self.entries.iter().map(|Entry { cfgs, path }| {
            let span = mixed(path.span());
            quote_spanned!(span=> #(#cfgs)* <#path as #private::Routed<#parameters>>::ROUTES)
        });
        quote!(#(#routes),*)
    }
}

impl Entry {
    /// The entry as a type for a `where` clause, where no `cfg` can stand, and what declares it.
    fn bounded(&self, private: &TokenStream, number: usize) -> (TokenStream, TokenStream) {
        let Self { cfgs, path } = self;
        if cfgs.is_empty() {
            return (TokenStream::new(), quote!(#path));
        }
        let span = mixed(path.span());
        let alias = format_ident!("__Entry{number}", span = span);
        let conditions = cfgs.iter().filter_map(|cfg| cfg.meta.require_list().ok()).map(|list| &list.tokens);
        let declaration = quote_spanned! {span=>
            #(#cfgs)*
            type #alias = #path;
            #[cfg(not(all(#(#conditions),*)))]
            type #alias = #private::Absent;
        };
        (declaration, quote!(#alias))
    }
}

/// Tells whether `attributes visibility const` stands here.
fn is_item(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.call(Attribute::parse_outer).is_ok()
        && ahead.parse::<Visibility>().is_ok()
        && ahead.peek(Token![const])
}

/// Reads the paths and notes what is none.
fn entries(input: ParseStream<'_>, errors: &mut Errors) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        match entry(input, errors) {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                errors.push(error);
                while !input.is_empty() && !input.peek(Token![,]) {
                    input.parse::<TokenTree>()?;
                }
            }
        }
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(entries)
}

fn entry(input: ParseStream<'_>, errors: &mut Errors) -> Result<Entry> {
    let mut cfgs = input.call(Attribute::parse_outer)?;
    cfgs.retain(|attribute| {
        let is_cfg = attribute.path().is_ident("cfg");
        if !is_cfg {
            errors.at(attribute, errors::ENTRY_ATTRIBUTE);
        }
        is_cfg
    });
    let place = input.span();
    let path = errors::expect(input, errors::ENTRY_NOT_PATH)?;
    match () {
        () if input.is_empty() || input.peek(Token![,]) => Ok(Entry { cfgs, path }),
        () if input.peek(syn::Ident) => Err(errors::here(input, errors::ENTRY_NO_COMMA)),
        () => Err(Error::new(place, errors::ENTRY_NOT_PATH)),
    }
}
