//! The rules that a handler's signature must keep. What the types must be, traits say, with rustc's help.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, FnArg, Safety, Signature};

use crate::{
    errors::{self, Errors},
    item::Function,
};

/// How many arguments the runtime has adapters for.
const MOST_ARGUMENTS: usize = 8;

/// Notes every rule that the function breaks.
pub(crate) fn signature(function: &Function, errors: &mut Errors) {
    for attribute in function.attributes.iter().filter(|attribute| is_handler_attribute(attribute)) {
        errors.at(attribute, errors::ATTRIBUTE_TWICE);
    }
    let mut faults = Faults { errors, explained: false };
    qualifiers(&function.signature, &mut faults);
    generics(&function.signature, &mut faults);
    arguments(&function.signature, &mut faults);
}

/// Tells whether this is one more of our attribute.
pub(crate) fn is_handler_attribute(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "webhook_handler")
}

/// The faults of one signature: the first also says what form it must have.
struct Faults<'a> {
    errors: &'a mut Errors,
    explained: bool,
}

impl Faults<'_> {
    fn at(&mut self, tokens: impl ToTokens, message: &str) {
        let help = if self.explained { "" } else { errors::SIGNATURE };
        self.explained = true;
        self.errors.at(tokens, format!("{message}{help}"));
    }
}

fn qualifiers(signature: &Signature, faults: &mut Faults<'_>) {
    if let Some(constness) = &signature.constness {
        faults.at(constness, errors::IS_CONST);
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        faults.at(unsafety, errors::IS_UNSAFE);
    }
    if let Some(abi) = &signature.abi {
        faults.at(abi, errors::IS_EXTERN);
    }
    if signature.asyncness.is_none() {
        faults.at(signature.fn_token, errors::NOT_ASYNC);
    }
}

fn generics(signature: &Signature, faults: &mut Faults<'_>) {
    if !signature.generics.params.is_empty() {
        faults.at(&signature.generics.params, errors::IS_GENERIC);
    } else if let Some(clause) = &signature.generics.where_clause {
        faults.at(clause, errors::HAS_WHERE);
    }
}

fn arguments(signature: &Signature, faults: &mut Faults<'_>) {
    for (i, argument) in signature.inputs.iter().enumerate() {
        match argument {
            FnArg::Receiver(receiver) => faults.at(receiver, errors::TAKES_SELF),
            FnArg::Typed(argument) => {
                if i == MOST_ARGUMENTS {
                    faults.at(argument, errors::TOO_MANY_ARGUMENTS);
                }
                let tokens = argument.ty.to_token_stream();
                if contains(tokens.clone(), &|tree, _| is_ident(tree, "impl")) {
                    faults.at(&argument.ty, errors::ARGUMENT_IMPL);
                } else if contains(tokens, &borrows) {
                    faults.at(&argument.ty, errors::ARGUMENT_BORROWS);
                }
            }
        }
    }
    if let Some(variadic) = &signature.variadic {
        faults.at(variadic, errors::IS_VARIADIC);
    }
}

fn is_ident(tree: &TokenTree, name: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == name)
}

fn is_punct(tree: Option<&TokenTree>, char: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

/// A reference without a named lifetime, or the lifetime `'_`.
fn borrows(tree: &TokenTree, next: Option<&TokenTree>) -> bool {
    is_punct(Some(tree), '&') && !is_punct(next, '\'')
        || is_punct(Some(tree), '\'') && next.is_some_and(|next| is_ident(next, "_"))
}

/// Looks for a token (with the one behind it) in a type, however deep.
fn contains(tokens: TokenStream, wanted: &dyn Fn(&TokenTree, Option<&TokenTree>) -> bool) -> bool {
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        if wanted(&tree, trees.peek()) {
            return true;
        }
        if let TokenTree::Group(group) = tree
            && contains(group.stream(), wanted)
        {
            return true;
        }
    }
    false
}
