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
    places: Vec<Place>,
}

/// Where a part is. After the place of an array come those of its items, and after that
/// of an object those of its members: of the name, and then of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Its bytes in the text; of a string with its quotes.
    bytes: Range<usize>,
    /// The first place that is not in it.
    after: usize,
    /// Whether it is a string that stands for itself.
    is_plain: bool,
}

/// A part of a document, or nothing.
#[derive(Clone, Copy, Default)]
pub struct Part<'a>(Option<(&'a Document<'a>, usize)>);

impl<'a> Document<'a> {
    /// Reads a text as RFC 8259 has it, from bytes of which one reading is all there may
    /// be: UTF-8, no name twice in an object, no `NaN`, no number beyond what a float
    /// holds. Half of a surrogate pair, which is what is left where a sender cuts a text,
    /// becomes U+FFFD.
    pub fn parse(body: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let text = std::str::from_utf8(body).or(Err(Error::Unreadable { encoding: "UTF-8" }))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let places = places(text, limits)?;
        let text = Cow::Borrowed(text);
        Ok(Self { text, places })
    }

    /// The value that the document is.
    pub fn root(&self) -> Part<'_> {
        self.part(0)
    }

    /// The same, with a text of its own.
    pub fn into_owned(self) -> Document<'static> {
        Document {
            text: Cow::Owned(self.text.into_owned()),
            places: self.places,
        }
    }

    fn part(&self, index: usize) -> Part<'_> {
        Part(self.places.get(index).map(|_| (self, index)))
    }

    /// What stands at a place.
    fn text(&self, place: &Place) -> &str {
        self.text.get(place.bytes.clone()).unwrap_or_default()
    }

    /// The text that a string stands for.
    fn string(&self, place: &Place) -> Cow<'_, str> {
        let quoted = self.text(place);
        if place.is_plain {
            return Cow::Borrowed(quoted.get(1..quoted.len() - 1).unwrap_or_default());
        }
        Cow::Owned(value(quoted).as_str().unwrap_or_default().to_owned())
    }
}

impl From<&Value> for Document<'static> {
    fn from(value: &Value) -> Self {
        let text = serde_json::to_string(value).unwrap_or_default();
        let places = places(&text, &NO_LIMITS).unwrap_or_default();
        let text = Cow::Owned(text);
        Self { text, places }
    }
}

impl<'a> Part<'a> {
    /// The member of this name, if this is an object that has one.
    #[must_use]
    pub fn get(self, name: &str) -> Self {
        let Some((document, _)) = self.0.filter(|_| self.is_object()) else {
            return Self::default();
        };
        let mut members = self.members();
        let found = members.find_map(|(place, value)| {
            let is_it = document.string(place) == name;
            is_it.then_some(value)
        });
        found.map_or(Self::default(), |index| document.part(index))
    }

    /// Whether there is anything; `null` is.
    pub fn exists(self) -> bool {
        self.0.is_some()
    }

    /// Whether this is an object.
    pub fn is_object(self) -> bool {
        self.first_byte() == Some(b'{')
    }

    /// Whether this is an object or an array with something in it.
    pub fn has_parts(self) -> bool {
        self.place()
            .is_some_and(|(index, place)| place.after > index + 1)
    }

    /// The items, if this is an array.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let is_array = self.first_byte() == Some(b'[');
        let array = self.0.zip(self.place()).filter(|_| is_array);
        let (document, mut next, after) = array
            .map_or((None, 0, 0), |((document, index), (_, place))| {
                (Some(document), index + 1, place.after)
            });
        iter::from_fn(move || {
            let item = document.filter(|_| next < after)?.part(next);
            next = item.place()?.1.after;
            Some(item)
        })
    }

    /// The text, if this is a string.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let (document, index) = self.0.filter(|_| self.first_byte() == Some(b'"'))?;
        document
            .places
            .get(index)
            .map(|place| document.string(place))
    }

    /// The value, if this is a number.
    pub fn number(self) -> Option<Value> {
        let is_number = matches!(self.first_byte(), Some(b'-' | b'0'..=b'9'));
        is_number.then(|| self.value())
    }

    /// The value; `null` where there is nothing.
    pub fn value(self) -> Value {
        self.0.map_or(Value::Null, |(document, index)| {
            let place = document.places.get(index);
            place.map_or(Value::Null, |place| value(document.text(place)))
        })
    }

    fn place(self) -> Option<(usize, &'a Place)> {
        let (document, index) = self.0?;
        document.places.get(index).map(|place| (index, place))
    }

    fn first_byte(self) -> Option<u8> {
        let (document, index) = self.0?;
        let place = document.places.get(index)?;
        document.text.as_bytes().get(place.bytes.start).copied()
    }

    /// The place of each member's name, and which place its value has.
    fn members(self) -> impl Iterator<Item = (&'a Place, usize)> {
        let places = self.0.map_or(&[][..], |(document, _)| &document.places);
        let (mut next, after) = self
            .place()
            .map_or((0, 0), |(index, it)| (index + 1, it.after));
        iter::from_fn(move || {
            let (name, value) = (places.get(next).filter(|_| next < after)?, next + 1);
            next = places.get(value)?.after;
            Some((name, value))
        })
    }
}

/// The value of a part's text.
fn value(text: &str) -> Value {
    let tree = Parser::<Tree>::strict(text, &NO_LIMITS).document();
    tree.map(Tree::whole).unwrap_or_default()
}

fn places(text: &str, limits: &Limits) -> Result<Vec<Place>, Error> {
    let read = Parser::<Places>::strict(text, limits).document()?;
    Ok(read.places)
}

/// Where the parts are, as far as a text was read.
struct Places<'a> {
    places: Vec<Place>,
    /// The names of the members of objects that have not ended.
    names: Vec<(usize, Cow<'a, str>)>,
}

impl Default for Places<'_> {
    fn default() -> Self {
        Self {
            places: Vec::with_capacity(FIRST_PLACES),
            names: Vec::new(),
        }
    }
}

impl Places<'_> {
    fn add(&mut self, bytes: Range<usize>, is_plain: bool) {
        let after = self.places.len() + 1;
        self.places.push(Place {
            bytes,
            after,
            is_plain,
        });
    }

    /// Ends the array or object of a place.
    fn end(&mut self, index: usize, end: usize) {
        let after = self.places.len();
        if let Some(place) = self.places.get_mut(index) {
            (place.bytes.end, place.after) = (end, after);
        }
    }
}

impl<'a> Output<'a> for Places<'a> {
    type Text = Cow<'a, str>;
    type Name = Cow<'a, str>;
    /// Its place, and how many names were there before.
    type Mark = (usize, usize);

    fn text(&mut self, place: Range<usize>, text: Cow<'a, str>) {
        self.add(place, matches!(text, Cow::Borrowed(_)));
    }

    fn leaf(&mut self, place: Range<usize>, _: Value) {
        self.add(place, false);
    }

    fn begin(&mut self, at: usize) -> Self::Mark {
        let mark = (self.places.len(), self.names.len());
        self.add(at..at, false);
        mark
    }

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
