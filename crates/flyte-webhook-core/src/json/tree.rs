//! Values, made while a text is read.

use std::{borrow::Cow, ops::Range};

use foldhash::fast::RandomState;

use super::{Object, Value, parser::Output};

/// What was read and is in no array or object yet. A value is made at the end of these,
/// and hardly ever moved: that takes longer than to read it.
#[derive(Default)]
pub(super) struct Tree {
    values: Vec<Value>,
    /// The names of members, with the places where they are.
    names: Vec<(usize, String)>,
}

impl Tree {
    /// The value that the text is.
    pub(super) fn whole(mut self) -> Value {
        self.values.pop().unwrap_or_default()
    }
}

impl Output<'_> for Tree {
    /// How many values and names were there before.
    type Mark = (usize, usize);

    fn text(&mut self, _: Range<usize>, text: Cow<'_, str>) {
        self.values.push(Value::String(text.into()));
    }

    fn leaf(&mut self, _: Range<usize>, value: Value) {
        self.values.push(value);
    }

    fn begin(&mut self, _: usize) -> Self::Mark {
        (self.values.len(), self.names.len())
    }

    fn name(&mut self, place: Range<usize>, name: Cow<'_, str>) {
        self.names.push((place.start, name.into_owned()));
    }

    fn array(&mut self, (values, _): Self::Mark, _: usize) {
        let items = self.values.split_off(values);
        self.values.push(Value::Array(items));
    }

    fn object(&mut self, (values, names): Self::Mark, _: usize) -> Option<usize> {
        let count = self.names.len() - names;
        let mut members = Object::with_capacity_and_hasher(count, RandomState::default());
        let mut repeated = None;
        let values = self.values.drain(values..);
        for ((at, name), value) in self.names.drain(names..).zip(values) {
            if members.insert(name, value).is_some() {
                repeated.get_or_insert(at);
            }
        }
        self.values.push(Value::Object(members));
        repeated
    }
}
