//! Hooks that must be refused, each with one mistake.

use super::bad::InFile;

/// A hook without a mistake but for the lines that are put into it, which begin in
/// the given one.
macro_rules! hook {
    ($source:literal, $secrets:literal, $identity:literal, $rules:literal, $more:literal) => {
        concat!(
            "hooks:\n  h:\n    source: ",
            $source,
            "\n    secrets: ",
            $secrets,
            "\n    identity: ",
            $identity,
            "\n    rules: ",
            $rules,
            "\n",
            $more
        )
    };
    (source $it:literal) => {
        hook!(
            $it,
            "[{value: 0123456789abcdef0123456789}]",
            "{value: t}",
            "[{task: d/p/t}]",
            ""
        )
    };
    (secrets $it:literal) => {
        hook!("github", $it, "{value: t}", "[{task: d/p/t}]", "")
    };
    (identity $it:literal) => {
        hook!(
            "github",
            "[{value: 0123456789abcdef0123456789}]",
            $it,
            "[{task: d/p/t}]",
            ""
        )
    };
    (rules $it:literal) => {
        hook!(
            "github",
            "[{value: 0123456789abcdef0123456789}]",
            "{value: t}",
            $it,
            ""
        )
    };
    (more $it:literal) => {
        hook!(
            "github",
            "[{value: 0123456789abcdef0123456789}]",
            "{value: t}",
            "[{task: d/p/t}]",
            $it
        )
    };
    (generic $it:literal) => {
        hook!(
            "generic",
            "[{value: 0123456789abcdef0123456789}]",
            "{value: t}",
            "[{task: d/p/t}]",
            $it
        )
    };
}

/// In the file.
#[rustfmt::skip]
pub(super) const FILES: &[InFile] = &[
    ("hooks: {Deploy: {source: github}}\n", "1:17", "hooks.Deploy", "is no name of a hook"),
    (hook!(source "githob"), "3:13", "hooks.h.source", "did you mean github?"),
    (hook!(source "acme"), "3:13", "hooks.h.source", "write one of: github, gitlab"),
    (hook!(secrets "[]"), "3:5", "hooks.h", "has no secrets"),
    (hook!(secrets "[{value: short}]"), "4:14", "hooks.h.secrets", "needs 24 at least"),
    (hook!(secrets "[{env: NOT_SET_AT_ALL}]"), "4:21", "hooks.h.secrets[0].env", "names a variable that is not set"),
    (hook!(secrets "[{file: /nowhere}]"), "4:22", "hooks.h.secrets[0].file", "names a file that cannot be read"),
    (hook!(secrets "[{env: A, value: b}]"), "4:15", "hooks.h.secrets[0]", "write one of env, file and value"),
    (hook!(secrets "[{var: A}]"), "4:16", "hooks.h.secrets[0].var", "valid keys here: env, file, value"),
    (hook!(identity "{value: Bearer abc}"), "5:15", "hooks.h.identity", "without the word Bearer"),
    (hook!(rules "[]"), "3:5", "hooks.h", "has no rules"),
    (hook!(rules "[{when: 'true'}]"), "6:13", "hooks.h.rules[0]", "has no task"),
    (hook!(rules "[{task: t}]"), "6:20", "hooks.h.rules[0].task", "write domain/project/name"),
    (hook!(rules "[{task: d/p/t, whn: a}]"), "6:27", "hooks.h.rules[0].whn", "did you mean when?"),
    (hook!(rules "[{task: d/p/t, when: event.tipe == 'x'}]"), "6:33", "hooks.h.rules[0].when", "did you mean event.type?"),
    (hook!(rules "[{task: d/p/t, when: event.type}]"), "6:33", "hooks.h.rules[0].when", "is neither true nor false"),
    (hook!(rules "[{task: d/p/t, when: 'event.type =='}]"), "6:33", "hooks.h.rules[0].when", "is no CEL expression"),
    (hook!(rules "[{task: d/p/t, inputs: {a: paylod.b}}]"), "6:39", "hooks.h.rules[0].inputs.a", "there are event and payload"),
    (hook!(rules "[{task: d/p/t, key: '1 == 1'}]"), "6:32", "hooks.h.rules[0].key", "is no text"),
    (hook!(more "    ack: stored\n"), "7:10", "hooks.h.ack", "needs an inbox"),
    (hook!(more "    ack: later\n"), "7:10", "hooks.h.ack", "write launched or stored"),
    (hook!(more "    path: health\n"), "7:11", "hooks.h.path", "is no path"),
    (hook!(more "    path: /run-task/x\n"), "7:11", "hooks.h.path", "begins as a path of this server does"),
    (hook!(more "    reject_status: 500\n"), "7:20", "hooks.h.reject_status", "write 401, 400, 403 or 404"),
    (hook!(more "    max_body_bytes: 0\n"), "7:21", "hooks.h.max_body_bytes", "is out of range"),
    (hook!(more "    answer_within: 1h\n"), "7:20", "hooks.h.answer_within", "write 100ms to 30s"),
    (hook!(more "    signature: {header: x}\n"), "7:16", "hooks.h.signature", "for the source generic alone"),
    (hook!(more "    id_header: x-id\n"), "7:16", "hooks.h.id_header", "for the source generic alone"),
    (hook!(generic ""), "3:5", "hooks.h.signature", "say how deliveries are signed"),
    (hook!(generic "    signature: {}\n"), "7:16", "hooks.h.signature.header", "is not set"),
    (hook!(generic "    signature: {header: x, algorithm: md5}\n"), "7:39", "hooks.h.signature.algorithm", "write one of: sha256"),
    (hook!(generic "    signature: {header: x, content: '{ts}'}\n"), "7:37", "hooks.h.signature.content", "has to hold {body} once"),
    (hook!(generic "    signature: {header: x, tolerance: 1m}\n"), "7:16", "hooks.h.signature.content", "no time is signed"),
    (hook!(generic "    signature: {header: x, timestamp_header: t}\n"), "7:16", "hooks.h.signature.content", "no time is signed"),
    (hook!(generic "    signature: {header: x, id_header: i}\n"), "7:16", "hooks.h.signature.content", "no id is signed"),
    (hook!(generic "    signature: {header: x, content: '{ts}{body}'}\n"), "4:14", "hooks.h.secrets", "no header is named for it"),
    (hook!(generic "    signature: {header: x}\n    scopes: [a]\n"), "8:13", "hooks.h.scopes", "cannot be told"),
];
