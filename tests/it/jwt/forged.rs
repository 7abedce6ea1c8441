//! Tokens that must not be let in: the attacks of RFC 8725 and their kin.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::KeyPair;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::issuer::{Issuer, Keys, claims, now, sealed};

/// All of them, each with what is wrong with it.
pub(super) fn tokens(issuer: &Issuer) -> Vec<(String, String)> {
    let mut tokens = unsigned();
    tokens.extend(confused(issuer));
    tokens.extend(misnamed(issuer));
    tokens.extend(wrong_claims(issuer));
    tokens.extend(wrong_text(issuer));
    tokens.extend(broken(issuer));
    tokens
}

/// No signature, under every spelling of "none".
fn unsigned() -> Vec<(String, String)> {
    let spellings = [
        "none",
        "None",
        "NONE",
        "nOnE",
        "none ",
        "",
        "null",
        "\u{ff4e}one",
    ];
    let token = |alg: &&str| {
        let header = json!({"alg": alg, "typ": "JWT", "kid": "ec"}).to_string();
        let unsigned = sealed(&header, &claims().to_string(), |_| Vec::new());
        (format!("alg {alg:?}"), unsigned)
    };
    spellings.iter().map(token).collect()
}

/// A public key used as a secret, and one algorithm's signature under another's name.
fn confused(issuer: &Issuer) -> Vec<(String, String)> {
    let keys = issuer.keys();
    let public_ec = keys.ec.public_key().as_ref();
    let public_rsa = keys.rsa.public_key().as_ref();
    let mut tokens = Vec::new();
    for (alg, kind) in [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ] {
        for (secret, kid) in [
            (public_ec, "ec"),
            (public_rsa, "rsa"),
            (b"a secret that was published", "shared"),
        ] {
            let header = json!({"alg": alg, "kid": kid}).to_string();
            let key = hmac::Key::new(kind, secret);
            let token = sealed(&header, &claims().to_string(), |message| {
                hmac::sign(&key, message).as_ref().to_vec()
            });
            tokens.push((format!("{alg} with the public key {kid}"), token));
        }
    }
    for alg in [
        "RS256", "EdDSA", "ES384", "PS256", "ES512", "ES256K", "es256",
    ] {
        for kid in ["ec", "rsa"] {
            let header = json!({"alg": alg, "kid": kid});
            let token = issuer.token_with(&header, &claims());
            tokens.push((
                format!("an elliptic signature called {alg} by {kid}"),
                token,
            ));
        }
    }
    let header = json!({"alg": "ES256", "kid": "ec"}).to_string();
    let zeros = sealed(&header, &claims().to_string(), |_| vec![0; 64]);
    tokens.push(("a signature of zeros".to_owned(), zeros));
    tokens
}

/// Names of keys that lead elsewhere, and headers that ask for something.
fn misnamed(issuer: &Issuer) -> Vec<(String, String)> {
    let names = [
        "../../../../dev/null",
        "/dev/null",
        "ec' OR '1'='1",
        "http://127.0.0.1/key",
        "ec\u{0}",
        "EC",
        "",
        "encryption",
        "strange",
        "rsa",
    ];
    let by_name = names.iter().map(|kid| {
        let header = json!({"alg": "ES256", "kid": kid});
        (
            format!("kid {kid:?}"),
            issuer.token_with(&header, &claims()),
        )
    });
    let headers = [
        json!({"alg": "ES256", "kid": "ec", "crit": ["exp"]}),
        json!({"alg": "ES256", "kid": "ec", "crit": []}),
        json!({"alg": "ES256", "kid": "ec", "zip": "DEF"}),
        json!({"alg": "ES256", "kid": "ec", "typ": "secevent+jwt"}),
        json!({"alg": "ES256", "kid": "ec", "typ": "logout+jwt"}),
        json!({"alg": "ES256", "kid": 1}),
        json!({"kid": "ec"}),
        json!([]),
    ];
    let by_header = headers
        .iter()
        .map(|header| (header.to_string(), issuer.token_with(header, &claims())));
    let strangers = Keys::new("");
    let own_key = sealed(
        &json!({"alg": "ES256", "kid": "ec", "jwk": {"kty": "EC", "crv": "P-256",
            "x": BASE64URL_NOPAD.encode(&strangers.ec.public_key().as_ref()[1..33]),
            "y": BASE64URL_NOPAD.encode(&strangers.ec.public_key().as_ref()[33..])}})
        .to_string(),
        &claims().to_string(),
        |message| {
            let random = aws_lc_rs::rand::SystemRandom::new();
            strangers
                .ec
                .sign(&random, message)
                .unwrap()
                .as_ref()
                .to_vec()
        },
    );
    by_name
        .chain(by_header)
        .chain([("a key of its own".to_owned(), own_key)])
        .collect()
}

