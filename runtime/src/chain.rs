//! An error as people read it.

use std::{
    error::Error,
    fmt::{self, Display},
};

/// An error with those behind it, separated by `: `; without those whose text the one before has told already.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn Error);

impl Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0, Causes(self.0))
    }
}

/// Those behind an error alone, each after a `: `, for an error that prints itself.
pub(crate) struct Causes<'a>(pub(crate) &'a dyn Error);

impl Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut text, mut error) = (self.0.to_string(), self.0);
        while let Some(source) = error.source() {
            let behind = source.to_string();
            if !text.ends_with(&behind) {
                write!(f, ": {behind}")?;
            }
            (text, error) = (behind, source);
        }
        Ok(())
    }
}
