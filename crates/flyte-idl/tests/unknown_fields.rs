//! A message of a later version survives a decode and an encode.

use buffa::Message;
use flyte_idl::flyteidl2::{
    app::{App, Identifier, Meta},
    task::TaskSpec,
};

/// Field 1000 of type string, as a later version may add it.
const UNKNOWN: [u8; 6] = [0xc2, 0x3e, 0x03, b'n', b'e', b'w'];

#[test]
fn unknown_fields_of_an_app_are_kept_at_every_depth() {
    let mut metadata = Meta {
        id: Identifier {
            name: "hook".to_owned(),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    }
    .encode_to_vec();
    metadata.extend(UNKNOWN);
    let mut sent = vec![0x0a, u8::try_from(metadata.len()).unwrap()];
    sent.extend(&metadata);
    sent.extend(UNKNOWN);

    let app = App::decode_from_slice(&sent).unwrap();

    assert_eq!(app.metadata.id.name, "hook");
    assert_eq!(app.encode_to_vec(), sent);
}

#[test]
fn a_change_keeps_the_unknown_fields_beside_it() {
    let mut spec = TaskSpec::decode_from_slice(&UNKNOWN).unwrap();
    spec.short_name = "hello".to_owned();

    let sent = spec.encode_to_vec();

    assert!(sent.windows(UNKNOWN.len()).any(|window| window == UNKNOWN));
    assert_eq!(TaskSpec::decode_from_slice(&sent).unwrap(), spec);
}
