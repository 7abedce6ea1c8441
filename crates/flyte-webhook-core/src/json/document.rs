//! JSON that was read through, and of which only what is looked at is made.
//!
//! Most of what a provider sends is nobody's business here. It has to be JSON, and that
//! is all: to know where its parts are takes a fraction of what making them takes.

use std::{borrow::Cow, collections::HashSet, iter, ops::Range};

use foldhash::fast::RandomState;

use super::{
    Error, Limits, Value,
    parser::{Output, Parser},
    tree::Tree,
};

/// Up to here each name is compared with each other; to hash them would take longer.
const FEW_NAMES: usize = 8;

/// For how many places there is room at first, at most.
const FIRST_PLACES: usize = 1024;

/// What was read once needs no bounds.
const NO_LIMITS: Limits = Limits {
    depth: usize::MAX,
    elements: usize::MAX,
};

/// A text that is JSON, and where its parts are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document<'a> {
    text: Cow<'a, str>,
    index: Index,
}

/// Where the parts of a text are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Index {
    places: Vec<Place>,
    /// What strings with escapes stand for. To find out anew whenever a member is looked
    /// for would take a second for a large body.
    unescaped: Vec<String>,
}

/// Where a part is. After the place of an array come those of its items, and after that
/// of an object those of its members: of the name, and then of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Its bytes in the text; of a string with its quotes.
    bytes: Range<usize>,
    /// How many places it has, with those of what is in it.
    size: usize,
    /// Which of the strings with escapes it is, if any.
    unescaped: Option<usize>,
}

/// A part of a document, or nothing.
#[derive(Clone, Copy, Default)]
pub struct Part<'a> {
    document: &'a str,
    unescaped: &'a [String],
    /// Its own place, and those of what is in it; none of nothing.
    places: &'a [Place],
}

impl<'a> Document<'a> {
    /// Reads a text as RFC 8259 has it, from bytes of which one reading is all there may
    /// be: UTF-8, no name twice in an object, no `NaN`, no number beyond what a float
    /// holds. Half of a surrogate pair, which is what is left where a sender cuts a text,
    /// becomes U+FFFD.
    pub fn parse(body: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).or(Err(Error::Unreadable { encoding: "UTF-8" }))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let index = index(text, limits)?;
        let text = Cow::Borrowed(text);
        Ok(Self { text, index })
    }

    /// The value that the document is.
    pub fn root(&self) -> Part<'_> {
        Part {
            document: &self.text,
            unescaped: &self.index.unescaped,
            places: &self.index.places,
        }
    }

    /// The same, with a text of its own.
    pub fn into_owned(self) -> Document<'static> {
        Document {
            text: Cow::Owned(self.text.into_owned()),
            index: self.index,
        }
    }
}

impl From<&Value> for Document<'static> {
    fn from(value: &Value) -> Self {
        let text = serde_json::to_string(value).unwrap_or_default();
        let index = index(&text, &NO_LIMITS).unwrap_or_default();
        let text = Cow::Owned(text);
        Self { text, index }
    }
}

impl<'a> Part<'a> {
    /// The member of this name, if this is an object that has one.
    #[must_use]
    pub fn get(self, name: &str) -> Self {
        let mut parts = self.parts_if(b'{');
        while let (Some(of), Some(member)) = (parts.next(), parts.next()) {
            if of.text() == Some(name) {
                return member;
            }
        }
        Self::default()
    }

    /// The items, if this is an array.
    pub fn items(self) -> impl Iterator<Item = Self> {
        self.parts_if(b'[')
    }

    /// The members by name, if this is an object.
    pub fn members(self) -> impl Iterator<Item = (&'a str, Self)> {
        let mut parts = self.parts_if(b'{');
        iter::from_fn(move || Some((parts.next()?.text()?, parts.next()?)))
    }

    /// Whether there is anything; `null` is.
    pub fn exists(self) -> bool {
        !self.places.is_empty()
    }

    /// Whether this is an object.
    pub fn is_object(self) -> bool {
        self.first_byte() == Some(b'{')
    }

    /// Whether this is an array.
    pub fn is_array(self) -> bool {
        self.first_byte() == Some(b'[')
    }

    /// Whether this is an object or an array with something in it.
    pub fn has_parts(self) -> bool {
        self.places.len() > 1
    }

