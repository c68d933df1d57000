//! Lists in pages: Argyle's envelope of `next`, `previous` and `results`.
//!
//! A cursor names a place between two things, not a number of things to pass over. So what is added or deleted between
//! two pages neither repeats nor hides anything else.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const USUAL_LIMIT: usize = 10;
const MAX_LIMIT: usize = 200;

/// What stands behind the `?` of a request.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn limit(&self) -> Result<usize, String> {
        let Some(limit) = self.get("limit") else { return Ok(USUAL_LIMIT) };
        let limit = limit.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.ok_or_else(|| format!("`limit` must be a number from 1 to {MAX_LIMIT}."))
    }

    fn cursor(&self) -> Result<Option<Cursor>, String> {
        let Some(cursor) = self.get("cursor") else { return Ok(None) };
        Cursor::read(cursor).map(Some).ok_or_else(|| "Invalid cursor.".to_owned())
    }

    /// The same list at another place.
    fn url(&self, address: &str, cursor: Cursor) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.0.iter().filter(|(key, _)| key != "cursor"));
        query.append_pair("cursor", &cursor.write());
        format!("{address}?{}", query.finish())
    }
}

/// A place in a list whose things are numbered for good.
#[derive(Clone, Copy)]
enum Cursor {
    /// What comes at this number or behind it.
    From(u64),
    /// What comes before this number, up to it.
    Before(u64),
}

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        match text.split_once('=')? {
            ("from", number) => Some(Self::From(number.parse().ok()?)),
            ("before", number) => Some(Self::Before(number.parse().ok()?)),
            _ => None,
        }
    }

    fn write(self) -> String {
        URL_SAFE_NO_PAD.encode(match self {
            Self::From(number) => format!("from={number}"),
            Self::Before(number) => format!("before={number}"),
        })
    }
}

/// The page that a query asks for, of those things that are `wanted`; `address` is the list's, without a query.
///
/// # Errors
///
/// A sentence that says what is wrong with the query.
pub(super) fn page<T>(
    address: &str,
    query: &Query,
    things: &BTreeMap<u64, T>,
    wanted: impl Fn(&T) -> bool,
    show: impl Fn(&T) -> Value,
) -> Result<Value, String> {
    let (limit, cursor) = (query.limit()?, query.cursor()?);
    let is_wanted = |(_, thing): &(&u64, &T)| wanted(thing);
    let found: Vec<_> = match cursor {
        None => things.iter().filter(is_wanted).take(limit).collect(),
        Some(Cursor::From(number)) => things.range(number..).filter(is_wanted).take(limit).collect(),
        Some(Cursor::Before(number)) => {
            let mut found: Vec<_> = things.range(..number).rev().filter(is_wanted).take(limit).collect();
            found.reverse();
            found
        }
    };
    let (start, end) = match (found.first(), found.last(), cursor) {
        (Some((first, _)), Some((last, _)), _) => (**first, last.saturating_add(1)),
        (_, _, Some(Cursor::From(number) | Cursor::Before(number))) => (number, number),
        (_, _, None) => (0, 0),
    };
    let next = things.range(end..).any(|thing| is_wanted(&thing));
    let previous = things.range(..start).any(|thing| is_wanted(&thing));
    Ok(json!({
        "next": next.then(|| query.url(address, Cursor::From(end))),
        "previous": previous.then(|| query.url(address, Cursor::Before(start))),
        "results": found.into_iter().map(|(_, thing)| show(thing)).collect::<Vec<_>>(),
    }))
}
