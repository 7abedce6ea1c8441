"""First inputs of the targets in `core`."""

import base64

JSON = [
    '{"a":1,"b":[true,false,null],"c":{"d":-0.5e-3,"e":"\\u00e9\\ud83d\\ude00\\n"}}',
    "[NaN,Infinity,-Infinity,1e400,-0,123456789012345678901234567890]",
    '{"a":1,"b":2,"a":{"a":3}}',
    "[" * 20,
    '"\\ud800"',
    ' \t\r\n"x"\n',
]
KEYS = [
    "flyte.example.com:id:secret:org",
    "dns:///flyte.example.com:8090:id:secret:",
    "http://[::1]:8090:id:secret:org",
    "https://a@flyte.example.com/:id:secret:org",
]
URLS = [
    ("http://127.0.0.1/", "10.0.0.0/8"),
    ("http://0x7f.1:80/a?b", ".svc.cluster.local"),
    ("https://[::ffff:169.254.169.254]/", "fd00::/8"),
    ("http://user:pass@2130706433/", "app.internal"),
    ("ftp://a/", "10.1.2.3"),
]
# The first character chooses the source.
HOOKS = [
    "\x00x-hub-signature-256:sha256=" + "0" * 64 + '\nx-github-event:push\n\n{"a":{"b":[1]}}',
    "\x01webhook-id:a\nwebhook-timestamp:1700000000\nwebhook-signature:v1,AAAA v1a,AAAA\n\n{}",
    '\x02x-gitlab-token:t\n\n{"object_kind":"note","project":{"name":"p"},"issue":{"iid":1}}',
    "\x03x-slack-request-timestamp:1700000000\nx-slack-signature:v0=00\n\npayload=%7B%7D&ssl_check=1",
    '\x03\n\n{"type":"url_verification","challenge":"c","event":{"type":"message"}}',
    "\x04stripe-signature:t=1700000000,v1=00,v0=11\n\n{}",
    '\x0alinear-signature:00\n\n{"webhookTimestamp":1700000000000,"data":{"id":1}}',
    '\x0bx-signature:00\n\n{"event":"e","history_items":[{"id":"1"}]}',
    "\x0dx-pagerduty-signature:v1=00,v1=11\n\n{}",
    "\x05{id}.{ts}.{body}\n\ncommand=/a&text=%41%zz",
]
ADDRESSES = [
    "00000000000000000000ffff7f000001a9fea9fe",
    "0064ff9b0000000000000000a9fea9fe0a000007",
    "200200000000000000000000000000015db8d822",
    "fd000ec2000000000000000000000254646464c8",
]

TEXTS = {
    "json": JSON,
    "python": [
        '{"q":[1,2.5,1e16],"b":true,"c":null}',
        '{"a":{"k":"it\'s","l":["\\"","both\' \\"","\\u0000\\u00ad\\u2028\\ud83d\\ude00"]}}',
        '{"":"","x y":"é&=+%"}',
    ],
    "policy": [
        "d/p/t\nt",
        "d/p/t\np/t\nd/p/t\nd/q/t",
        "d/p/a.b\n*\na.b",
        "d/p/t\n\nx/y/z/w\n/",
    ],
    "id": ["\x01env.deploy", "\x04abc-d_e", "\x00..", "\x02a/b", "\x09" + "x" * 64],
    "idempotency": ['"a b"', '"a\\"\\\\"', "8e03978e-40d5", ' "open', '""'],
    "credential_header": ["authorization", "X-API-Key", "Connect-Timeout-Ms", "te"],
    "hook": HOOKS,
    "api_key": KEYS + [base64.b64encode(key.encode()).decode() for key in KEYS],
    "template": [
        "http://a/{inputs.x}\n@b/",
        "http://a:81{inputs.x}/\n@b",
        "http://{inputs.x}/\nb",
        "{inputs.x}\nhttp://b/",
        "https://a?{{inputs.x}}#{{{inputs.x}}}\n/\\b",
        "http:\\\\a\\{inputs.x}\n.b",
    ],
    "own": [
        "https://a.com./x",
        "http://hook-p-d.b.c:81/",
        "http://svc",
        "http://0xa.1.2.3:9000",
        "http://[::ffff:7f00:1]:8080",
        "http://a.localhost.:8080",
    ],
}


def inputs():
    """Names of targets with an input each."""
    for target, texts in TEXTS.items():
        for text in texts:
            yield target, text.encode()
    for address in ADDRESSES:
        for url, entry in URLS:
            yield "url_guard", bytes.fromhex(address) + f"{url}\n{entry}".encode()
    yield "json", JSON[0].encode("utf-16")
