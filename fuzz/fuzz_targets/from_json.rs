//! A literal type and a request body, both from outside.
//!
//! The first two bytes are the length of the type, big-endian.
#![no_main]

use buffa::Message;
use flyte_idl::flyteidl2::core::LiteralType;
use flyte_webhook_core::{
    json::{Limits, parse},
    literal::{from_json, to_json},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((length, rest)) = data.split_first_chunk() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let (literal_type, body) = rest.split_at(length.min(rest.len()));
    let Ok(literal_type) = LiteralType::decode_from_slice(literal_type) else {
        return;
    };
    let Ok(value) = parse(body, &Limits::default()) else {
        return;
    };
    match from_json(&literal_type, &value) {
        Ok(literal) => {
            to_json(&literal_type, &literal).expect("what was converted can be shown");
        }
        Err(errors) => {
            assert!((1..=100).contains(&errors.len()));
            for error in errors {
                assert!(!error.message().is_empty() && error.pointer().len() < 1_000_000);
            }
        }
    }
});
