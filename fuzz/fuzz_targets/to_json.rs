//! A literal type and a literal, both from the control plane.
//!
//! The first two bytes are the length of the type, big-endian.
#![no_main]

use buffa::Message;
use flyte_idl::flyteidl2::core::{Literal, LiteralType};
use flyte_webhook_core::literal::{to_json, to_json_lossy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((length, rest)) = data.split_first_chunk() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let (literal_type, literal) = rest.split_at(length.min(rest.len()));
    let (Ok(literal_type), Ok(literal)) = (
        LiteralType::decode_from_slice(literal_type),
        Literal::decode_from_slice(literal),
    ) else {
        return;
    };
    let shown = to_json_lossy(&literal_type, &literal);
    if let Ok(value) = to_json(&literal_type, &literal) {
        assert_eq!(value, shown);
    }
});
