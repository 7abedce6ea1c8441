//! What the tests of the file have, too.

#[path = "../it/inbox/contract.rs"]
pub(crate) mod contract;
#[path = "../it/inbox/kept.rs"]
#[expect(dead_code, reason = "the tests of the file use the rest")]
pub(crate) mod kept;
