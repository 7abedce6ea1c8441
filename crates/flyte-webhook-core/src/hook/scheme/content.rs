//! What a signature covers.

/// One piece of what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// The same for every delivery.
    Literal(String),
    /// The id, as its header has it.
    Id,
    /// The time, as its header has it.
    Timestamp,
    /// The raw body.
    Body,
}

/// What is signed, as a template: `{id}.{ts}.{body}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(Vec<Piece>);

/// Why a text is no template of what is signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A placeholder that is none.
    #[error("has {{{name}}}; the placeholders are {{id}}, {{ts}} and {{body}}")]
    Unknown { name: String },
    /// A brace without its fellow.
    #[error("has a brace that is not part of {{id}}, {{ts}} or {{body}}")]
    Brace,
    /// What is not signed can be changed on the way.
    #[error("has to hold {{body}} once; else nothing would vouch for the body")]
    NoBody,
}

impl Content {
    /// Reads a template.
    pub fn parse(template: &str) -> Result<Self, Error> {
        let mut pieces = Vec::new();
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once('{') {
            push_literal(&mut pieces, literal)?;
            let (name, after) = after.split_once('}').ok_or(Error::Brace)?;
            pieces.push(placeholder(name)?);
            rest = after;
        }
        push_literal(&mut pieces, rest)?;
        let bodies = pieces.iter().filter(|piece| **piece == Piece::Body);
        if bodies.count() != 1 {
            return Err(Error::NoBody);
        }
        Ok(Self(pieces))
    }

    /// The raw body alone.
    pub fn body() -> Self {
        Self(vec![Piece::Body])
    }

    /// Whether the id is signed.
    pub fn has_id(&self) -> bool {
        self.0.contains(&Piece::Id)
    }

    /// Whether the time is signed.
    pub fn has_timestamp(&self) -> bool {
        self.0.contains(&Piece::Timestamp)
    }

    /// What is signed of one delivery, in pieces.
    pub(crate) fn pieces<'a>(
        &'a self,
        id: &'a str,
        timestamp: &'a str,
        body: &'a [u8],
    ) -> Vec<&'a [u8]> {
        let fill = |piece: &'a Piece| match piece {
            Piece::Literal(text) => text.as_bytes(),
            Piece::Id => id.as_bytes(),
            Piece::Timestamp => timestamp.as_bytes(),
            Piece::Body => body,
        };
        self.0.iter().map(fill).collect()
    }
}

fn push_literal(pieces: &mut Vec<Piece>, literal: &str) -> Result<(), Error> {
    if literal.contains('}') {
        return Err(Error::Brace);
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal.to_owned()));
    }
    Ok(())
}

fn placeholder(name: &str) -> Result<Piece, Error> {
    match name {
        "id" => Ok(Piece::Id),
        "ts" => Ok(Piece::Timestamp),
        "body" => Ok(Piece::Body),
        _ => Err(Error::Unknown {
            name: name.to_owned(),
        }),
    }
}
