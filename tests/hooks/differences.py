"""Where the code of others says something else, and why it is not followed."""

import fnmatch

BASE64 = "passes over what follows the padding of base64, so that a signature has many spellings"
NUMBER = "reads the time as any number and signs it as a whole one, not as it was sent"
JSON = "parses the body as JSON as well, which is another question"

# (vectors, judge, name of the vector), each a pattern, and why.
DIFFERENCES = [
    ("*", "*", "bytes that are no text", "reads the body as text, while bytes are what is signed"),
    ("*", "standardwebhooks", "a signature with one more", BASE64),
    ("*", "standardwebhooks", "the signature twice", BASE64),
    ("svix", "svix", "a signature with one more", BASE64),
    ("svix", "svix", "the signature twice", BASE64),
    ("*", "standardwebhooks*", "a time with a sign", NUMBER),
    ("*", "standardwebhooks*", "a time with a fraction", NUMBER),
    ("svix", "svix", "a time with a sign", NUMBER),
    ("svix", "svix", "a time with a fraction", NUMBER),
    ("*", "standardwebhooks-js", "a form", JSON),
    ("*", "standardwebhooks-js", "a body of one letter", JSON),
    ("linear", "flyteplugins", "* s later", "does not look at the time, so that a delivery counts for ever"),
    ("linear", "linear", "* without its time", "wants a time; bodies without one are remembered here"),
    ("stripe", "stripe*", "-* s later", "has no bound for times to come"),
]


def reason(vectors: str, judge: str, name: str) -> str | None:
    for of, who, what, why in DIFFERENCES:
        if all(fnmatch.fnmatchcase(*pair) for pair in ((vectors, of), (judge, who), (name, what))):
            return why
    return None
