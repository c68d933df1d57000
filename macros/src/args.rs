//! What stands in the attribute's parentheses.

use proc_macro2::TokenStream;
use syn::{
    Error, Ident, Lit, LitInt, LitStr, Path, Result, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{
    errors::{self, Errors},
    pattern::Pattern,
};

/// The attribute's arguments, as far as they are sound.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) provider: Option<Path>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) attempts: Option<u32>,
    pub(crate) ordered_by: Option<LitStr>,
    pub(crate) krate: Option<Path>,
    given: Vec<String>,
}

impl Args {
    /// Reads what can be read and notes every fault.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let parse = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = args.argument(input, errors) {
                    errors.push(error);
                    skip_to_comma(input)?;
                }
                if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                    errors.push(input.error(errors::NO_COMMA));
                    skip_to_comma(input)?;
                    input.parse::<Option<Token![,]>>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = parse.parse2(tokens.clone()) {
            errors.push(error);
        }
        if args.patterns.is_empty() && errors.is_empty() {
            // `new_spanned` of nothing lies under the whole attribute.
            errors.at(tokens, errors::NO_EVENT);
        }
        args
    }

    fn argument(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        if input.peek(LitStr) {
            self.pattern(input.parse()?, true, errors);
            return Ok(());
        }
        if input.peek(Ident::peek_any) && input.peek2(syn::token::Paren) {
            return self.unlisted(input, errors);
        }
        if !input.peek(Ident::peek_any) || input.peek2(Token![::]) {
            return Err(input.error(errors::EVENT_NOT_LITERAL));
        }
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        if !matches!(name.as_str(), "provider" | "timeout" | "attempts" | "ordered_by" | "crate") {
            // Without a value it is rather the name of a constant.
            if !input.peek(Token![=]) {
                return Err(Error::new(key.span(), errors::EVENT_NOT_LITERAL));
            }
            return Err(Error::new(key.span(), errors::unknown_option(&name)));
        }
        if input.parse::<Token![=]>().is_err() || input.is_empty() || input.peek(Token![,]) {
            return Err(Error::new(key.span(), errors::option_without_value(&name)));
        }
        if self.given.contains(&name) {
            return Err(Error::new(key.span(), errors::option_twice(&name)));
        }
        match name.as_str() {
            "provider" => self.provider = Some(errors::expect(input, errors::PROVIDER_NOT_PATH)?),
            "timeout" => self.timeout_ms = Some(duration(input)?),
            "attempts" => self.attempts = Some(count(input)?),
            "ordered_by" => self.ordered_by = Some(field(input)?),
            _ => self.krate = Some(errors::expect(input, errors::CRATE_NOT_PATH)?),
        }
        self.given.push(name);
        Ok(())
    }

    /// Reads `unlisted("…")`.
    fn unlisted(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        let key = input.call(Ident::parse_any)?;
        let inside;
        syn::parenthesized!(inside in input);
        let literal: Option<LitStr> = inside.parse().ok().filter(|_| inside.is_empty());
        // What is left of it would be an error of syn's.
        inside.parse::<TokenStream>()?;
        if key != "unlisted" {
            return Err(Error::new(key.span(), errors::EVENT_NOT_LITERAL));
        }
        let literal = literal.ok_or_else(|| Error::new(key.span(), errors::UNLISTED_FORM))?;
        self.pattern(literal, false, errors);
        Ok(())
    }

    fn pattern(&mut self, literal: LitStr, is_listed: bool, errors: &mut Errors) {
        match Pattern::new(literal, is_listed) {
            Err(error) => errors.push(error),
            Ok(Pattern { literal, text, .. }) if self.patterns.iter().any(|earlier| earlier.text == text) => {
                errors.at(literal, errors::event_twice(&text));
            }
            Ok(pattern) => self.patterns.push(pattern),
        }
    }
}

fn skip_to_comma(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

fn duration(input: ParseStream<'_>) -> Result<u64> {
    let literal: Lit = errors::expect(input, errors::TIMEOUT_NOT_DURATION)?;
    let Lit::Str(text) = &literal else {
        return Err(Error::new_spanned(literal, errors::TIMEOUT_NOT_DURATION));
    };
    let text = text.value();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(Error::new_spanned(literal, errors::TIMEOUT_NOT_DURATION)),
    };
    if number.is_empty() {
        return Err(Error::new_spanned(literal, errors::TIMEOUT_NOT_DURATION));
    }
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .filter(|ms| (1..=24 * 3_600_000).contains(ms))
        .ok_or_else(|| Error::new_spanned(literal, errors::TIMEOUT_OUT_OF_RANGE))
}

fn count(input: ParseStream<'_>) -> Result<u32> {
    let literal: Lit = errors::expect(input, errors::ATTEMPTS_NOT_COUNT)?;
    let count = if let Lit::Int(number) = &literal { bounded(number) } else { None };
    count.ok_or_else(|| Error::new_spanned(literal, errors::ATTEMPTS_NOT_COUNT))
}

fn bounded(number: &LitInt) -> Option<u32> {
    number.base10_parse().ok().filter(|count| (1..=1000).contains(count))
}

fn field(input: ParseStream<'_>) -> Result<LitStr> {
    let literal: Lit = errors::expect(input, errors::ORDERED_BY_NOT_FIELD)?;
    if let Lit::Str(field) = &literal
        && !field.value().trim().is_empty()
    {
        return Ok(field.clone());
    }
    Err(Error::new_spanned(literal, errors::ORDERED_BY_NOT_FIELD))
}
