//! The values of a row (<https://sqlite.org/fileformat2.html#record_format>).

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    /// A number that the inbox never writes.
    Real,
}

/// The values of a row; none where they are not a row's.
pub(super) fn values(mut content: &[u8]) -> Option<Vec<Value>> {
    let whole = content;
    let head = usize::try_from(number(&mut content)?).ok()?;
    let mut kinds = whole.get(whole.len() - content.len()..head)?;
    let mut rest = whole.get(head..)?;
    let mut values = Vec::new();
    while !kinds.is_empty() {
        let kind = number(&mut kinds)?;
        values.push(value(kind, &mut rest)?);
    }
    rest.is_empty().then_some(values)
}

fn value(kind: i64, rest: &mut &[u8]) -> Option<Value> {
    let value = match kind {
        0 => Value::Null,
        1..=4 => Value::Integer(integer(take(rest, usize::try_from(kind).ok()?)?)),
        5 => Value::Integer(integer(take(rest, 6)?)),
        6 => Value::Integer(integer(take(rest, 8)?)),
        7 => take(rest, 8).map(|_| Value::Real)?,
        8 | 9 => Value::Integer(kind - 8),
        12.. => {
            let bytes = take(rest, usize::try_from((kind - 12) / 2).ok()?)?;
            if kind % 2 == 0 {
                Value::Bytes(bytes.to_owned())
            } else {
                Value::Text(String::from_utf8(bytes.to_owned()).ok()?)
            }
        }
        _ => return None,
    };
    Some(value)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// A whole number, the highest byte first, with its sign.
fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let start = if negative { -1 } else { 0 };
    bytes
        .iter()
        .fold(start, |number, byte| number << 8 | i64::from(*byte))
}

/// A number of one to nine bytes: seven bits a byte, and all eight of the ninth.
pub(super) fn number(rest: &mut &[u8]) -> Option<i64> {
    let mut number = 0_i64;
    for index in 0..9 {
        let (byte, left) = rest.split_first()?;
        *rest = left;
        if index == 8 {
            return Some(number << 8 | i64::from(*byte));
        }
        number = number << 7 | i64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_and_what_is_none_is_not() {
        // A head of 6 bytes: null, 1 byte, 0, text of 2, bytes of 1.
        let row = [6, 0, 1, 8, 17, 14, 0xff, b'h', b'i', 7];
        let expected = [
            Value::Null,
            Value::Integer(-1),
            Value::Integer(0),
            Value::Text("hi".to_owned()),
            Value::Bytes(vec![7]),
        ];
        assert_eq!(values(&row).unwrap(), expected);
        for length in 0..row.len() {
            assert_eq!(values(&row[..length]), None, "{length}");
        }
        assert_eq!(
            values(&[row.as_slice(), &[0]].concat()),
            None,
            "more than it says"
        );
        assert_eq!(values(&[200, 1]), None);
        assert_eq!(values(&[2, 10]), None, "a kind that is reserved");
        assert_eq!(values(&[2, 15, 0xff]), None, "a text that is no text");
    }

    #[test]
    fn numbers_have_one_to_nine_bytes() {
        let read = |mut bytes: &[u8]| number(&mut bytes);
        assert_eq!(read(&[0x7f]), Some(127));
        assert_eq!(read(&[0x81, 0x00]), Some(128));
        assert_eq!(read(&[0xff; 9]), Some(-1));
        assert_eq!(read(&[0xff; 8]), None);
        assert_eq!(integer(&[0x80, 0]), -32_768);
    }
}
