//! Any text as the name of a header that carries a credential: what is taken is a
//! name of HTTP's, and none that means something on the way.
#![no_main]

use flyte_webhook_core::credential_header::CredentialHeader;
use http::{HeaderName, header};
use libfuzzer_sys::fuzz_target;

/// What would change how a message is read or where it goes.
const FORBIDDEN: [HeaderName; 10] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::FORWARDED,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

fuzz_target!(|text: &str| {
    match CredentialHeader::parse(text) {
        Ok(name) => {
            assert_eq!(name.as_str(), text.to_ascii_lowercase());
            let header = HeaderName::from_bytes(text.as_bytes()).expect("a header's name");
            assert!(!FORBIDDEN.contains(&header), "{header}");
            assert_eq!(CredentialHeader::parse(name.as_str()).as_ref(), Ok(&name));
        }
        Err(error) => assert_eq!(error.to_string().lines().count(), 1),
    }
});
