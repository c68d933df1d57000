//! A handler as the expansion needs it: everything resolved, nothing left that could be wrong.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, FnArg, LitStr, Path, ReturnType, Type, Visibility, spanned::Spanned};

use crate::{args::Args, item::Function};

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
    krate.map_or_else(
        || {
            let name = Ident::new("switchhook", span);
            quote_spanned!(span=> ::#name)
        },
        |path| quote!(#path),
    )
}

/// The events as literals at the user's place.
pub(crate) fn texts(patterns: &[LitStr]) -> Vec<LitStr> {
    patterns.iter().map(|pattern| LitStr::new(&pattern.value(), mixed(pattern.span()))).collect()
}
