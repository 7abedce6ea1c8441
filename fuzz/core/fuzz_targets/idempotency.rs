//! Any text as an `Idempotency-Key`: a key is what stands in the quotes, or the
//! text itself, and gives a run a name of its own.
#![no_main]

use flyte_webhook_core::{
    id::RunName,
    idempotency::{Error, Identity, Key, Origin},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|header: &str| {
    let read = Key::parse(header);
    let expected = expected(header);
    match &expected {
        Some(text) => assert_eq!(Key::parse(&quoted(text)), read),
        None => assert!(read.is_err(), "{header:?}"),
    }
    match read {
        Ok(key) => named(key),
        Err(Error::Empty) => assert!(header.trim_matches([' ', '\t', '"']).is_empty()),
        Err(Error::TooLong) => assert!(header.len() > 255),
        Err(Error::Malformed) => assert_eq!(expected, None),
    }
});

/// The text of a key, whatever its length.
fn expected(header: &str) -> Option<String> {
    let text = header.trim_matches([' ', '\t']);
    let is_plain = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let Some(rest) = text.strip_prefix('"') else {
        return is_plain(text).then(|| text.to_owned());
    };
    let inner = rest.strip_suffix('"')?;
    let bare = inner.replace("\\\\", "").replace("\\\"", "");
    let is_whole = is_plain(inner) && !bare.contains(['"', '\\']);
    let pieces = inner.split("\\\\").map(|piece| piece.replace("\\\"", "\""));
    is_whole.then(|| pieces.collect::<Vec<_>>().join("\\"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn named(key: Key) {
    let identity = |origin| Identity {
        origin,
        route: "run_task",
        task: "d/p/t".to_owned(),
        key: key.clone(),
    };
    let ada = identity(Origin::Subject("ada".to_owned()));
    let names = [
        ada.run_name(0),
        ada.run_name(1),
        identity(Origin::ApiKey("ada".to_owned())).run_name(0),
    ];
    for (index, name) in names.iter().enumerate() {
        assert!(RunName::parse(name.as_str()).is_ok());
        assert!(!names[index + 1..].contains(name));
    }
    assert_eq!(ada.clone().run_name(0), names[0]);
}
