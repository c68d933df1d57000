//! Sentences composed in const evaluation, where `format!` does not exist.

/// A text of bounded length; what does not fit is cut off at a character.
pub(crate) struct Message {
    bytes: [u8; Self::CAPACITY],
    len: usize,
}

impl Message {
    const CAPACITY: usize = 1024;

    pub(crate) const fn new() -> Self {
        Self { bytes: [0; Self::CAPACITY], len: 0 }
    }

    pub(crate) const fn push(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.len < Self::CAPACITY {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// The text between backticks.
    pub(crate) const fn quote(self, text: &str) -> Self {
        self.push("`").push(text).push("`")
    }

    pub(crate) const fn as_str(&self) -> &str {
        let written = self.bytes.split_at(self.len).0;
        match std::str::from_utf8(written) {
            Ok(text) => text,
            Err(error) => match std::str::from_utf8(written.split_at(error.valid_up_to()).0) {
                Ok(text) => text,
                Err(_) => "",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_at_a_character() {
        let message = Message::new().push(&"a".repeat(Message::CAPACITY - 1)).push("é");
        assert_eq!(message.as_str(), "a".repeat(Message::CAPACITY - 1));
    }
}
