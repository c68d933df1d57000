//! A handler as the expansion needs it: everything resolved, nothing left that could be wrong.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, FnArg, LitStr, Path, ReturnType, Type, Visibility, spanned::Spanned};

use crate::{args::Args, item::Function, pattern::Pattern};

/// A sound handler.
pub(crate) struct Model {
    pub(crate) cfgs: Vec<Attribute>,
    /// Whether the function carries `#[deprecated]`.
    pub(crate) deprecated: bool,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) arguments: Vec<Type>,
    /// `_` for `-> impl Trait`, which nobody can name.
    pub(crate) output: TokenStream,
    pub(crate) args: Args,
}

impl Model {
    pub(crate) fn new(args: Args, function: Function) -> Self {
        let cfgs = function.cfgs().cloned().collect();
        let deprecated = function.attributes.iter().any(|attribute| attribute.path().is_ident("deprecated"));
        let arguments = function.signature.inputs.into_iter().filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some(*argument.ty),
            FnArg::Receiver(_) => None,
        });
        let output = match function.signature.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) if matches!(*ty, Type::ImplTrait(_)) => {
                let span = ty.span();
                quote_spanned!(span=> _)
            }
            ReturnType::Type(_, ty) => quote!(#ty),
        };
        Self {
            cfgs,
            deprecated,
            visibility: function.visibility,
            name: function.signature.ident,
            arguments: arguments.collect(),
            output,
            args,
        }
    }
}

/// A place of generated code in the user's: lints and names are ours, the location is theirs.
pub(crate) fn mixed(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// The path of the runtime: the user's, or the crate's own name.
pub(crate) fn runtime(krate: Option<&Path>, span: Span) -> TokenStream {
    if let Some(path) = krate {
        return quote!(#path);
    }
    let name = Ident::new("switchhook", span);
    quote_spanned!(span=> ::#name)
}

/// An event as a literal at the user's place, without what makes the user's own an error.
pub(crate) fn text(pattern: &Pattern) -> LitStr {
    LitStr::new(&pattern.text, mixed(pattern.literal.span()))
}

/// Where the user's tokens begin and end. A call whose path lies at the first and whose parentheses lie at the last
/// is underlined from one to the other; with the user's own places, it is the user's error and not the macro's.
pub(crate) fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut trees = tokens.to_token_stream().into_iter();
    let first = trees.next().map_or_else(Span::call_site, |first| first.span());
    let last = trees.last().map_or(first, |last| last.span());
    (first, last)
}

/// The arguments of a call that ends at this place.
pub(crate) fn parentheses(span: Span, arguments: TokenStream) -> Group {
    let mut parentheses = Group::new(Delimiter::Parenthesis, arguments);
    parentheses.set_span(span);
    parentheses
}
