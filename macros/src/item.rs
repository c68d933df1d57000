//! The annotated item, read as far as its signature. Its body stays tokens: what is wrong in there, rustc says best.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    Attribute, Error, Result, Signature, Token, Visibility,
    parse::{ParseStream, Parser},
};

use crate::errors;

/// An annotated function.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
}

impl Function {
    /// Reads a function; an error for every other item.
    pub(crate) fn parse(item: &TokenStream) -> Result<Self> {
        let (head, body) = split_body(item.clone());
        let read = |input: ParseStream<'_>| {
            let attributes = input.call(Attribute::parse_outer)?;
            let visibility = input.parse()?;
            if !is_function(input) {
                return Err(Error::new(input.span(), errors::NOT_A_FUNCTION));
            }
            Ok((attributes, visibility, input.parse()?))
        };
        let (attributes, visibility, signature) = read.parse2(head)?;
        Ok(Self { attributes, visibility, signature, body })
    }

    /// The attributes that decide whether the function exists, for everything that is made beside it.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
    }
}

/// Parts the body from what stands before it: reading through a thousand bodies takes rustc noticeable time.
fn split_body(item: TokenStream) -> (TokenStream, TokenStream) {
    let is_body = |tree: &TokenTree| match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    };
    let mut head: Vec<TokenTree> = item.into_iter().collect();
    match head.pop_if(|last| is_body(last)) {
        Some(body) => (head.into_iter().collect(), body.into()),
        None => (head.into_iter().collect(), TokenStream::new()),
    }
}

/// Tells whether a function begins here, with any of its qualifiers.
fn is_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    while !ahead.is_empty() && !ahead.peek(Token![fn]) {
        let qualifier = ahead.peek(Token![const])
            || ahead.peek(Token![async])
            || ahead.peek(Token![unsafe])
            || ahead.peek(Token![extern])
            || ahead.peek(syn::LitStr);
        if !qualifier || ahead.parse::<TokenTree>().is_err() {
            return false;
        }
    }
    ahead.peek(Token![fn])
}
