//! Every sentence that the macros can say, and how several are collected.

use std::any::Any;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{
    Error,
    parse::{Parse, ParseStream},
};

/// The faults of one macro call, in the order they were found.
#[derive(Default)]
pub(crate) struct Errors(Vec<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        self.0.push(error);
    }

    /// Notes a fault under these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl AsRef<str>) {
        self.push(Error::new_spanned(tokens, message.as_ref()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn to_compile_errors(&self) -> TokenStream {
        self.0.iter().map(Error::to_compile_error).collect()
    }
}

/// A fault at the next token. Unlike `ParseStream::error`, it says nothing of its own where none is left.
pub(crate) fn here(input: ParseStream<'_>, message: &str) -> Error {
    Error::new(input.span(), message)
}

/// Reads what must stand here; where it does not, our sentence lies at its place and not syn's.
pub(crate) fn expect<T: Parse>(input: ParseStream<'_>, message: &str) -> syn::Result<T> {
    let place = input.span();
    let Ok(read) = input.parse() else { return Err(Error::new(place, message)) };
    Ok(read)
}

// The attribute's arguments.

pub(crate) const NO_EVENT: &str =
    "webhook handlers must name an event\n\nhelp: write `#[webhook_handler(\"identities.updated\")]`";
pub(crate) const EVENT_NOT_LITERAL: &str =
    "event names must be string literals, such as `\"identities.updated\"`";
pub(crate) const UNLISTED_FORM: &str =
    "`unlisted` takes one event that the catalog does not list yet, such as `unlisted(\"issues.invented\")`";
pub(crate) const NO_COMMA: &str = "the arguments of `webhook_handler` are separated by commas";
pub(crate) const PROVIDER_NOT_PATH: &str =
    "`provider` must be the path of a type, such as `provider = Argyle`";
pub(crate) const TIMEOUT_NOT_DURATION: &str =
    "`timeout` must be a duration in `ms`, `s`, `m` or `h`, such as `timeout = \"30s\"`";
pub(crate) const TIMEOUT_OUT_OF_RANGE: &str = "`timeout` must be longer than zero and at most 24 hours";
pub(crate) const ATTEMPTS_NOT_COUNT: &str =
    "`attempts` must be a number from 1 to 1000, such as `attempts = 5`";
pub(crate) const ORDERED_BY_NOT_FIELD: &str =
    "`ordered_by` must name a field of `data`, such as `ordered_by = \"account\"`";
pub(crate) const CRATE_NOT_PATH: &str = "`crate` must be the path of switchhook, such as `crate = ::hooks`";

pub(crate) fn event_twice(event: &str) -> String {
    format!("the event `{event}` is named twice")
}

pub(crate) fn unknown_option(option: &str) -> String {
    format!(
        "webhook handlers have no option `{option}`; there are `provider`, `timeout`, `attempts`, `ordered_by` and `crate`"
    )
}

pub(crate) fn option_twice(option: &str) -> String {
    format!("the option `{option}` is given twice")
}

pub(crate) fn option_without_value(option: &str) -> String {
    format!("the option `{option}` needs a value; write `{option} = …`")
}

// Event names; the runtime has the same sentences in `PatternError`.

pub(crate) const EVENT_EMPTY: &str = "event names cannot be empty";
pub(crate) const EVENT_TOO_LONG: &str = "event names have at most 256 bytes";
pub(crate) const SEGMENT_EMPTY: &str = "event name segments cannot be empty";
pub(crate) const WILDCARD_MISPLACED: &str = "`*` must be the whole last segment of a pattern";
pub(crate) const BAD_CHARACTER: &str =
    "event name segments consist of letters, digits, `_` and `-`, separated by `.`, `/` or `:`";

// The function.

/// Said once, with the first fault of a signature.
pub(crate) const SIGNATURE: &str = "\n\nhelp: webhook handlers have this form: \
     `async fn name(Data(ids): Data<IdentityIds>, …) -> Result<(), HandlerError>`";

pub(crate) const NOT_A_FUNCTION: &str = "`#[webhook_handler]` belongs on an `async fn`";
pub(crate) const NOT_ASYNC: &str = "webhook handlers must be `async fn`";
pub(crate) const IS_CONST: &str = "webhook handlers cannot be `const`";
pub(crate) const IS_UNSAFE: &str = "webhook handlers cannot be `unsafe`; put the unsafe part into a block";
pub(crate) const IS_EXTERN: &str = "webhook handlers cannot be `extern`";
pub(crate) const IS_VARIADIC: &str = "webhook handlers cannot take a variable number of arguments";
pub(crate) const IS_GENERIC: &str = "webhook handlers cannot be generic; name concrete types";
pub(crate) const HAS_WHERE: &str = "webhook handlers cannot have a `where` clause; name concrete types";
pub(crate) const TAKES_SELF: &str =
    "webhook handlers cannot take `self`; make it a free function and take what it needs with `State<T>`";
pub(crate) const ARGUMENT_IMPL: &str = "webhook handler arguments must have concrete types, not `impl Trait`";
pub(crate) const ARGUMENT_BORROWS: &str =
    "webhook handler arguments must be owned: extractors give values, they lend nothing";
pub(crate) const TOO_MANY_ARGUMENTS: &str =
    "webhook handlers take at most 8 arguments; make one type of several that implements `FromDelivery`";
pub(crate) const ATTRIBUTE_TWICE: &str =
    "webhook handlers have one `#[webhook_handler]`; name several events in it, separated by commas";

// Lists.

pub(crate) const ENTRY_NOT_PATH: &str =
    "handler lists hold the paths of annotated functions, such as `payroll::updated`";
pub(crate) const ENTRY_NO_COMMA: &str = "the handlers of a list are separated by commas";
pub(crate) const ENTRY_ATTRIBUTE: &str = "the handlers of a list can have `cfg` attributes only";
pub(crate) const LIST_FORM: &str =
    "named handler lists have this form: `pub const HANDLERS = [added, updated];`";

// Catalogs.

pub(crate) const CATALOG_FORM: &str =
    "catalogs have this form: `pub ACME for Acme { \"invoice.paid\" => Invoice, \"invoice.void\" }`";
pub(crate) const CATALOG_EVENT: &str = "catalogs list events as string literals, with `=> Type` behind them where `data` has a type; a long list stands in a \
     file, and `include_str!(\"…\"),` in the first line";
pub(crate) const CATALOG_ATTRIBUTE: &str =
    "events of a catalog take no attribute but `#[hint]`, for those that only say that something has changed";
pub(crate) const CATALOG_WILDCARD: &str = "catalogs list whole event names, not patterns";

pub(crate) fn catalog_event_twice(event: &str) -> String {
    format!("the catalog lists the event `{event}` twice")
}

/// What is said when a macro panics.
pub(crate) fn bug(span: Span, panic: &(dyn Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned());
    Error::new(
        span,
        format!("bug in switchhook-macros: {text}; please report it with the code that shows it"),
    )
}
