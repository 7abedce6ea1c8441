//! The headers of a delivery.

/// Room for the headers of an ordinary delivery, in bytes.
const ORDINARY: usize = 1024;

/// Headers in the order they came, their names in lower case.
///
/// They hold signatures and tokens, so they are not `Debug`.
#[derive(Clone, Default)]
pub struct Headers {
    /// All names and values, one after the other.
    bytes: Vec<u8>,
    fields: Vec<Field>,
}

/// How long a name and its value are.
#[derive(Clone, Copy)]
struct Field {
    name: usize,
    value: usize,
}

/// Why a header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It came more than once; which one counts would be anyone's guess.
    Repeated,
    /// It holds something else than visible ASCII characters and blanks.
    NotText,
}

impl Headers {
    /// The one value of a header; `None` where it is not there.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Unreadable> {
        let mut values = self.values(name);
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(Unreadable::Repeated);
        }
        visible(value).map(Some).ok_or(Unreadable::NotText)
    }

    /// The value of a header that nothing depends on but what is shown.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.one(name).ok().flatten()
    }

    /// Whether a header is there, readable or not.
    pub fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        let all = self.fields.iter().map_while(move |field| {
            let (name, value);
            (name, rest) = rest.split_at_checked(field.name)?;
            (value, rest) = rest.split_at_checked(field.value)?;
            Some((name, value))
        });
        all.filter(move |(key, _)| *key == name.as_bytes())
            .map(|(_, value)| value)
    }
}

/// The text of a value, if every byte is a visible character or a blank.
fn visible(value: &[u8]) -> Option<&str> {
    let is_text = value.iter().all(|byte| matches!(byte, b' '..=b'~'));
    std::str::from_utf8(value).ok().filter(|_| is_text)
}

impl<N: AsRef<str>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let headers = headers.into_iter();
        let mut all = Self {
            bytes: Vec::with_capacity(ORDINARY),
            fields: Vec::with_capacity(headers.size_hint().0),
        };
        for (name, value) in headers {
            let (name, value) = (name.as_ref(), value.as_ref());
            all.bytes
                .extend(name.bytes().map(|it| it.to_ascii_lowercase()));
            all.bytes.extend(value);
            all.fields.push(Field {
                name: name.len(),
                value: value.len(),
            });
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_one_visible_text() {
        let headers: Headers = [
            ("X-One", "1"),
            ("x-two", "a"),
            ("X-Two", "a"),
            ("x-odd", "\u{e9}"),
            ("x-tab", "a\tb"),
            ("x-empty", ""),
        ]
        .into_iter()
        .collect();
        assert_eq!(headers.one("x-one"), Ok(Some("1")));
        assert_eq!(headers.one("x-empty"), Ok(Some("")));
        assert_eq!(headers.one("x-none"), Ok(None));
        assert_eq!(headers.one("x-two"), Err(Unreadable::Repeated));
        assert_eq!(headers.one("x-odd"), Err(Unreadable::NotText));
        assert_eq!(headers.one("x-tab"), Err(Unreadable::NotText));
        assert_eq!(headers.get("x-two"), None);
        assert!(headers.has("x-two") && headers.has("x-odd") && !headers.has("x-none"));
    }
}
