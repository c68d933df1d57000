//! Where in a request something is.

use std::borrow::Cow;

use http::HeaderName;

use crate::provider::{EnvelopeError, Incoming, pointer::Pointer};

/// Where in a request the event's name or the delivery's id is: in a header, in the body, or in both.
///
/// # Examples
///
/// ```
/// use switchhook::provider::custom::Place;
///
/// let of_header = Place::header("x-acme-topic");
/// let of_body = Place::body("/type");
/// let of_a_sender_of_one_event = Place::fixed("deployed");
/// // `issues` and `opened` are `issues.opened`; where the body has no action, `issues` alone.
/// let of_both = Place::header("x-github-event").then(".", Place::body("/action"));
/// ```
#[derive(Debug, Clone)]
pub struct Place {
    pub(super) first: At,
    /// What stands between, and the place of what follows, if it is there.
    pub(super) rest: Vec<(String, At)>,
    faults: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) enum At {
    Header(HeaderName),
    Body(Pointer),
    Fixed(String),
    /// It was given wrong, which `build()` reports.
    Nowhere,
}

impl Place {
    /// The value of a header.
    ///
    /// # Examples
    ///
    /// See [`Place`].
    pub fn header(name: &str) -> Self {
        match header(name) {
            Ok(name) => Self { first: At::Header(name), rest: Vec::new(), faults: Vec::new() },
            Err(fault) => Self { first: At::Nowhere, rest: Vec::new(), faults: vec![fault] },
        }
    }

    /// A text or a number in the body, by its JSON pointer (RFC 6901).
    ///
    /// # Examples
    ///
    /// See [`Place`].
    pub fn body(pointer: &str) -> Self {
        match Pointer::read(pointer) {
            Some(pointer) => Self { first: At::Body(pointer), rest: Vec::new(), faults: Vec::new() },
            None => Self { first: At::Nowhere, rest: Vec::new(), faults: vec![Pointer::fault(pointer)] },
        }
    }

    /// The same text for every delivery, for senders of one event.
    ///
    /// # Examples
    ///
    /// See [`Place`].
    pub fn fixed(text: impl Into<String>) -> Self {
        Self { first: At::Fixed(text.into()), rest: Vec::new(), faults: Vec::new() }
    }

    /// The text of this place, and behind a separator that of another, where it is there.
    ///
    /// # Examples
    ///
    /// See [`Place`].
    #[must_use]
    pub fn then(mut self, separator: &str, place: Self) -> Self {
        self.rest.push((separator.to_owned(), place.first));
        self.rest.extend(place.rest);
        self.faults.extend(place.faults);
        self
    }

    pub(super) fn faults(&self) -> &[String] {
        &self.faults
    }

    /// The header that the place is, if it is nothing else.
    pub(super) fn sole_header(&self) -> Option<&HeaderName> {
        match (&self.first, &self.rest[..]) {
            (At::Header(name), []) => Some(name),
            _ => None,
        }
    }

    /// Whether all of it is in the body, which is signed.
    pub(super) fn is_in_body(&self) -> bool {
        let places = std::iter::once(&self.first).chain(self.rest.iter().map(|(_, place)| place));
        places.into_iter().all(|place| matches!(place, At::Body(_)))
    }

    /// What is there; `None` where its first part is not.
    pub(super) fn find<'a>(&self, request: &Incoming<'a>) -> Result<Option<Cow<'a, str>>, EnvelopeError> {
        let Some(mut found) = self.first.find(request)? else { return Ok(None) };
        for (separator, place) in &self.rest {
            if let Some(more) = place.find(request)? {
                found = Cow::Owned(format!("{found}{separator}{more}"));
            }
        }
        Ok(Some(found))
    }
}

impl At {
    fn find<'a>(&self, request: &Incoming<'a>) -> Result<Option<Cow<'a, str>>, EnvelopeError> {
        match self {
            Self::Header(name) => {
                Ok(request.header(name)?.filter(|text| !text.is_empty()).map(Cow::Borrowed))
            }
            Self::Body(pointer) => pointer.find_text(request.text()?),
            Self::Fixed(text) => Ok(Some(Cow::Owned(text.clone()))),
            Self::Nowhere => Ok(None),
        }
    }
}

/// The name of a header, or the sentence for a text that is none.
pub(super) fn header(name: &str) -> Result<HeaderName, String> {
    HeaderName::try_from(name).map_err(|_error| format!("`{name}` is no name of a header"))
}