    /// The text, if this is a string.
    pub fn text(self) -> Option<&'a str> {
        match self.places.first()?.unescaped {
            Some(index) => self.unescaped.get(index).map(String::as_str),
            None => self.written()?.strip_prefix('"')?.strip_suffix('"'),
        }
    }

    /// The value, if this is a number.
    pub fn number(self) -> Option<Value> {
        let is_number = matches!(self.first_byte(), Some(b'-' | b'0'..=b'9'));
        is_number.then(|| self.value())
    }

    /// The value; `null` where there is nothing.
    pub fn value(self) -> Value {
        self.written().map_or(Value::Null, value)
    }

    /// The bytes that it is written in.
    fn written(self) -> Option<&'a str> {
        let place = self.places.first()?;
        self.document.get(place.bytes.clone())
    }

    fn first_byte(self) -> Option<u8> {
        self.written()?.bytes().next()
    }

    /// What is in it, if it begins with this byte.
    fn parts_if(self, first: u8) -> impl Iterator<Item = Self> {
        let is_it = self.first_byte() == Some(first);
        let mut rest = self.places.get(1..).filter(|_| is_it).unwrap_or_default();
        iter::from_fn(move || {
            let places;
            (places, rest) = rest.split_at_checked(rest.first()?.size)?;
            Some(Self { places, ..self })
        })
    }
}

/// The value of a part's text.
fn value(text: &str) -> Value {
    let tree = Parser::<Tree>::strict(text, &NO_LIMITS).document();
    tree.map(Tree::whole).unwrap_or_default()
}

fn index(text: &str, limits: &Limits) -> Result<Index, Error> {
    let read = Parser::<Places>::strict(text, limits).document()?;
    Ok(read.index)
}

/// Where the parts are, as far as a text was read.
struct Places<'a> {
    index: Index,
    /// The names of the members of objects that have not ended.
    names: Vec<(usize, Cow<'a, str>)>,
}

impl Default for Places<'_> {
    fn default() -> Self {
        let index = Index {
            places: Vec::with_capacity(FIRST_PLACES),
            unescaped: Vec::new(),
        };
        let names = Vec::new();
        Self { index, names }
    }
}

impl Places<'_> {
    fn add(&mut self, bytes: Range<usize>, unescaped: Option<usize>) {
        self.index.places.push(Place {
            bytes,
            size: 1,
            unescaped,
        });
    }

    /// Ends the array or object of a place.
    fn end(&mut self, index: usize, end: usize) {
        let size = self.index.places.len() - index;
        if let Some(place) = self.index.places.get_mut(index) {
            (place.bytes.end, place.size) = (end, size);
        }
    }
}

impl<'a> Output<'a> for Places<'a> {
    /// Its place, and how many names were there before.
    type Mark = (usize, usize);

    #[inline]
    fn text(&mut self, place: Range<usize>, text: Cow<'a, str>) {
        let unescaped = match text {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => {
                self.index.unescaped.push(text);
                Some(self.index.unescaped.len() - 1)
            }
        };
        self.add(place, unescaped);
    }

    fn leaf(&mut self, place: Range<usize>, _: Value) {
        self.add(place, None);
    }

    fn begin(&mut self, at: usize) -> Self::Mark {
        let mark = (self.index.places.len(), self.names.len());
        self.add(at..at, None);
        mark
    }

    #[inline]
    fn name(&mut self, place: Range<usize>, name: Cow<'a, str>) {
        self.names.push((place.start, name.clone()));
        self.text(place, name);
    }

    fn array(&mut self, (index, _): Self::Mark, end: usize) {
        self.end(index, end);
    }

    fn object(&mut self, (index, names): Self::Mark, end: usize) -> Option<usize> {
        self.end(index, end);
        let repeated = repeated(self.names.get(names..).unwrap_or_default());
        self.names.truncate(names);
        repeated
    }
}

/// Where a name is that was there before.
fn repeated(names: &[(usize, Cow<'_, str>)]) -> Option<usize> {
    let mut seen = HashSet::with_hasher(RandomState::default());
    let mut was_there = |index: usize, name| {
        if names.len() > FEW_NAMES {
            return !seen.insert(name);
        }
        let before = names.iter().take(index);
        before.into_iter().any(|(_, earlier)| earlier == name)
    };
    let mut names = names.iter().enumerate();
    let repeated = names.find(|(index, (_, name))| was_there(*index, name));
    repeated.map(|(_, (at, _))| *at)
}

#[cfg(test)]
mod tests;
