//! What a scheme signs: a template of `{id}`, `{timestamp}` and `{body}`.

/// The most parts of a template.
const MOST: usize = 8;

/// What is signed, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
    /// Where the id is signed: the byte behind it, or 0 where that is not always the same one.
    end_of_id: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Id,
    Timestamp,
    Body,
}

impl Template {
    /// The body alone.
    pub(super) fn body() -> Self {
        Self { parts: vec![Part::Body], end_of_id: None }
    }

    /// Reads a template; an `Err` says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (part, behind) = match rest.find('{') {
                Some(0) => {
                    let (name, behind) = rest[1..]
                        .split_once('}')
                        .ok_or_else(|| format!("`{text}` has a `{{` without its `}}`"))?;
                    (placeholder(name)?, behind)
                }
                Some(at) => (Part::Text(rest[..at].to_owned()), &rest[at..]),
                None => (Part::Text(rest.to_owned()), ""),
            };
            parts.push(part);
            rest = behind;
        }
        if parts.iter().filter(|part| **part == Part::Body).count() != 1 {
            return Err(format!(
                "`{text}` must contain `{{body}}`, and once: what is not signed is not verified"
            ));
        }
        if parts.len() > MOST {
            return Err(format!("`{text}` has more than {MOST} parts"));
        }
        let id = parts.iter().position(|part| *part == Part::Id);
        let end_of_id = id.map(|id| match parts.get(id + 1) {
            Some(Part::Text(text)) => text.as_bytes()[0],
            _ => 0,
        });
        Ok(Self { parts, end_of_id })
    }

    pub(super) fn has(&self, part: &Part) -> bool {
        self.parts.contains(part)
    }

    /// Where the id is signed: the byte behind it, which it must not contain, or the message would not tell where it ends.
    pub(super) fn end_of_id(&self) -> Option<u8> {
        self.end_of_id
    }

    /// The message of a request, and how many parts of it there are.
    pub(super) fn fill<'a>(&'a self, id: &'a [u8], timestamp: &'a [u8], body: &'a [u8]) -> Message<'a> {
        let mut message = Message { parts: [b""; MOST], count: self.parts.len().min(MOST) };
        for (place, part) in message.parts.iter_mut().zip(&self.parts) {
            *place = match part {
                Part::Text(text) => text.as_bytes(),
                Part::Id => id,
                Part::Timestamp => timestamp,
                Part::Body => body,
            };
        }
        message
    }
}

/// A filled template.
pub(super) struct Message<'a> {
    parts: [&'a [u8]; MOST],
    count: usize,
}

impl<'a> Message<'a> {
    pub(super) fn parts(&self) -> &[&'a [u8]] {
        &self.parts[..self.count]
    }
}

fn placeholder(name: &str) -> Result<Part, String> {
    match name {
        "id" => Ok(Part::Id),
        "timestamp" => Ok(Part::Timestamp),
        "body" => Ok(Part::Body),
        _ => Err(format!(
            "`{{{name}}}` stands for nothing; there are `{{id}}`, `{{timestamp}}` and `{{body}}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in_order() {
        let template = Template::read("v0:{timestamp}:{id}{body}!").unwrap();
        assert_eq!(template.fill(b"ID", b"17", b"{}").parts().concat(), b"v0:17:ID{}!");
        assert_eq!(Template::read("{body}").unwrap(), Template::body());
    }

    #[test]
    fn an_id_ends_where_the_text_behind_it_begins() {
        for (text, end) in [
            ("{body}", None),
            ("{id}.{body}", Some(b'.')),
            ("{body}{id}:{timestamp}", Some(b':')),
            ("{id}{timestamp}{body}", Some(0)),
            ("{timestamp}.{body}{id}", Some(0)),
        ] {
            assert_eq!(Template::read(text).unwrap().end_of_id(), end, "{text}");
        }
    }

    #[test]
    fn each_fault_reads_well() {
        for (text, fault) in [
            ("{id}", "`{id}` must contain `{body}`, and once: what is not signed is not verified"),
            (
                "{body}{body}",
                "`{body}{body}` must contain `{body}`, and once: what is not signed is not verified",
            ),
            ("{body", "`{body` has a `{` without its `}`"),
            ("{url}{body}", "`{url}` stands for nothing; there are `{id}`, `{timestamp}` and `{body}`"),
            ("{id}.{id}.{id}.{id}.{body}", "`{id}.{id}.{id}.{id}.{body}` has more than 8 parts"),
        ] {
            assert_eq!(Template::read(text).unwrap_err(), fault);
        }
    }
}