/// Well signed, but not for here, not by whom, or not now.
fn wrong_claims(issuer: &Issuer) -> Vec<(String, String)> {
    let wrong: &[(&str, Value)] = &[
        ("exp", json!(now() - 7)),
        ("exp", json!(0)),
        ("exp", json!(-1)),
        ("exp", json!("9999999999")),
        ("exp", Value::Null),
        ("nbf", json!(now() + 60)),
        ("nbf", json!("soon")),
        ("iss", json!("https://issuer.test")),
        ("iss", json!("https://evil.test/")),
        ("iss", json!("")),
        ("iss", Value::Null),
        ("aud", json!("Flyte")),
        ("aud", json!("flyte2")),
        ("aud", json!([])),
        ("aud", json!(["x", "y"])),
        ("aud", json!({"flyte": true})),
        ("aud", Value::Null),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", Value::Null),
    ];
    let with = |(name, value): &(&str, Value)| {
        let mut claims = claims();
        claims[*name] = value.clone();
        (format!("{name} is {value}"), issuer.token(&claims))
    };
    let without = ["exp", "iss", "aud", "sub"].map(|name| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        (format!("no {name}"), issuer.token(&claims))
    });
    wrong.iter().map(with).chain(without).collect()
}

/// Well signed texts that two readers could read in two ways, or not at all.
fn wrong_text(issuer: &Issuer) -> Vec<(String, String)> {
    let header = json!({"alg": "ES256", "kid": "ec"}).to_string();
    let rest = format!(r#""aud":"flyte","sub":"alice","exp":{}"#, now() + 300);
    let texts = [
        format!(r#"{{"iss":"https://evil.test/","iss":"https://issuer.test/",{rest}}}"#),
        format!(r#"{{"iss":"https://issuer.test/",{rest},"exp":1}}"#),
        r#"{"iss":"https://issuer.test/","aud":"flyte","sub":"alice","exp":1e999}"#.to_owned(),
        r#"{"iss":"https://issuer.test/","aud":"flyte","sub":"alice","exp":-1e999}"#.to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "\"alice\"".to_owned(),
        "not JSON".to_owned(),
        String::new(),
        // A token within a token is no set of claims.
        issuer.token(&claims()),
    ];
    let sign = |text: &String| (format!("claims {text}"), issuer.signed(&header, text));
    texts.iter().map(sign).collect()
}

/// Texts that are no token at all, or a good one that was touched.
fn broken(issuer: &Issuer) -> Vec<(String, String)> {
    let good = issuer.token(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("a token has three parts")
    };
    let texts = [
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!("{header}.{claims}.{}", &signature[..signature.len() - 2]),
        format!("{header}.{claims}.{signature}AA"),
        format!("{header}.{claims}.{signature}=="),
        format!("{header}.{claims} {signature}"),
        format!("{claims}.{header}.{signature}"),
        "..".to_owned(),
        "x".to_owned(),
    ];
    texts
        .into_iter()
        .map(|text| (format!("text {text}"), text))
        .collect()
}
